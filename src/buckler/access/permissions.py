"""What a permission looks like: parts with a colon between them, as in `reports:read` or `org:billing:pay`.

It is compared as it stands: there are no wildcards, and no lists in one text. What looks like either would grant
nothing and demand what nobody has.
"""

from buckler.errors import ConfigurationError


def check_permission(permission: str) -> None:
    """Raise `ConfigurationError` for a text that is no permission; the caller says where it stands."""
    parts = permission.replace(",", " ").split()
    if len(parts) > 1:
        raise ConfigurationError(f"write each permission as a text of its own: {', '.join(map(repr, parts))}.")
    if parts and parts != [permission]:
        raise ConfigurationError("a permission has no spaces and no commas, as in 'reports:read'.")
    if ":" in permission and "*" in permission:
        raise ConfigurationError("there are no wildcards in a permission; name each by itself, as in 'reports:read'.")
    if ":" not in permission or not all(permission.split(":")):
        raise ConfigurationError("a permission has a colon between words, as in 'reports:read'.")
