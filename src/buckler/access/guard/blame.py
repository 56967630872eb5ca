"""Who said no at a door, and by which declaration: thought out where a line of the log is written."""

from dataclasses import dataclass

from buckler.access.declarations.declaration import Duty
from buckler.access.doors.passage import Passage
from buckler.asgi import Exchange


@dataclass(frozen=True, slots=True)
class Blamed:
    """One step of the guard at one door. Without a passage it is the guard itself."""

    passage: Passage | None
    duty: Duty

    def named(self) -> str:
        """The name of the step's defence."""
        return "guard" if self.passage is None else self.passage.name

    def declared_at(self, exchange: Exchange) -> str | None:
        """File and line of the declaration that said no; None where it is not one of several for certain."""
        found = None if self.passage is None else self.passage.declared_by(self.duty, exchange)
        return None if found is None else found.where
