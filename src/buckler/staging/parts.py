"""The parts in a drill: one of each role, two of the least, and the least and the most in browsers too."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

NO_ROLE: Final = "signed in"
"""Somebody whom the app knows, and who has no role."""
NO_ADMINISTRATOR: Final = "no role of this app may more than every other"
_IN_BROWSER: Final = "(browser)"


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody who is to be there."""

    name: str
    role: str
    in_browser: bool = False


def parts(roles: Iterable[str], least: str, top: str | None, *, in_browsers: bool) -> Iterator[Part]:
    """Everybody, in the order of the roles. Whoever is `top` comes last among those of that role by a token."""
    for role in roles:
        name = role or NO_ROLE
        browser = [Part(f"{name} {_IN_BROWSER}", role, in_browser=True)] if in_browsers else []
        if role == top:
            yield from browser
        yield Part(name, role)
        if role == least:
            yield Part(f"{name} 2", role)
            yield from browser
