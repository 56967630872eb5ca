"""A mutant: the reference service with one thing weakened, and what has to find it."""

from dataclasses import dataclass
from typing import Protocol


class Unchanged(Exception):
    """A mutant that is not what its name says. The text says why; it is never counted as killed."""


class Change(Protocol):
    """What is weakened. It happens in a process of its own, before anything of the service is imported."""

    def make(self) -> None:
        """Weaken it."""
        ...

    def check(self) -> None:
        """After the drill: raise `Unchanged` where nothing was."""
        ...


@dataclass(frozen=True, slots=True)
class Both:
    """A weakness together with the defence that stands behind it: by itself neither shows."""

    changes: tuple[Change, ...]

    def make(self) -> None:
        """In their order: texts first."""
        for each in self.changes:
            each.make()

    def check(self) -> None:
        """Each."""
        for each in self.changes:
            each.check()


@dataclass(frozen=True, slots=True)
class Mutant:
    """One of them. The committed policy file stays as the truth."""

    name: str
    change: Change
    by: tuple[str, ...]
    """The attacks that kill it by a finding of any one of them; no others are made."""
    route: str = ""
    """Where the finding has to be, as `METHOD /path`; empty for anywhere."""
    unseen: str = ""
    """Why no drill in process can see it, where that is so. It is told and never counted as killed."""
    settings: tuple[str, ...] = ()
    """`NAME=VALUE`, said to the service for what development leaves out."""
