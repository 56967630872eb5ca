"""The two pages that show what a request meets name every defence of the tuple."""

import re
from pathlib import Path

import pytest

from buckler import Cors
from buckler.composition import Surroundings, defences
from buckler.edge.foreign_origins import Readers
from buckler.edge.proxies import direct
from buckler.events import EventLog
from tests.clocks import FakeClock
from tests.house.tree import ROOT
from tests.stage import development, people

README = ROOT / "README.md"
HOW_IT_WORKS = ROOT / "docs" / "start" / "how-it-works.md"


def standing() -> list[str]:
    """The names of all that can stand at once: development with an origin of HTTPS, callers and foreign pages."""
    clock = FakeClock()
    settings, readers = development(origin="https://localhost"), Readers(Cors(["https://front.example.test"]))
    around = Surroundings(settings, clock, EventLog(clock), people(), direct(), readers=readers)
    return [each.name for each in defences(around)]


def tabled(page: str) -> set[str]:
    """What the table of the README leads to, by the words of its links."""
    section = page.split("## What stands in front of a route\n")[1].split("\n## ")[0]
    return set(re.findall(r"\[([a-z-]+)\]\(docs/defences/", section))


def drawn(page: str) -> set[str]:
    """The words of the drawing."""
    section = page.split("## The way of a request\n")[1].split("```text\n")[1].split("```")[0]
    return set(re.split(r"[\s,;:]+", section))


def missing(readme: str, how_it_works: str) -> list[str]:
    """What stands and is not shown."""
    return [
        f"{name} is not in {page}"
        for page, shown in (("README.md", tabled(readme)), ("how-it-works.md", drawn(how_it_works)))
        for name in standing()
        if name not in shown
    ]


def test_both_pages_show_every_defence() -> None:
    """And the README leads to no page of one that does not stand in front of a route."""
    readme = README.read_text(encoding="utf-8")
    assert missing(readme, HOW_IT_WORKS.read_text(encoding="utf-8")) == []
    assert tabled(readme) - set(standing()) == set()


@pytest.mark.parametrize("page", [README, HOW_IT_WORKS])
@pytest.mark.parametrize("name", ["loopback", "fields", "ownership", "open-connections", "host"])
def test_a_defence_that_is_not_shown_is_found(page: Path, name: str) -> None:
    """On either page; a name inside a longer one counts for nothing."""
    pages = [each.read_text(encoding="utf-8") for each in (README, HOW_IT_WORKS)]
    without = [
        re.sub(rf"(?<![\w-]){name}(?![\w-])", f"{name}-two", text) if each == page else text
        for each, text in zip((README, HOW_IT_WORKS), pages, strict=True)
    ]
    assert missing(*without) == [f"{name} is not in {page.name}"]
