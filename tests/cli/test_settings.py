"""`buckler settings`, and the commands that read what it prints."""

import json
from pathlib import Path

import pytest

from buckler.identity.accounts import DATABASE_FILE
from buckler.settings.words import SERVED
from buckler.storage.database.migration import HEAD
from tests.cli.in_process import Shell

APP = """
from fastapi import FastAPI
from buckler import Buckler, Public, Settings

app = FastAPI(debug=True)
Buckler(app, default=Public("a test"), settings=Settings.load(hosts="code.test"))
bare = FastAPI()
"""
ACCOUNTS = """
from fastapi import FastAPI
from buckler import Buckler, Public

app = FastAPI()
Buckler(app, accounts=True, default=Public("a test"))
"""
PRODUCTION = {"BUCKLER_ORIGIN": "https://a.test", "BUCKLER_PROCESSES": "1"}


@pytest.fixture
def mine(shell: Shell) -> Shell:
    (shell.folder / "mine.py").write_text(APP)
    (shell.folder / "keeping.py").write_text(ACCOUNTS)
    return shell


def write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


def test_each_setting_stands_in_a_row_with_its_place(mine: Shell) -> None:
    write(mine.folder / "buckler.toml", 'code_page = "/a\\tb"\nmaster_secret = "CANARY"\n')
    done = mine.run("settings", **PRODUCTION)
    assert (done.code, done.told) == (0, "")
    rows = {line.split()[0]: line for line in done.said.splitlines()}
    assert rows["BUCKLER_ORIGIN"].split() == ["BUCKLER_ORIGIN", "https://a.test", "BUCKLER_ORIGIN"]
    assert rows["BUCKLER_HOSTS"].split() == ["BUCKLER_HOSTS", "-", "default"]
    assert rows["BUCKLER_REGISTRATION"].split()[1:] == ["closed", "default"]
    assert rows["BUCKLER_MASTER_SECRET"].split()[1:] == ["***", "buckler.toml:", "master_secret"]
    assert "/a\\u0009b" in rows["BUCKLER_CODE_PAGE"]
    assert "CANARY" not in done.said
    assert len({line.index(each) for line, each in ((rows["BUCKLER_HOSTS"], "-"), (rows["BUCKLER_DATA"], "data"))}) == 1


def test_what_changed_is_printed_for_a_program(mine: Shell) -> None:
    write(mine.folder / ".env", "\nBUCKLER_DATA=elsewhere\n")
    done = mine.run("settings", "--changed", "--json", "--environment", "development")
    assert json.loads(done.said)["faults"] == []
    found = {each["name"]: (each["value"], each["source"], each["place"]) for each in json.loads(done.said)["settings"]}
    assert found == {
        "environment": ("development", "environment", "BUCKLER_ENVIRONMENT"),
        "data": ("elsewhere", ".env", ".env:2"),
    }


def test_an_app_says_what_it_gives_in_code_and_why_it_would_not_start(mine: Shell) -> None:
    done = mine.run("settings", "mine:app", "--changed", BUCKLER_ORIGIN="https://a.test", BUCKLER_PROCESSES="3")
    assert done.code == 1
    assert ["BUCKLER_HOSTS", "code.test", "Settings.load(hosts=...)"] in [
        each.split() for each in done.said.splitlines()
    ]
    assert done.told.count("\n") == 2
    assert "BUCKLER_PROCESSES=3" in done.told
    assert "debug=True" in done.told


def test_a_weak_master_secret_is_found_before_the_start(mine: Shell) -> None:
    done = mine.run("settings", "keeping:app", BUCKLER_MASTER_SECRET="changeme-CANARY", **PRODUCTION)
    assert done.code == 1
    assert "is an example or a well-known text" in done.told
    assert "CANARY" not in done.told + done.said
    bare = mine.run("settings", "mine:bare", **PRODUCTION)
    assert (bare.code, "has no Buckler" in bare.told) == (1, True)


def test_every_fault_is_told_at_once(mine: Shell) -> None:
    done = mine.run("settings", BUCKLER_ORIGN="CANARY", BUCKLER_BODY_SECONDS="CANARY")
    assert (done.code, done.said) == (1, "")
    for name in ("ORIGN:", "BODY_SECONDS:", "ORIGIN is not set", "PROCESSES", "MASTER_SECRET_FILE"):
        assert f"BUCKLER_{name}" in done.told
    assert "CANARY" not in done.told


