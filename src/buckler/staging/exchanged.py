"""A name of the standard library that is ours for a block: what audit events do not tell of is seen there."""

from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def exchanged(name: str, own: object, *places: object) -> Generator[None]:
    """For the block `name` is `own` in each of these modules and classes; after it, what it was."""
    before = [(place, getattr(place, name)) for place in places]
    for place in places:
        setattr(place, name, own)
    try:
        yield
    finally:
        for place, value in before:
            setattr(place, name, value)
