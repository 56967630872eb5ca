"""Requests of a block are its caller's, and meet everything that any caller meets."""

import asyncio
from collections.abc import Iterator
from threading import Barrier, Thread

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from buckler import Limit, Requires
from buckler.access.callers.credential import Authentication
from buckler.access.guard.open_connections import OpenConnections
from buckler.defence import only
from buckler.protected_app import installed_on
from buckler.testing import acting_as, anonymous
from tests.clocks import FakeClock
from tests.stage import development, protect
from tests.testing.desk import ROLES, desk, get, seen
from tests.wire import Answer, Lifespan


async def test_requests_of_a_block_are_its_callers() -> None:
    """By name, and before and after it nobody's."""
    app = desk()
    assert await seen(app) == "401"
    with acting_as(app, "bob") as bob:
        assert (bob.id, bob.name, bob.kind) == ("bob", "bob", "person")
        assert await seen(app) == "bob"
    assert await seen(app) == "401"


async def test_the_caller_has_an_id_of_its_own() -> None:
    """Where the name is not what the app stores."""
    app = desk()
    with acting_as(app, "bob", id="b-1") as bob:
        assert (bob.id, await seen(app)) == ("b-1", "b-1")


async def test_roles_grant_what_they_grant_in_life() -> None:
    """And a permission is added to them."""
    app = desk()
    for given, expected in [
        ({}, (403, 403)),
        ({"roles": {"reader"}}, (200, 403)),
        ({"roles": {"editor"}}, (200, 200)),
        ({"permissions": {"b:y"}}, (403, 200)),
        ({"roles": {"reader"}, "permissions": {"b:y"}}, (200, 200)),
    ]:
        with acting_as(app, "bob", **given):  # type: ignore[arg-type]
            assert ((await get(app, "/read")).status, (await get(app, "/write")).status) == expected, given


async def test_kinds_factors_and_proofs_are_judged() -> None:
    """Each at its own route; a person has proved just now, by one kind of factor, who it is."""
    clock = FakeClock()
    app = desk(clock=clock)
    with acting_as(app, "bob") as bob:
        assert (bob.authenticated_at, bob.factors) == (clock.now(), {"knowledge"})
        statuses = [(await get(app, path)).status for path in ("/fresh", "/strong", "/keys")]
        assert statuses == [200, 401, 403]
        clock.advance(301)
        assert (await get(app, "/fresh")).code == "step-up-required"
    with acting_as(app, "bob", factors={"knowledge", "possession"}, authenticated_at=0):
        assert [(await get(app, path)).status for path in ("/fresh", "/strong")] == [401, 200]
    with acting_as(app, "robot", kind="key") as robot:
        assert (robot.authenticated_at, robot.factors) == (0, frozenset())
        assert (await get(app, "/keys")).status == 200


async def test_ownership_is_judged() -> None:
    """By the id: somebody else's is not there, just as what nobody has."""
    app = desk()
    for name, expected in [("bob", [200, 404]), ("carol", [404, 404])]:
        with acting_as(app, name, permissions={"a:x", "b:y"}):
            assert [(await get(app, f"/notes/{number}")).status for number in (1, 2)] == expected, name
    with acting_as(app, "robert", id="bob"):
        assert (await get(app, "/notes/1")).status == 200
    assert (await get(app, "/notes/1")).status == 401


async def test_the_tenant_is_handed_on() -> None:
    """To whatever asks for it."""
    app = desk()
    with acting_as(app, "bob", tenant="acme") as bob:
        assert bob.tenant == "acme"


async def test_the_innermost_block_wins() -> None:
    """And the outer one has its say again when it is over, by an exception too."""
    app = desk()
    with acting_as(app, "bob"):
        with acting_as(app, "carol"):
            assert await seen(app) == "carol"
        assert await seen(app) == "bob"
        with pytest.raises(ZeroDivisionError), acting_as(app, "carol"):
            raise ZeroDivisionError
        assert await seen(app) == "bob"
    assert await seen(app) == "401"


