"""A shell offers what the drill takes."""

import os
import subprocess
import sys

import pytest

from buckler.drill.attack import FAMILIES
from buckler.drill.attacks.selection import select


def offered(*words: str) -> list[str]:
    """By bash, for the last of these words."""
    line = ["buckler", "drill", *words]
    said = {"_BUCKLER_COMPLETE": "complete_bash", "COMP_WORDS": " ".join(line), "COMP_CWORD": str(len(line) - 1)}
    code = "from buckler.cli.program import program; program(prog_name='buckler')"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, **said}, capture_output=True, text=True)
    return done.stdout.split()


@pytest.mark.heavy
def test_attacks_and_families_are_offered() -> None:
    """All that there are, those on the wire too."""
    assert offered("--only", "") == [*FAMILIES, *(each.about.id for each in select(by_url=True))]
    assert offered("--skip", "acc") == ["access", "accounts"]
    assert offered("--only", "D10")[:3] == ["D101", "D102", "D103"]


@pytest.mark.heavy_beyond(1)
@pytest.mark.parametrize(("option", "word"), [("--format", "sarif"), ("--fail-on", "never")])
def test_words_of_a_list_are_offered(option: str, word: str) -> None:
    """Of forms and severities."""
    assert word in offered(option, "")
