"""What the command line says it needs is what the extras bring."""

import re
import tomllib
from importlib.metadata import packages_distributions

import pytest

from buckler.cli.program import NEEDED
from tests.house.tree import ROOT

EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


@pytest.mark.parametrize("extra", NEEDED)
def test_what_is_needed_is_what_the_extra_brings(extra: str) -> None:
    """Every distribution of the extra, but for those of some systems only."""
    brought = {re.split(r"[\[><=]", line)[0] for line in EXTRAS[extra] if ";" not in line}
    known = packages_distributions()
    needed = {distribution.lower() for module in NEEDED[extra] for distribution in known[module]}
    assert needed == brought


def test_every_extra_is_known() -> None:
    """All of them but the one that means all."""
    assert set(NEEDED) == set(EXTRAS) - {"all"}
