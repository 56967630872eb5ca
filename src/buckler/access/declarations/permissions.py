"""What a permission looks like: parts with a colon between them, as in `reports:read` or `org:billing:pay`.

A grant may end in a wildcard, as in `reports:*` (`grants.py` says what that covers). A route needs a permission and
never a wildcard: what it asks for has one meaning.
"""

from buckler.errors import ConfigurationError
from buckler.grants import EVERYTHING


def check_need(permission: str) -> None:
    """Raise `ConfigurationError` for a text that is no permission; the caller says where it stands."""
    _check_form(permission)
    if "*" in permission:
        raise ConfigurationError("a route asks for a permission by name; wildcards are what a role grants.")


def check_grant(permission: str) -> None:
    """The same for what a role grants: it may end in a wildcard, as in `reports:*`."""
    if permission == EVERYTHING:
        return
    _check_form(permission)
    if "*" in permission.removesuffix(":*"):
        raise ConfigurationError("a wildcard stands alone at the end and for whole parts, as in 'reports:*'.")


def _check_form(permission: str) -> None:
    parts = permission.replace(",", " ").split()
    if len(parts) > 1:
        raise ConfigurationError(f"write each permission as a text of its own: {', '.join(map(repr, parts))}.")
    if parts and parts != [permission]:
        raise ConfigurationError("a permission has no spaces and no commas, as in 'reports:read'.")
    if ":" not in permission or not all(permission.split(":")):
        raise ConfigurationError("a permission has a colon between words, as in 'reports:read'.")
