"""`buckler policy`: printed, written, compared, and explained."""

import asyncio
import io
import json
import logging
from pathlib import Path

import pytest

from buckler.cli.log_lines import write_access_lines, write_log_lines
from tests.access.guard.test_blame import line_of, make_app
from tests.cli.in_process import Done, Shell
from tests.cli.running import buckler
from tests.wire import ask

APP = """
from fastapi import FastAPI
from buckler import Buckler, Limit, Public, Requires, Roles

app = FastAPI()
roles = Roles({"reader": {"texts:read"}, "editor": {"reader", "texts:write"}}, new="reader")
Buckler(app, accounts=True, roles=roles)


@app.get("/texts/{text}", dependencies=[Requires("texts:read")])
def read(text: int) -> int:
    raise AssertionError("ran")


@app.put("/texts/{text}", dependencies=[Requires("texts:write"), Limit("5/minute")])
def write(text: int) -> int:
    raise AssertionError("ran")


@app.get("/open", dependencies=[Public("a \\x1b[31mtest")])
def opened() -> int:
    raise AssertionError("ran")


bare = FastAPI()
"""
FAULTY = """
from fastapi import FastAPI
from buckler import Buckler

app = FastAPI()
Buckler(app)
for path in ("/one", "/two"):
    app.add_api_route(path, lambda: "")
"""


@pytest.fixture
def mine(shell: Shell) -> Shell:
    """A shell in whose folder there is an app."""
    (shell.folder / "mine.py").write_text(APP)
    (shell.folder / "faulty.py").write_text(FAULTY)
    return shell


def policy(shell: Shell, *arguments: str, given: str = "", **settings: str) -> Done:
    return shell.run("policy", *arguments, given=given, **settings)


def test_the_table_of_an_app_is_printed_and_nothing_is_opened(mine: Shell) -> None:
    """In production without a setting, since nobody is answered; the file and the app alone are in the folder."""
    before = sorted(mine.folder.iterdir())
    done = policy(mine, "mine:app")
    assert (done.code, done.told) == (0, "")
    lines = {tuple(line.split()[:3]): line for line in done.said.splitlines()}
    assert done.said.splitlines()[0].split() == ["METHODS", "PATH", "WHO", "MAY", "LIMITS", "NOTES"]
    assert ("GET", "/texts/{text}", "texts:read") in lines
    assert lines["PUT", "/texts/{text}", "texts:write"].split()[3:] == ["5/minute", "by", "account"]
    assert "of Buckler" in next(line for line in lines.values() if "/auth/me" in line)
    assert r"anybody: a \u001b[31mtest" in done.said
    assert "\x1b" not in done.said
    assert [each for each in sorted(mine.folder.iterdir()) if each.name != "__pycache__"] == before
    assert policy(mine, "show", "mine:app").said == done.said


def test_the_matrix_is_printed_in_its_own_table(mine: Shell) -> None:
    lines = [line.split() for line in policy(mine, "mine:app", "--matrix").said.splitlines()]
    assert lines[0] == ["METHODS", "PATH", "ANONYMOUS", "SIGNED", "IN", "editor", "reader"]
    assert ["GET", "/texts/{text}", "no", "no", "yes", "yes"] in lines
    assert ["PUT", "/texts/{text}", "no", "no", "yes", "no"] in lines


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_table_fits_the_terminal(mine: Shell, width: int) -> None:
    for arguments in (("mine:app",), ("mine:app", "--matrix")):
        lines = policy(mine, *arguments, COLUMNS=str(width)).said.splitlines()
        assert max(map(len, lines)) <= max(width, 60)
        assert "".join(line.split(" ")[0] for line in lines).startswith("METHODS")


