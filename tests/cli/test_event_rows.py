"""`buckler events tail` and `search`: what is kept, as a person and a program read it."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from buckler.asgi import Exchange
from buckler.cli.event_rows import Printed, followed
from buckler.cli.kept_log import Log, read_log
from buckler.cli.times import read_time
from buckler.events.journal import Journal
from buckler.events.journal.keeper import Keeper
from buckler.identity.accounts import DATABASE_FILE
from buckler.identity.installation.log_key_row import BEGUN
from buckler.storage.database import Database
from tests.cli.in_process import Done, Shell
from tests.cli.kept import HOUR, MORNING, attack, keep, three
from tests.cli.test_keys import install
from tests.clocks import FakeClock

NAMES = ["user_created", "authn_login_success", "user_updated"]
ODD = 'x\x1b[2J\n"event":"user_deleted"\u202e\t'


def names(done: Done) -> list[str]:
    assert done.code == 0, done.told
    return [json.loads(line)["event"] for line in done.said.splitlines()]


async def from_afar(database: Database, journal: Journal, clock: FakeClock, keeper: Keeper) -> None:
    """Somebody at another address tries to sign in."""
    for client in ("203.0.113.9", "2001:db8::9"):
        scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": "/auth/sign-in",
            "headers": [],
            "client": (client, 4),
        }
        exchange = Exchange(scope, None)
        exchange.client = client
        journal.soon("authn_login_fail", exchange, reason="no such account", account="a1")
    await keeper.tick()


def test_the_newest_are_shown_the_oldest_first(shell: Shell) -> None:
    """As many as were asked for, each on one line; nothing in them moves the cursor."""
    keep(shell.folder, three)
    whole = shell.run("events", "tail")
    assert (whole.code, [line.split()[3] for line in whole.said.splitlines()]) == (
        0,
        [BEGUN, *NAMES],
    )
    assert names(shell.run("events", "tail", "-n", "2", "--json")) == NAMES[1:]
    assert shell.run("events", "tail", "-n", "0").said == ""
    (last,) = [json.loads(line) for line in shell.run("events", "tail", "-n", "1", "--json").said.splitlines()]
    assert (last["batch"], last["holds"], last["by"], last["row"].endswith(":4")) == (1, True, "a1", True)


def test_what_a_stranger_sent_stays_on_its_line(shell: Shell) -> None:
    """Also where somebody wrote it into the database himself."""

    async def write(database: Database, journal: Journal, clock: FakeClock, keeper: Keeper) -> None:
        async with database.writing() as connection:
            journal.note(connection, "user_created", None, account="a1", by=ODD)

    keep(shell.folder, write)
    attack(
        shell.folder,
        "INSERT INTO event (writer, sequence, at, name, body, mac) VALUES ('w', 1, 1, 'odd', ?, x'00')",
        given=(json.dumps({"event": ODD, ODD: ODD}),),
    )
    attack(
        shell.folder,
        "INSERT INTO event (writer, sequence, at, name, body, mac) VALUES (?, 1, 1, ?, ?, x'00')",
        given=(ODD, ODD, ODD),
    )
    for more in ((), ("--json",)):
        done = shell.run("events", "tail", *more)
        assert done.code == 1
        assert len(done.said.splitlines()) == 4
        assert [each for each in "\x1b\u202e\t" if each in done.said] == []


def test_a_row_that_does_not_hold_is_shown_with_its_fault(shell: Shell) -> None:
    """Edited in its text, in its columns, emptied, put in: never silently, and by no search left out."""
    keep(shell.folder, three)
    attack(
        shell.folder,
        "UPDATE event SET body = replace(body, 'a1', 'b1') WHERE position = 2",
        "UPDATE event SET account_id = 'b1', at = 1 WHERE position = 3",
        "UPDATE event SET body = '', account_id = NULL, emptied_at = 5, emptied_mac = x'00' WHERE position = 4",
    )
    done = shell.run("events", "tail")
    assert done.code == 1
    _, edited, columns, emptied = done.said.splitlines()
    assert (edited[0], columns[0], emptied[0]) == ("!", "!", "!")
    assert "edited, or put in" in edited
    assert "columns for searching" in columns
    assert "emptied, and not by us" in emptied
    for account in ("a1", "b1"):
        found = shell.run("events", "search", "--account", account)
        assert (found.code, len(found.said.splitlines())) == (1, 2), account
    assert shell.run("events", "search", "--event", BEGUN).code == 0
    assert shell.run("events", "tail", "-n", "0").code == 0
    told = [json.loads(line) for line in shell.run("events", "tail", "--json").said.splitlines()]
    assert [each["holds"] for each in told] == [True, False, False, False]
    assert told[2]["columns"]["account"] == "b1"


def test_a_search_finds_by_all_that_is_asked(shell: Shell) -> None:
    """Name, account, who did it, client, time and words; an unknown one finds nothing."""
    keep(shell.folder, three, at=MORNING)
    keep(shell.folder, from_afar, at=MORNING + 24 * HOUR)
    fail = "authn_login_fail"
    asked = {
        ("--account", "a2"): ["user_updated"],
        ("--account", "a1"): ["user_created", "authn_login_success", fail, fail],
        ("--account", "a1", "--event", fail): [fail, fail],
        ("--event", fail, "--event", "user_created"): ["user_created", fail, fail],
        ("--by", "operator"): ["user_created"],
        ("--client", "203.0.113.9"): [fail],
        ("--client", "203.0.113.0/24"): [fail],
        ("--client", "2001:db8::/32"): [fail],
        ("--client", "::/0"): [fail],
        ("--since", "2026-01-31T09:00Z", "--until", "2026-01-31"): ["authn_login_success", "user_updated"],
        ("--since", "2026-02-01"): [fail, fail],
        ("--until", "2026-01-31T08:59:59+00:00"): [BEGUN, "user_created"],
        ("--since", "1h"): [],
        ("--text", "SUCH account"): [fail, fail],
        ("--account", "0" * 32): [],
        ("--by", "operator", "--since", "1h"): [],
    }
    for line, found in asked.items():
        assert names(shell.run("events", "search", *line, "--json")) == found, line


def test_nobody_of_that_name_is_no_empty_answer(shell: Shell) -> None:
    """A name that was mistyped would be found to have done nothing; one who was erased has no name, but his id."""
    keep(shell.folder, three)
    for option, name in (("--account", "nobody@example.com"), ("--by", "no\x1b"), ("--account", "operator")):
        done = shell.run("events", "search", option, name)
        assert (done.code, done.said, "there is no account of that name" in done.told) == (1, "", True), done.told
        assert ("by its id" in done.told, "\x1b" in done.told) == (True, False)


def test_the_settings_of_a_start_are_counted(shell: Shell) -> None:
    """They would fill the terminal; a program gets them all."""
    said = [f"BUCKLER_SETTING_{number}={'x' * 50}" for number in range(5)]

    async def start(database: Database, journal: Journal, clock: FakeClock, keeper: Keeper) -> None:
        await keeper.begin(routes=3, settings=said, version="1")

    keep(shell.folder, start)
    (line,) = shell.run("events", "tail", "-n", "1").said.splitlines()
    assert (len(line) < 100, "  settings=5 said  " in line) == (True, True), line
    assert json.loads(shell.run("events", "tail", "-n", "1", "--json").said)["settings"] == said


def test_more_than_the_limit_is_said(shell: Shell) -> None:
    """The newest are shown."""
    keep(shell.folder, three)
    done = shell.run("events", "search", "--limit", "2", "--json")
    assert names(done) == ["authn_login_success", "user_updated"]
    assert "2 found, and there are more" in done.told
    assert "buckler events verify" in done.told
    assert "4 found. " in shell.run("events", "search", "--limit", "4").told


def test_a_call_that_is_none_says_what_to_write(shell: Shell) -> None:
    keep(shell.folder, three)
    refused = {
        ("--event", "user_create"): "Did you mean user_created?",
        ("--event", "\x1b"): "buckler events catalogue",
        ("--client", "here"): "name an address",
        ("--since", "yesterday"): "2026-01-31",
        ("--until", "99999999999w"): "2026-01-31",
    }
    for line, words in refused.items():
        done = shell.run("events", "search", *line)
        assert (done.code, done.said, "\x1b" in done.told) == (2, "", False)
        assert words in " ".join(done.told.replace("│", " ").split()), done.told


def test_reading_changes_nothing(shell: Shell) -> None:
    """Not even a key is made: where nothing was kept that is said. Without a database no folder is made."""
    install(shell.folder / "data")
    attack(shell.folder, "UPDATE installation SET log_key_sealed = NULL")
    before = (shell.folder / "data" / DATABASE_FILE).read_bytes()
    for line in (("tail",), ("search",), ("verify",), ("export", "out.jsonl")):
        done = shell.run("events", *line)
        assert (done.code, done.said, "has kept no event" in done.told) == (1, "", True), done.told
        done = shell.run("events", *line, "--data", "elsewhere")
        assert (done.code, "no buckler.db in it" in done.told) == (1, True), done.told
    assert (shell.folder / "data" / DATABASE_FILE).read_bytes() == before
    assert sorted(each.name for each in shell.folder.iterdir()) == ["data"]


def test_another_version_is_not_migrated(shell: Shell) -> None:
    """That is for `buckler db upgrade`."""
    keep(shell.folder, three)
    attack(shell.folder, "UPDATE alembic_version SET version_num = '0001'")
    done = shell.run("events", "tail")
    assert (done.code, "buckler db upgrade" in done.told) == (1, True)


def test_follow_shows_what_comes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Once, in its order, while somebody else writes."""
    keep(tmp_path, three)
    looks = iter((True, False, True))

    async def step(log: Log) -> None:
        async def wait() -> None:
            write = next(looks, None)
            if write is None:
                raise EOFError
            if write:
                await asyncio.to_thread(keep, tmp_path, three)

        await followed(log, 4, wait, printed)

    printed = Printed(as_json=True)
    capsys.readouterr()
    with suppress(EOFError):
        read_log(tmp_path / "data", step)
    told = [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines() if '"row"' in line]
    assert (told, printed.faults) == (NAMES * 2, 0)


def test_times_are_read_as_they_are_written() -> None:
    """Ago, a day with its end, a moment with and without a zone."""
    now = MORNING
    assert read_time("2h", now) == (MORNING - 2 * HOUR) * 1000
    assert read_time("1w", now) == (MORNING - 7 * 24 * HOUR) * 1000
    assert read_time("2026-01-31", now) == (MORNING - 8 * HOUR) * 1000
    assert read_time("2026-01-31", now, end=True) == (MORNING + 16 * HOUR) * 1000
    assert read_time("2026-01-31T08:00", now) == read_time("2026-01-31T09:00+01:00", now) == MORNING * 1000
    for text in ("", "h", "2 h", "1.5h", "2026-13-01", "\u0662h", "-2h"):
        with pytest.raises(ValueError, match=r"isoformat|month"):
            read_time(text, now)
