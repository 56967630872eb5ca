"""Giving orders to the nursery, and what became of a place that somebody worked on until he was killed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

from tests.cli.running import surroundings
from tests.faults.place import START, Place

Told = list[dict[str, Any]]
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Killed:
    """A place, and what was told of it before."""

    place: Place
    told: Told

    @property
    def answered(self) -> Told:
        return [each for each in self.told if each["what"] == "answered"]

    @property
    def pending(self) -> dict[str, Any] | None:
        """What was begun and not answered: it may be done or not, and nothing between."""
        return self.told[-1] if self.told[-1]["what"] == "begun" else None

    @property
    def now(self) -> float:
        """The time at which it was killed, as its clock told."""
        return max([START, *(each["now"] for each in self.told if "now" in each)])


class Nursery:
    """`template` is an installation of which every deed gets a copy."""

    def __init__(self, process: "subprocess.Popen[bytes]", template: Path, folder: Path) -> None:
        self._process, self._template, self._folder = process, template, folder

    @contextmanager
    def killed(
        self, deed: str, seed: int = 0, *, by: str = "step", at: str = "", sabotage: str | None = None
    ) -> Iterator[Killed]:
        """A deed that was killed: `Fate` says what `by` and `at` mean. The seed gives the moment or the step."""
        place = Place(self._folder / f"{deed}-{seed}-{by}-{sabotage}")
        copytree(self._template, place.folder)
        order = {"deed": deed, "folder": str(place.folder), "seed": seed, "by": by, "at": at, "sabotage": sabotage}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert answer["killed"], f"it ended by itself: {order}, after {answer['told'][-3:]}"
        yield Killed(place, answer["told"])
        rmtree(place.folder)


@contextmanager
def nursery(folder: Path, template: Path) -> Iterator[Nursery]:
    """One that takes orders. It ends by itself when there are no more."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.nursery"],
        cwd=ROOT, env=surroundings(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Nursery(process, template, folder)
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.wait(60)
        process.stdout.close()
