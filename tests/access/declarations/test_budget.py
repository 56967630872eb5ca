"""Whom a limit counts; what can never work is refused; nobody is ever counted as nobody."""

import re
from functools import partial
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from buckler import ConfigurationError, Limit, Principal, Public, Requires, StartRefused
from tests.clocks import FakeClock
from tests.proof import two_sided_async
from tests.stage import Directory, protect
from tests.wire import Lifespan, ask

LONG = "x" * 1000


def tenant(connection: HTTPConnection) -> str | None:
    return connection.headers.get("x-tenant")


def broken(_: HTTPConnection) -> str:
    raise RuntimeError("CANARY")


def count(_: HTTPConnection) -> Any:
    return 5


def two(_: HTTPConnection, __: str) -> None:
    """Never called."""


class Mute:
    """What says nothing of its parameters, as `getattr` and its like."""

    @property
    def __signature__(self) -> Any:
        raise ValueError("no signature")

    def __call__(self, _: HTTPConnection) -> str:
        return "all"


class Waits:
    """A callable that must be awaited, which shows only on its method."""

    async def __call__(self, _: HTTPConnection) -> None:
        """Never called."""


def yields(_: HTTPConnection) -> Any:
    """Never called."""
    yield "all"


async def waits(_: HTTPConnection) -> None:
    """Never called."""


def app_with(*declarations: Any, clock: FakeClock | None = None, **given: Any) -> FastAPI:
    app = FastAPI()
    app.add_api_route("/it/{name}", lambda name: name, dependencies=list(declarations))
    return protect(app, clock=clock or FakeClock(), **given)


async def statuses(app: Any, count: int, **given: Any) -> list[int]:
    return [(await ask(app, "GET", "/it/a", **given)).status for _ in range(count)]


def keys() -> Directory:
    """Two API keys and two tokens of one person each."""
    directory = Directory()
    directory.callers = {
        "key one": Principal("svc", "svc", kind="key", credential_id="1"),
        "key two": Principal("svc", "svc", kind="key", credential_id="2"),
        "key nameless": Principal("svc", "svc", kind="key"),
        "token one": Principal("alice", "alice", credential_id="3"),
        "token two": Principal("alice", "alice", credential_id="4"),
    }
    return directory


async def test_by_client_counts_the_client_whoever_is_signed_in() -> None:
    app = app_with(Requires(), Limit("2/minute", by="client"))
    assert [(await statuses(app, 1, token=name))[0] for name in ("alice", "bob", "carol")] == [200, 200, 429]
    assert await statuses(app, 1, token="alice", client=("203.0.113.1", 1)) == [200]


async def test_by_account_counts_the_account_wherever_it_comes_from() -> None:
    app = app_with(Requires(), Limit("2/minute", by="account"))
    clients = [(f"203.0.113.{number}", 1) for number in range(3)]
    assert [(await statuses(app, 1, token="alice", client=each))[0] for each in clients] == [200, 200, 429]
    assert await statuses(app, 3) == [401, 401, 429]


async def test_by_key_counts_each_key_and_a_person_once() -> None:
    """Signing in again is another token and must not be another budget."""
    app = app_with(Requires(), Limit("2/minute", by="key"), authenticator=keys())
    assert await statuses(app, 3, token="key one") == [200, 200, 429]
    assert await statuses(app, 3, token="key two") == [200, 200, 429]
    assert await statuses(app, 2, token="token one") == [200, 200]
    assert await statuses(app, 1, token="token two") == [429]
    assert await statuses(app, 3, token="key nameless") == [200, 200, 429]


async def test_by_a_function_of_the_app() -> None:
    """It sees the connection; None and the empty text are the client, never an exemption."""
    app = app_with(Public("a test"), Limit("2/minute", by=tenant))
    assert await statuses(app, 3, headers=[("x-tenant", "one")]) == [200, 200, 429]
    assert await statuses(app, 2, headers=[("x-tenant", "two")]) == [200, 200]
    assert await statuses(app, 2) == [200, 200]
    assert await statuses(app, 1, headers=[("x-tenant", "")]) == [429]
    assert await statuses(app, 1, headers=[("x-tenant", "client 127.0.0.1")]) == [200]


async def test_a_function_sees_the_path_parameters() -> None:
    app = app_with(Public("a test"), Limit("1/minute", by=lambda connection: str(connection.path_params["name"])))
    assert [(await ask(app, "GET", f"/it/{name}")).status for name in "aab"] == [200, 429, 200]


async def test_long_keys_are_told_apart() -> None:
    """They are kept as digests: a stranger fills no memory with them, and shares no budget by them."""
    app = app_with(Public("a test"), Limit("1/minute", by=tenant))
    found = [(await statuses(app, 1, headers=[("x-tenant", LONG + end)]))[0] for end in ("a", "b", "a", "\xe9", "\xe9")]
    assert found == [200, 200, 429, 200, 429]