def test_one_setting_is_explained(mine: Shell) -> None:
    """By either name; a wrong one leads to the right one."""
    done = mine.run("settings", "--explain", "BUCKLER_MAX_BODY_BYTES")
    assert done.said.splitlines() == [
        "BUCKLER_MAX_BODY_BYTES",
        "The most that a body has, where its route declares nothing.",
        "Form: write a whole number of bytes from 1, or a size as in '10 MB'.",
        "Default: 1048576.",
        "In code: Settings.load(max_body_bytes=...). In buckler.toml: max_body_bytes = ...",
    ]
    assert mine.run("settings", "--explain", "max_body_bytes").said == done.said
    strange = mine.run("settings", "--explain", "hostss")
    assert (strange.code, "did you mean BUCKLER_HOSTS?" in strange.told) == (1, True)


@pytest.mark.parametrize(
    ("name", "default"),
    [("port", "8443"), ("http_port", "8080"), ("host", "127.0.0.1"), ("certificate", "none"), ("key", "none")],
)
def test_what_serve_alone_takes_is_explained_too(mine: Shell, name: str, default: str) -> None:
    done = mine.run("settings", "--explain", f"BUCKLER_{name.upper()}")
    told = done.said.splitlines()
    assert (done.code, told[0], told[2]) == (0, f"BUCKLER_{name.upper()}", f"Default: {default}.")
    assert f"--{name.replace('_', '-')}. In buckler.toml: {name} =" in told[3]
    assert sorted(SERVED) == ["certificate", "host", "http_port", "key", "port"]


def test_the_number_of_processes_is_asked_of_an_app_alone(mine: Shell) -> None:
    """`buckler serve` says it by itself, so nothing is wrong before there is an app."""
    done = mine.run("settings", BUCKLER_ORIGIN="https://a.test")
    assert (done.code, done.told.startswith("Note: BUCKLER_PROCESSES is not set.")) == (0, True)
    found = json.loads(mine.run("settings", "--json", BUCKLER_ORIGIN="https://a.test").said)
    assert (found["faults"], len(found["notes"])) == ([], 1)
    assert mine.run("settings", "mine:app", BUCKLER_ORIGIN="https://a.test").code == 1


@pytest.mark.parametrize("named", [(), ("--data", "data")])
def test_other_commands_find_the_folder_where_the_service_does(mine: Shell, named: tuple[str, ...]) -> None:
    """In files too; what the command line says comes first."""
    write(mine.folder / "buckler.toml", 'data = "elsewhere"\n')
    told = mine.run("keys", "list", *named).told
    assert told.startswith(f"buckler: --data {'data' if named else 'elsewhere'}: there is no ")


def test_a_dotenv_that_was_not_read_is_told_of(mine: Shell) -> None:
    write(mine.folder / ".env", "BUCKLER_DATA=elsewhere\n")
    assert "The .env here was not read" in mine.run("keys", "list").told
    told = mine.run("keys", "list", BUCKLER_ENVIRONMENT="development").told
    assert "--data elsewhere" in told
    assert "not read" not in told


def test_a_missing_master_secret_leads_to_the_file_that_was_not_read(mine: Shell) -> None:
    """Who followed the remedy alone would make a second secret."""
    write(mine.folder / ".env", "BUCKLER_MASTER_SECRET_FILE=/etc/buckler/secret\n")
    told = mine.run("settings", "keeping:app", **PRODUCTION).told
    assert "BUCKLER_MASTER_SECRET_FILE is not set" in told
    assert "The .env here was not read" in told


@pytest.mark.parametrize("command", [("keys", "list"), ("events", "tail")])
def test_a_command_without_the_master_secret_asks_for_the_one_of_the_service(
    mine: Shell, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """No file of it was ever made here, so there is none to put back, and no data is to be moved away."""
    (mine.folder / "data").mkdir(mode=0o700)
    (mine.folder / "data" / DATABASE_FILE).touch(mode=0o600)
    write(mine.folder / ".env", "BUCKLER_MASTER_SECRET_FILE=/etc/buckler/secret\n")
    monkeypatch.setattr("buckler.cli.kept_log.revision_at", lambda _path: HEAD)
    told = mine.run(*command).told
    assert told.startswith("buckler: No master secret was said")
    assert "Give BUCKLER_MASTER_SECRET_FILE" in told
    assert "The .env here was not read" in told
    assert "data folder away" not in told


def test_serve_takes_its_options_from_the_environment_and_from_files(mine: Shell) -> None:
    """Before anything is touched: two ports that are one are refused, wherever they were said."""
    write(mine.folder / "buckler.toml", "port = 9443\n")
    done = mine.run("serve", "mine:app", BUCKLER_HTTP_PORT="9443", BUCKLER_ENVIRONMENT="development")
    assert done.told.startswith("buckler: --port and --http-port are both 9443")


@pytest.mark.parametrize("given", [("--port", "70000"), ()])
def test_a_port_that_is_none_is_a_wrong_call(mine: Shell, given: tuple[str, ...]) -> None:
    write(mine.folder / "buckler.toml", "port = 70000\n")
    done = mine.run("serve", "mine:app", *given)
    assert (done.code, "70000" in done.told) == (2, True)
