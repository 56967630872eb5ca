"""Where nobody can be played: in production, outside a test, over a network. Each way was tried."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from buckler import ConfigurationError, Principal
from buckler.access.callers.credential import Authentication
from buckler.defence import only
from buckler.protected_app import installed_on
from buckler.testing import acting_as, anonymous
from buckler.testing.cast import playing
from buckler.testing.grounds import Grounds
from tests.house.tree import ROOT, modules
from tests.proof import two_sided_async
from tests.stage import development, production, protect
from tests.testing.desk import desk, get, seen

Door = Callable[[FastAPI], AbstractContextManager[object]]
DOORS: list[Door] = [lambda app: acting_as(app, "bob"), anonymous]
ELSEWHERE = ("203.0.113.9", 40000)
APP = """
from typing import Annotated

{imports}
from fastapi import FastAPI
from buckler import Authenticator, Buckler, Principal, Requires
from buckler.testing import acting_as

class Nobody(Authenticator):
    async def authenticate(self, token):
        return None

app = FastAPI()
Buckler(app, authenticator=Nobody())

@app.get("/me")
async def me(who: Annotated[Principal, Requires()]) -> str:
    return who.name

print("installed", flush=True)
{act}
"""
STOP = """
import logging, os, signal

class Stopping(logging.Handler):
    def emit(self, record):
        if "running on" in record.getMessage():
            os.kill(os.getpid(), signal.SIGINT)

logging.getLogger("uvicorn.error").addHandler(Stopping())
"""
ACT = 'acting_as(app, "bob", permissions={"*"}).__enter__()'


def unchecked(app: FastAPI) -> AbstractContextManager[object]:
    """The door without its check: what it would do in production."""
    installed = installed_on(app)
    authentication = only(Authentication, installed.parts) if installed is not None else None
    assert installed is not None
    assert authentication is not None
    return playing(Grounds(installed, authentication), Principal("bob", "bob"))


async def test_in_production_nobody_is_played() -> None:
    """Without the check a stranger from anywhere would be bob."""

    async def attack(door: Door) -> bool:
        app = desk(settings=production())
        try:
            with door(app):
                return await seen(app, host="api.example.test", client=ELSEWHERE) == "bob"
        except ConfigurationError:
            return await seen(app, host="api.example.test", client=ELSEWHERE) != "401"

    await two_sided_async(attack, whole=DOORS[0], twin=unchecked)


@pytest.mark.parametrize("door", DOORS)
def test_production_is_told_what_to_do(door: Door) -> None:
    """Settings that are put in its place afterwards change nothing: those of the installation count."""
    app: Any = desk(settings=production())
    with pytest.raises(ConfigurationError, match="runs in production"):
        door(app)
    app.buckler_of_app.settings = app.buckler_of_app.settings.model_copy(update={"environment": "development"})
    with pytest.raises(ConfigurationError, match="BUCKLER_ENVIRONMENT=development"):
        door(app)


@pytest.mark.parametrize("door", DOORS)
def test_without_a_test_that_runs_no_door_opens(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where pytest runs none, nor where the environment alone says that it does."""
    app = desk()
    with monkeypatch.context() as outside:
        outside.delenv("PYTEST_CURRENT_TEST")
        with pytest.raises(ConfigurationError, match="no test runs"):
            door(app)
    with monkeypatch.context() as forged:
        forged.setenv("PYTEST_CURRENT_TEST", "test_x (call)")
        forged.delitem(sys.modules, "pytest")
        with pytest.raises(ConfigurationError, match="no test runs"):
            door(app)
    with monkeypatch.context() as empty:
        empty.setenv("PYTEST_CURRENT_TEST", "")
        with pytest.raises(ConfigurationError, match="no test runs"):
            door(app)


async def test_what_a_test_left_open_is_shut_when_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two tests nobody is played, though the block never ended."""
    app = desk()
    with acting_as(app, "bob"):
        with monkeypatch.context() as over:
            over.delenv("PYTEST_CURRENT_TEST")
            assert await seen(app) == "401"
        assert await seen(app) == "bob"


async def test_what_another_test_left_open_plays_for_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor in a process that was forked meanwhile; its own teardown is the same test."""
    app, here = desk(), os.environ["PYTEST_CURRENT_TEST"].removesuffix(" (call)")
    with acting_as(app, "bob"):
        for named, seen_then in ((f"{here} (teardown)", "bob"), (f"{here}_too (call)", "401"), (here, "401")):
            with monkeypatch.context() as next_one:
                next_one.setenv("PYTEST_CURRENT_TEST", named)
                assert await seen(app) == seen_then, named
        with monkeypatch.context() as next_one:
            next_one.setenv("PYTEST_CURRENT_TEST", f"{here}_too (call)")
            with acting_as(app, "carol"):
                assert await seen(app) == "carol"
            assert await seen(app) == "401"
        with monkeypatch.context() as forked:
            process = os.getpid()
            forked.setattr(os, "getpid", lambda: process + 1)
            assert await seen(app) == "401"
        assert await seen(app) == "bob"


