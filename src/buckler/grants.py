"""Which grant covers which permission: `reports:*` covers whatever begins with `reports:`, and `*` covers all.

Everything else is compared as it stands, letter for letter.
"""

from collections.abc import Collection
from typing import Final

EVERYTHING: Final = "*"


def grants_of(permission: str) -> frozenset[str]:
    """Every grant that covers `permission`, or the wildcard: itself, the wildcards above it, and `*`."""
    parts = permission.split(":")
    return frozenset({permission, EVERYTHING, *(":".join([*parts[:end], "*"]) for end in range(1, len(parts)))})


def covers_all(held: Collection[str], needed: Collection[str]) -> bool:
    """Whether the grants `held` cover each of `needed`, which may be wildcards themselves."""
    return EVERYTHING in held or all(not grants_of(each).isdisjoint(held) for each in needed)


def held_of(asked: Collection[str], held: Collection[str]) -> frozenset[str]:
    """What of `asked` the grants `held` cover: asking for a whole gives nothing to who holds a part."""
    return frozenset(each for each in asked if covers_all(held, (each,)))
