"""Who is asked for: kinds of callers, how fresh and how strong their proof is."""

from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi import APIRouter, FastAPI

from buckler import Authenticator, Buckler, ConfigurationError, Principal, Requires, StartRefused
from buckler.access.declarations.kinds import factors_of, kinds_of
from buckler.principal import Factor, Kind
from tests.clocks import FakeClock
from tests.proof import two_sided_async
from tests.stage import Directory, development, production, protect
from tests.twins.twin import Twin
from tests.wire import ask

KINDS: tuple[Kind, ...] = get_args(Kind)


class Strong(Directory):
    """Its callers may have proved who they are by two kinds of factor."""

    factors = 2


def callers(now: float = 0) -> Strong:
    """One caller of each kind and some of several proofs; the token is the id."""
    made = Strong()
    for kind in KINDS:
        made.callers[kind] = Principal(kind, kind, kind=kind, authenticated_at=now, factors=frozenset({"knowledge"}))
    both: frozenset[Factor] = frozenset({"knowledge", "possession"})
    made.callers["strong"] = Principal("strong", "strong", authenticated_at=now, factors=both)
    made.callers["old"] = Principal("old", "old", authenticated_at=now - 301, factors=both)
    made.callers["unknown"] = Principal("unknown", "unknown", factors=both)
    return made


def app_with(*required: Any, clock: FakeClock | None = None, kind: type[Buckler] = Buckler, **given: Any) -> FastAPI:
    clock = clock or FakeClock()
    app = FastAPI()

    @app.get("/it", dependencies=list(required))
    async def it() -> str:
        return "it"

    given.setdefault("authenticator", callers(clock.now()))
    return protect(app, clock=clock, kind=kind, **given)


@pytest.mark.parametrize("wanted", [{"person"}, {"service"}, {"person", "key"}, set(KINDS)])
async def test_only_the_kinds_that_are_asked_for_may(wanted: set[Kind]) -> None:
    app = app_with(Requires(kinds=wanted))
    for kind in KINDS:
        answer = await ask(app, "GET", "/it", token=kind)
        assert answer.status == (200 if kind in wanted else 403), kind


async def test_kinds_of_router_and_route_add_up() -> None:
    """What both ask for; where that is nobody, nobody may."""
    app = app_with(Requires(kinds={"person", "key"}), Requires(kinds=["key", "service"]))
    assert [(await ask(app, "GET", "/it", token=kind)).status for kind in KINDS] == [403, 200, 403]


@pytest.mark.asvs("8.2.1")
async def test_a_service_never_passes_for_a_person() -> None:
    """A program whose token names a person's id, against a route that is for people (RFC 9700 section 4.15)."""
    made = callers()
    made.callers["machine"] = Principal("person", "person", kind="service", permissions=frozenset({"*"}))

    async def attack(app: FastAPI) -> bool:
        return (await ask(app, "GET", "/it", token="machine")).status == 200

    whole = app_with(Requires(kinds={"person"}), authenticator=made)
    twin = FastAPI()
    twin.add_api_route("/it", lambda: "it", dependencies=[Requires(kinds={"person"})])
    Twin(twin, without="requirements", settings=production(), authenticator=made, clock=FakeClock())
    await two_sided_async(attack, whole=whole, twin=twin)


@pytest.mark.asvs("7.5.3", "8.2.4")
async def test_an_old_proof_is_not_enough_where_a_fresh_one_is_asked_for() -> None:
    """A stolen session that is an hour old, against a route that asks for the last five minutes."""
    clock = FakeClock()
    made = callers(clock.now())
    clock.advance(3600)

    async def attack(app: FastAPI) -> bool:
        return (await ask(app, "GET", "/it", token="strong")).status == 200

    whole = app_with(Requires(step_up="5m"), authenticator=made, clock=clock)
    twin = FastAPI()
    twin.add_api_route("/it", lambda: "it", dependencies=[Requires(step_up="5m")])
    Twin(twin, without="requirements", settings=production(), authenticator=made, clock=clock)
    await two_sided_async(attack, whole=whole, twin=twin)


async def test_fresh_enough_is_up_to_the_second() -> None:
    clock = FakeClock()
    app = app_with(Requires(step_up="5m"), clock=clock)
    assert (await ask(app, "GET", "/it", token="strong")).status == 200
    clock.advance(300)
    assert (await ask(app, "GET", "/it", token="strong")).status == 200
    clock.advance(1)
    answer = await ask(app, "GET", "/it", token="strong")
    assert (answer.status, answer.code) == (401, "step-up-required")
    told = 'Bearer error="insufficient_user_authentication", max_age=300'
    assert answer.header("www-authenticate") == told, "a client learns what would do (RFC 9470 section 3)"


