"""Buckler: security for FastAPI that can be proved."""

from buckler.access.authenticator import Authenticator
from buckler.access.declarations import Accepts, Limit, Public, Requires
from buckler.access.guarded import guarded
from buckler.access.roles import Roles
from buckler.edge.proxies import behind, direct
from buckler.errors import BucklerError, ConfigurationError, StartRefused
from buckler.install import Buckler
from buckler.oauth.issuer import Issuer
from buckler.principal import Principal
from buckler.settings import Settings

__all__ = [
    "Accepts",
    "Authenticator",
    "Buckler",
    "BucklerError",
    "ConfigurationError",
    "Issuer",
    "Limit",
    "Principal",
    "Public",
    "Requires",
    "Roles",
    "Settings",
    "StartRefused",
    "behind",
    "direct",
    "guarded",
]
