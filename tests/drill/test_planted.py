"""Apps with planted flaws: the drill finds each of them, and nothing in the mended twins.

What is not found is listed in the app's file with the reason, and a flaw that is found after all may not stay there.
"""

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest

from buckler.drill.attacks.selection import select
from buckler.drill.plan.options import read_options
from buckler.drill.report import Report
from buckler.drill.reports.as_json import write_json
from buckler.drill.wanted import Wanted
from buckler.staging.in_process import drill_app
from buckler.staging.isolation import isolated
from buckler.staging.rehearsal import Rehearsal
from tests.drill.reports.schema import conforming

HERE = Path(__file__).parent / "targets"
LARGE = ("shop", "clinic", "tools")
APPS = ("noteboard", "people_api", "rota", *(pytest.param(name, marks=pytest.mark.heavy) for name in LARGE))


@cache
def flaws_of(name: str) -> Mapping[str, Any]:
    """What is planted, by its name."""
    told: Mapping[str, Any] = tomllib.loads((HERE / f"{name}.toml").read_text())["flaws"]
    return told


async def _drilled(name: str, state: str) -> Report:
    app = getattr(import_module(f"tests.drill.targets.{name}"), f"{state}_app")()
    options = read_options((HERE / f"{name}.options.toml").read_text(), {})
    folder = Path(gettempdir())
    with isolated(folder) as around:
        report = await drill_app(app, name, Wanted(select(), 300, options=options), Rehearsal(folder), around)
    assert conforming(write_json(report))["target"] == name
    return report


@pytest.mark.parametrize("name", APPS)
async def test_every_planted_flaw_is_found(name: str) -> None:
    """By an attack that the app's file names, at the route where it was planted; but for those that it says are not."""
    report = await _drilled(name, "flawed")
    found: defaultdict[str, set[str]] = defaultdict(set)
    for each in report.findings:
        found[each.attack.id].add(each.verdict.route)
    missed = {flaw for flaw, planted in flaws_of(name).items() if not _is_found(planted, found)}
    assert missed == {flaw for flaw, planted in flaws_of(name).items() if "missed" in planted}


def _is_found(planted: Mapping[str, Any], found: Mapping[str, set[str]]) -> bool:
    anywhere = planted["route"] == "*"
    return any(
        (anywhere and found[each]) or found[each] & {planted["route"], "*"}
        for each in planted["attacks"]
        if each in found
    )


@pytest.mark.parametrize("name", APPS)
async def test_nothing_is_found_in_a_mended_twin(name: str) -> None:
    """Not one finding, and most of it was really attacked."""
    report = await _drilled(name, "mended")
    assert [(each.attack.id, each.verdict.route, each.verdict.words) for each in report.findings] == []  # type: ignore[union-attr]
    assert report.counts["withstood"] > 100
