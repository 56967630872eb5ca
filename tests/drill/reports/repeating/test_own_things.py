"""A line that names what the drill had on this machine says so: pasted as it is, it shows nothing."""

import os
import re
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from fastapi import FastAPI

from buckler.drill.attack import Finding
from buckler.drill.attacks.selection import select
from buckler.drill.report import Report
from buckler.drill.reports.found import found_in
from buckler.drill.reports.repeating.coming_in import first_steps
from buckler.drill.run import attack_all
from tests.drill.stage import engaged


def _app() -> FastAPI:
    """Reads any file for anybody, and fetches any address."""
    app = FastAPI()

    @app.get("/papers")
    def papers(file: str = "a.txt") -> dict[str, str]:
        where = Path("/nowhere", file)
        return {"text": Path(os.path.normpath(where)).read_text() if where.name != "a.txt" else "a"}

    @app.post("/previews")
    def previews(url: str) -> dict[str, Any]:
        try:
            with urlopen(url, timeout=2) as answer:  # noqa: S310 - the flaw itself
                return {"title": answer.read(100).decode()}
        except (URLError, ValueError, OSError):
            return {"title": ""}

    return app


async def _drilled(*ids: str) -> tuple[Report, Finding]:
    async with engaged(_app()) as on:
        report = await attack_all(on, select(ids, by_url=False), "papers:app")
    found = report.findings[0].verdict
    assert isinstance(found, Finding)
    return report, found


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        ("D404", r"# (/\S+/drill-\w+) was the drill's own, and is gone: .*"),
        ("D406", r"# at port (\d+) of this machine the drill listened: .* python3 -m http\.server \1, .*"),
    ],
)
async def test_what_is_gone_is_told_with_what_to_put_there(attack: str, said: str) -> None:
    """By what stands in the line: another finding of the same app has no such words."""
    report, found = await _drilled(attack)
    steps = first_steps(report, found_in(report.findings))
    told = [match for step in steps if (match := re.fullmatch(said, step))]
    assert len(told) == 1, steps
    assert told[0][1].rpartition("/")[2] in found.attacked.request.target


async def test_what_names_nothing_of_the_drill_has_no_such_words() -> None:
    """A port that was open meanwhile, and stands in no line, is nobody's business."""
    async with engaged(_app()) as on:
        report = await attack_all(on, select(["D406", "D110"], by_url=False), "papers:app")
    documents = [each for each in report.findings if each.attack.id == "D110"]
    assert documents
    assert report.own_things
    assert not any("listened" in step for step in first_steps(report, found_in(documents)))
