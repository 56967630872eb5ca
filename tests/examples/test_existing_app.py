"""The example of an app that was there before: as it was, on trial, and enforced; fifteen lines between them."""

import importlib.util
import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlmodel
from sqlalchemy import MetaData
from sqlalchemy.orm import registry
from sqlmodel import Session, SQLModel

from buckler import Trial
from tests.proof import two_sided_async
from tests.wire import Answer, ask

EXAMPLES = Path(__file__).parents[2] / "examples"
DIFF = EXAMPLES / "existing_app.diff"
ORIGIN = "https://tracker.example.test"
HOST = "tracker.example.test"
TRIAL = 'Trial(until="2027-03-01", reason="moving")'
TRIAL_NOW = f"Trial(until={(datetime.now(UTC) + timedelta(days=30)).date().isoformat()!r}, reason='moving')"
"""The same with a day that is ahead whenever this runs."""


class Tracker:
    """The app at one of its stages, with ada who administrates and bob who does not, and a project of ada's."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.app = module.app

    async def prepare(self) -> "Tracker":
        self.module.SQLModel.metadata.create_all(self.module.engine)
        with Session(self.module.engine) as session:
            for name, role in (("ada", "admin"), ("bob", "member")):
                session.add(self.module.User(name=name, password=self.module.passwords.hash(name * 5), role=role))
            session.commit()
        self.tokens = {name: await self.sign_in(name) for name in ("ada", "bob")}
        assert (await self.call("POST", "/projects", "ada", json_body={"title": "secret"})).status == 201
        return self

    async def sign_in(self, name: str) -> str:
        body = f"username={name}&password={name * 5}".encode()
        form = [("content-type", "application/x-www-form-urlencoded")]
        answer = await ask(self.app, "POST", "/login", body=body, headers=form, host=HOST)
        return str(json.loads(answer.body)["access_token"])

    async def call(self, method: str, path: str, name: str | None = None, **more: Any) -> Answer:
        return await ask(self.app, method, path, token=self.tokens.get(name or ""), **{"host": HOST, **more})


async def tracker(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, diff: bool = True, trial: str | None = None
) -> Tracker:
    """The app in a folder of its own, with a database of its own."""
    source = written(folder, diff=diff, trial=trial)
    monkeypatch.setenv("TRACKER_SECRET", "a secret for nothing but this test 1234")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{folder / 'tracker.db'}")
    monkeypatch.setenv("BUCKLER_ENVIRONMENT", "production")
    monkeypatch.setenv("BUCKLER_ORIGIN", ORIGIN)
    monkeypatch.setenv("BUCKLER_PROCESSES", "1")
    spec = importlib.util.spec_from_file_location("existing_app", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with monkeypatch.context() as patched:
        patched.setattr(sqlmodel, "SQLModel", fresh_root())
        spec.loader.exec_module(module)
    return await Tracker(module).prepare()


def written(folder: Path, *, diff: bool, trial: str | None) -> Path:
    """The source at one of its stages."""
    folder.mkdir()
    source = folder / "existing_app.py"
    source.write_text((EXAMPLES / "existing_app.py").read_text())
    if diff:
        subprocess.run(["git", "apply", "-p0", str(DIFF)], cwd=folder, check=True)
        text = source.read_text()
        assert TRIAL in text
        source.write_text(text.replace(f", trial={TRIAL}", f", trial={trial}" if trial else ""))
    return source


def fresh_root() -> type[SQLModel]:
    """A root of tables that knows none yet: several stages live in one process here."""

    class Root(SQLModel, registry=registry()):  # type: ignore[call-arg]
        metadata = MetaData()

    return Root


def test_the_diff_has_at_most_fifteen_lines() -> None:
    lines = DIFF.read_text().splitlines()[2:]
    assert len([line for line in lines if line[:1] in "+-"]) <= 15
    assert TRIAL in DIFF.read_text()
    assert Trial(until="2027-03-01", reason="moving").only


@pytest.mark.heavy_beyond(1)
@pytest.mark.parametrize("trial", [TRIAL_NOW, None], ids=["trial", "enforced"])
async def test_what_was_open_is_shut_from_the_first_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trial: str | None
) -> None:
    """Bob reads, renames and deletes what is ada's; a trial lifts none of that."""
    before = await tracker(tmp_path / "before", monkeypatch, diff=False)
    after = await tracker(tmp_path / "after", monkeypatch, trial=trial)

    async def reads(it: Tracker) -> bool:
        return b"secret" in (await it.call("GET", "/projects/1", "bob")).body

    async def lists(it: Tracker) -> bool:
        return (await it.call("GET", "/projects/1/tasks", "bob")).status == 200

    async def renames(it: Tracker) -> bool:
        await it.call("PATCH", "/projects/1", "bob", json_body={"title": "bob's"})
        return b"bob's" in (await it.call("GET", "/projects/1", "ada")).body

    async def adds(it: Tracker) -> bool:
        return (await it.call("POST", "/projects/1/tasks", "bob", json_body={"text": "x"})).status == 201

    async def deletes(it: Tracker) -> bool:
        await it.call("DELETE", "/projects/1", "bob")
        return (await it.call("GET", "/projects/1", "ada")).status == 404

    for attack in (reads, lists, renames, adds, deletes):
        await two_sided_async(attack, whole=after, twin=before)
    missing, hers = await after.call("GET", "/projects/99", "bob"), await after.call("GET", "/projects/1", "bob")
    assert (missing.status, missing.problem["detail"]) == (hers.status, hers.problem["detail"])