async def test_within_anonymous_nobody_is_played() -> None:
    """A credential counts as it always does; the outer block has its say afterwards."""
    app = desk()
    with acting_as(app, "bob"):
        with anonymous(app):
            assert (await seen(app), await seen(app, token="alice")) == ("401", "alice")
            with acting_as(app, "carol"):
                assert await seen(app) == "carol"
        assert await seen(app) == "bob"
    with anonymous(app):
        assert await seen(app) == "401"


async def test_a_credential_of_the_request_counts_alone() -> None:
    """A good one is its owner's; a bad one, or one of another scheme, is 401 and never bob."""
    app = desk()
    with acting_as(app, "bob"):
        assert await seen(app, token="alice") == "alice"
        assert await seen(app, token="nobody") == "401"
        for value in ("", "Bearer", "Bearer ", "bearer nobody", "Basic Ym9iOg==", "bob"):
            assert await seen(app, headers=[("Authorization", value)]) == "401", value
        assert await seen(app, headers=[("authorization", "x"), ("authorization", "y")]) == "400"


async def test_a_public_route_knows_nobody_as_ever() -> None:
    """It counts the client's network, and its answer may be kept by caches, as for anybody."""
    app = desk()

    def told(answer: Answer) -> list[object]:
        return [answer.status, *(answer.values(name) for name in ("cache-control", "ratelimit"))]

    before = await get(app, "/open", client=("127.0.0.9", 1))
    with acting_as(app, "bob"):
        within = await get(app, "/open", client=("127.0.0.8", 1))
        again = await get(app, "/open", client=("127.0.0.7", 1))
    assert told(before) == told(within) == told(again)


async def test_limits_count_the_caller_like_any_other() -> None:
    """Wherever it calls from; another caller has a budget of its own."""
    app = FastAPI()

    @app.get("/me", dependencies=[Requires(), Limit("2/minute")])
    async def me() -> str:
        return "me"

    protect(app, settings=development())
    with acting_as(app, "bob"):
        statuses = [(await get(app, "/me", client=(f"127.0.0.{last}", 1))).status for last in range(1, 4)]
        assert statuses == [200, 200, 429]
        with acting_as(app, "carol"):
            assert (await get(app, "/me")).status == 200


def test_the_test_client_is_served_in_its_own_thread() -> None:
    """Started by `with` or not, made before the block or in it."""
    app = desk()
    early = TestClient(app)
    with acting_as(app, "bob"):
        assert early.get("/me").json() == TestClient(app).get("/me").json() == "bob"
        with TestClient(app) as started:
            assert started.get("/me").json() == "bob"
    assert early.get("/me").status_code == 401


async def test_httpx_asks_without_a_thread() -> None:
    """In the loop of an async test."""
    app = desk()
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://localhost") as client:
        with acting_as(app, "bob"):
            assert (await client.get("/me")).json() == "bob"
        assert (await client.get("/me")).status_code == 401


async def test_the_lifespan_may_begin_within_the_block_or_before() -> None:
    """And end after it."""
    early, late = desk(), desk()
    async with Lifespan(early):
        with acting_as(early, "bob"):
            assert await seen(early) == "bob"
        assert await seen(early) == "401"
    with acting_as(late, "bob"):
        span = Lifespan(late)
        assert await span.start()
        assert await seen(late) == "bob"
    assert await seen(late) == "401"
    assert await span.stop()


async def test_a_mounted_app_is_a_part_of_the_app_that_is_called() -> None:
    """With a Buckler of its own too: whoever is called judges, so whoever is called is acted on."""
    outer, inner = desk(), desk()
    outer.mount("/inner", inner)
    with acting_as(outer, "bob"):
        assert (await get(outer, "/inner/me")).body == b'"bob"'
        assert await seen(inner) == "401"
    with acting_as(inner, "bob"):
        assert (await get(outer, "/inner/me")).status == 401
        assert await seen(inner) == "bob"


