"""A trial lets pass what it names until its day, writes each down, and lifts nothing else."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI, Request

from buckler import Buckler, Trial
from tests.clocks import FakeClock
from tests.edge.on_trial import DAY, LAST, foreign_host, lines, on_trial, undeclared
from tests.proof import two_sided_async
from tests.stage import development, people_with_browsers, production
from tests.twins.twin import Roster
from tests.wire import Answer, Lifespan, ask, knock


async def large_body(app: FastAPI) -> Answer:
    return await ask(app, "POST", "/size", body=b"x" * 2000, headers=[("content-length", "2000")])


async def large_body_by_pieces(app: FastAPI) -> Answer:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield b"x" * 500

    return await ask(app, "POST", "/size", body=pieces())


async def larger_than_declared(app: FastAPI) -> Answer:
    return await ask(app, "POST", "/small", body=b"x" * 20, headers=[("content-length", "20")])


async def too_often(app: FastAPI) -> Answer:
    await ask(app, "GET", "/once")
    return await ask(app, "GET", "/once")


async def too_often_signed_in(app: FastAPI) -> Answer:
    """Counted after the token was looked up, which waits."""
    await ask(app, "GET", "/mine/once", token="alice")
    return await ask(app, "GET", "/mine/once", token="alice")


async def shared_cookie(app: FastAPI) -> Answer:
    """For every host of the domain, and nobody declared it."""
    return await ask(app, "GET", "/shared")


async def elsewhere(app: FastAPI) -> Answer:
    return await ask(app, "GET", "/away?to=https://login.example.net/in")


Attack = Callable[[FastAPI], Awaitable[Answer]]
LIFTED: list[tuple[Attack, str, str, str, int]] = [
    (foreign_host, "host", "host-unknown", "host", 400),
    (large_body, "sizes", "body-too-large", "sizes", 413),
    (large_body_by_pieces, "sizes", "body-too-large", "sizes", 413),
    (larger_than_declared, "sizes", "body-too-large", "sizes", 413),
    (too_often, "limits", "route-limited", "limits", 429),
    (too_often_signed_in, "limits", "route-limited", "limits", 429),
    (elsewhere, "redirects", "redirect-refused", "redirects", 403),
    (undeclared, "undeclared", "undeclared", "undeclared", 403),
    (shared_cookie, "cookies", "cookie-refused", "cookies", 500),
]


@pytest.mark.parametrize(("attack", "name", "code", "by", "status"), LIFTED)
async def test_what_a_trial_names_passes_until_its_day_and_is_refused_after_it(
    attack: Attack, name: str, code: str, by: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """By the clock alone, in one process; and what passed has its line, with all that the refusal would have said."""
    caplog.set_level(logging.INFO, "buckler.events")
    clock = FakeClock()
    app = on_trial(clock=clock, only={name, "undeclared"})

    async def passes(app: FastAPI) -> bool:
        return (await attack(app)).status < 400

    over = FakeClock()
    ended = on_trial(clock=over, only={name, "undeclared"})
    await ask(ended, "GET", "/open")
    over.advance(6 * DAY)
    await two_sided_async(passes, whole=ended, twin=app)
    (line,) = lines(caplog, "would_refuse")
    assert (line["refusal"], line["by"], line["status"], line["client"]) == (code, by, status, "127.0.0.1")
    assert line["would"]
    assert line["request_id"]
    assert line["path"].startswith(line["route"].partition("{")[0])
    clock.advance(6 * DAY)
    assert ((await attack(app)).status, len(lines(caplog, "would_refuse"))) == (status, 1)


@pytest.mark.parametrize(("attack", "name", "code", "by", "status"), LIFTED)
async def test_only_what_is_named_is_lifted(attack: Attack, name: str, code: str, by: str, status: int) -> None:
    others = {"host", "sizes", "limits", "redirects", "undeclared", "cookies", "csrf", "csp"} - {name}
    if name == "undeclared":
        assert not await Lifespan(on_trial(only=others)).start()
        return
    assert (await attack(on_trial(only=others))).status == status, (code, by)


async def test_messages_and_clients_over_their_limit_pass(caplog: pytest.LogCaptureFixture) -> None:
    """The two other counts behind the name `limits`."""
    caplog.set_level(logging.INFO, "buckler.events")
    app = on_trial(settings=production(client_limit="2/day"))
    talked = await knock(app, "/talk", says=["1", "2", "3"])
    assert (talked.accepted, [each.get("text") for each in talked.messages][1:4]) == (True, ["1", "2", "3"])
    assert [(await ask(app, "GET", "/open")).status for _ in range(3)] == [200] * 3
    assert {line["refusal"] for line in lines(caplog, "would_refuse")} == {"messages-limited", "client-limited"}


async def test_a_socket_is_on_trial_as_a_request_is(caplog: pytest.LogCaptureFixture) -> None:
    """Its host, and the size of what it says; both are told when it is over."""
    caplog.set_level(logging.INFO, "buckler.events")
    clock = FakeClock()
    app = on_trial(clock=clock)
    said = "x" * 2000
    talked = await knock(app, "/talk", says=[said], host="old.example.test")
    assert said in [each.get("text") for each in talked.messages]
    assert {line["refusal"] for line in lines(caplog, "would_refuse")} == {"host-unknown", "body-too-large"}
    clock.advance(6 * DAY)
    assert not (await knock(app, "/talk", says=[said], host="old.example.test")).accepted
    assert said not in [each.get("text") for each in (await knock(app, "/talk", says=[said])).messages]


async def test_a_message_has_a_ceiling_too() -> None:
    """Whatever type its handshake names."""
    kind = [("content-type", "multipart/form-data")]
    talked = await knock(on_trial(), "/talk", says=["x" * 16_000_001], headers=kind)
    assert (talked.accepted, talked.code) == (True, 1009)


async def pair_of_hosts(app: FastAPI) -> Answer:
    return await ask(app, "GET", "/open", headers=[("host", "evil.test")])


async def no_token(app: FastAPI) -> Answer:
    return await ask(app, "GET", "/mine")


async def bad_token(app: FastAPI) -> Answer:
    return await ask(app, "GET", "/mine", token="nobody")


async def no_right(app: FastAPI) -> Answer:
    return await ask(app, "GET", "/mine", token="carol")


async def two_tokens(app: FastAPI) -> Answer:
    return await ask(app, "GET", "/mine", token="alice", headers=[("authorization", "Bearer root")])


async def two_lengths(app: FastAPI) -> Answer:
    return await ask(app, "POST", "/size", headers=[("content-length", "1"), ("transfer-encoding", "chunked")])


async def two_readings(app: FastAPI) -> Answer:
    return await ask(app, "GET", "/a/%2e%2e/open")


async def two_meanings(app: FastAPI) -> Answer:
    return await ask(app, "POST", "/size", body=b'{"a": 1, "a": 2}', headers=[("content-type", "application/json")])


async def in_clear(app: FastAPI) -> Answer:
    return await ask(app, "GET", "/open", scheme="http")


async def led_by_a_trick(app: FastAPI) -> Answer:
    return await ask(app, "GET", "/away?to=https://login.example.net%5C@evil.test/")


async def led_to_plain_http(app: FastAPI) -> Answer:
    return await ask(app, "GET", "/away?to=http://login.example.net/")


async def far_too_large(app: FastAPI) -> Answer:
    return await ask(app, "POST", "/size", headers=[("content-length", "16000001")])


async def far_too_large_as_if_in_parts(app: FastAPI) -> Answer:
    """A type that is collected as JSON, and begins as that of a form."""
    kind = ("content-type", "multipart/form-data+json")
    return await ask(app, "POST", "/size", headers=[kind, ("content-length", "16000001")])


async def far_too_large_in_parts(app: FastAPI) -> Answer:
    kind = ("content-type", "multipart/form-data; boundary=x")
    return await ask(app, "POST", "/size", headers=[kind, ("content-length", "100000001")])


NEVER: list[tuple[Attack, str, int]] = [
    (pair_of_hosts, "host-missing", 400),
    (no_token, "sign-in-required", 401),
    (bad_token, "invalid-token", 401),
    (no_right, "forbidden", 403),
    (two_tokens, "two-credentials", 400),
    (two_lengths, "framing-ambiguous", 400),
    (two_readings, "path-ambiguous", 400),
    (two_meanings, "json-malformed", 400),
    (in_clear, "https-required", 403),
    (led_by_a_trick, "redirect-refused", 403),
    (led_to_plain_http, "redirect-refused", 403),
    (far_too_large, "body-too-large", 413),
    (far_too_large_as_if_in_parts, "body-too-large", 413),
    (far_too_large_in_parts, "body-too-large", 413),
]


@pytest.mark.parametrize(("attack", "code", "status"), NEVER)
async def test_nothing_lifts_credentials_rights_or_what_reads_in_two_ways(
    attack: Attack, code: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Under a trial of every name it is refused all the same, and not told as if it had passed."""
    caplog.set_level(logging.INFO, "buckler.events")
    answer = await attack(on_trial())
    assert (answer.status, answer.code) == (status, code)
    assert lines(caplog, "would_refuse") == []