@pytest.mark.parametrize("trial", [TRIAL_NOW, None], ids=["trial", "enforced"])
async def test_what_worked_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trial: str | None) -> None:
    """Every route of it, for those who may, with its CORS and its compression."""
    it = await tracker(tmp_path / "app", monkeypatch, trial=trial)
    assert (await it.call("GET", "/health")).status == 200
    assert json.loads((await it.call("GET", "/me", "bob")).body) == {"name": "bob", "role": "member"}
    assert json.loads((await it.call("GET", "/projects", "bob")).body) == []
    assert [each["title"] for each in json.loads((await it.call("GET", "/projects", "ada")).body)] == ["secret"]
    assert (await it.call("PATCH", "/projects/1", "ada", json_body={"title": "t" * 500})).status == 200
    assert (await it.call("POST", "/projects/1/tasks", "ada", json_body={"text": "first"})).status == 201
    assert [each["text"] for each in json.loads((await it.call("GET", "/projects/1/tasks", "ada")).body)] == ["first"]
    assert json.loads((await it.call("GET", "/users", "bob")).body) == ["ada", "bob"]
    assert json.loads((await it.call("GET", "/summary", "ada")).body) == {"projects": 1}
    assert (await it.call("GET", "/summary", "bob")).status == 403
    zipped = await it.call("GET", "/projects/1", "ada", headers=[("accept-encoding", "gzip")])
    assert zipped.header("content-encoding") == "gzip"
    asked = [("origin", "https://app.example.com"), ("access-control-request-method", "PATCH")]
    preflight = await it.call("OPTIONS", "/projects/1", headers=asked)
    assert preflight.header("access-control-allow-origin") == "https://app.example.com"
    assert (await it.call("DELETE", "/projects/1", "ada")).status == 204


@pytest.mark.heavy
async def test_a_trial_lets_old_habits_pass_and_writes_them_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The sixth sign-in of a minute, and an old name of the host: refused once it is over."""
    on_trial = await tracker(tmp_path / "trial", monkeypatch, trial=TRIAL_NOW)
    enforced = await tracker(tmp_path / "enforced", monkeypatch)

    async def old_host(it: Tracker) -> bool:
        return (await it.call("GET", "/me", "bob", host="old.example.test")).status == 200

    async def many_sign_ins(it: Tracker) -> bool:
        return all([await it.sign_in("bob") for _ in range(6)])

    assert await old_host(on_trial)
    assert await many_sign_ins(on_trial)
    assert not await old_host(enforced)
    with pytest.raises(KeyError):
        await many_sign_ins(enforced)
    told = [json.loads(record.message) for record in caplog.records if record.name == "buckler.events"]
    lifted = {each["refusal"] for each in told if each["event"] == "would_refuse"}
    assert {"host-unknown", "route-limited"} <= lifted
    for path in ("/me", "/projects", "/users"):
        assert (await on_trial.call("GET", path)).status == 401, "a trial never lifts who may call"
