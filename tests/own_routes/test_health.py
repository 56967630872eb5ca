"""Liveness and readiness: they tell the difference, cost little, and tell a stranger one word."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI

from buckler import Buckler, ConfigurationError, Limit, Public, Requires, StartRefused
from buckler.install import buckler_of
from buckler.own_routes.readiness import PATIENCE, SLOW
from buckler.refused import Refused
from buckler.storage.unavailable import StorageUnavailable
from tests.clocks import FakeClock
from tests.proof import two_sided_async
from tests.stage import development, production, protect
from tests.wire import Answer, Lifespan, ask

LIVE, READY = "/health/live", "/health/ready"
PROBES = Public("probes of the platform")


def told(caplog: pytest.LogCaptureFixture, *names: str) -> list[dict[str, Any]]:
    lines = [json.loads(each.getMessage()) for each in caplog.records if each.name == "buckler.events"]
    return [line for line in lines if line["event"] in names]


async def probe(app: FastAPI, path: str = READY) -> Answer:
    return await ask(app, "GET", path, scheme="http", host="localhost")


class Store:
    """What the app opens, as a test wants it to be."""

    def __init__(self) -> None:
        self.why: str | None = None
        self.error: Exception | None = None
        self.asked = 0
        self.answers = asyncio.Event()
        self.answers.set()

    async def why_not_ready(self) -> str | None:
        self.asked += 1
        await self.answers.wait()
        if self.error is not None:
            raise self.error
        return self.why


def with_store(clock: FakeClock | None = None) -> tuple[FastAPI, Store]:
    app, store = protect(FastAPI(), settings=development(), health=PROBES, clock=clock or FakeClock()), Store()
    running = buckler_of(app)._running  # type: ignore[union-attr]
    running.why_not_ready = store.why_not_ready  # type: ignore[method-assign]
    return app, store


async def test_both_answer_with_a_word(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "buckler.events")
    app, _ = with_store()
    live, ready = await probe(app, LIVE), await probe(app)
    assert (live.status, json.loads(live.body)) == (200, {"status": "live"})
    assert (ready.status, json.loads(ready.body)) == (200, {"status": "ready"})
    assert {each.header("cache-control") for each in (live, ready)} == {"no-store"}
    head = await ask(app, "HEAD", READY, scheme="http", host="localhost")
    assert head.status == 200
    assert told(caplog, "sys_ready", "sys_not_ready") == []


async def test_not_ready_is_503_and_says_when_to_ask_again(caplog: pytest.LogCaptureFixture) -> None:
    """Live all the same: who restarts what is not live must not restart what waits for a disk."""
    caplog.set_level(logging.INFO, "buckler.events")
    clock = FakeClock()
    app, store = with_store(clock)
    store.error = StorageUnavailable("full", "/srv/data/buckler.db", "SQLITE_FULL")
    answer = await probe(app)
    assert (answer.status, answer.code, answer.header("retry-after")) == (503, "not-ready", "1")
    assert (await probe(app, LIVE)).status == 200
    clock.advance(1)
    await probe(app)
    store.error, store.why = None, "another cause"
    clock.advance(1)
    await probe(app)
    store.why = None
    clock.advance(1)
    assert (await probe(app)).status == 200
    changes = told(caplog, "sys_ready", "sys_not_ready")
    assert [(line["event"], line.get("reason", line.get("was"))) for line in changes] == [
        ("sys_not_ready", "full: SQLITE_FULL"),
        ("sys_not_ready", "another cause"),
        ("sys_ready", "another cause"),
    ]


@pytest.mark.asvs("13.4.6")
async def test_a_stranger_learns_no_version_name_or_number() -> None:
    """The twin says what readiness endpoints of frameworks usually say: the parts by name, with their errors."""

    def told_by(answer: Answer) -> str:
        return " ".join([*(value.decode() for _, value in answer.headers), answer.body.decode()])

    async def attack(app: FastAPI) -> bool:
        words = "".join([told_by(await probe(app, path)) for path in (LIVE, READY)])
        return bool(re.search(r"sqlite|/srv|\d+\.\d+\.\d+|fastapi|python|buckler\.db", words, re.IGNORECASE))

    whole, store = with_store()
    store.error = StorageUnavailable("full", "/srv/data/buckler.db", "SQLITE_FULL")
    twin = FastAPI()

    @twin.get(READY, status_code=503)
    async def ready() -> dict[str, str]:
        return {"fastapi": "0.165.0", "database": str(store.error)}

    await two_sided_async(attack, whole=whole, twin=twin)


async def test_many_probes_cost_one_look_a_second() -> None:
    """Together, and one after the other."""
    clock = FakeClock()
    app, store = with_store(clock)
    await probe(app)
    store.answers.clear()
    clock.advance(1)
    probes = [asyncio.create_task(probe(app)) for _ in range(20)]
    await asyncio.sleep(0)
    store.answers.set()
    assert {each.status for each in await asyncio.gather(*probes)} == {200}
    for _ in range(20):
        await probe(app)
    assert store.asked == 2
    clock.advance(1)
    await probe(app)
    assert store.asked == 3


async def test_a_store_that_hangs_is_waited_for_by_one_task(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "buckler.events")
    monkeypatch.setattr("buckler.own_routes.readiness.PATIENCE", 0.01)
    app, store = with_store()
    store.answers.clear()
    assert PATIENCE < 1
    assert [(await probe(app)).status for _ in range(3)] == [503] * 3
    assert store.asked == 1
    (line,) = told(caplog, "sys_not_ready")
    assert line["reason"] == SLOW
    store.answers.set()
    assert (await probe(app)).status == 200


async def test_whoever_is_about_to_stop_is_not_ready_and_serves_on() -> None:
    """Told by the server, or by the lifespan as its end begins; the store is not asked."""
    app, store = with_store()
    buckler = buckler_of(app)
    assert buckler is not None
    await probe(app)
    buckler.drain()
    assert ((await probe(app)).status, (await probe(app, LIVE)).status, store.asked) == (503, 200, 1)
    await buckler.start()
    assert (await probe(app)).status == 503
    await buckler.stop()
    await buckler.start()
    assert (await probe(app)).status == 200


async def test_the_end_of_the_lifespan_drains_before_the_app_ends() -> None:
    seen: list[int] = []

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        yield
        seen.append((await probe(app)).status)

    app = protect(FastAPI(lifespan=life), settings=development(), health=PROBES)
    lifespan = Lifespan(app)
    assert await lifespan.start()
    assert (await probe(app)).status == 200
    await lifespan.stop()
    assert seen == [503]


async def test_before_a_start_that_fails_nothing_is_live() -> None:
    """It stays so without a lifespan, and nothing but a restart mends it."""
    app = FastAPI()
    app.get("/")(lambda: "says nothing")
    protect(app, settings=development(), health=PROBES)
    assert [((await probe(app, path)).status) for path in (LIVE, READY)] == [503, 503]


async def test_without_a_declaration_there_are_no_such_routes() -> None:
    app = protect(FastAPI(), settings=development())
    assert [(await probe(app, path)).status for path in (LIVE, READY)] == [404, 404]


async def test_the_declaration_holds_for_both() -> None:
    """Several add up; a limit is one budget of both."""
    app = protect(FastAPI(), settings=development(), health=[Requires("a:x"), Limit("2/minute")])
    assert [(await probe(app, path)).status for path in (LIVE, READY)] == [401, 401]
    paths = (LIVE, READY, LIVE)
    answers = [await ask(app, "GET", path, token="alice", scheme="http", host="localhost") for path in paths]
    assert [each.status for each in answers] == [200, 200, 429]


async def test_machines_that_know_an_address_alone_ask_a_probe() -> None:
    """By IP and over plain HTTP, in production; the answer is its status."""
    app = protect(FastAPI(), settings=production(), health=Public("kubelet", probe=True))
    for path in (LIVE, READY):
        answer = await ask(app, "GET", path, scheme="http", host="10.1.2.3:8080")
        assert (answer.status, answer.body) == (200, b"")
    buckler_of(app).drain()  # type: ignore[union-attr]
    answers = [await ask(app, "GET", path, scheme="http", host="10.1.2.3:8080") for path in (LIVE, READY)]
    assert [(each.status, each.body) for each in answers] == [(200, b""), (503, b"")]


async def test_a_mounted_app_answers_for_itself() -> None:
    """In an app without Buckler, and in one that has one too."""
    inner = protect(FastAPI(), settings=development(), health=PROBES)
    outer = FastAPI()
    outer.mount("/inner", inner)
    assert (await probe(outer, "/inner/health/ready")).status == 200
    around = FastAPI()
    around.mount("/inner", protect(FastAPI(), settings=development(), health=PROBES))
    protect(around, settings=development(), health=PROBES)
    answers = [await probe(around, path) for path in (READY, "/inner/health/ready", "/inner/health/live")]
    assert [each.status for each in answers] == [200, 200, 200]


def test_they_describe_nothing_of_the_api() -> None:
    app = protect(FastAPI(), settings=development(), health=PROBES)
    assert [path for path in app.openapi()["paths"] if path.startswith("/health")] == []
    assert [each.path for each in buckler_of(app).policy().routes if each.added_by_buckler] == [LIVE, READY]  # type: ignore[union-attr]


async def test_a_route_of_the_app_with_such_a_path_stops_the_start() -> None:
    app = FastAPI()
    app.get(READY, dependencies=[Public("mine")])(lambda: "x")
    buckler = Buckler(app, settings=development(), health=PROBES)
    with pytest.raises(StartRefused, match="has the path of Buckler's own"):
        await buckler.start()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("open", "health=: 'open' is not a declaration: write Public"),
        (Public, "health=: Public stands here without its brackets"),
        (
            Limit("5/minute"),
            r"says nothing about who may call /health/live and /health/ready: write\s+health=\[Requires",
        ),
        ([], "says nothing about who may call"),
    ],
)
def test_what_says_nothing_is_refused(given: Any, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        Buckler(FastAPI(), settings=development(), health=given)


def test_a_refusal_of_readiness_is_no_event_of_its_own() -> None:
    """The change is one; a probe a second would fill the log."""
    from buckler.own_routes.health import NOT_READY

    assert (NOT_READY.event, Refused(NOT_READY).status_code) == (None, 503)
