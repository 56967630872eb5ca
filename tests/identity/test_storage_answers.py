"""Whatever the database does, a request gets a declared answer, nobody gets in, and the app goes on after it."""

import json
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import FastAPI, HTTPException
from sqlalchemy import text

from buckler import Public
from buckler.identity.sessions import revocation_feed
from buckler.identity.sessions.revocation_feed import FRESH
from buckler.service.notes import Notes
from buckler.storage.database import database as module
from buckler.storage.unavailable import StorageUnavailable
from tests.clocks import FakeClock
from tests.edge.test_safe_errors import CANARY
from tests.identity.house import House, accounts, settings
from tests.identity.processes import two
from tests.proof import two_sided_async
from tests.stage import protect
from tests.storage.database.trouble import CODES, TROUBLES, held_elsewhere
from tests.tokens.forge import NOW, good, written
from tests.waiting import wait_until_async
from tests.wire import ask


@pytest.mark.parametrize("name", TROUBLES)
async def test_each_failure_is_503_and_the_app_goes_on(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its code and `Retry-After` for the caller, the reason for the log, and no restart once it is over."""
    if name == "busy":  # Nothing else waits for its end.
        monkeypatch.setattr(module, "BUSY_SECONDS", 1.0)
    clock = FakeClock()
    made = accounts(settings(tmp_path), clock)
    async with House(made) as house:
        assert (await house.register("ada")).status_code == 201
        caplog.clear()
        async with TROUBLES[name](made._database):
            for number in range(60):  # until no page has room for one more
                answer = await house.register(f"bob-{number}")
                if answer.status_code != 201:
                    break
                clock.advance(600)  # or the limit of the route comes first
        assert answer.status_code == 503, answer.text
        assert answer.headers["retry-after"] == "5"
        assert answer.json()["type"] == "urn:buckler:problem:storage-unavailable"
        assert str(tmp_path) not in answer.text
        assert "sqlite" not in answer.text.lower()
        told = [json.loads(line) for line in caplog.messages if "sys_storage_failed" in line]
        assert any(each["reason"].startswith(f"{CODES.get(name, name)}: ") for each in told)
        assert not any("sys_crash" in line for line in caplog.messages)
        assert (await house.register("bob")).status_code == 201
        assert (await house.sign_in("ada")).status_code == 200


async def test_where_nothing_can_be_written_reading_goes_on(tmp_path: Path) -> None:
    """Whoever is signed in goes on."""
    made = accounts(settings(tmp_path))
    async with House(made) as house:
        await house.register()
        token = await house.token()
        async with TROUBLES["readonly"](made._database):
            made.clock.advance(FRESH + 1)  # type: ignore[attr-defined]  # so that the database is asked
            assert (await house.get("/auth/me", token)).status_code == 200
            assert (await house.post("/auth/logout", token)).status_code == 503
        assert (await house.get("/auth/me", token)).status_code == 200
        assert (await house.post("/auth/logout", token)).status_code == 204
        assert (await house.get("/auth/me", token)).status_code == 401


@pytest.mark.asvs("16.5.2")
@pytest.mark.asvs("16.5.3")
@pytest.mark.parametrize("name", ["removed", "exchanged", "without log"])
async def test_who_cannot_learn_what_ended_lets_nobody_in(tmp_path: Path, name: str) -> None:
    """A token is ended elsewhere while this process has lost the database. The twin asks nobody."""

    async def attack(kind: str) -> bool:
        async with two(tmp_path, kind, revoking=kind == "whole") as (one, other):
            token = written(good())
            assert await one.lets_in(token)
            await other.feed.end_token("token-1", NOW + 600)
            async with TROUBLES[name](one.database):
                one.clock.advance(FRESH + 0.001)
                try:
                    found = await one.lets_in(token)
                except StorageUnavailable:
                    found = False
            assert not await other.lets_in(token)
            return found

    await two_sided_async(attack, whole="whole", twin="twin")


async def test_an_end_that_cannot_be_read_back_makes_nobody_sure(tmp_path: Path) -> None:
    """It is kept, and this process failed to learn of it: it asks before it believes again, at once."""
    async with two(tmp_path) as (one, _):
        token = written(good())
        assert await one.lets_in(token)
        async with one.database.writing() as connection:
            await one.feed.add(connection, "token", "token-1", expires_at=NOW + 600)
        assert await one.lets_in(token)
        async with TROUBLES["removed"](one.database):
            with pytest.raises(StorageUnavailable):
                await one.feed.apply()
            assert one.callers.recall(token) is None
            with pytest.raises(StorageUnavailable):
                await one.callers.authenticate(token)
        assert not await one.lets_in(token)


@pytest.mark.parametrize("path", ["/here", "/inner/here"])
async def test_the_same_in_an_endpoint_of_an_app(path: str, caplog: pytest.LogCaptureFixture) -> None:
    """Its own, and one of an app inside: nothing of the message leaves."""
    app, inner = FastAPI(), FastAPI()

    async def failing(_: Annotated[None, Public("a test")]) -> None:
        raise StorageUnavailable("full", f"/{CANARY}", "SQLITE_FULL")

    for each in (app, inner):
        each.get("/here")(failing)
    app.mount("/inner", inner)
    answer = await ask(protect(app), "GET", path)
    assert (answer.status, answer.code) == (503, "storage-unavailable")
    assert CANARY not in answer.body.decode()
    assert any('"reason":"full: SQLITE_FULL"' in line for line in caplog.messages)


async def test_the_feed_says_once_that_it_failed_and_once_that_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """However often it looks meanwhile."""
    monkeypatch.setattr(revocation_feed, "PERIOD", 0.0)
    made = accounts(settings(tmp_path))

    def told(name: str) -> int:
        return len([line for line in caplog.messages if f'"event":"{name}"' in line])

    async with House(made):
        feed = made.opened().revocations
        async with TROUBLES["removed"](made._database):
            await wait_until_async(lambda: feed._failed > 3)
        await wait_until_async(lambda: told("sys_storage_back") == 1)
        assert told("sys_storage_failed") == 1


async def test_the_notes_of_the_service_answer_in_the_same_way(tmp_path: Path) -> None:
    """They lie in a file of their own, of an app like any other."""
    notes = Notes(tmp_path / "data" / "notes.sqlite3")
    async with notes.kept(), notes._engine.connect() as connection:
        await connection.execute(text("PRAGMA busy_timeout=10"))
        with held_elsewhere(tmp_path / "data" / "notes.sqlite3"), pytest.raises(HTTPException) as refused:
            await connection.execute(text("DELETE FROM note"))
    assert (refused.value.status_code, refused.value.headers) == (503, {"Retry-After": "5"})
