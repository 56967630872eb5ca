"""`buckler events trial`: from what a service logged to what is left to declare."""

import json
import logging
import subprocess
from pathlib import Path

import pytest
from fastapi import FastAPI

from buckler import Trial
from buckler.events.lines import FinishedLines
from buckler.events.log import LOGGER_NAME
from tests.cli.in_process import Shell
from tests.cli.running import command, surroundings
from tests.stage import protect
from tests.wire import Lifespan, ask

LOG = "app.jsonl"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, monkeypatch, capsys)


async def log_of_a_trial(path: Path, *targets: str, host: str = "api.example.test") -> None:
    """Serve an app on trial, with its log in a file."""
    app = FastAPI()

    @app.get("/old/{number}")
    async def old(number: int) -> str:
        return f"old {number}"

    protect(app, trial=Trial(until="2027-01-20", reason="moving to Buckler"))
    logger = logging.getLogger(LOGGER_NAME)
    with path.open("w") as stream:
        handler = FinishedLines(stream)
        logger.addHandler(handler)
        level = logger.level
        logger.setLevel(logging.INFO)
        try:
            async with Lifespan(app):
                for target in targets:
                    assert (await ask(app, "GET", target, host=host)).status == 200
        finally:
            logger.removeHandler(handler)
            logger.setLevel(level)


async def test_the_log_of_a_service_says_what_enforcing_would_refuse(shell: Shell) -> None:
    """The route, how many times, what to write; and a code that a timer can act on."""
    await log_of_a_trial(shell.folder / LOG, "/old/7", "/old/8", host="old.example.com")
    done = shell.run("events", "trial", LOG)
    assert done.code == 1
    assert "Enforcing now would have refused 2 requests." in done.said
    for words in ("undeclared", "GET /old/{number}", "old.example.com", 'Public("why anybody may")'):
        assert words in done.said
    assert "BUCKLER_HOSTS=old.example.com." in done.said
    assert "GET /old/{number} (test_events.py:" in done.said
    assert "passed over" not in done.said


async def test_a_program_reads_it_as_json(shell: Shell) -> None:
    await log_of_a_trial(shell.folder / LOG, "/old/7")
    done = shell.run("events", "trial", LOG, "--json")
    found = json.loads(done.said)
    assert (done.code, found["would_refuse"], found["malformed"]) == (1, 1, 0)
    (row,) = found["rows"]
    assert (row["refusal"], row["by"], row["at"], row["clients"]) == (
        "undeclared",
        "undeclared",
        "GET /old/{number}",
        1,
    )
    assert list(found["remedies"]) == ["undeclared"]


async def test_a_route_that_is_undeclared_is_left_to_do(shell: Shell) -> None:
    """Though nobody asked for it yet: enforcing shuts it."""
    await log_of_a_trial(shell.folder / LOG)
    done = shell.run("events", "trial", LOG)
    assert done.code == 1
    assert "refused nothing" not in done.said
    assert "enforcing now would shut them all the same" in done.said
    assert "shut when the trial is over: 1" in done.said


def test_a_trial_that_met_nothing_can_end(shell: Shell) -> None:
    (shell.folder / LOG).write_text('{"event":"sys_startup","routes":3}\n')
    done = shell.run("events", "trial", LOG)
    assert done.code == 0
    assert "would have refused nothing of what stands in this 1 line" in done.said


def test_what_no_trial_lifts_is_told_beside(shell: Shell) -> None:
    """It is refused already, so it says nothing about enforcing."""
    slash = '{"event":"malicious_direct_reference","refusal":"slash-redirect","path":"/old/"}\n'
    (shell.folder / LOG).write_text(slash + '{"event":"authn_token_invalid","refusal":"invalid-token","count":300}\n')
    done = shell.run("events", "trial", LOG)
    assert (done.code, "Refused already" in done.said) == (0, True)
    assert "invalid-token, 300 times." in done.said
    assert "slash-redirect, 1 time. " in done.said
    (first, _) = json.loads(shell.run("events", "trial", LOG, "--json").said)["refused"]
    assert (first["refusal"], first["count"]) == ("invalid-token", 300)


def test_answers_that_are_held_are_told_with_what_lets_them_out(shell: Shell) -> None:
    """They do not count as what a trial lifts."""
    (shell.folder / LOG).write_text('{"event":"authz_undecided","refusal":"undecided","count":3}\n')
    done = shell.run("events", "trial", LOG)
    assert done.code == 0
    assert "3 answers were held already" in done.said
    assert "buckler.answers(" in done.said


def test_what_is_no_log_is_a_wrong_call(shell: Shell) -> None:
    """Two: neither yes nor no."""
    for given in ("none.jsonl", "."):
        done = shell.run("events", "trial", given)
        assert (done.code, done.said) == (2, "")
        assert "Name a file of log lines" in done.told
    assert shell.run("events", "trials").code == 2


@pytest.mark.parametrize(
    "given",
    [b"", b"\n \n", b"Jan 15 08:01:00 host app[12]: {}\n" * 3, b'{"event": 7}\n["event"]\n'],
)  # fmt: skip
def test_a_log_of_which_no_line_can_be_read_is_no_leave_to_enforce(shell: Shell, given: bytes) -> None:
    """Zero would say: go on."""
    (shell.folder / LOG).write_bytes(given)
    for more in ((), ("--json",)):
        done = shell.run("events", "trial", LOG, *more)
        assert (done.code, done.said) == (2, "")
        assert "--output cat" in done.told.replace("\n", " ")


def test_a_number_that_nobody_counts_to_is_no_count(shell: Shell) -> None:
    """Two of four thousand digits could be added, and their sum not be printed."""
    absurd = '{"event":"would_refuse","refusal":"undeclared","count":' + "9" * 4300 + "}\n"
    (shell.folder / LOG).write_text(absurd * 2 + absurd.replace("would_refuse", "other"))
    done = shell.run("events", "trial", LOG)
    assert done.code == 0
    assert "Of 3 lines, 2 could not be read" in done.said


def test_a_code_is_printed_as_plain_as_all_else(shell: Shell) -> None:
    (shell.folder / LOG).write_text(json.dumps({"event": "would_refuse", "refusal": "a\x1b[2J"}) + "\n")
    assert "\x1b" not in shell.run("events", "trial", LOG).said


def test_it_reads_what_another_program_hands_on(tmp_path: Path) -> None:
    """Line by line, whatever comes: a line of a megabyte is one that is not ours."""
    ours = b'{"event":"would_refuse","refusal":"client-limited","client":"203.0.113.9"}\n'
    done = subprocess.run(
        command("events", "trial", "-"), cwd=tmp_path, env=surroundings(), capture_output=True, timeout=60,
        input=b"x" * 1_000_000 + b"\n" + ours + b"not ours\n" + ours, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert b"Of 4 lines, 2 could not be read" in done.stdout
    assert b"would have refused 2 requests" in done.stdout


def test_nothing_in_a_log_moves_the_cursor(shell: Shell) -> None:
    """What strangers sent is printed on one line, escaped."""
    odd = {"event": "would_refuse", "refusal": "host-unknown", "reason": "asked for the host \x1b[2J\nx", "client": "a"}
    (shell.folder / LOG).write_text(json.dumps(odd) + "\n")
    done = shell.run("events", "trial", LOG)
    assert "\x1b" not in done.said
    assert "\\u001b[2J" in done.said