async def test_the_shortest_of_several_ages_holds() -> None:
    app = app_with(Requires(step_up="1h"), Requires(step_up="5m"))
    assert (await ask(app, "GET", "/it", token="old")).status == 401
    assert (await ask(app_with(Requires(step_up="1h")), "GET", "/it", token="old")).status == 200


async def test_who_proved_nothing_that_is_known_is_not_fresh() -> None:
    assert (await ask(app_with(Requires(step_up="1d")), "GET", "/it", token="unknown")).status == 401


@pytest.mark.parametrize("kind", ["key", "service"])
async def test_only_a_person_can_prove_anew(kind: str) -> None:
    for required in (Requires(step_up="5m"), Requires(factors=2)):
        assert (await ask(app_with(required), "GET", "/it", token=kind)).status == 403


async def test_two_factors_are_two_kinds() -> None:
    app = app_with(Requires(factors=2))
    assert (await ask(app, "GET", "/it", token="strong")).status == 200
    answer = await ask(app, "GET", "/it", token="person")
    assert (answer.status, answer.code) == (401, "step-up-required")


@pytest.mark.parametrize("accounts", [False, True])
async def test_more_factors_than_anybody_has_stop_the_start(accounts: bool, tmp_path: Path) -> None:
    """Accounts of ours have passwords alone, and an authenticator says what it brings."""
    authenticator = None if accounts else Directory(alice=())
    settings = development(data=tmp_path / "data")
    app = app_with(Requires(factors=2), accounts=accounts, authenticator=authenticator, settings=settings)
    with pytest.raises(StartRefused, match="1 kind of factor at most"):
        await app.buckler_of_app.start()  # type: ignore[attr-defined]


async def test_a_requirement_of_a_router_reaches_its_routes() -> None:
    """Kinds, age and permissions, from three places."""
    app, router = FastAPI(), APIRouter(dependencies=[Requires(kinds={"person"})])
    router.add_api_route("/it", lambda: "it", dependencies=[Requires("a:x")])
    app.include_router(router, dependencies=[Requires(step_up="5m")])
    clock = FakeClock()
    made = callers(clock.now())
    held = frozenset({"a:*"})
    made.callers["right"] = Principal("right", "right", permissions=held, authenticated_at=clock.now())
    made.callers["robot"] = Principal("robot", "robot", permissions=held, kind="service")
    protect(app, authenticator=made, clock=clock)
    statuses = [(await ask(app, "GET", "/it", token=token)).status for token in ("right", "robot", "strong", "none")]
    assert statuses == [200, 403, 403, 401]


@pytest.mark.parametrize("kinds", [(), "person", {"persons"}, {"person", 1}, 5, {"Person"}])
def test_kinds_that_nobody_is_are_refused(kinds: Any) -> None:
    with pytest.raises(ConfigurationError, match="write some of 'person', 'key', 'service'"):
        kinds_of(kinds, person=False)


def test_a_proof_of_others_than_people_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="ask for a person"):
        Requires(kinds={"service"}, step_up="5m")
    assert kinds_of({"person"}, person=True) == {"person"} == kinds_of(None, person=True)
    assert kinds_of(None, person=False) is None


@pytest.mark.parametrize("factors", [0, -1, 4, True, "2", 1.0, None])
def test_factors_that_nobody_counts_are_refused(factors: Any) -> None:
    with pytest.raises(ConfigurationError, match="how many kinds of factor"):
        factors_of(factors)


def test_an_authenticator_says_how_many_factors_it_brings() -> None:
    assert (Authenticator.factors, Strong.factors) == (1, 2)


@pytest.mark.parametrize("moment", [1e12, float("inf"), float("nan"), -1.0])
async def test_a_proof_from_the_future_is_none(moment: float) -> None:
    """Milliseconds where seconds are meant would be fresh for ever; five seconds ahead is a clock's own."""
    clock = FakeClock()
    made = callers(clock.now())
    made.callers["odd"] = Principal("odd", "odd", authenticated_at=moment)
    made.callers["ahead"] = Principal("ahead", "ahead", authenticated_at=clock.now() + 5)
    app = app_with(Requires(step_up="5m"), authenticator=made, clock=clock)
    assert (await ask(app, "GET", "/it", token="odd")).status == 401
    assert (await ask(app, "GET", "/it", token="ahead")).status == 200


@pytest.mark.parametrize("factors", ["knowledge", ("knowledge", "knowledge"), {"otp", "pwd"}, {"knowledge", "otp"}])
async def test_only_kinds_that_there_are_count_each_once(factors: Any) -> None:
    made = callers()
    made.callers["odd"] = Principal("odd", "odd", factors=factors)
    assert (await ask(app_with(Requires(factors=2), authenticator=made), "GET", "/it", token="odd")).status == 401
