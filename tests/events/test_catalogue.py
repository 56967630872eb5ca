"""The catalogue is what the package tells: no event and no field outside it, and none in it that nobody tells."""

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from buckler.cli.event_catalogue import as_markdown
from buckler.events.vocabulary import CATALOGUE
from tests.events.told import UNREAD, Told, calls, handed_on, mentioned
from tests.house.tree import ROOT, Module, modules
from tests.proof import two_sided

PAGE = ROOT / "docs/operations/events.md"
BUILD_ANEW = "run: buckler events catalogue --markdown, and put the table into docs/operations/events.md"
VOCABULARY = Path("src/buckler/events/vocabulary.py")
NAMES = frozenset(CATALOGUE)
OF_A_CHANGE: Final = frozenset({"account", "by", "action"})
HANDED_ON: Final = {
    "cli/installation.py:note_keys": ("note_keys", "cli"),
    "events/journal/keeper.py:begin": ("begin", "identity/accounts.py"),
    "identity/mail/postbox.py:_fail": ("_fail", "identity/mail/postbox.py"),
    "identity/sign_in/sign_in.py:_failure": ("_failure", "identity/sign_in/sign_in.py"),
}
"""Where fields come from the caller: the function, and where its callers are."""
KNOWN: Final = {
    "events/journal/keeper.py:_make_batch": frozenset({"installation", "epoch", "batch", "made_at", "link", "mac"}),
    "running.py:start": frozenset({"processes", "named", "allows", "reason"}),
}
"""Where they come from another object: what it gives."""
UNNAMED: Final = {
    "events/journal/journal.py:soon": "hands on what it is given",
    "identity/administration/administration.py:_note": "its callers name the event, and it adds OF_A_CHANGE",
    "identity/sessions/sessions.py:_note": "the end of a turn: account and session",
}
"""Where the name comes from elsewhere, and why that is no gap."""

ROWS_APART: Final = {
    "running.py:start",
    "running.py:stop",
    "cli/copying.py:put_back",
    "identity/installation/restoration.py:restore",
}
"""Where the row is written by somebody else: starts and stops by the keeper, a restore in the backup itself."""


@pytest.fixture(scope="module")
def package() -> list[Module]:
    return [each for each in modules(ROOT, "src/buckler") if each.path != VOCABULARY]


def faults(package: Sequence[Module]) -> list[str]:
    """Every call that tells what the catalogue does not know."""
    found: list[str] = []
    for told in calls(package):
        if told.name is None:
            found += [] if told.place in UNNAMED else [f"{told.place}: an event without a name"]
        elif told.name not in CATALOGUE:
            found.append(f"{told.place}: {told.name} is not in the catalogue")
        else:
            unsaid = _said(told, package) - set(CATALOGUE[told.name].fields)
            found += [f"{told.place}: {told.name} says {field}" for field in sorted(unsaid)]
    return found


def _said(told: Told, package: Sequence[Module]) -> set[str]:
    said = set(told.fields)
    if UNREAD in said and told.place in HANDED_ON:
        callee, where = HANDED_ON[told.place]
        said |= handed_on([each for each in package if f"src/buckler/{where}" in each.path.as_posix()], callee)
    if UNREAD in told.fields and told.place in HANDED_ON.keys() | KNOWN.keys():
        said = (said - {UNREAD}) | KNOWN.get(told.place, frozenset())
    if told.way == "_note" and told.place.startswith("identity/administration/"):
        said |= OF_A_CHANGE
    if told.way == "soon":
        said.add("count")  # of those that are kept as their number
    return said


def module(text: str) -> Module:
    return Module(Path("src/buckler/made_up.py"), text, ast.parse(text))


def test_every_event_that_is_told_stands_in_the_catalogue_with_all_it_says(package: list[Module]) -> None:
    assert faults(package) == []


def test_every_event_of_the_catalogue_is_told_somewhere(package: list[Module]) -> None:
    assert sorted(NAMES - mentioned(package, NAMES)) == []


def lines_alone(package: Sequence[Module]) -> list[str]:
    """Calls that write the line of an event which is kept, and no row."""
    told = [each for each in calls(package) if each.way in ("emit", "_emit") and each.name in CATALOGUE]
    kept = [each for each in told if CATALOGUE[str(each.name)].kept is not None]
    return [f"{each.place}: {each.name} is kept" for each in kept if each.place not in ROWS_APART]


def test_what_is_kept_is_never_a_line_alone(package: list[Module]) -> None:
    """Whoever looks through the database would miss it."""
    assert lines_alone(package) == []
    whole = module("def made_up():\n    events.emit('user_created', exchange, account=1)")
    assert lines_alone([whole]) == ["made_up.py:made_up: user_created is kept"]


def test_the_lists_of_exceptions_name_nothing_that_is_gone(package: list[Module]) -> None:
    """Else something else could hide behind them."""
    places = {told.place for told in calls(package) if told.name is None or UNREAD in told.fields}
    assert set(HANDED_ON) | set(KNOWN) | set(UNNAMED) == places


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("self._events.emit('sys_crashh', exchange)", "sys_crashh is not in the catalogue"),
        ("self._events.emit('sys_crash', exchange, error=1, why=2)", "sys_crash says why"),
        ("about = {'where': 1, 'who': 2}; events.note(connection, 'sys_crash', **about)", "sys_crash says who"),
        (
            "about = {'where': 1}; about['odd'] = 2; journal.keep(connection, 'sys_crash', **about)",
            "sys_crash says odd",
        ),
        ("events.emit('sys_crash', **anything)", "sys_crash says **"),
        ("events.emit(name, exchange)", "an event without a name"),
        ("later(lambda: events.soon('user_created', exchange))", "user_created says count"),
    ],
)
def test_a_call_that_tells_something_else_is_found(line: str, fault: str) -> None:
    """Before it runs."""
    text = "def made_up():\n" + "\n".join(f"    {part}" for part in line.split("; "))
    assert faults([module(text)]) == [f"made_up.py:made_up: {fault}"]


@pytest.mark.asvs("16.1.1")
def test_the_page_lists_every_event_with_what_it_says_and_how_long_it_is_kept(package: list[Module]) -> None:
    """A page that lacks one, as after a new event, is seen to; the committed one is current."""
    text = PAGE.read_text(encoding="utf-8")
    assert as_markdown() in text, BUILD_ANEW
    told = {each.name for each in calls(package) if each.name} | mentioned(package, NAMES)

    def is_silent_about_one(page: str) -> bool:
        return any(f"\n| `{name}` | " not in page for name in told)

    lacking = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("| `user_deleted` |"))
    two_sided(is_silent_about_one, whole=text, twin=lacking)


def test_an_entry_reads_as_the_others_do() -> None:
    """Small words without a full stop, and each field once."""
    for entry in CATALOGUE.values():
        assert entry.when == entry.when.strip().removesuffix("."), entry
        assert "|" not in entry.when, entry
        assert len(set(entry.fields)) == len(entry.fields), entry
