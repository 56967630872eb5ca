"""Each mutant drilled in a process of its own, several at once, and what became of it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Literal

from tests.mutants.mutant import Mutant

ROOT = Path(__file__).parents[2]
LONGEST = 300.0
"""Seconds for one."""
MOST = 500
"""Characters about one that lives."""
State = Literal["killed", "alive", "not seen", "broken"]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mutant."""

    mutant: Mutant
    state: State
    words: str
    """Which attacks found it where; else why not."""
    seconds: float = 0.0


def hunt(mutants: Iterable[Mutant], at_once: int = 2) -> Iterator[Fate]:
    """The fate of each, in their order, as soon as it is known."""
    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(fate_of, mutants)


def fate_of(mutant: Mutant) -> Fate:
    """Drill it, unless a drill cannot see it."""
    if mutant.unseen:
        return Fate(mutant, "not seen", mutant.unseen)
    if not known(mutant.by):
        return Fate(mutant, "alive", f"no attack of {', '.join(mutant.by)} is there yet")
    began = monotonic()
    with TemporaryDirectory(prefix="buckler-mutant-") as made:
        report = Path(made, "report.json")
        try:
            ended = _lived(mutant, report)
        except subprocess.TimeoutExpired:
            return Fate(mutant, "broken", f"not done after {LONGEST:g} s", monotonic() - began)
        if ended.returncode not in (0, 1) or not report.is_file():
            return Fate(mutant, "broken", _last_words(ended), monotonic() - began)
        state, words = judged(mutant, json.loads(report.read_text(encoding="utf-8")))
    return Fate(mutant, state, words, monotonic() - began)


def known(names: Iterable[str]) -> list[str]:
    """The attacks of these ids that there are."""
    from buckler.drill.attacks.catalogue import CATALOGUE

    there = {each.about.id for each in CATALOGUE}
    return [name for name in names if name in there]


def judged(mutant: Mutant, report: dict[str, Any]) -> tuple[State, str]:
    """Killed by a finding of one of its attacks at its place; else alive, with what the drill said of that place."""
    found = [(each["attack"], each["route"]) for each in report["findings"]]
    there = [each for each in found if each[0] in mutant.by and mutant.route in ("", each[1])]
    if there:
        return "killed", ", ".join(dict.fromkeys(f"{attack} {route}" for attack, route in there))
    elsewhere = [f"{attack} found {route}" for attack, route in found]
    told = [
        f"{each['attack']} {each['state']} {each['route']} {each['reason'] or ''}".strip()
        for each in report["verdicts"]
        if mutant.route in ("", each["route"]) and (mutant.route or each["state"] != "not applicable")
    ]
    return "alive", "; ".join(dict.fromkeys([*elsewhere, *told, *filter(None, [report["stopped"]])]))[:MOST]


def _lived(mutant: Mutant, report: Path) -> "subprocess.CompletedProcess[str]":
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("BUCKLER_")}
    return subprocess.run(
        [sys.executable, "-m", "tests.mutants.living", mutant.name, str(report)],
        cwd=ROOT,
        env=surroundings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )


def _last_words(ended: "subprocess.CompletedProcess[str]") -> str:
    lines = [line.strip() for line in (ended.stderr or ended.stdout).splitlines() if line.strip()]
    return f"exit code {ended.returncode}: {' '.join(lines[-3:])[-300:]}"
