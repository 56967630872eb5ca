"""Time and randomness come in through one door each, no test sleeps, and names say something."""

from pathlib import Path

import pytest

from tests.house.doors import empty_names, side_doors, sleeps
from tests.house.tree import ROOT, Module, below, modules


@pytest.fixture(scope="module")
def house() -> list[Module]:
    """All our folders."""
    return modules(ROOT, "src", "tests", "bench", "examples")


def test_the_source_reads_clock_and_randomness_at_their_doors(house: list[Module]) -> None:
    """So that a test which holds the doors holds everything."""
    assert side_doors(below("src", house)) == []


def test_no_test_sleeps(house: list[Module]) -> None:
    """Tests wait for conditions."""
    assert sleeps(below("tests", house)) == []


def test_every_name_says_what_it_holds(house: list[Module]) -> None:
    """In all our folders."""
    assert empty_names(house) == []


@pytest.mark.parametrize(
    "line",
    [
        "import time",
        "import random",
        "from secrets import token_hex",
        "from uuid import uuid4",
        "from uuid import UUID, uuid4",
        "from datetime import datetime\nstart = datetime.now()",
        "import datetime\nstart = datetime.datetime.utcnow()",
        "import os\nkey = os.urandom(32)",
    ],
)
def test_a_side_door_is_found(tmp_path: Path, line: str) -> None:
    """Whichever way time or randomness is let in."""
    _place(tmp_path, "src/buckler/edge/limits.py", line)
    _place(tmp_path, "src/buckler/clock.py", "import time")
    assert [found.split(":")[0] for found in side_doors(modules(tmp_path, "src"))] == ["src/buckler/edge/limits.py"]


def test_a_type_is_no_door(tmp_path: Path) -> None:
    """Reading a UUID draws nothing."""
    _place(tmp_path, "src/buckler/input/keys.py", "from uuid import UUID")
    assert side_doors(modules(tmp_path, "src")) == []


@pytest.mark.parametrize("call", ["time.sleep(1)", "await asyncio.sleep(0.1)", "await asyncio.sleep(delay)"])
def test_a_sleeping_test_is_found(tmp_path: Path, call: str) -> None:
    """Giving way with `asyncio.sleep(0)` is not sleeping."""
    _place(tmp_path, "tests/test_it.py", f"async def test_it():\n    await asyncio.sleep(0)\n    {call}")
    assert [found.split(" ")[0] for found in sleeps(modules(tmp_path, "tests"))] == ["tests/test_it.py:3:"]


@pytest.mark.parametrize("path", ["src/utils.py", "src/core/jwt.py", "src/_helpers.py", "tests/common.py"])
def test_an_empty_name_is_found(tmp_path: Path, path: str) -> None:
    """As a file and as a folder."""
    _place(tmp_path, path, "")
    assert len(empty_names(modules(tmp_path, "src", "tests"))) == 1


def _place(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text + "\n")
