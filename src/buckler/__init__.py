"""Buckler: security for FastAPI that can be proved."""

from buckler.access.authenticator import Authenticator
from buckler.access.declarations import Limit, Public, Requires
from buckler.access.guarded import guarded
from buckler.access.roles import Roles
from buckler.errors import BucklerError, ConfigurationError, StartRefused
from buckler.install import Buckler
from buckler.principal import Principal
from buckler.settings import Settings

__all__ = [
    "Authenticator",
    "Buckler",
    "BucklerError",
    "ConfigurationError",
    "Limit",
    "Principal",
    "Public",
    "Requires",
    "Roles",
    "Settings",
    "StartRefused",
    "guarded",
]
