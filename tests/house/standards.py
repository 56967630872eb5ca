"""Writes docs/standards.md: what is proved of ASVS 5.0.0, from the tests that passed.

    python -m tests.house.standards build/evidence.json docs/standards.md

What each word means stands in the page itself.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.house.documents import documents
from tests.house.evidence import Result, proved, read
from tests.house.requirements import CHAPTERS, Requirement, named_in, requirements
from tests.house.tree import ROOT

WORDS = {"E": "proved", "C": "checked", "G": "generated", "D": "explained"}
"""What a requirement of each class is called once it is met."""
COLUMNS = (*WORDS.values(), "not yet")
LEVELS = ("1", "2", "3")
_ATTACKS = Path("docs/drill/attacks.md")

HEAD = """\
# What is proved of OWASP ASVS 5.0.0

Written by `make standards` from the tests that passed; do not edit. The requirements are told in our own words.

- **proved**: held by default; an attack succeeds on a twin that lacks the defence and fails on the whole.
- **checked**: depends on the app, and a rule judges it; the rule was seen to find a bad app and to pass a good one.
- **generated**: a document, written from the live app and tested.
- **explained**: in the hands of the people who run it; the docs say what to do.
- **not yet**: none of these, so far.
"""


@dataclass(frozen=True, slots=True)
class Status:
    """A requirement, what became of it, and where the proof stands."""

    requirement: Requirement
    word: str
    where: tuple[str, ...]


def judge(results: Iterable[Result], explained: Mapping[str, str]) -> list[Status]:
    """The status of every requirement that is in scope. `explained` gives the page that names an id."""
    results = list(results)
    shown = proved(results)
    return [_status(it, results, it.id in shown, explained.get(it.id)) for it in _in_scope()]


def explanations(root: Path, without: Path) -> dict[str, str]:
    """The first page that names each requirement, as in 'ASVS 2.3.3'.

    The catalogue of attacks explains none: it names what an app that is attacked may lack.
    """
    pages = [page for page in documents(root) if page not in (without, root / _ATTACKS)]
    named = [(claim, page) for page in reversed(pages) for claim in named_in(page.read_text(encoding="utf-8"))]
    return {claim: page.relative_to(root).as_posix() for claim, page in named}


def render(statuses: list[Status], deviations: str) -> str:
    """The whole page."""
    outside = [it for it in requirements().values() if it.kind == "X"]
    parts = [
        HEAD,
        f"\n## In numbers\n\n{_counts(statuses)}",
        f"\n## Where we differ, and why\n\n{deviations}",
        *(_chapter(number, statuses) for number in range(1, len(CHAPTERS) + 1)),
        "\n## Out of scope\n\n" + "\n".join(f"- {it.id} {it.text}" for it in outside),
    ]
    return "\n".join(part.rstrip("\n") for part in parts if part) + "\n"


def _status(requirement: Requirement, results: list[Result], shown: bool, page: str | None) -> Status:
    if requirement.kind == "D":
        return Status(requirement, "explained" if page else "not yet", (page,) if page else ())
    tests = sorted({it.test.split("[")[0] for it in results if requirement.id in it.claims and it.attacks})
    return Status(requirement, WORDS[requirement.kind], tuple(tests)) if shown else Status(requirement, "not yet", ())


def _in_scope() -> list[Requirement]:
    return [it for it in requirements().values() if it.kind != "X"]


def _counts(statuses: list[Status]) -> str:
    head = ["| chapter | level |" + "".join(f" {word} |" for word in COLUMNS) + " all |", "|---|---|" + "---|" * 6]
    rows = [
        _count_row(f"{number} {name}", level, [it for it in statuses if it.requirement.chapter == number])
        for number, name in enumerate(CHAPTERS, start=1)
        for level in LEVELS
    ]
    totals = [_count_row("**all**", level, statuses) for level in LEVELS]
    return "\n".join(row for row in head + rows + totals if row)


def _count_row(name: str, level: str, statuses: list[Status]) -> str:
    counts = Counter(it.word for it in statuses if it.requirement.level == level)
    if not counts:
        return ""
    return f"| {name} | {level} |" + "".join(f" {counts[word] or ''} |" for word in COLUMNS) + f" {counts.total()} |"


def _chapter(number: int, statuses: list[Status]) -> str:
    rows = [_row(it) for it in statuses if it.requirement.chapter == number]
    if not rows:
        return ""
    head = f"\n## {number} {CHAPTERS[number - 1]}\n\n| id | level | requirement | status | where |\n"
    return head + "|---|---|---|---|---|\n" + "\n".join(rows)


def _row(status: Status) -> str:
    it = status.requirement
    where = "<br>".join(f"`{place}`" for place in status.where)
    return f"| {it.id} | {it.level} | {it.text} | {status.word} | {where} |"


def main(evidence: Path, page: Path) -> None:
    statuses = judge(read(evidence), explanations(ROOT, without=ROOT / page))
    deviations = (ROOT / "standards" / "deviations.md").read_text(encoding="utf-8")
    page.write_text(render(statuses, deviations), encoding="utf-8")
    counts = Counter(it.word for it in statuses)
    print(f"{page}:", ", ".join(f"{counts[word]} {word}" for word in COLUMNS))  # noqa: T201 - a command line's answer


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
