"""Every refusal that the settings can make, in one table: each names the value or its place, the reason, the remedy.

A test reads the texts out of the source, and finds one that no row meets.
"""

import ast
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from buckler import ConfigurationError, Settings
from buckler.settings import StartRules
from buckler.settings.words import FORMS
from tests.house.tree import ROOT, modules

CANARY = "CANARY7f3a"
ORIGIN = "https://api.example.test"


@dataclass(frozen=True)
class Row:
    """What is said, and what the refusal has to say: about what, why, and what to write instead."""

    about: str
    reason: str
    remedy: str
    variables: dict[str, str] = field(default_factory=dict[str, str])
    given: dict[str, Any] = field(default_factory=dict[str, Any])
    dotenv: str | bytes | None = None
    toml: str | bytes | None = None
    prepare: Callable[[Path], object] | None = None
    start: FastAPI | None = None
    bare: bool = False
    """Without the origin and the number of processes that every other row has."""

    def __str__(self) -> str:
        return f"{self.about}-{self.reason}"


def wrong(name: str, value: str, reason: str, remedy: str) -> Row:
    """A value of one setting, as a variable."""
    return Row(f"BUCKLER_{name.upper()}", reason, remedy, {name: value})


def given_to(name: str, user: int, group: int, mode: int) -> Callable[[Path], object]:
    """Only root can give a file away."""

    def give(folder: Path) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root can give a file away")
        os.chown(folder / name, user, group)
        (folder / name).chmod(mode)

    return give


def open_to_all(name: str, mode: int = 0o606) -> Callable[[Path], object]:
    return lambda folder: (folder / name).chmod(mode)