async def test_a_body_in_pieces_has_a_ceiling_too() -> None:
    """Without a length: what is over the ceiling is read no further."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 1_000_000

    answer = await ask(on_trial(), "POST", "/size", body=pieces())
    assert (answer.status, answer.bytes_read) == (413, 17_000_000)


def test_every_defence_is_lifted_by_a_name_or_never() -> None:
    """A new one has to choose: here stands the whole table."""
    from buckler.edge.trial import LIFTED as TABLE

    lifted = {defence for codes in TABLE.values() for defence in codes.values()}
    assert lifted == {
        "host", "sizes", "client-limit", "limits", "messages", "redirects", "undeclared", "cookies", "csrf",
        "csrf-token",
    }  # fmt: skip
    never = {
        "authentication", "bodies", "client-address", "credential", "deadlines", "exit-gate", "failed-checks", "fields",
        "form-bodies", "framing", "headers", "heads", "json-bodies", "loopback", "open-connections", "ownership",
        "paths", "requirements", "safe-errors", "scheme",
    }  # fmt: skip
    names: set[str] = set()
    for settings in (production(), development()):
        roster = Roster(FastAPI(), settings=settings, authenticator=None, clock=FakeClock())
        names |= set(roster.names)
        roster = Roster(FastAPI(), settings=settings, authenticator=people_with_browsers(), clock=FakeClock())
        names |= set(roster.names)
    measured = {"csp"}  # a policy of pages refuses nothing: under a trial browsers report what it would stop
    assert names == never | lifted | measured


async def test_the_last_day_counts_to_its_end() -> None:
    """In UTC, to the last second before midnight."""
    clock = FakeClock()
    app = on_trial(clock=clock)
    left = Trial(until=LAST, reason="x").end - clock.now()
    clock.advance(left - 1)
    assert (await foreign_host(app)).status == 200
    clock.advance(1)
    assert (await foreign_host(app)).status == 400


async def test_development_keeps_the_check_of_hosts() -> None:
    """There it is all that parts a page of a stranger from the app on the same machine (DNS rebinding)."""
    app = on_trial(settings=development())
    assert (await ask(app, "GET", "/open", host="localhost", scheme="http")).status == 200
    assert (await ask(app, "GET", "/open", host="evil.test", scheme="http")).status == 400
    elsewhere = ("203.0.113.9", 50000)
    assert (await ask(app, "GET", "/open", host="localhost", scheme="http", client=elsewhere)).status == 403


async def test_nothing_else_of_an_undeclared_app_leaves() -> None:
    """What no route answered is held as ever: the trial lifts no exit gate."""
    app = on_trial()

    @app.middleware("http")
    async def interrupt(request: Request, call_next: Any) -> Any:
        from fastapi.responses import PlainTextResponse

        return PlainTextResponse("CANARY") if request.url.path == "/mine" else await call_next(request)

    answer = await ask(app, "GET", "/mine")
    assert (answer.status, b"CANARY" in answer.body) == (403, False)


def test_a_trial_stands_where_the_app_has_no_callers() -> None:
    """An app of the edge alone can be on trial."""
    Buckler(FastAPI(), settings=production(), clock=FakeClock(), trial=Trial(until=LAST, reason="x"))
