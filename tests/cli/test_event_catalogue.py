"""`buckler events catalogue`: every event, for a person, a program and a page."""

import json
from pathlib import Path

import pytest

from buckler.events.vocabulary import CATALOGUE
from tests.cli.in_process import Shell


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("form", ["", "--markdown"])
def test_every_event_has_a_line(shell: Shell, form: str) -> None:
    """In the order of the names, below a head."""
    done = shell.run("events", "catalogue", *form.split())
    lines = [line for line in done.said.splitlines()[1:] if not line.startswith("|---")]
    named = [line.replace("`", "").strip("| ").split()[0] for line in lines]
    assert (done.code, named) == (0, sorted(CATALOGUE))


def test_a_program_reads_what_each_event_is(shell: Shell) -> None:
    """With the setting that says how long it is kept; none where it is a line of the log alone."""
    done = shell.run("events", "catalogue", "--json")
    told = {each["event"]: each for each in json.loads(done.said)}
    assert set(told) == set(CATALOGUE)
    for name, event in CATALOGUE.items():
        kept = {None: None, "sign-ins": "BUCKLER_EVENTS_SIGN_INS_DAYS", "changes": "BUCKLER_EVENTS_CHANGES_DAYS"}
        assert (told[name]["fields"], told[name]["kept"]) == (list(event.fields), kept[event.kept])
