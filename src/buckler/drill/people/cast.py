"""Everybody who takes part, and where new people come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from buckler.drill.people.entry import Entry
from buckler.drill.people.identity import ANONYMOUS, Identity


class Newcomers(Protocol):
    """Makes accounts that nobody used before: for attacks that spend one."""

    async def arrive(self, role: str | None = None, *, in_browser: bool = False) -> Identity | None:
        """A new account of this role (None: what newcomers are), signed in; None where none can be had.

        `in_browser`: with cookies, where the target lets one choose.
        """
        ...

    async def sign_in(self, identity: Identity, address: str | None = None) -> Identity | None:
        """The same account with a session of its own; None where that fails."""
        ...

    async def come_back(self, identity: Identity) -> Identity | None:
        """Who takes this one's place, of the same name, where it was shut out: the same account with a session anew.

        Where that fails, somebody new with the same power; None where nobody can be had.
        """
        ...


class Nobody:
    """Where no new account can be made."""

    async def arrive(self, role: str | None = None, *, in_browser: bool = False) -> Identity | None:
        """Nobody comes."""
        return None

    async def sign_in(self, identity: Identity, address: str | None = None) -> Identity | None:
        """Nobody can."""
        return None

    async def come_back(self, identity: Identity) -> Identity | None:
        """Nobody does."""
        return None


@dataclass(frozen=True, slots=True)
class Cast:
    """Who there is. `people` are live accounts, the least powerful first; two of the least role where possible."""

    people: tuple[Identity, ...] = ()
    administrator: Identity | None = None
    """One of `people` who may do more than the others, where it is known."""
    expired: Identity | None = None
    """Shows a credential that was good and is over."""
    disabled: Identity | None = None
    """Shows a credential of an account that was switched off."""
    newcomers: Newcomers = field(default_factory=Nobody)
    entry: Entry | None = None
    """How one comes in by the app's own routes; None where tokens were brought along."""
    notes: tuple[str, ...] = ()
    """What was guessed, and what could not be found: told in the report."""
    letters: str = ""
    """The folder in which the letters of the app can be read; empty where none is known."""
    missing: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why somebody is not there, by name: `people`, `second`, `administrator`, `expired`, `disabled`."""

    @property
    def everybody(self) -> tuple[Identity, ...]:
        """Anybody, and all who are live."""
        return (ANONYMOUS, *self.people)

    @property
    def pair(self) -> tuple[Identity, Identity] | None:
        """Two accounts of one role, with the least power; None where there are not two."""
        for first in self.people:
            second = next((each for each in self.people if each != first and each.role == first.role), None)
            if second is not None and self.administrator not in (first, second):
                return first, second
        return None

    @property
    def why_no_pair(self) -> str:
        """Why there are not two of one role."""
        return self.missing.get("second", "there are not two accounts of one role")

    @property
    def ordinary(self) -> tuple[Identity, ...]:
        """Everybody live but the administrator."""
        return tuple(each for each in self.people if each != self.administrator)