DEVELOPMENT = {"environment": "development", "origin": ""}
NUMBER, SWITCH = "valid integer", "write true or false"
ROWS = [
    # What does not fit its type.
    wrong("environment", CANARY, "'development' or 'production'", FORMS["environment"]),
    wrong("signing_algorithm", CANARY, "'Ed25519'", FORMS["signing_algorithm"]),
    wrong("registration", CANARY, "'open'", FORMS["registration"]),
    wrong("identifier", CANARY, "'email'", FORMS["identifier"]),
    wrong("session_lifetime", CANARY, NUMBER, FORMS["session_lifetime"]),
    wrong("session_idle", CANARY, NUMBER, FORMS["session_idle"]),
    wrong("body_seconds", "0", "greater than 0", FORMS["body_seconds"]),
    wrong("head_seconds", "3601", "less than or equal to 3600", FORMS["head_seconds"]),
    wrong("answer_seconds", CANARY, "valid number", FORMS["answer_seconds"]),
    wrong("drain_seconds", "-1", "greater than or equal to 0", FORMS["drain_seconds"]),
    wrong("max_header_bytes", "1000", "greater than or equal to 1024", FORMS["max_header_bytes"]),
    wrong("max_body_bytes", f"10 {CANARY}", "neither a number nor a size", FORMS["max_body_bytes"]),
    wrong("max_body_bytes", "10MB", "Did you mean '10 MB'?", FORMS["max_body_bytes"]),
    wrong("max_connections", "0", "greater than or equal to 1", FORMS["max_connections"]),
    wrong("processes", "0", "greater than or equal to 1", FORMS["processes"]),
    wrong("events_sign_ins_days", "0", "greater than or equal to 1", FORMS["events_sign_ins_days"]),
    wrong("events_changes_days", "ever", NUMBER, FORMS["events_changes_days"]),
    wrong("password_form", "perhaps", "valid boolean", SWITCH),
    wrong("hsts_subdomains", "perhaps", "valid boolean", SWITCH),
    wrong("access_log", "perhaps", "valid boolean", SWITCH),
    Row("BUCKLER_DATA", "not a valid path", "write a path", given={"data": 5}),
    Row("BUCKLER_MASTER_SECRET_FILE", "not a valid path", "write a path", given={"master_secret_file": 5}),
    Row("BUCKLER_MAIL_PASSWORD_FILE", "not a valid path", "write a path", given={"mail_password_file": 5}),
    Row("BUCKLER_MASTER_SECRET", "valid string", "write the secret itself", given={"master_secret": [CANARY]}),
    Row("BUCKLER_MAIL_PASSWORD", "valid string", "write the secret itself", given={"mail_password": [CANARY]}),
    # Names.
    Row("BUCKLER_ORIGN", "no such setting", "did you mean BUCKLER_ORIGIN?", {"orign": CANARY}),
    Row("BUCKLER_ZZZ", "no such setting", "the settings are BUCKLER_ACCESS_LOG", {"zzz": CANARY}),
    Row("orign", "no such setting", "did you mean origin?", given={"orign": CANARY}),
    Row("port", "no such setting", "as --port or BUCKLER_PORT", given={"port": 8443}),
    Row("here.env:2: BUCKLER_ORIGN", "no such setting", "mean BUCKLER_ORIGIN?", dotenv=f"\nBUCKLER_ORIGN={CANARY}"),
    Row("here.toml: orign", "no such setting", "mean origin?", toml=f'orign = "{CANARY}"'),
    Row("here.toml: mail_from_me", "no such setting", "mean mail_from?", toml=f'[mail_from_me]\nx = "{CANARY}"'),
    # Origins, hosts, proxies, rates.
    Row(".env here was not read", "it is in development alone", "BUCKLER_ENV_FILE=.env", bare=True,
        prepare=lambda folder: (folder / ".env").write_text(f"BUCKLER_ORIGIN={CANARY}")),
    Row("BUCKLER_ORIGIN is not set", "hosts, redirects and tokens", "BUCKLER_ENVIRONMENT=development", bare=True),
    Row("BUCKLER_MASTER_SECRET_FILE", "seals what they keep", "the file of the secret", bare=True),
    Row("BUCKLER_PROCESSES", "how many processes serve", "says it by itself", bare=True),
    wrong("origin", f"https://{CANARY}@a.test".lower(), "more than scheme, host and port", "write https://a.test."),
    wrong("origin", "https://*.a.test", "is no origin", "as in https://api.example.com"),
    wrong("origin", "http://a.test", "plain HTTP: tokens would cross", "Use https"),
    wrong("redirect_origins", "https://*.a.test", "is no origin", "as in https://api.example.com"),
    wrong("cors_origins", "https://*.a.test", "is no origin", "write each origin in full"),
    wrong("cors_origins", "null", "is no origin", "in a sandboxed frame"),
    wrong("cors_origins", f"https://{CANARY}@a.test", "is no origin", "leave out what stands before the @"),
    wrong("cors_origins", "http://a.test", "is plain HTTP", "Use https"),
    Row("BUCKLER_ORIGIN=https://a.test", "answers this machine alone", "an origin on localhost",
        {"environment": "development", "origin": "https://a.test"}),
    wrong("hosts", "*", "cannot be a host", "That is the name alone"),
    wrong("hosts", f"https://{CANARY}@a.test", "cannot be a host", "as in api.example.com"),
    wrong("behind", "0", "no proxy stands in front", "leave it empty"),
    wrong("behind", "yes", "'yes'", "write 1 for one proxy"),
    wrong("client_limit", "off", "'off' is not a rate", "as in '5/minute'"),
    wrong("failed_checks_limit", "5/moon", "'5/moon' is not a rate", "as in '5/minute'"),
    # security.txt, and reasons.
    wrong("security_contact", "somebody", "no way to reach anybody", "mailto:security@example.com"),
    wrong("security_contact", "mailto:a@b.test", "says until when", "as YYYY-MM-DD"),
    Row("BUCKLER_SECURITY_EXPIRES='2031-02-30'", "no day", "as YYYY-MM-DD",
        {"security_contact": "mailto:a@b.test", "security_expires": "2031-02-30"}),
    wrong("security_policy", "http://a.test", "no page over HTTPS", "https://example.com/disclosure"),
    wrong("security_languages", "en_GB", "no language", "as in en, de"),
    wrong("security_policy", "https://a.test/p", "no security.txt to say it in", "or leave out the other"),
    wrong("count_per_process", "yes", "an auditor will read it", "why each process may count for itself"),
    # Files.
    Row("BUCKLER_ENV_FILE='gone.env'", "No such file", "name a file of settings", {"env_file": "gone.env"}),
    Row("BUCKLER_CONFIG='.'", "not a regular file", "Write the settings into one", {"config": "."}),
    Row("BUCKLER_ENV_FILE='here.env'", "everybody on this machine decides", "chmod o-w here.env", dotenv="#\n",
        prepare=open_to_all("here.env")),
    Row("BUCKLER_ENV_FILE='here.env'", "belongs to user 65534", "Run: chown", dotenv="#\n",
        prepare=given_to("here.env", 65534, 65534, 0o644)),
    Row("BUCKLER_ENV_FILE='here.env'", "may be written by group 65534", "chmod g-w here.env", dotenv="#\n",
        prepare=given_to("here.env", 0, 65534, 0o664)),
    Row("here.env with master_secret in it has mode 644", "others on this machine can reach", "chmod 600 here.env",
        dotenv=f"BUCKLER_MASTER_SECRET={CANARY}", prepare=open_to_all("here.env", 0o644)),
    Row("here.toml with mail_password in it has mode 640", "others on this machine can reach", "chmod 600 here.toml",
        toml=f'mail_password = "{CANARY}"', prepare=open_to_all("here.toml", 0o640)),
    Row("here.toml", "longer than 1048576 bytes", "Name the settings", toml="#" * 1_048_577),
    Row("here.env', line 2", "not UTF-8", "Save the file as text", dotenv=b"#\n\xff"),
    Row("here.env, line 3", "cannot be read", "Write NAME=value", dotenv=f"\n\nBUCKLER_MAIL='{CANARY}\n"),
    Row("here.env, line 1", "BUCKLER_MAIL has no value", "or drop the line", dotenv="BUCKLER_MAIL\n"),
    Row("here.env, line 2", "stands in line 1 already", "Drop one of them",
        dotenv=f"BUCKLER_HOSTS=a.test\nbuckler_hosts={CANARY}\n"),
    Row("here.toml, line 2, column", "not TOML", "each name once", toml=f'hosts = "a"\nmail = {CANARY}'),
    Row("here.toml, line 1", "not TOML", "each name once", toml=f'mail = """{CANARY}'),
    Row("BUCKLER_MASTER_SECRET stands in here.env", "who copies the data has the key too", "name the new place",
        {"data": "."}, dotenv=f"BUCKLER_MASTER_SECRET={CANARY}", prepare=open_to_all("here.env", 0o600)),
    # At the start.
    Row("BUCKLER_PROCESSES is not set", "each counts limits for itself", "the number of their workers",
        {"origin": ORIGIN}, start=FastAPI(), bare=True),
    Row("BUCKLER_PROCESSES=3", "no shared store in this version", "up to 3 times", {"processes": "3"}, start=FastAPI()),
    Row("debug=True", "would read its source", "Leave debug= out", start=FastAPI(debug=True)),
]  # fmt: skip