def test_without_an_app_it_is_the_reference_service(shell: Shell) -> None:
    """The file that is committed for it."""
    root = Path(__file__).parents[2]
    assert policy(shell, "--format", "json").said == (root / "docs/policy/reference-service.json").read_text()
    assert policy(shell, "--format", "markdown").said == (root / "docs/policy/reference-service.md").read_text()
    assert "/notes/{note}" in policy(shell).said


def test_the_page_for_people_is_whole_and_is_not_compared(mine: Shell) -> None:
    """What is long is not cut; and a cell that leaves something out would hide that it changed."""
    long = "because " * 50 + "the end"
    (mine.folder / "mine.py").write_text(APP.replace("a \\x1b[31mtest", long))
    assert policy(mine, "mine:app", "--write", "policy.md").code == 0
    assert long in (mine.folder / "policy.md").read_text()
    done = policy(mine, "mine:app", "--check", "policy.md")
    assert (done.code, done.said) == (2, "")
    assert "policy.json beside it" in " ".join(done.told.split())


def test_a_file_is_written_and_compared(mine: Shell) -> None:
    """0 with one line while it holds; 1 with the difference and the remedy once it does not; accepted by writing."""
    name = "policy.json"
    assert policy(mine, "mine:app", "--write", name).said == f"{name} has the policy of {_count(mine)} routes.\n"
    done = policy(mine, "mine:app", "--check", name)
    assert (done.code, done.said) == (0, f"{name} is the policy of the app as it is.\n")
    source = mine.folder / "mine.py"
    source.write_text(APP.replace('Requires("texts:write"), ', 'Requires("texts:read"), '))
    done = policy(mine, "mine:app", "--check", name)
    assert done.code == 1
    changed = [line for line in done.said.splitlines() if line[:1] in "+-" and line[:3] not in ("---", "+++")]
    assert any("texts:write" in line and line.startswith("-") for line in changed)
    assert any("texts:read" in line and line.startswith("+") for line in changed)
    assert "to accept it:\n  buckler policy mine:app --write " + name in done.told
    assert any(line.startswith("@@") and line.endswith('"/texts/{text}" ["PUT"]') for line in done.said.splitlines())
    assert policy(mine, "mine:app", "--write", name).code == 0
    assert policy(mine, "mine:app", "--check", name).code == 0
    assert [each.name for each in mine.folder.iterdir() if each.name.endswith(".new")] == []


def _count(shell: Shell) -> int:
    return len(json.loads(policy(shell, "mine:app", "--format", "json").said)["routes"])


def test_a_file_with_odd_bytes_is_different_and_moves_no_cursor(mine: Shell) -> None:
    """Whoever broke it."""
    (mine.folder / "policy.json").write_bytes(b"\xff\x1b[31m\x00\r\n" * 3)
    done = policy(mine, "mine:app", "--check", "policy.json")
    assert (done.code, "\x1b" in done.said) == (1, False)
    text = policy(mine, "mine:app", "--format", "json").said
    (mine.folder / "policy.json").write_text(text.rstrip("\n"))
    assert "the last one is missing" in policy(mine, "mine:app", "--check", "policy.json").said


def test_wrong_calls_are_2_with_a_remedy(mine: Shell) -> None:
    """And nothing is written."""
    wrong = {
        ("mine:app", "--check", "missing.json"): "--write missing.json",
        ("mine:app", "--check", "policy.txt"): "written as .json or as .md",
        ("mine:app", "--write", "policy.txt"): "written as .json or as .md",
        ("mine:app", "--write", "nowhere/policy.json"): "cannot be written",
        ("mine:app", "--write", "a.json", "--check", "a.json"): "exclude each other",
        ("mine:app", "--format", "yaml"): "yaml",
        ("mine:app", "--no-such-option"): "--no-such-option",
        ("explain", "mine:app", "GET"): "MODULE:APP METHOD PATH",
        ("explain", "mine:app", "GET", "texts"): "MODULE:APP METHOD PATH",
        ("explain", "mine:app", "GET", "/texts/1", "--role", "nobody"): "the roles are editor, reader.",
        ("explain", "mine:app", "GET", "/texts/1", "--permission", "texts"): "colon",
        ("explain", "mine:app", "GET", "/texts/1", "--permission", "texts:raed"): "Did you mean 'texts:read'?",
        ("explain", "mine:app", "GET", "/texts/1", "--anonymous", "--role", "reader"): "--anonymous is nobody",
        ("explain", "--request", "abc", "one.log", "two.log"): "one LOGFILE",
        ("explain", "--request", "abc", "missing.log"): "cannot be read",
    }
    for call, words in wrong.items():
        done = policy(mine, *call)
        assert (done.code, done.said) == (2, ""), call
        assert words in " ".join(done.told.split()), (call, done.told)
    assert not list(mine.folder.glob("*.json"))


