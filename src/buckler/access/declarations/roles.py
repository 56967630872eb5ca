"""Roles: names for sets of permissions (RBAC). Inheritance is by naming another role."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final, cast

from buckler.access.declarations.permissions import check_grant
from buckler.errors import ConfigurationError
from buckler.grants import EVERYTHING, covers_all

READ_ACCOUNTS: Final = "accounts:read"
WRITE_ACCOUNTS: Final = "accounts:write"
GIVE_ROLES: Final = "accounts:roles"
READ_EVENTS: Final = "events:read"
"""Who has it reads the kept log: who did what, from which address."""
READ_POLICY: Final = "policy:read"
"""Who has it sees what every route asks, and what each role may."""
ACCOUNT_PERMISSIONS: Final = frozenset({READ_ACCOUNTS, WRITE_ACCOUNTS, GIVE_ROLES})
"""What the routes that administer accounts ask for. Whoever has `"*"` has them, so they need not be written out."""
CONSOLE_PERMISSIONS: Final = frozenset({READ_EVENTS, READ_POLICY})
"""What the pages of the console ask for beside those: the kept log with its figures, and the policy of the app."""


class Roles:
    """What each role may do.

    Each entry is a permission (`"reports:read"`), a wildcard for every permission that begins so (`"reports:*"`), `"*"`
    for every permission, or the name of another role. `new` names the role of a fresh account; None gives it none.

    A permission is compared as it stands: parts with a colon between them. A role that names itself by way of others
    is a cycle.

    Raises `ConfigurationError` for a cycle, for an entry that is neither role nor permission, and for a
    `new` that is not a role. ASVS 8.2.1.
    """

    def __init__(self, roles: Mapping[str, Iterable[str]], *, new: str | None = None) -> None:
        _check_mapping(roles)
        self._entries = {_named(name): _entries_of(name, entries) for name, entries in roles.items()}
        self._granted = {name: self._expand(name, ()) for name in self._entries}
        granted = frozenset[str]().union(*self._granted.values())
        self._wildcards = frozenset(each for each in granted if each.endswith("*")) - {EVERYTHING}
        self.known = granted - {EVERYTHING} | frozenset(
            each
            for each in ACCOUNT_PERMISSIONS | CONSOLE_PERMISSIONS
            if EVERYTHING in granted or covers_all(self._wildcards, (each,))
        )
        """Every permission that some role grants, and every wildcard."""
        if new is not None and new not in self._entries:
            raise ConfigurationError(
                f"Roles(new={new!r}): there is no such role; name one of those you wrote, or leave it away."
                f"{_suggest(new, self._entries)}"
            )
        self.new = new
        self.names = frozenset(self._entries)

    def __contains__(self, role: object) -> bool:
        return role in self._entries

    def permissions(self, roles: Iterable[str]) -> frozenset[str]:
        """Everything that the holder of `roles` may do. A role that is not known grants nothing."""
        return frozenset[str]().union(*(self._granted.get(role, frozenset()) for role in roles))

    def grant(self, permission: str) -> bool:
        """Whether some role grants it by name or wildcard; `"*"` alone grants what Buckler's own routes ask for."""
        return permission in self.known or covers_all(self._wildcards, (permission,))

    def check(self, permission: str) -> None:
        """Raise `ConfigurationError` for a permission that no role grants: nobody could ever hold it."""
        if not self.grant(permission):
            raise ConfigurationError(f"{permission!r} is in no role.{_suggest(permission, self.known)}")

    def _expand(self, role: str, path: tuple[str, ...]) -> frozenset[str]:
        if role in path:
            raise ConfigurationError(
                f"Roles: {' -> '.join((*path, role))} is a cycle; one of them must not name the next."
            )
        granted: set[str] = set()
        for entry in self._entries[role]:
            if entry in self._entries:
                granted |= self._expand(entry, (*path, role))
            else:
                self._check_entry(role, entry)
                granted.add(entry)
        return frozenset(granted)

    def _check_entry(self, role: str, entry: str) -> None:
        try:
            check_grant(entry)
        except ConfigurationError as error:
            raise ConfigurationError(
                f"Roles: {role!r} names {entry!r}, which is neither a role nor a permission:"
                f" {error}{_suggest(entry, self._entries)}"
            ) from None


def _check_mapping(roles: object) -> None:
    if not isinstance(roles, Mapping):
        raise ConfigurationError(
            f"Roles({roles!r}): write what each role may do, as in Roles({{'reader': {{'reports:read'}}}})."
        )


def _named(role: object) -> str:
    if not isinstance(role, str) or role.split() != [role] or role == "*" or any(each in role for each in ":,"):
        raise ConfigurationError(
            f"Roles: {role!r} cannot name a role: it must be a word, without spaces, commas and colons."
        )
    return role


def _entries_of(role: str, entries: object) -> frozenset[str]:
    if not isinstance(entries, str) and isinstance(entries, Iterable):
        found = list(cast("Iterable[object]", entries))
        texts = [entry for entry in found if isinstance(entry, str)]
        if len(texts) == len(found):
            return frozenset(texts)
        entries = found
    raise ConfigurationError(f"Roles: {role!r} has {entries!r}; write a set of permissions, as in {{'reports:read'}}.")


def _suggest(word: object, words: Iterable[str]) -> str:
    close = get_close_matches(word, list(words), 1) if isinstance(word, str) else []
    return f" Did you mean {close[0]!r}?" if close else ""
