"""Whom a limit counts, what several share, and what a refused caller is told."""

from typing import Any

from fastapi import APIRouter, FastAPI

from buckler import Limit, Public, Requires
from tests.clocks import FakeClock
from tests.stage import protect
from tests.wire import ask


def make_app(clock: FakeClock) -> FastAPI:
    app = FastAPI()
    shared = APIRouter(prefix="/shared", dependencies=[Public("a test"), Limit("3/minute")])
    shared.add_api_route("/a", lambda: "a")
    shared.add_api_route("/b", lambda: "b")
    app.include_router(shared)
    app.add_api_route("/two", lambda: "two", dependencies=[Public("a test"), Limit("2/minute"), Limit("3/hour")])
    app.add_api_route("/mine", lambda: "mine", dependencies=[Requires(), Limit("2/minute")])
    return protect(app, clock=clock)


async def statuses(app: Any, path: str, count: int, **given: Any) -> list[int]:
    return [(await ask(app, "GET", path, **given)).status for _ in range(count)]


async def test_one_limit_on_a_router_is_one_budget_for_its_routes() -> None:
    app = make_app(FakeClock())
    assert await statuses(app, "/shared/a", 2) == [200, 200]
    assert await statuses(app, "/shared/b", 2) == [200, 429]
    assert await statuses(app, "/shared/a", 1) == [429]


async def test_an_exhausted_client_takes_nothing_from_another() -> None:
    app = make_app(FakeClock())
    assert await statuses(app, "/shared/a", 4, client=("203.0.113.1", 1)) == [200, 200, 200, 429]
    assert await statuses(app, "/shared/a", 1, client=("203.0.113.1", 2)) == [429]
    assert await statuses(app, "/shared/a", 1, client=("203.0.113.2", 1)) == [200]


async def test_addresses_of_one_network_and_no_address_at_all_are_one_client() -> None:
    app = make_app(FakeClock())
    spellings = [("2001:db8::1", 1), ("2001:db8::2", 1), ("2001:db8::ffff:1", 1), ("2001:db8::3", 1)]
    assert [(await statuses(app, "/shared/a", 1, client=each))[0] for each in spellings] == [200, 200, 200, 429]
    assert await statuses(app, "/shared/a", 4, client=None) == [200, 200, 200, 429]
    assert await statuses(app, "/shared/a", 1, client=("garbage", 1)) == [429]


async def test_a_client_cannot_say_where_it_comes_from() -> None:
    app = make_app(FakeClock())
    for number in range(3):
        await ask(app, "GET", "/shared/a", headers=[("x-forwarded-for", f"10.0.0.{number}")])
    fields = [("x-forwarded-for", "10.9.9.9"), ("forwarded", "for=10.9.9.9"), ("x-real-ip", "10.9.9.9")]
    assert (await ask(app, "GET", "/shared/a", headers=fields)).status == 429


async def test_an_account_has_its_own_budget_wherever_it_comes_from() -> None:
    """Strangers at the same address neither spend it nor have theirs spent."""
    app = make_app(FakeClock())
    assert await statuses(app, "/mine", 3) == [401, 401, 429]
    assert await statuses(app, "/mine", 1, token="alice", client=("203.0.113.1", 1)) == [200]
    assert await statuses(app, "/mine", 2, token="alice") == [200, 429]
    assert await statuses(app, "/mine", 1, token="bob") == [200]


async def test_guessing_tokens_is_counted() -> None:
    app = make_app(FakeClock())
    guesses = [(await ask(app, "GET", "/mine", token=f"guess {number}")).status for number in range(3)]
    assert guesses == [401, 401, 429]


async def test_retry_after_is_right_to_the_second() -> None:
    clock = FakeClock()
    app = make_app(clock)
    await ask(app, "GET", "/two")
    clock.advance(20.5)
    await ask(app, "GET", "/two")
    refused = await ask(app, "GET", "/two")
    assert (refused.status, refused.code, refused.header("retry-after")) == (429, "route-limited", "40")
    clock.advance(39)
    assert (await ask(app, "GET", "/two")).header("retry-after") == "1"
    clock.advance(1)
    assert (await ask(app, "GET", "/two")).status == 200


async def test_a_refused_request_spends_nothing_of_another_limit() -> None:
    """Else a client that asks again too early would lose its hour to a limit of a minute."""
    clock = FakeClock()
    app = make_app(clock)
    assert await statuses(app, "/two", 9) == [200, 200, 429, 429, 429, 429, 429, 429, 429]
    clock.advance(60)
    assert await statuses(app, "/two", 2) == [200, 429]


async def test_the_longest_wait_of_several_limits_is_told() -> None:
    clock = FakeClock()
    app = make_app(clock)
    for _ in range(3):
        assert (await ask(app, "GET", "/two")).status == 200
        clock.advance(60)
    assert (await ask(app, "GET", "/two")).header("retry-after") == str(3600 - 180)


async def test_a_stranger_with_many_accounts_has_one_budget_on_a_public_route() -> None:
    """Else each account would be another ten guesses at somebody's password."""
    app = make_app(FakeClock())
    answers = [(await ask(app, "GET", "/shared/a", token=name)).status for name in ("alice", "bob", "carol", "dora")]
    assert answers == [200, 200, 200, 429]
