"""Ports of this machine at which the drill itself listens: an app that comes there was sent there by an attack."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from buckler.drill.own_things import OwnThing, note

_OURS: Final = set[int]()
"""State of the whole process, as its ports are."""


def is_of_the_drill(port: int) -> bool:
    """Whether we listen there just now."""
    return port in _OURS


@contextmanager
def own_port(port: int) -> Generator[None]:
    """For the block, this one is ours."""
    _OURS.add(port)
    note(
        OwnThing(
            rf"(:|%3[Aa]){port}(?!\d)",
            f"at port {port} of this machine the drill listened: listen there first, as with"
            f" python3 -m http.server {port}, or name an address that you can watch in its place",
        )
    )
    try:
        yield
    finally:
        _OURS.discard(port)
