"""Roles: names for sets of permissions (RBAC). Inheritance is by naming another role."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from buckler.errors import ConfigurationError


class Roles:
    """What each role may do.

    Each entry is a permission (`"reports:read"`), the name of another role, or `"*"` for every
    permission. `new` names the role of a fresh account; None gives it none.

    Raises `ConfigurationError` for a cycle, an unknown role, or a `new` that is not a role.
    """

    def __init__(self, roles: Mapping[str, Iterable[str]], *, new: str | None = None) -> None:
        for name, entries in roles.items():
            _check_name(name)
            _check_entries(name, entries)
        self._entries = {name: frozenset(entries) for name, entries in roles.items()}
        self._granted = {name: self._expand(name, ()) for name in self._entries}
        self.known = frozenset[str]().union(*self._granted.values()) - {"*"}
        """Every permission that some role grants."""
        if new is not None and new not in self._entries:
            raise ConfigurationError(f"Roles(new={new!r}): there is no such role.{_suggest(new, self._entries)}")
        self.new = new

    def __contains__(self, role: object) -> bool:
        return role in self._entries

    def permissions(self, roles: Iterable[str]) -> frozenset[str]:
        """Everything that the holder of `roles` may do. A role that is not known grants nothing."""
        return frozenset[str]().union(*(self._granted.get(role, frozenset()) for role in roles))

    def check(self, permission: str) -> None:
        """Raise `ConfigurationError` for a permission that no role grants: nobody could ever hold it."""
        if permission not in self.known:
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
            elif entry == "*" or ":" in entry:
                granted.add(entry)
            else:
                raise ConfigurationError(
                    f"Roles: {role!r} names {entry!r}, which is neither a role nor a permission"
                    f" (a permission has a colon, as in 'reports:read').{_suggest(entry, self._entries)}"
                )
        return frozenset(granted)


def _check_name(role: str) -> None:
    if not role or role == "*" or ":" in role:
        raise ConfigurationError(f"Roles: {role!r} cannot name a role: it must be a word without a colon.")


def _check_entries(role: str, entries: object) -> None:
    if isinstance(entries, str) or not isinstance(entries, Iterable):
        raise ConfigurationError(
            f"Roles: {role!r} has {entries!r}; write a set of permissions, as in {{'reports:read'}}."
        )


def _suggest(word: str, words: Iterable[str]) -> str:
    close = get_close_matches(word, list(words), 1)
    return f" Did you mean {close[0]!r}?" if close else ""