async def test_one_app_is_not_another() -> None:
    """Made alike, at the same time."""
    one, other = desk(), desk()
    with acting_as(one, "bob"):
        assert (await seen(one), await seen(other)) == ("bob", "401")
        with acting_as(other, "carol"):
            assert (await seen(one), await seen(other)) == ("bob", "carol")


async def test_blocks_that_cross_are_told() -> None:
    """Else requests of the one would be the other's caller's, and its test would prove nothing."""
    app = desk()
    first, second = acting_as(app, "bob"), acting_as(app, "carol")
    first.__enter__()
    second.__enter__()
    with pytest.raises(RuntimeError, match="crossed"):
        first.__exit__(None, None, None)
    assert await seen(app) == "carol"
    second.__exit__(None, None, None)
    assert await seen(app) == "401"


def test_threads_leave_nobody_behind() -> None:
    """Each acts on an app of its own, and all of them on one."""
    shared = desk()
    barrier = Barrier(4)
    found: dict[str, str] = {}

    def work(name: str) -> None:
        own = desk()
        barrier.wait(10)
        with acting_as(own, name):
            found[name] = asyncio.run(seen(own))
        for _ in range(50):
            try:
                with acting_as(shared, name):
                    pass
            except RuntimeError:
                continue

    names = ["ann", "ben", "cat", "dan"]
    threads = [Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == {name: name for name in names}
    assert asyncio.run(seen(shared)) == "401"


@pytest.fixture
def bobs() -> Iterator[FastAPI]:
    """An app whose caller is bob for a whole test."""
    app = desk()
    with acting_as(app, "bob"):
        yield app


async def test_a_fixture_may_hold_the_block(bobs: FastAPI) -> None:
    """For as long as it is asked for."""
    assert await seen(bobs) == "bob"


async def test_overriding_a_declaration_changes_nothing_for_the_caller_played() -> None:
    """A start with one is refused; one that comes later is taken out again."""
    app = desk()
    requires = next(
        each.dependency
        for route in app.routes
        if getattr(route, "path", "") == "/write"
        for each in route.dependencies  # type: ignore[attr-defined]
    )
    assert requires is not None
    with acting_as(app, "bob"):
        assert (await get(app, "/write")).status == 403
        app.dependency_overrides[requires] = lambda: None
        assert (await get(app, "/write")).status == 403
    late = FastAPI()
    late.add_api_route("/me", lambda: "me", dependencies=[Requires()])
    late.dependency_overrides[late.routes[-1].dependencies[0].dependency] = lambda: None  # type: ignore[attr-defined]
    protect(late, settings=development(), roles=ROLES)
    with acting_as(late, "bob"):
        assert (await get(late, "/me")).status == 503


async def test_after_the_last_block_all_is_as_it_was() -> None:
    """The parts of the app have nothing left of it, so a request pays for nothing."""
    app = desk()
    installed = installed_on(app)
    assert installed is not None
    authentication, connections = only(Authentication, installed.parts), only(OpenConnections, installed.parts)
    assert authentication is not None
    assert connections is not None
    before = connections.may_go_on
    with acting_as(app, "bob"), anonymous(app):
        assert authentication.stand_in is not None
        assert connections.may_go_on != before
    assert authentication.stand_in is None
    assert connections.may_go_on == before


async def test_a_limit_by_account_goes_on_by_the_id() -> None:
    """Bob is the same bob in each block, with what he used up; another id has a budget of its own."""
    app = desk()
    app.get("/seldom", dependencies=[Requires(), Limit("1/day")])(lambda: "seldom")
    statuses: list[int] = []
    for given in ({}, {}, {"id": "bob of this test"}):
        with acting_as(app, "bob", **given):
            statuses.append((await get(app, "/seldom")).status)
    assert statuses == [200, 429, 200]
