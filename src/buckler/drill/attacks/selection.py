"""Which attacks of the catalogue are meant, by the names that people give."""

from collections.abc import Collection
from difflib import get_close_matches
from typing import Final

from buckler.drill.attack import FAMILIES, Attack
from buckler.drill.attacks.catalogue import CATALOGUE

_FEW: Final = 4
_SHORTEST: Final = 3
"""Letters. Fewer stand in every second name."""
_WIRE: Final = "wire"


class NoSuchAttack(ValueError):
    """A name is that of no attack and of no family. The text says which, and what was probably meant."""


def select(only: Collection[str] = (), skip: Collection[str] = (), *, by_url: bool = False) -> tuple[Attack, ...]:
    """The attacks named by `only`, by families or ids, without those of `skip`; all where nothing is named.

    Attacks on the wire need a real server, so they are there `by_url` alone. Raises `NoSuchAttack`.
    """
    wanted, left = {_known(name) for name in only}, {_known(name) for name in skip}
    if _WIRE in wanted and not by_url:
        raise NoSuchAttack("wire needs a real server: name it by its URL, as in https://localhost:8443")
    return tuple(
        attack
        for attack in CATALOGUE
        if (not wanted or {attack.about.id, attack.about.family} & wanted)
        and not {attack.about.id, attack.about.family} & left
        and (by_url or attack.about.family != _WIRE)
    )


def _known(name: str) -> str:
    if name.lower() in FAMILIES:
        return name.lower()
    if name.upper() in {attack.about.id for attack in CATALOGUE}:
        return name.upper()
    near = [*get_close_matches(name.lower(), FAMILIES, 1), *_called(name)]
    every = f"There are {', '.join(FAMILIES)}, and the ids of: buckler drill --list"
    meant = f"Did you mean {' or '.join(near)}?" if near else every
    raise NoSuchAttack(f"{name} is no attack and no family. {meant}")


def _called(name: str) -> list[str]:
    """The attacks that have this word in their names, with those; a few."""
    word = name.lower()
    named = [f"{each.about.id} ({each.about.name})" for each in CATALOGUE if word in each.about.name.lower()]
    return named[:_FEW] if len(word) >= _SHORTEST else []
