"""Where nothing can be staged: where an app serves, in production, on data that are to be kept. Each way was tried."""

import ast
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from buckler import ConfigurationError
from buckler.drill.transport.asgi import InProcess
from buckler.staging import Rehearsal, rehearsal, staged
from tests.house.tree import ROOT, modules
from tests.proof import two_sided_async
from tests.stage import development, production, protect
from tests.testing.desk import desk, seen

ELSEWHERE = ("203.0.113.9", 40000)
APP = """
import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

{imports}
from fastapi import FastAPI
from buckler import Authenticator, Buckler, Principal, Requires
from buckler.drill.transport.asgi import InProcess
from buckler.staging import Rehearsal, staged

class Nobody(Authenticator):
    async def authenticate(self, token):
        return None

async def act():
    async with staged(app, InProcess(app), Rehearsal(Path("data"))) as cast:
        print("staged", cast.people[0].headers, flush=True)

@asynccontextmanager
async def life(app):
    print("starting", flush=True)
    await act()
    yield

app = FastAPI(lifespan=life)
Buckler(app, authenticator=Nobody())

@app.get("/me")
async def me(who: Annotated[Principal, Requires()]) -> str:
    return who.name

{more}
"""


def unchecked(folder: Path) -> Rehearsal:
    """Leave that nobody gave: what an app could do without the check."""
    forged = object.__new__(Admitting)
    for name, value in (("folder", folder), ("writes", False), ("leave", ""), ("process", os.getpid())):
        object.__setattr__(forged, name, value)
    return forged


class Admitting(Rehearsal):
    """Admits whatever it is shown."""

    def admit(self, app: Any) -> Any:
        """What stands on it."""
        return app.installed_on_app


async def test_in_production_nobody_is_staged(tmp_path: Path) -> None:
    """Without the check a stranger from anywhere who learns the token would be everybody."""

    async def attack(leave: Rehearsal) -> bool:
        app = desk(settings=production(data=tmp_path))
        try:
            async with staged(app, InProcess(app), leave) as cast:
                token = cast.people[-1].tokens["access"]
                shown = [("authorization", f"Bearer {token}")]
                return (await seen(app, host="api.example.test", client=ELSEWHERE, headers=shown)) != "401"
        except ConfigurationError:
            return False

    await two_sided_async(attack, whole=Rehearsal(tmp_path), twin=unchecked(tmp_path))


def test_production_is_told_what_to_do(tmp_path: Path) -> None:
    """Settings that are put in its place afterwards change nothing: those of the installation count."""
    app: Any = desk(settings=production(data=tmp_path))
    with pytest.raises(ConfigurationError, match="BUCKLER_ENVIRONMENT=development"):
        Rehearsal(tmp_path).admit(app)
    app.buckler_of_app.settings = app.buckler_of_app.settings.model_copy(update={"environment": "development"})
    with pytest.raises(ConfigurationError, match="production settings"):
        Rehearsal(tmp_path).admit(app)


def test_data_that_are_to_be_kept_are_refused(tmp_path: Path) -> None:
    """Whatever way their place is written; with leave to write they are taken, and so is what lies inside."""
    kept, thrown = tmp_path / "kept", tmp_path / "thrown"
    for folder in (kept, thrown):
        folder.mkdir()
    (thrown / "link").symlink_to(kept)
    for place in (kept, thrown / "link", thrown / ".." / "kept", tmp_path):
        app = desk(settings=development(data=place))
        with pytest.raises(ConfigurationError, match=r"BUCKLER_DATA=.*--writes"):
            Rehearsal(thrown).admit(app)
        assert Rehearsal(thrown, writes=True).admit(app).settings.data == place
    assert Rehearsal(thrown).admit(desk(settings=development(data=thrown / "data")))


def test_an_app_without_buckler_is_told_so(tmp_path: Path) -> None:
    """There is nothing to stage in it."""
    with pytest.raises(ConfigurationError, match="this FastAPI has no Buckler"):
        Rehearsal(tmp_path).admit(FastAPI())


def test_below_a_server_there_is_no_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In whatever thread it runs; and none where neither the command nor a test is under way."""
    for running, why in (
        (("buckler.cli.drill.running", "uvicorn.server"), "uvicorn.server serves in this process"),
        (("_pytest.runner", "buckler.cli.serve.wire.server"), "serves in this process"),
        (("__main__", "main", "buckler.cli.drilling"), "neither `buckler drill` nor a test"),
    ):
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(rehearsal, "modules_running", lambda given=running: iter(given))
            with pytest.raises(ConfigurationError, match=why):
                Rehearsal(tmp_path)
    with monkeypatch.context() as drilling:
        drilling.setattr(rehearsal, "modules_running", lambda: iter(("__main__", "buckler.cli.drill.command")))
        assert Rehearsal(tmp_path).is_on


def test_leave_cannot_be_changed_into_leave_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy is judged as the first one was."""
    leave = Rehearsal(tmp_path)
    monkeypatch.setattr(rehearsal, "modules_running", lambda: iter(("uvicorn.server",)))
    with pytest.raises(ConfigurationError, match="serves in this process"):
        replace(leave, writes=True)


