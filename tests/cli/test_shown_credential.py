"""`python -m buckler.cli.drill.shown_credential`: who comes in for the drill comes in for other tools too."""

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from types import ModuleType

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI

from buckler.cli.drill import shown_credential
from tests.drill.targets import noteboard, people_api
from tests.house.tree import ROOT
from tests.ports import free_port
from tests.waiting import wait_until

_TARGETS = ROOT / "tests" / "drill" / "targets"


@contextmanager
def served(app: FastAPI) -> Generator[str]:
    """Where the app listens meanwhile."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, ws="none"))
    thread = Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(name="program")
def _program() -> ModuleType:
    return shown_credential


@pytest.fixture(name="printed")
def _printed(program: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Printed":
    return Printed(program, monkeypatch, capsys)


class Printed:
    """Runs the program, and reads its lines."""

    def __init__(self, program: ModuleType, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self._program, self._patch, self._capture = program, patch, capture

    def __call__(self, *arguments: str | Path) -> tuple[int, dict[str, str], str]:
        self._patch.setattr(sys, "argv", ["shown_credential.py", *map(str, arguments)])
        code = self._program.main()
        said = self._capture.readouterr()
        return code, dict(line.split("=", 1) for line in said.out.splitlines()), said.err


def test_an_account_is_registered_where_nobody_ordinary_is_named(printed: Printed) -> None:
    """It signs in, and what is printed lets a tool in that adds one header."""
    with served(noteboard.flawed_app()) as url:
        code, lines, said = printed(_TARGETS / "noteboard.options.toml", url, "--writes")
        assert (code, lines["ZAP_AUTH_HEADER"], lines["ZAP_AUTH_HEADER_SITE"]) == (0, "Authorization", "127.0.0.1")
        headers = {lines["ZAP_AUTH_HEADER"]: lines["ZAP_AUTH_HEADER_VALUE"]}
        assert httpx2.get(f"{url}/me", headers=headers).status_code == 200
        assert httpx2.get(f"{url}/me").status_code == 401
    assert said == "user was let in\n"


def test_somebody_is_named(printed: Printed) -> None:
    """The administrator reaches more; a name that nobody has is told with those that there are."""
    file = _TARGETS / "people_api.options.toml"
    with served(people_api.flawed_app()) as url:
        code, lines, _ = printed(file, url, "--as", "rosa", "--for", "burp")
        (header,) = json.loads(lines["BURP_HEADERS_COOKIES_CONFIG_HEADERS"])
        assert (code, header["name"], header["scopePrefix"]) == (0, "X-API-Key", url)
        assert httpx2.get(f"{url}/me", headers={header["name"]: header["value"]}).json()["name"] == "rosa"
        code, lines, said = printed(file, url, "--as", "rosie")
    assert (code, lines) == (1, {})
    assert said.startswith("rosie was not let in; mara, nils, ")


def test_nothing_is_printed_where_nobody_is_let_in(printed: Printed, tmp_path: Path) -> None:
    """A scan as nobody would look like a good one."""
    options = tmp_path / "drill.toml"
    options.write_text('[[identities]]\nname = "mara"\nheaders = { X-API-Key = "ppl_of_yesterday" }\n')
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(people_api.flawed_app().openapi()))
    with served(people_api.mended_app()) as url:
        code, lines, said = printed(options, url, "--openapi", document)
        assert (code, lines) == (1, {})
        assert "mara could not come in" in said
        assert "ppl_of_yesterday" not in said
        # The mended app shows its document to nobody.
        code, _, said = printed(options, url)
        assert code == 1
        assert f"{url}/openapi.json: the document could not be had (status 404)" in said
    options.write_text("[sing_in]\n")
    assert "sing_in" in printed(options, "http://127.0.0.1:1")[2]


def test_nobody_is_registered_where_nothing_may_be_changed(printed: Printed) -> None:
    """As by the drill: an account that stays there was asked for by nobody."""
    with served(noteboard.flawed_app()) as url:
        code, lines, said = printed(_TARGETS / "noteboard.options.toml", url)
    assert (code, lines) == (1, {})
    assert "no ordinary account was not let in" in said


def test_a_server_of_others_is_not_met(printed: Printed) -> None:
    """Passwords are not sent there, and nobody is registered, unless it is said whose it is."""
    code, lines, said = printed(_TARGETS / "noteboard.options.toml", "http://staging.invalid:8000", "--writes")
    assert (code, lines) == (1, {})
    assert "--target-is-mine staging.invalid" in said


def test_what_zap_cannot_add_is_told(program: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """A cookie and the token that goes with it are two headers."""
    lines = program.for_zap((("Cookie", "session=abc"), ("X-CSRF-Token", "def")), "https://localhost:8443")
    assert lines["ZAP_AUTH_HEADER_VALUE"] == "session=abc"
    assert capsys.readouterr().err == "left out, since ZAP adds one header: X-CSRF-Token\n"