def test_what_has_no_policy_is_refused_with_the_reason(mine: Shell) -> None:
    """Every fault of the table at once; an app without a Buckler has none."""
    refused = {"faulty:app": "2 to mend", "mine:bare": "has no Buckler", "missing:app": "no module 'missing'"}
    for app, words in refused.items():
        for call in ((app,), ("explain", app, "GET", "/one")):
            done = policy(mine, *call)
            assert (done.code, done.said, words in done.told) == (1, "", True), done.told


def test_a_request_is_explained_without_running_anything(mine: Shell) -> None:
    """Each step with its line, the verdict, and what role would do."""
    done = policy(mine, "explain", "mine:app", "PUT", "/texts/7", "--role", "reader")
    assert (done.code, done.told) == (0, "")
    lines = done.said.splitlines()
    assert lines[0] == "PUT /texts/7 as a person with the role reader, who may texts:read"
    assert lines[1].startswith("  yes route PUT /texts/{text}  (mine.py:15)")
    assert "  NO  Requires('texts:write')  (mine.py:15): lacks texts:write" in lines
    assert lines[-1] == "Refused: 403 forbidden. Would do: editor."
    verdicts = {
        ("PUT", "/texts/7", "--role", "editor"): "Allowed.",
        ("put", "/texts/7", "--permission", "texts:*", "--kind", "service"): "Allowed.",
        ("PUT", "/texts/7"): "Refused: 401 sign-in-required. Would do: editor.",
        ("GET", "/texts/7", "--anonymous"): "Refused: 401 sign-in-required. Would do: editor, reader.",
        ("DELETE", "/texts/7", "--role", "editor"): "Refused: 405 http-405.",
        ("GET", "/nowhere", "--role", "editor"): "Refused: 404 http-404.",
        ("GET", "/open"): "Allowed.",
    }
    for call, verdict in verdicts.items():
        assert policy(mine, "explain", "mine:app", *call).said.splitlines()[-1] == verdict
    assert "\x1b" not in policy(mine, "explain", "mine:app", "GET", "/open").said


def test_the_reference_service_is_explained_where_no_app_is_named(shell: Shell) -> None:
    done = policy(shell, "explain", "GET", "/report", "--role", "reader")
    assert done.said.splitlines()[-1] == "Refused: 403 forbidden. Would do: admin, analyst."
    assert not any(each.is_file() for each in shell.folder.rglob("*"))


OF_CAROL = {"request_id": "aa11", "client": "203.0.113.9", "who": "carol", "method": "GET", "path": "/mine"}
REFUSED = {"refusal": "forbidden", "by": "requirements", "declared": "main.py:30", "reason": "lacks a:x\x1b[31m"}
OF_ALICE = {**OF_CAROL, "request_id": "bb22", "who": "alice", "path": "/mine/7", "route": "/mine/{it}"}
LOG = [
    json.dumps({"at": "2027-01-15T08:00:00.000+00:00", "event": "authz_fail", **OF_CAROL, "status": 403, **REFUSED}),
    json.dumps({"at": "2027-01-15T08:00:00.001+00:00", **OF_CAROL, "status": 403, "ms": 0.2}),
    json.dumps({"at": "2027-01-15T08:00:01.000+00:00", **OF_ALICE, "status": 200, "ms": 1.5}),
    "Traceback of somebody, about aa11",
    '["aa11"]',
    '{"cut off aa11',
    '{"event":"sys_crash","request_id":"cc33","error":"ValueError"}',
]


