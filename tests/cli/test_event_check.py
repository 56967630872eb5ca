"""`buckler events verify` and `export`: whether the log is what was written, and what nobody can prove of it."""

import json
import stat
import sys
from pathlib import Path

import pytest

from buckler.cli.event_check import Outside, unprovable
from buckler.events.journal import Journal
from buckler.events.journal.exported import fault_of
from buckler.events.journal.keeper import Keeper
from buckler.events.journal.log_key import LogKey
from buckler.events.journal.retention import Periods
from buckler.events.journal.verification import Verdict
from buckler.events.vocabulary import CATALOGUE
from buckler.identity.accounts import DATABASE_FILE
from buckler.storage.database import Database
from tests.cli.in_process import Shell
from tests.cli.kept import MORNING, attack, keep, three
from tests.cli.running import serving
from tests.cli.test_users import PASSWORD
from tests.clocks import FakeClock
from tests.waiting import wait_until

DAY = 86_400


async def one(database: Database, journal: Journal, clock: FakeClock, keeper: Keeper) -> None:
    """An event that stands in no batch yet."""
    async with database.writing() as connection:
        journal.note(connection, "user_deleted", None, account="a2", by="operator")


async def nothing(database: Database, journal: Journal, clock: FakeClock, keeper: Keeper) -> None:
    """Only what every installation begins with."""


def words(text: str) -> str:
    return " ".join(text.split())


def write_lines(folder: Path, name: str, *lines: str) -> str:
    (folder / name).write_text("".join(f"{line}\n" for line in lines))
    return name


def test_an_intact_log_is_said_to_be_with_what_is_not_proved(shell: Shell) -> None:
    """Always: nothing outside to compare with, what stands in no batch, and who has the key."""
    keep(shell.folder, three)
    keep(shell.folder, one)
    done = shell.run("events", "verify")
    assert (done.code, done.told) == (0, "")
    assert "The log is intact as far as it can be proved. 5 rows in 1 batch (1 to 1), 0 checkpoints." in done.said
    for told in ("No checkpoint from outside", "1 row stands in no batch yet", "runs code in the service"):
        assert told in done.said
    found = json.loads(shell.run("events", "verify", "--json").said)
    assert (found["intact"], found["rows"], found["rows_in_no_batch"], len(found["not_proved"])) == (True, 5, 1, 4)


