"""What a drill is to do: which attacks, within which bounds, by which truth, and how people come in."""

from dataclasses import dataclass, field, replace

from buckler.drill.attack import Attack
from buckler.drill.bounds import REQUESTS, SECONDS
from buckler.drill.budget import Budget
from buckler.drill.plan.document import Document
from buckler.drill.plan.options import Options
from buckler.drill.run import Progress, silent


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done: which attacks, within which bounds, and by which truth."""

    attacks: tuple[Attack, ...]
    seconds: float = SECONDS
    requests: int = REQUESTS
    policy: object = None
    """What stands in the committed policy file, read as JSON; None where there is none."""
    options: Options = field(default_factory=Options)
    """How one comes in, for a target without Buckler or by URL."""
    progress: Progress = silent

    @property
    def budget(self) -> Budget:
        """A new one of these bounds."""
        return Budget(self.seconds, self.requests)


def without_skipped(document: Document, options: Options) -> Document:
    """Without the routes that are to be left alone."""
    return replace(document, routes=tuple(each for each in document.routes if each.key not in options.skip))