@pytest.mark.parametrize("source", ["file", "input", "unnamed"])
def test_the_story_of_a_request_is_told_from_the_log(shell: Shell, source: str) -> None:
    """By which defence, with code, reason and declaration; lines that are none are passed over."""
    (shell.folder / "service.log").write_text("\n".join(LOG))
    more = {"file": ["service.log"], "input": ["-"], "unnamed": []}[source]
    given = "" if source == "file" else "\n".join(LOG)
    done = policy(shell, "explain", "--request", "aa11", *more, given=given)
    assert (done.code, done.told) == (0, "")
    assert done.said.splitlines() == [
        "GET /mine by carol, from 203.0.113.9",
        "2027-01-15T08:00:00.000+00:00  authz_fail: a caller asked for what it has no right to",
        "  Refused by requirements: 403 forbidden",
        "  Declared at: main.py:30",
        r"  Because: lacks a:x\u001b[31m",
        "2027-01-15T08:00:00.001+00:00  Not let in at any route. Answered 403 in 0.2 ms.",
    ]
    allowed = policy(shell, "explain", "--request", "bb22", *more, given=given)
    assert allowed.said.splitlines() == [
        "GET /mine/7 by alice, from 203.0.113.9",
        "2027-01-15T08:00:01.000+00:00  Let in at /mine/{it}. Answered 200 in 1.5 ms.",
    ]
    odd = policy(shell, "explain", "--request", "cc33", *more, given=given)
    assert odd.said.splitlines()[0] == "? ? by nobody known, from ?"
    unknown = policy(shell, "explain", "--request", "dd\x1b44", *more, given=given)
    assert (unknown.code, unknown.said, r"request dd\u001b44" in unknown.told) == (1, "", True)
    assert "BUCKLER_ACCESS_LOG=true" in unknown.told


def test_a_log_that_a_service_wrote_is_read(mine: Shell) -> None:
    """What the guard writes is what the story needs: from the answer's id to the line of the app."""
    stream = io.StringIO()
    loggers = [logging.getLogger(name) for name in ("", "buckler.events", "buckler.access")]
    was = [(each, list(each.handlers), each.level, each.propagate) for each in loggers]
    try:
        write_log_lines(stream)
        write_access_lines()
        answer = asyncio.run(ask(make_app(), "GET", "/both", token="bob"))
    finally:
        for logger, handlers, level, propagate in was:
            logger.handlers, logger.propagate = handlers, propagate
            logger.setLevel(level)
    told = policy(mine, "explain", "--request", str(answer.header("x-request-id")), given=stream.getvalue()).said
    assert "Refused by requirements: 403 forbidden" in told
    assert f"Declared at: {line_of('both')}" in told
    assert "Because: lacks b:y" in told


def test_help_teaches_with_examples_and_the_shell_completes(tmp_path: Path) -> None:
    """The bare word, its options without a command's name, and those of the commands."""
    helped = buckler("policy", "--help", folder=tmp_path).stdout
    assert "buckler policy main:app --check policy.json" in helped
    assert "buckler policy explain main:app GET /notes/7 --role editor" in helped
    for words, expected in {
        "buckler policy e": ["explain"],
        "buckler policy --ch": ["--check"],
        "buckler policy main:app --ma": ["--matrix"],
        "buckler policy explain --re": ["--request"],
        "buckler policy --he": ["--help"],
    }.items():
        asked = {"_BUCKLER_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
        assert buckler(folder=tmp_path, **asked).stdout.split() == expected, words