def test_a_person_who_waits_sees_how_far_it_is(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the error stream, and on a terminal alone."""
    keep(shell.folder, three)
    assert shell.run("events", "verify").told == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    done = shell.run("events", "verify")
    assert (done.code, "100%" in done.told, "100%" in done.said) == (0, True, False)


def test_checkpoints_say_how_far_the_end_is_proved(shell: Shell) -> None:
    """The one of the last batch proves it; an older one says what came after."""
    (first,) = keep(shell.folder, three)
    write_lines(shell.folder, "first.jsonl", "Jan 31 08:00:00 host app: starting", f"Jan 31 host buckler: {first}")
    done = shell.run("events", "verify", "--checkpoints", "first.jsonl")
    assert (done.code, "1 checkpoint." in done.said, "No checkpoint" in done.said) == (0, True, False)
    assert "The newest checkpoint" not in done.said
    assert "after the last batch" in done.said
    (second,) = keep(shell.folder, three)
    done = shell.run("events", "verify", "--checkpoints", "first.jsonl")
    assert "The newest checkpoint that is there names batch 1; 1 came after it" in words(done.said)
    both = ("--checkpoints", "first.jsonl", "--checkpoints", write_lines(shell.folder, "second.jsonl", second))
    found = json.loads(shell.run("events", "verify", *both, "--json").said)
    assert (found["checkpoints"], found["proved_until_batch"], found["last_batch"]) == (2, 2, 2)


def test_an_end_that_was_cut_off_is_found_below_a_checkpoint_alone(shell: Shell) -> None:
    """Without one the command says that it could not have seen it."""
    keep(shell.folder, three)
    (second,) = keep(shell.folder, three)
    attack(shell.folder, "DELETE FROM event WHERE batch = 2", "DELETE FROM event_batch WHERE number = 2")
    assert shell.run("events", "verify").code == 0
    write_lines(shell.folder, "outside.jsonl", second)
    done = shell.run("events", "verify", "--checkpoints", "outside.jsonl")
    assert (done.code, "the end was cut off" in done.said, "NOT what was written" in done.said) == (1, True, True)


def test_every_fault_is_told(shell: Shell) -> None:
    """One line each, and exit code 1."""
    keep(shell.folder, three)
    attack(
        shell.folder,
        "UPDATE event SET body = replace(body, 'a1', 'b1') WHERE position = 2",
        "DELETE FROM event WHERE position = 3",
    )
    done = shell.run("events", "verify")
    assert done.code == 1
    assert len([line for line in done.said.splitlines() if line.startswith("! ")]) == 3
    found = json.loads(shell.run("events", "verify", "--json").said)
    assert (found["intact"], len(found["faults"])) == (False, 3)


def test_checkpoints_of_somebody_else_prove_nothing(shell: Shell) -> None:
    """A file without one of ours was named by mistake: said on top, exit code 1. A forged one is a fault."""
    (ours,) = keep(shell.folder, three)
    foreign = json.dumps(json.loads(ours) | {"installation": "another"})
    forged = json.dumps(json.loads(ours) | {"batch": 7})
    done = shell.run("events", "verify", "--checkpoints", write_lines(shell.folder, "foreign", foreign))
    first = "! No line of foreign is a checkpoint of this installation: name another."
    assert (done.code, done.said.splitlines()[0]) == (1, first)
    for told in ("is intact", "1 checkpoint is of another installation", "No checkpoint from outside"):
        assert told in done.said
    done = shell.run("events", "verify", "--checkpoints", write_lines(shell.folder, "empty", "nothing", "{}"))
    assert (done.code, done.said.startswith("! No line of empty is a checkpoint")) == (1, True)
    both = ("--checkpoints", "empty", "--checkpoints", write_lines(shell.folder, "ours", ours, foreign), "--json")
    done = shell.run("events", "verify", *both)
    found = json.loads(done.said)
    assert (done.code, found["intact"], found["files_without_checkpoints"]) == (1, True, ["empty"])
    assert shell.run("events", "verify", *both[2:]).code == 0
    done = shell.run("events", "verify", "--checkpoints", write_lines(shell.folder, "forged", forged))
    assert (done.code, "was not made by us" in done.said) == (1, True)
    done = shell.run("events", "verify", "--checkpoints", "gone.jsonl")
    assert (done.code, "Name a file of lines" in words(done.told)) == (2, True)


def test_rows_that_were_emptied_are_counted(shell: Shell) -> None:
    """They hold, and say no more what they said."""

    async def sweep(database: Database, journal: Journal, clock: FakeClock, keeper: Keeper) -> None:
        await keeper.tick()

    keep(shell.folder, three, at=MORNING)
    keep(shell.folder, sweep, at=MORNING + 100 * DAY)
    done = shell.run("events", "verify")
    assert (done.code, "1 row was emptied by us" in done.said) == (0, True)
    assert "(emptied 2026-05-11" in shell.run("events", "tail").said
    shell.run("events", "export", "out.jsonl")
    assert shell.run("events", "verify", "--export", "out.jsonl").said.startswith("4 of 4 lines")
    keep(shell.folder, sweep, at=MORNING + 100 * DAY, periods=Periods(1, 1))
    keep(shell.folder, one, at=MORNING + 100 * DAY)


def test_what_a_backup_and_a_beginning_explain_is_said() -> None:
    """Each in a line of its own."""
    verdict = Verdict(begins_at=4, restored=['{"at":"2026-01-31T08:00:00.000+00:00","event":"sys_backup_restored"}'])
    told = " ".join(unprovable(verdict, Outside("here", ())))
    assert "What stood before batch 4 was over and is gone." in told
    assert "A backup was put back at 2026-01-31T08:00:00.000+00:00" in told


def test_an_export_can_be_judged_later(shell: Shell) -> None:
    """Each line shows by itself whether somebody changed it, also once the database has forgotten."""
    keep(shell.folder, three)
    done = shell.run("events", "export", "out.jsonl")
    assert (done.code, done.said, done.told) == (0, "", "4 events written to out.jsonl.\n")
    file = shell.folder / "out.jsonl"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = file.read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines][1:] == ["user_created", "authn_login_success", "user_updated"]
    assert {"row", "batch", "mac", "at", "level"} <= set(json.loads(lines[1]))
    assert shell.run("events", "verify", "--export", "out.jsonl").code == 0
    changed = [lines[0], lines[1].replace("a1", "b1"), lines[2].replace('"batch":1', '"batch":2'), "{}", "odd\x1b"]
    write_lines(shell.folder, "changed.jsonl", *changed)
    done = shell.run("events", "verify", "--export", "changed.jsonl")
    assert (done.code, done.said.splitlines()[-1].startswith("2 of 5 lines"), "\x1b" in done.said) == (1, True, False)
    assert [line.split(":")[0] for line in done.said.splitlines()[:-1]] == ["! Line 2", "! Line 4", "! Line 5"]


def test_an_export_overwrites_nothing(shell: Shell) -> None:
    """Neither a file nor what a link leads to; a folder that is not there is said."""
    keep(shell.folder, three)
    (shell.folder / "mine").write_text("mine")
    (shell.folder / "link").symlink_to("new")
    for name in ("mine", "link", "gone/out.jsonl"):
        done = shell.run("events", "export", name)
        assert (done.code, done.said, "a new file" in done.told) == (1, "", True)
    assert (shell.folder / "mine").read_text() == "mine"
    assert not (shell.folder / "new").exists()


def test_an_export_tells_rows_that_do_not_hold(shell: Shell) -> None:
    """They are in it, with their fault, and judged as such again."""
    keep(shell.folder, three)
    attack(shell.folder, "UPDATE event SET body = 'odd' WHERE position = 2")
    done = shell.run("events", "export", "-", "--since", "1d")
    lines = [json.loads(line) for line in done.said.splitlines()]
    assert (done.code, "1 row does not hold" in done.told) == (1, True)
    assert (lines[1]["text"], "edited" in lines[1]["fault"]) == ("odd", True)
    write_lines(shell.folder, "out.jsonl", *done.said.splitlines())
    judged = shell.run("events", "verify", "--export", "out.jsonl")
    assert (judged.code, "! Line 2: it did not hold when it was exported." in judged.said) == (1, True)


def test_rows_that_cannot_be_read_stop_no_command(shell: Shell) -> None:
    """Values of another kind, in a row and in a batch: told by all of them, and nobody trips over them."""
    keep(shell.folder, three)
    attack(shell.folder, "UPDATE event SET sequence = -1, body = x'ff' WHERE position = 2")
    attack(shell.folder, "UPDATE event_batch SET at = 'x'")
    for line in (("tail",), ("search", "--event", "user_updated")):
        done = shell.run("events", *line)
        assert (done.code, "! (the row at position 2 does not hold" in done.said) == (1, True)
        assert json.loads(shell.run("events", *line, "--json").said.splitlines()[-1])["holds"] is False
    done = shell.run("events", "verify")
    assert (done.code, "! Row 2 has values of a kind" in done.said, "! 1 batches have" in done.said) == (1, True, True)
    done = shell.run("events", "export", "out.jsonl")
    assert (done.code, "1 row does not hold" in done.told) == (1, True)


@pytest.mark.parametrize(
    "line", ["", "[]", "7", '{"row":1}', '{"row":"a:b","batch":1,"mac":"zz"}', "[" * 100_000, '{"row":"a:-1","mac":""}',
             '{"row":"a:1","batch":1,"mac":"00","emptied_at":-1,"emptied_mac":"00"}']
)  # fmt: skip
def test_what_is_no_line_of_an_export_is_none(line: str) -> None:
    assert fault_of(line, LogKey(bytes(32))) is not None


def test_no_event_says_what_an_export_adds() -> None:
    """Else a reader could not tell the two apart."""
    added = {"row", "batch", "mac", "emptied_at", "emptied_mac", "fault", "text", "holds", "columns"}
    assert [name for name, event in CATALOGUE.items() if event.kept and added & set(event.fields)] == []


def test_beside_the_first_event_there_is_nothing(shell: Shell) -> None:
    keep(shell.folder, nothing)
    done = shell.run("events", "verify")
    assert (done.code, "1 row in no batch" in done.said) == (0, True)


def test_checkpoints_come_through_a_pipe(shell: Shell) -> None:
    """With whatever the log of another machine wrote before them; the database is not changed."""
    (line,) = keep(shell.folder, three)
    before = (shell.folder / "data" / DATABASE_FILE).read_bytes()
    done = shell.run("events", "verify", "--checkpoints", "-", given=f"Jan 31 host buckler: {line}\n")
    assert (done.code, "1 checkpoint." in done.said) == (0, True), done.told
    assert (shell.folder / "data" / DATABASE_FILE).read_bytes() == before


def test_it_works_beside_a_running_service(shell: Shell) -> None:
    """What the service keeps is read at once; what it told outside until its end proves the end."""
    assert shell.run("users", "add", "ada@example.com", "--role", "admin", given=f"{PASSWORD}\n").code == 0
    outside = shell.folder / "checkpoints.jsonl"
    with serving(shell.folder, BUCKLER_EVENTS_CHECKPOINTS=str(outside)) as running:
        with running.client() as client:
            answer = client.post("/auth/sign-in", json={"name": "ada@example.com", "password": PASSWORD})
            assert answer.status_code == 200
            client.post("/auth/sign-in", json={"name": "ada@example.com", "password": "wrong"})
        names = {json.loads(line)["event"] for line in shell.run("events", "tail", "--json").said.splitlines()}
        assert {"user_created", "sys_startup", "authn_login_success", "session_created"} <= names
        assert shell.run("events", "verify").code == 0
        wait_until(lambda: bool(shell.run("events", "search", "--event", "authn_login_fail").said), within=10)
        running.end()
    for file in ("checkpoints.jsonl", "logged"):
        found = json.loads(shell.run("events", "verify", "--checkpoints", file, "--json").said)
        assert (found["intact"], found["rows_in_no_batch"], found["proved_until_batch"]) == (
            True,
            0,
            found["last_batch"],
        )
        assert found["checkpoints"] > 0
    assert json.loads(shell.run("events", "tail", "-n", "1", "--json").said)["event"] == "sys_shutdown"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("events", ("tail", "search", "verify", "export", "catalogue", "trial")),
        ("events tail", ("--follow", "-n", "--json", "does not hold", "exit code is 1", "buckler events tail")),
        ("events search", ("--event", "--account", "--by", "--client", "--since", "2h", "2026-01-31", "exit code 1")),
        ("events verify", ("--checkpoints", "exit code 1", "cannot prove", "BUCKLER_EVENTS_CHECKPOINTS", "--export")),
        ("events export", ("Nothing is overwritten", "--since", "buckler events export 2026.jsonl")),
        ("events catalogue", ("--json", "BUCKLER_EVENTS_CHANGES_DAYS", "--markdown")),
    ],
)
def test_help_teaches(shell: Shell, line: str, told: tuple[str, ...]) -> None:
    """What it does, what it takes, and a line to copy."""
    done = shell.run(*line.split(), "--help")
    assert (done.code, [each for each in told if each not in words(done.said)]) == (0, [])