@contextmanager
def surrounded(row: Row, folder: Path, patch: pytest.MonkeyPatch) -> Generator[None]:
    """In a folder with the files of the row, and with its variables alone."""
    with patch.context() as own:
        for name in [name for name in os.environ if name.upper().startswith("BUCKLER_")]:
            own.delenv(name)
        own.chdir(folder)
        for kind, name, text in (("ENV_FILE", "here.env", row.dotenv), ("CONFIG", "here.toml", row.toml)):
            for stale in (name, ".env"):
                (folder / stale).unlink(missing_ok=True)
            if text is not None:
                (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
                own.setenv(f"BUCKLER_{kind}", name)
        if row.prepare is not None:
            row.prepare(folder)
        usual = {} if row.bare else {"origin": ORIGIN, "processes": "1"}
        for name, value in {**usual, **row.variables}.items():
            own.setenv(f"BUCKLER_{name.upper()}", value)
        yield


def refusal(row: Row, folder: Path, patch: pytest.MonkeyPatch) -> str:
    """What the row is told."""
    with surrounded(row, folder, patch):
        if row.start is not None:
            return "\n".join(StartRules(Settings.load()).faults([row.start]))
        with pytest.raises(ConfigurationError) as refused:
            Settings.load(**row.given)
    return str(refused.value)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_refusal_names_value_reason_and_remedy(row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And shows nothing that was not judged."""
    told = refusal(row, tmp_path, monkeypatch)
    words = told.lower()
    assert [part for part in (row.about, row.reason, row.remedy) if part.lower() not in words] == [], told
    assert CANARY.lower() not in words


def texts(source: str) -> Iterator[str]:
    """The longest piece of each text that a file of the settings refuses with."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Raise(exc=ast.Call(args=[*said])):
                pass
            case ast.Call(func=ast.Attribute(attr="append"), args=[*said]):
                pass
            case ast.Return(value=ast.JoinedStr() as text):
                said = [text]
            case ast.Assign(value=ast.JoinedStr() as text):
                said = [text]
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=str()) as text) if name[0] == "_":
                said = [text]
            case _:
                continue
        for each in said:
            pieces = [part.value for part in ast.walk(each) if isinstance(part, ast.Constant)]
            longest = max((str(piece) for piece in pieces if isinstance(piece, str)), key=len, default="")
            if " " in longest.strip():
                yield longest.partition("{")[0]


