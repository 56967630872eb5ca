"""What the answers of a limited route say of the limit, whatever the answer is."""

import asyncio
from typing import Annotated, Any

import http_sf
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from buckler import Limit, Principal, Public, Requires
from tests.clocks import FakeClock
from tests.proof import two_sided_async
from tests.stage import protect
from tests.wire import Answer, ask


def make_app(clock: FakeClock | None = None) -> FastAPI:
    app = FastAPI()
    app.add_api_route("/open", lambda: "x", dependencies=[Public("a test"), Limit("3/minute")])
    app.add_api_route("/quiet", lambda: "x", dependencies=[Public("a test"), Limit("2/minute", told=False)])
    app.add_api_route("/free", lambda: "x", dependencies=[Public("a test")])
    app.add_api_route(
        "/both",
        lambda: "x",
        dependencies=[Public("a test"), Limit("2/minute"), Limit("100/hour burst 20", name="long")],
    )
    app.add_api_route(
        "/half", lambda: "x", dependencies=[Public("a test"), Limit("2/minute"), Limit("1/minute", told=False)]
    )

    @app.get("/mine", dependencies=[Limit("3/minute")])
    async def mine(who: Annotated[Principal, Requires("a:x")]) -> str:
        return who.name

    @app.get("/crash", dependencies=[Public("a test"), Limit("3/minute")])
    async def crash() -> None:
        raise RuntimeError("a test")

    return protect(app, clock=clock or FakeClock())


def told(answer: Answer, field: str = "ratelimit") -> dict[str, dict[str, int]]:
    """The items of a field, each with its parameters; empty where it is not there."""
    value = answer.header(field)
    return {} if value is None else {str(name): dict(at) for name, at in http_sf.parse(value.encode(), tltype="list")}


async def test_every_answer_of_a_limited_route_says_what_is_left() -> None:
    """Served, refused for the caller or for the rate, or failed."""
    app = make_app()
    for path, given_, statuses in (
        ("/open", {}, [200, 200, 200, 429]),
        ("/mine", {}, [401, 401, 401, 429]),
        ("/mine", {"token": "carol"}, [403, 403, 403, 429]),
        ("/mine", {"token": "alice"}, [200, 200, 200, 429]),
        ("/crash", {}, [500, 500, 500, 429]),
    ):
        answers = [await ask(app, "GET", path, **given_) for _ in statuses]
        assert [answer.status for answer in answers] == statuses
        assert [told(answer)["3/minute"]["r"] for answer in answers] == [2, 1, 0, 0]
        assert {answer.header("ratelimit-policy") for answer in answers} == {'"3/minute";q=3;w=60'}
    assert told(await ask(app, "GET", "/free")) == {}


async def test_a_429_has_retry_after_and_fields_that_agree() -> None:
    """Without it a client can only try again at once: that is the attack."""
    clock = FakeClock()

    async def attack(answer: Answer) -> bool:
        return answer.header("retry-after") is None

    app = make_app(clock)
    for _ in range(3):
        served = await ask(app, "GET", "/open")
    clock.advance(12.5)
    refused = await ask(app, "GET", "/open")
    await two_sided_async(attack, whole=refused, twin=served)
    assert (refused.status, refused.header("retry-after")) == (429, "48")
    assert told(refused) == {"3/minute": {"r": 0, "t": 48}}
    assert refused.problem["violated-policies"] == ["3/minute"]
    clock.advance(48)
    assert (await ask(app, "GET", "/open")).status == 200


async def test_several_policies_are_one_list() -> None:
    """On a refusal each says what is left, and only what was exceeded when more comes."""
    app = make_app()
    first, second, refused = [await ask(app, "GET", "/both") for _ in range(3)]
    assert told(first, "ratelimit-policy") == {
        "2/minute": {"q": 2, "w": 60},
        "long": {"q": 100, "w": 3600, "buckler-burst": 20},
    }
    assert told(first) == {"2/minute": {"r": 1, "t": 60}, "long": {"r": 19, "t": 684}}
    assert told(second) == {"2/minute": {"r": 0, "t": 60}, "long": {"r": 18, "t": 648}}
    assert told(refused) == {"2/minute": {"r": 0, "t": 60}, "long": {"r": 18}}
    assert refused.problem["violated-policies"] == ["2/minute"]


async def test_a_limit_that_is_not_told_says_only_when_to_come_back() -> None:
    """Whoever guesses at a secret need not know how many guesses are left."""
    app = make_app()
    answers = [await ask(app, "GET", "/quiet") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert all(not told(answer) and not told(answer, "ratelimit-policy") for answer in answers)
    assert answers[-1].header("retry-after") == "60"
    assert "violated-policies" not in answers[-1].problem
    served, refused = [await ask(app, "GET", "/half") for _ in range(2)]
    assert told(served) == {"2/minute": {"r": 1, "t": 60}}
    assert (refused.status, told(refused)) == (429, {"2/minute": {"r": 1}})
    assert "violated-policies" not in refused.problem


LIMITS = st.lists(
    st.tuples(st.sampled_from(["2/minute", "5/minute", "20/hour", "40/minute burst 3", "60/hour"]), st.integers(1, 2)),
    min_size=1,
    max_size=3,
)


@given(LIMITS, st.lists(st.sampled_from([0.0, 0.5, 1.0, 20.25, 60.0, 400.0]), max_size=40))
@settings(deadline=None, max_examples=25)
def test_all_limits_count_a_request_or_none_does(limits: list[tuple[str, int]], steps: list[float]) -> None:
    """A refusal changes nothing, and the request after `Retry-After` passes."""
    clock = FakeClock()
    app = FastAPI()
    declared = [Limit(rate, cost=cost, name=f"no {number}") for number, (rate, cost) in enumerate(limits)]
    app.add_api_route("/it", lambda: "x", dependencies=[Public("a test"), *declared])
    protect(app, clock=clock)

    async def run() -> None:
        left: dict[str, int] = {}
        for step in steps:
            clock.advance(step)
            answer = await ask(app, "GET", "/it")
            now = {name: item["r"] for name, item in told(answer).items()}
            if answer.status == 200:
                left = now
                continue
            assert all(now[name] >= left.get(name, 0) for name in now), "a refusal took something"
            clock.advance(int(answer.header("retry-after") or ""))
            answer = await ask(app, "GET", "/it")
            assert answer.status == 200
            left = {name: item["r"] for name, item in told(answer).items()}

    asyncio.run(run())


async def test_many_at_once_share_one_budget() -> None:
    """A thousand tasks, and exactly three are served."""
    app = make_app()
    answers: list[Any] = await asyncio.gather(*(ask(app, "GET", "/open") for _ in range(1000)))
    assert sorted(answer.status for answer in answers) == [200] * 3 + [429] * 997