@pytest.mark.heavy
def test_a_process_that_a_test_starts_has_no_test_of_its_own(tmp_path: Path) -> None:
    """It inherits the environment, and would keep bob for ever. pytest run in it has tests of its own."""
    (tmp_path / "application.py").write_text(APP.format(imports="import pytest", act=ACT))
    around = {name: value for name, value in os.environ.items() if not name.startswith("BUCKLER_")}
    around |= {"BUCKLER_ENVIRONMENT": "development", "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    assert around["PYTEST_CURRENT_TEST"]

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env=around,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert "no test runs" in run("-c", "import application").stderr
    (tmp_path / "test_own.py").write_text("def test_it() -> None:\n    import application\n")
    own = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".", "test_own.py")
    assert own.returncode == 0, own.stdout


async def test_another_machine_is_refused_whoever_is_played() -> None:
    """Nothing of the request moves it: an app in development answers this machine alone."""
    app = desk()
    with acting_as(app, "bob"):
        for headers in ([], [("x-forwarded-for", "127.0.0.1")], [("forwarded", "for=127.0.0.1")]):
            answer = await get(app, "/me", client=ELSEWHERE, headers=headers)
            assert (answer.status, answer.code) == (403, "development-only"), headers
        assert await seen(app, host="api.example.test") == "400"


async def test_no_name_that_a_client_gives_is_a_test() -> None:
    """The host that test clients ask for is ours in development alone."""
    app = desk(settings=production())
    assert await seen(app, host="testserver") == "400"
    for name in ("buckler-acting-as", "x-acting-as", "x-user", "pytest-current-test"):
        assert await seen(app, host="api.example.test", headers=[(name, "bob")]) == "401", name


@pytest.mark.heavy_beyond(2)
@pytest.mark.parametrize(
    ("environment", "forged", "imports"),
    [
        ("development", False, ""),
        ("development", False, "import pytest"),
        ("development", True, ""),
        ("development", True, "import pytest"),
        ("production", True, ""),
        ("production", True, "import pytest"),
    ],
)
def test_a_server_whose_app_acts_does_not_start(environment: str, forged: bool, imports: str, tmp_path: Path) -> None:
    """Under uvicorn, whatever it was told of a test."""
    served = serve(tmp_path, APP.format(imports=imports, act=ACT), environment, forged=forged)
    assert served.returncode != 0
    assert "installed" in served.stdout
    assert re.search("ConfigurationError: acting_as: (no test runs|this app runs in production)", served.stderr)
    assert "running on" not in served.stderr


def test_the_same_server_starts_where_nobody_acts(tmp_path: Path) -> None:
    """The import of the doors does nothing: this app says that it is up, and then stops itself."""
    served = serve(tmp_path, APP.format(imports="", act=STOP), "development", forged=False)
    assert "running on http://127.0.0.1" in served.stderr
    assert served.returncode == 0


def test_only_the_doors_set_who_stands_in() -> None:
    """The two places that they use are written nowhere else, but for what they are at first."""
    found = [
        f"{module.path}: {ast.unparse(node)}"
        for module in modules(ROOT, "src/buckler")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and node.attr in ("stand_in", "may_go_on")
    ]
    assert sorted(found) == [
        "src/buckler/access/callers/credential.py: self.stand_in",
        "src/buckler/access/guard/open_connections.py: self.may_go_on",
        "src/buckler/testing/cast.py: self._authentication.stand_in",
        "src/buckler/testing/cast.py: self._authentication.stand_in",
        "src/buckler/testing/cast.py: self._connections.may_go_on",
        "src/buckler/testing/cast.py: self._connections.may_go_on",
    ]


def test_the_doors_are_no_part_of_what_serves() -> None:
    """Nothing that an app imports brings them along."""
    code = "import sys, buckler, buckler.cli; sys.exit(any('buckler.testing' in name for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("door", DOORS)
def test_an_app_that_nobody_calls_has_no_callers(door: Door) -> None:
    """And one without a Buckler knows none; both are told apart."""
    with pytest.raises(ConfigurationError, match="this FastAPI has no Buckler"):
        door(FastAPI())
    app = protect(FastAPI(), settings=development(), authenticator=None)
    with pytest.raises(ConfigurationError, match="nobody is ever a caller"):
        door(app)


def serve(folder: Path, text: str, environment: str, *, forged: bool) -> subprocess.CompletedProcess[str]:
    """uvicorn, on a port that is free, until it ends by itself."""
    (folder / "application.py").write_text(text)
    around = {name: value for name, value in os.environ.items() if not name.startswith(("BUCKLER_", "PYTEST_"))}
    around |= {"BUCKLER_ENVIRONMENT": environment, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    if environment == "production":
        around["BUCKLER_ORIGIN"] = "https://api.example.test"
    if forged:
        around["PYTEST_CURRENT_TEST"] = "test_x.py::test_x (call)"
    command = [sys.executable, "-m", "uvicorn", "application:app", "--host", "127.0.0.1", "--port", "0"]
    return subprocess.run(command, cwd=folder, env=around, capture_output=True, text=True, timeout=60, check=False)
