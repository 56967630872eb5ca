"""Permissions that somebody asks for: a misspelt one that a role's wildcard covers would be held and asked nowhere."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from buckler.access.declarations.declaration import Duty
from buckler.errors import ConfigurationError
from buckler.grants import EVERYTHING, covers_all


def asked_in(duties: Iterable[Duty]) -> frozenset[str]:
    """Every permission by name that routes ask for: of callers, of fields, and in the place of ownership."""
    found: set[str | None] = set()
    for duty in duties:
        found |= duty.needs
        found |= {each.unless for each in duty.owned}
        for use in duty.fields:
            found |= {use.read, use.write}
    return frozenset(each for each in found if each is not None)


def check_asked(permission: str, named: Collection[str], asked: Collection[str]) -> None:
    """Raise `ConfigurationError` for a grant that no role names as it stands and that covers nothing asked for.

    `named` is what roles name, `asked` what routes ask for.
    """
    if permission in named or permission == EVERYTHING or any(covers_all((permission,), (each,)) for each in asked):
        return
    close = get_close_matches(permission, sorted({*asked, *named}), 1)
    told = f"Did you mean {close[0]!r}?" if close else "Where only code of yours asks for it, name it in a role."
    raise ConfigurationError(f"no role names {permission!r} and no route asks for it. {told}")