REFUSING = (
    "checks",
    "contacts",
    "dotenv_file",
    "files",
    "origins",
    "sources",
    "start_rules",
    "toml_file",
    "tree",
    "words",
)
ELSEWHERE = ("_FILE are both set",)
"""Seen in `test_sources.py`: of commands alone."""


def unmet(sources: list[str], told: str) -> list[str]:
    """Texts of the source that no row was told."""
    found = [text for source in sources for text in texts(source)]
    forms = set(FORMS.values())
    return [text for text in found if text not in told and text not in forms and not any(e in text for e in ELSEWHERE)]


def test_every_refusal_has_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that a row meets stands in what it is told."""
    told = "\n".join(refusal(row, tmp_path, monkeypatch) for row in ROWS)
    here = {module.path.stem: module for module in modules(ROOT, "src/buckler/settings")}
    assert sorted(set(here) - set(REFUSING)) == ["__init__", "display", "given", "source_value"]
    assert unmet([here[name].text for name in REFUSING], told) == []


def test_a_refusal_without_a_row_is_found() -> None:
    source = 'def check(x):\n    raise ConfigurationError(f"{x} is a new reason: write another.")\n'
    assert unmet([source], "something else") == [" is a new reason: write another."]
    assert unmet([source], "5 is a new reason: write another.") == []


def test_every_setting_that_is_no_text_has_a_row() -> None:
    """Whatever its type refuses."""
    typed = {f"BUCKLER_{name.upper()}" for name, each in Settings.model_fields.items() if each.annotation is not str}
    assert typed - {row.about for row in ROWS} == set()


def test_all_faults_come_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of names, types, values and what is missing; nobody mends them one start at a time."""
    row = Row("", "", "", {"orign": "x", "max_body_bytes": "x", "hosts": "*", "behind": "0"}, bare=True)
    lines = refusal(row, tmp_path, monkeypatch).splitlines()
    missing = ("BUCKLER_ORIGIN is not set", "Also not set", "  BUCKLER_PROCESSES", "  BUCKLER_MASTER_SECRET_FILE")
    starts = ("BUCKLER_ORIGN", "BUCKLER_MAX_BODY_BYTES", *missing, "BUCKLER_HOSTS", "BUCKLER_BEHIND")
    assert [line for line, start in zip(lines, starts, strict=True) if not line.startswith(start)] == []
