"""What the command line says it needs is what the extras bring; its version and its other name."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

from buckler.cli.extras import NEEDED
from tests.cli.running import buckler, surroundings
from tests.house.tree import ROOT

EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


@pytest.mark.parametrize("extra", NEEDED)
def test_what_is_needed_is_what_the_extra_brings(extra: str) -> None:
    """Every distribution of the extra, and of those in it, but for what only some systems have."""
    known, brought = packages_distributions(), _brought(extra)
    needed = set[str]()
    for module in NEEDED[extra]:
        named = {distribution.lower().replace("_", "-") for distribution in known[module]}
        # Several distributions share the name `opentelemetry`.
        needed |= named if len(named) == 1 else named & brought
    assert needed == brought


def test_every_extra_is_known() -> None:
    """All of them but the one that means all."""
    assert set(NEEDED) == set(EXTRAS) - {"all"}


def _brought(extra: str) -> set[str]:
    brought = set[str]()
    for line in EXTRAS[extra]:
        inner = re.fullmatch(r"buckler\[(.+)\]", line)
        if inner:
            brought |= {each for named in inner[1].split(",") for each in _brought(named)}
        elif ";" not in line:
            brought.add(re.split(r"[\[><=]", line)[0])
    return brought


def test_the_version_is_told(tmp_path: Path) -> None:
    """As the installed distribution has it."""
    done = buckler("--version", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"buckler {version('buckler')}\n")


def test_the_module_is_the_command(tmp_path: Path) -> None:
    """`python -m buckler` calls itself by the name that everybody can type."""
    line = [sys.executable, "-m", "buckler", "serve", "--help"]
    done = subprocess.run(line, cwd=tmp_path, env=surroundings(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert "Usage: buckler serve" in done.stdout


def test_the_shell_can_complete(tmp_path: Path) -> None:
    """`buckler --install-completion` sets it up, and what it asks for then answers with the options."""
    assert "--install-completion" in buckler("--help", folder=tmp_path).stdout
    asked = {"_BUCKLER_COMPLETE": "complete_bash", "COMP_WORDS": "buckler serve --ht", "COMP_CWORD": "2"}
    assert "--http-port" in buckler(folder=tmp_path, **asked).stdout
