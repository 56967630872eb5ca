"""Buckler: security for FastAPI that can be proved."""

from typing import TYPE_CHECKING

from buckler.access.callers.authenticator import Authenticator, NotAccepted
from buckler.access.declarations.declaring import Accepts, Limit, Public, Requires
from buckler.access.declarations.guarded import guarded
from buckler.access.declarations.roles import Roles
from buckler.access.fields.visible import Visible
from buckler.access.guard.answers import answers
from buckler.clock import Clock
from buckler.edge.cookie import Cookie
from buckler.edge.cors_policy import Cors
from buckler.edge.csp_policy import Csp
from buckler.edge.proxies import behind, direct
from buckler.edge.trial import Trial
from buckler.errors import BucklerError, ConfigurationError, StartRefused
from buckler.install import Buckler
from buckler.oauth.issuer import Issuer
from buckler.principal import Principal
from buckler.refused import Refused
from buckler.settings import Settings

if TYPE_CHECKING:
    from buckler.access.ownership.owned import Owned

__all__ = [
    "Accepts",
    "Authenticator",
    "Buckler",
    "BucklerError",
    "Clock",
    "ConfigurationError",
    "Cookie",
    "Cors",
    "Csp",
    "Issuer",
    "Limit",
    "NotAccepted",
    "Owned",
    "Principal",
    "Public",
    "Refused",
    "Requires",
    "Roles",
    "Settings",
    "StartRefused",
    "Trial",
    "Visible",
    "answers",
    "behind",
    "direct",
    "guarded",
]


def __getattr__(name: str) -> object:
    """`Owned` is made when it is asked for: it needs SQLAlchemy, and the rest does not."""
    if name != "Owned":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from buckler.access.ownership.offered import owned_class

    return owned_class()
