"""Where in a token a claim stands, and how it is read: by a path, and only as the type that it must have.

- A text is a dotted path: `"realm_access.roles"`. A name that has dots of its own, as `https://example.com/roles`,
  is written as a tuple of names, which are taken as they stand.
- A claim of a wrong type counts for nothing; so does a list in which one member is not a text.
"""

from collections.abc import Mapping
from typing import Final, cast

from buckler.errors import ConfigurationError
from buckler.tokens.claims import text, texts

ClaimPath = str | tuple[str, ...]
Path = tuple[str, ...]

_MOST_PATHS: Final = 8


def path_of(setting: str, given: object) -> Path:
    """The names of a path. Raises `ConfigurationError`."""
    names = tuple(given.split(".")) if isinstance(given, str) else given
    if not isinstance(names, tuple) or not names or not all(_is_name(each) for each in cast("Path", names)):
        raise ConfigurationError(
            f"Issuer({setting}={given!r}): this leads to no claim; write 'realm_access.roles', or a tuple of names"
            " where a name has dots of its own, as in ('https://example.com/roles',)."
        )
    return cast("Path", names)


def paths_of(setting: str, given: object) -> tuple[Path, ...]:
    """One path, or each of a list of them; none for None. Raises `ConfigurationError`."""
    if given is None:
        return ()
    several = cast("list[object]", given) if isinstance(given, list) else [given]
    if len(several) > _MOST_PATHS:
        raise ConfigurationError(f"Issuer({setting}=...): {len(several)} paths; name at most {_MOST_PATHS}.")
    return tuple(path_of(setting, each) for each in several)


def text_at(claims: Mapping[str, object], path: Path) -> str:
    """The text there; empty where there is none."""
    return text(_parent(claims, path), path[-1]) or ""


def names_at(claims: Mapping[str, object], path: Path) -> frozenset[str]:
    """The texts of the list there. A text alone is one name, whatever blanks it has."""
    parent = _parent(claims, path)
    alone = text(parent, path[-1])
    return frozenset(texts(parent, path[-1]) or () if alone is None else (alone,)) - {""}


def scopes_at(claims: Mapping[str, object], path: Path) -> frozenset[str]:
    """The texts of the list there, or the words of the text (RFC 6749 section 3.3)."""
    parent = _parent(claims, path)
    words = text(parent, path[-1])
    return frozenset(texts(parent, path[-1]) or () if words is None else words.split(" ")) - {""}


def _parent(claims: Mapping[str, object], path: Path) -> Mapping[str, object]:
    for name in path[:-1]:
        inner = claims.get(name)
        if not isinstance(inner, dict):
            return {}
        claims = cast("dict[str, object]", inner)
    return claims


def _is_name(given: object) -> bool:
    return isinstance(given, str) and given != ""
