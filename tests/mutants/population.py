"""All mutants, by name."""

from collections.abc import Mapping
from functools import cache

from tests.mutants.answering import ANSWERING
from tests.mutants.defences import DEFENCES
from tests.mutants.entering import ENTERING
from tests.mutants.mutant import Mutant
from tests.mutants.routes import declared_mutants
from tests.mutants.service import SERVICE
from tests.mutants.sessions import SESSIONS
from tests.mutants.text import said

HARMLESS = Mutant(
    "a title that reads otherwise",
    said("buckler.service.app", '"Buckler reference service"', '"The reference service of Buckler"'),
    ("D103",),
    "GET /notes/{note}",
)
"""Nothing may kill it. It is no part of the score."""
UNFIT = Mutant("a line that nobody wrote", said("buckler.service.app", "nobody wrote this", ""), ("D103",))
"""It is none, and may never be taken for one that was killed."""


@cache
def population() -> Mapping[str, Mutant]:
    """Each once."""
    several = (*SERVICE, *ENTERING, *SESSIONS, *ANSWERING, *DEFENCES, *declared_mutants())
    found = {each.name: each for each in several}
    if len(found) != len(several):
        raise ValueError("two mutants have one name")
    return found


def mutant_of(name: str) -> Mutant:
    """The mutant of this name."""
    return {**population(), HARMLESS.name: HARMLESS, UNFIT.name: UNFIT}[name]