@pytest.mark.parametrize("by", [broken, lambda _: 5, lambda _: b"x", lambda _: waits, lambda _: ("a", "b")])
async def test_a_function_that_breaks_or_returns_no_text_refuses(by: Any) -> None:
    """503, as whatever breaks in the guard; the attack is to make it break."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", "/it/a")
        assert b"CANARY" not in answer.body
        return answer.status == 200

    whole, twin = app_with(Public("a test"), Limit("2/minute", by=by)), app_with(Public("a test"))
    await two_sided_async(attack, whole=whole, twin=twin)
    answer = await ask(whole, "GET", "/it/a")
    assert (answer.status, answer.code) == (503, "guard-failed")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"by": "clients"}, "write 'client', 'account', 'key', or a function"),
        ({"by": 5}, "write 'client', 'account', 'key', or a function"),
        ({"by": ""}, "write 'client', 'account', 'key', or a function"),
        ({"by": waits}, r"by=waits \(test_budget.py:\d+\): counting waits for nothing"),
        ({"by": Waits()}, r"by=Waits \(test_budget.py:\d+\): counting waits for nothing"),
        ({"by": lambda: "x"}, r"by=<lambda> \(test_budget.py:\d+\): it is called with the connection and nothing else"),
        ({"by": two}, "it is called with the connection and nothing else"),
        ({"by": partial(waits)}, "counting waits for nothing"),
        ({"by": str}, r"by=str \(.*\): this is a class"),
        ({"by": yields}, r"by=yields \(test_budget.py:\d+\): it yields, where one text is wanted"),
        ({"per": "socket"}, "write per='request', or per='message'"),
        ({"cost": 0}, "a whole number from 1 to 5"),
        ({"cost": 6}, "a whole number from 1 to 5"),
        ({"cost": 1.5}, "a whole number from 1 to 5"),
        ({"cost": True}, "a whole number from 1 to 5"),
        ({"name": "a\r\nb"}, "callers read it in a header field"),
        ({"name": ""}, "callers read it in a header field"),
    ],
)
def test_what_can_never_work_is_refused(given: dict[str, Any], words: str) -> None:
    """With the line that says it."""
    with pytest.raises(ConfigurationError, match=words) as refused:
        Limit("5/minute", **given)
    assert str(refused.value).startswith("test_budget.py:")


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        (broken, r"by=broken \(test_budget.py:\d+\) raised RuntimeError"),
        (count, r"by=count \(.*\) returned int, not a"),
    ],
)
async def test_the_log_names_the_function_that_broke(by: Any, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    """With file and line, and without the words of its error, which may quote the request."""
    await ask(app_with(Public("a test"), Limit("2/minute", by=by)), "GET", "/it/a")
    line = next(each.getMessage() for each in caplog.records if "sys_guard_failed" in each.getMessage())
    assert re.search(reason, line)
    assert "CANARY" not in line


async def test_what_python_cannot_tell_the_parameters_of_is_taken() -> None:
    """Some callables written in C; whatever else they do, they are asked on each request."""
    assert await statuses(app_with(Public("a test"), Limit("1/minute", by=Mute())), 2) == [200, 429]


def test_a_cost_must_fit_into_the_burst() -> None:
    """Else it would never pass, however long one waits."""
    with pytest.raises(ConfigurationError, match="from 1 to 20"):
        Limit("100/hour burst 20", cost=21)
    assert Limit("100/hour burst 20", cost=20)


@pytest.mark.parametrize("by", ["account", "key"])
async def test_counting_accounts_on_a_public_route_stops_the_start(by: Any) -> None:
    """Nobody is known there; that a limit then counts something else would be found out under attack."""
    app = app_with(Public("a test"), Limit("5/minute", by=by))
    lifespan = Lifespan(app)
    assert not await lifespan.start()
    assert isinstance(lifespan.error, StartRefused)
    assert f"counts by={by!r}, but GET /it/{{name}}" in str(lifespan.error)
    assert "Leave by= away" in str(lifespan.error)


@pytest.mark.parametrize(
    ("rate", "cost"), [("10/minute", 6), ("10/minute", 10), ("100/minute", 70), ("100/hour burst 20", 15)]
)
@pytest.mark.parametrize("others", [0, 1])
async def test_a_refusal_says_when_what_was_asked_for_fits(rate: str, cost: int, others: int) -> None:
    """Not when anything does: a second earlier it is refused again, whatever other limits stand beside it."""
    clock = FakeClock()
    beside = [Limit("1000/hour", name=f"other {number}") for number in range(others)]
    app = app_with(Public("a test"), Limit(rate, cost=cost), *beside, clock=clock)
    refused = await ask(app, "GET", "/it/a")
    while refused.status == 200:
        refused = await ask(app, "GET", "/it/a")
    clock.advance(int(str(refused.header("retry-after"))) - 1)
    assert await statuses(app, 1) == [429]
    clock.advance(1)
    assert await statuses(app, 1) == [200]


async def test_a_cost_is_taken_whole_or_not_at_all() -> None:
    clock = FakeClock()
    app = FastAPI()
    shared = {"rate": "10/minute", "name": "work"}
    app.add_api_route("/light", lambda: "x", dependencies=[Public("a test"), Limit(**shared)])
    app.add_api_route("/heavy", lambda: "x", dependencies=[Public("a test"), Limit(**shared, cost=6)])
    protect(app, clock=clock)
    paths = ["/heavy", "/heavy", "/light", "/light", "/light", "/light", "/light"]
    assert [(await ask(app, "GET", path)).status for path in paths] == [200, 429, 200, 200, 200, 200, 429]
    refused = (await ask(app, "GET", "/heavy")).problem
    assert (refused["violated-policies"], refused["costs"]) == (["work"], [6])
    assert "costs" not in (await ask(app, "GET", "/light")).problem
    clock.advance(60)
    assert (await ask(app, "GET", "/heavy")).header("ratelimit") == '"work";r=4;t=60'