async def test_a_process_that_was_forked_has_no_part_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither does its leave count, nor is anybody played there; after the block nobody is anywhere."""
    app = desk(settings=development(data=tmp_path))
    leave, process = Rehearsal(tmp_path), os.getpid()
    async with staged(app, InProcess(app), leave) as cast:
        headers = [("authorization", f"Bearer {cast.people[0].tokens['access']}")]
        assert await seen(app, headers=headers) != "401"
        with monkeypatch.context() as forked:
            forked.setattr(os, "getpid", lambda: process + 1)
            assert await seen(app, headers=headers) == "401"
            with pytest.raises(ConfigurationError, match="forked"):
                leave.admit(app)
        with pytest.raises(ConfigurationError, match="on stage already"):
            async with staged(app, InProcess(app), leave):
                pass
        assert await seen(app, headers=headers) != "401"
    assert await seen(app, headers=headers) == "401"


@pytest.mark.parametrize(
    ("environment", "forged", "imports"),
    [
        ("development", False, ""),
        ("development", True, "import pytest, _pytest.runner, buckler.cli.program"),
        ("production", True, "import pytest"),
    ],
)
def test_a_server_whose_app_is_staged_does_not_start(
    environment: str, forged: bool, imports: str, tmp_path: Path
) -> None:
    """Under uvicorn, whatever it was told of a test, and whatever was imported."""
    served = serve(tmp_path, APP.format(imports=imports, more=""), environment, forged=forged)
    assert served.returncode != 0
    assert "starting" in served.stdout
    assert "staged" not in served.stdout
    assert re.search(r"ConfigurationError: staging: uvicorn[.\w]* serves in this process", served.stderr)
    assert "running on" not in served.stderr


def test_a_program_of_its_own_is_refused_too(tmp_path: Path) -> None:
    """Also one that hides the server: nothing there is the drill's command."""
    (tmp_path / "application.py").write_text(APP.format(imports="", more="asyncio.run(act())"))
    done = run(tmp_path, "-c", "import application", environment="development", forged=True)
    assert done.returncode != 0
    assert "neither `buckler drill` nor a test runs here" in done.stderr


def test_only_the_stage_plays_by_token() -> None:
    """The place that it uses is written nowhere else, but for what it is at first."""
    found = [
        f"{module.path}: {ast.unparse(node)}"
        for module in modules(ROOT, "src/buckler")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr == "staged"
    ]
    assert sorted(found) == [
        "src/buckler/access/callers/credential.py: self.staged",
        "src/buckler/staging/stand_ins.py: authentication.staged",
        "src/buckler/staging/stand_ins.py: authentication.staged",
    ]


def test_the_stage_is_no_part_of_what_serves() -> None:
    """Nothing that an app imports brings it along, and neither does the server."""
    code = (
        "import sys, buckler, buckler.cli, buckler.service.app, buckler.cli.serve.serving\n"
        "sys.exit(any(name.startswith('buckler.staging') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_an_app_that_nobody_calls_has_nobody(tmp_path: Path) -> None:
    """And says why, for each who is missing."""
    app = protect(FastAPI(), settings=development(data=tmp_path), authenticator=None)
    async with staged(app, InProcess(app), Rehearsal(tmp_path)) as cast:
        assert cast.people == ()
        assert set(cast.missing) == {"people", "second", "administrator", "expired", "disabled"}
        assert all("nobody is ever a caller" in why for why in cast.missing.values())


def serve(folder: Path, text: str, environment: str, *, forged: bool) -> subprocess.CompletedProcess[str]:
    """uvicorn, on a port that is free, until it ends by itself."""
    (folder / "application.py").write_text(text)
    command = ("-m", "uvicorn", "application:app", "--host", "127.0.0.1", "--port", "0")
    return run(folder, *command, environment=environment, forged=forged)


def run(folder: Path, *command: str, environment: str, forged: bool) -> subprocess.CompletedProcess[str]:
    around = {name: value for name, value in os.environ.items() if not name.startswith(("BUCKLER_", "PYTEST_"))}
    around |= {"BUCKLER_ENVIRONMENT": environment, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    if environment == "production":
        around |= {"BUCKLER_ORIGIN": "https://api.example.test", "BUCKLER_PROCESSES": "1"}
    if forged:
        around["PYTEST_CURRENT_TEST"] = "test_x.py::test_x (call)"
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=around, capture_output=True, text=True, timeout=60, check=False
    )
