"""The caller that `buckler policy explain` is asked about: it has just signed in, with its password alone."""

from collections.abc import Sequence
from typing import Final

import typer

from buckler.access.declarations.asked import check_asked
from buckler.access.declarations.permissions import check_grant
from buckler.access.policy.policy import Policy
from buckler.clock import SystemClock
from buckler.errors import ConfigurationError
from buckler.principal import Factor, Kind, Principal

_FACTORS: Final = frozenset[Factor]({"knowledge"})


def caller_of(policy: Policy, roles: Sequence[str], permissions: Sequence[str], kind: Kind) -> Principal:
    """Somebody with these roles and permissions. Raises `typer.BadParameter` for what nobody has there."""
    known = policy.roles or {}
    for role in roles:
        if role not in known:
            told = f"the roles are {', '.join(known)}." if known else "this app has no roles; name permissions."
            raise typer.BadParameter(f"--role {role}: {told}")
    for permission in permissions:
        try:
            check_grant(permission)
            check_asked(permission, frozenset[str]().union(*known.values()), _asked(policy))
        except ConfigurationError as error:
            raise typer.BadParameter(f"--permission {permission}: {error}") from None
    held = frozenset(permissions).union(*(known[role] for role in roles))
    proved = (SystemClock().now(), _FACTORS) if kind == "person" else (0.0, frozenset[Factor]())
    return Principal(
        "somebody", "somebody", kind, frozenset(roles), held, authenticated_at=proved[0], factors=proved[1]
    )


def _asked(policy: Policy) -> frozenset[str]:
    """Every permission that a route asks for, of callers, of fields and in the place of ownership."""
    found: set[str | None] = set()
    for route in policy.routes:
        found |= {permission for asked in route.requires for permission in asked.permissions}
        found |= {owned.get("unless") for owned in route.owned}
        found |= {permission for field in route.fields for permission in (field.read, field.write)}
    return frozenset(each for each in found if each is not None)
