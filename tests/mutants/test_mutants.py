"""A handful of mutants, in the suite; all of them by `make mutants`."""

import pytest

from tests.mutants.hunting import Fate, fate_of, hunt
from tests.mutants.population import HARMLESS, UNFIT, population

KILLED = (
    "GET /notes/{note}: loaded without a look at whose it is",
    "POST /auth/register: to cross_site=True",
    "without ownership",
)


@pytest.fixture(scope="module")
def fates() -> dict[str, Fate]:
    """Two at once."""
    return {each.mutant.name: each for each in hunt(population()[name] for name in KILLED)}


@pytest.mark.parametrize("name", KILLED)
def test_it_is_killed(fates: dict[str, Fate], name: str) -> None:
    """The drill finds what was weakened, where it was weakened."""
    fate = fates[name]
    assert fate.state == "killed", fate.words
    assert fate.mutant.route in fate.words


def test_a_change_that_weakens_nothing_is_not_killed() -> None:
    """The same drill finds nothing in the service as it is: what kills the others is what was weakened."""
    fate = fate_of(HARMLESS)
    assert fate.state == "alive", fate.words
    assert "D103 withstood GET /notes/{note}" in fate.words


def test_a_change_that_does_not_fit_is_no_mutant() -> None:
    """A line that was rewritten since cannot be weakened any more; that may not pass for a success."""
    fate = fate_of(UNFIT)
    assert fate.state == "broken"
    assert "has 0 times, not once" in fate.words
