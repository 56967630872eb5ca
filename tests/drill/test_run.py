"""One drill as a whole: its order, its bounds, and what is told however it ends."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fastapi import FastAPI

from buckler.drill.arriving.entering import come_in
from buckler.drill.attack import About, Attack, Clean, Finding, NotApplicable, Severity, Untested, Verdict
from buckler.drill.attacks.catalogue import CATALOGUE
from buckler.drill.budget import Budget, BudgetSpent
from buckler.drill.engagement import Engagement
from buckler.drill.people.cast import Cast
from buckler.drill.people.identity import part_of
from buckler.drill.plan.document import read_document
from buckler.drill.plan.fastapi_app import read_app
from buckler.drill.plan.options import Options
from buckler.drill.run import attack_all
from buckler.drill.sender import Sender
from buckler.drill.setting import Setting
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.asgi import started
from buckler.drill.transport.carrier import Carrier
from buckler.drill.transport.request import Request
from tests.drill.targets import noteboard

DOCUMENT = read_app(noteboard.mended_app())
EMPTY = read_document({"openapi": "3.1.0", "paths": {"/a": {"get": {}}}})
Steps = Callable[[Engagement], AsyncGenerator[Verdict]]


@dataclass
class Scripted:
    """A carrier that answers as the script says."""

    answer: Answer = field(default_factory=lambda: Answer(200))
    origin: str = "https://localhost"
    in_process: bool = True
    sent: int = 0

    async def carry(self, request: Request, *, address: str, within: float) -> Answer:
        self.sent += 1
        return self.answer


@dataclass
class Timed:
    """A carrier whose answers are said to have taken so long."""

    carrier: Carrier
    seconds: float
    in_process: bool = True

    @property
    def origin(self) -> str:
        return self.carrier.origin

    async def carry(self, request: Request, *, address: str, within: float) -> Answer:
        return replace(await self.carrier.carry(request, address=address, within=within), seconds=self.seconds)


class Hand:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def engagement(seconds: float = 60, requests: int = 100, clock: Hand | None = None) -> Engagement:
    return Engagement(
        Sender(Scripted(), Budget(seconds, requests, clock or Hand())), Setting(EMPTY, writes=True), Cast()
    )


def attack(id: str, steps: Steps, *, spends: bool = False) -> Attack:  # noqa: A002 - as the catalogue has it
    return Attack(About(id, id, "access", "high", "S.", "P.", (1,), ("API1",), ("8.2.1",), "F."), steps, spends)


EXCHANGE = Exchange(Request("GET", "/a"), Answer(200))


async def _finds(on: Engagement) -> AsyncGenerator[Verdict]:
    yield Finding("GET /a", "seen", EXCHANGE, (EXCHANGE,))
    await asyncio.Event().wait()


async def _clean(on: Engagement) -> AsyncGenerator[Verdict]:
    yield Clean("GET /a")


def ids(report: Any) -> list[tuple[str, str]]:
    return [(each.attack.id, type(each.verdict).__name__) for each in report.judged]


async def test_what_spends_comes_last() -> None:
    """Accounts and budgets are used up when nobody needs them any more."""
    report = await attack_all(engagement(), [attack("D1", _clean, spends=True), attack("D2", _clean)], "x")
    assert ids(report) == [("D2", "Clean"), ("D1", "Clean")]


async def test_what_signs_in_over_and_over_comes_last_of_all() -> None:
    """A password that is checked well takes a tenth of a second: nothing else waits for a hundred of them."""
    guesses = replace(attack("D1", _clean, spends=True), signs_in=True)
    several = [guesses, attack("D2", _clean, spends=True), attack("D3", _clean)]
    assert [each for each, _ in ids(await attack_all(engagement(), several, "x"))] == ["D3", "D2", "D1"]
    assert [each.about.id for each in CATALOGUE if each.signs_in] == ["D302", "D303", "D304", "D306", "D505"]


async def test_the_worst_attack_has_the_largest_share_and_starves_no_other() -> None:
    """Half of the time is kept for the others, however much one may use."""
    shares: dict[str, float] = {}

    async def notes(on: Engagement) -> AsyncGenerator[Verdict]:
        shares[str(len(shares))] = on.sender.budget.seconds
        clock.at += on.sender.budget.seconds
        yield Clean("GET /a")

    clock = Hand()
    kinds: list[Severity] = ["critical", *(["low"] * 39)]
    first = attack("D0", notes)
    several = [replace(first, about=replace(first.about, id=f"D{n:02}", severity=k)) for n, k in enumerate(kinds)]
    await attack_all(engagement(clock=clock), several, "x")
    assert shares["0"] == 15.0
    assert shares["1"] < 4
    assert min(shares.values()) >= 60 / (2 * 40)


async def test_what_was_cut_is_made_again_with_the_time_that_is_left() -> None:
    """What it found the first time stays, and each route is told of once."""
    clock, runs = Hand(), list[float]()

    async def long(on: Engagement) -> AsyncGenerator[Verdict]:
        runs.append(on.sender.budget.seconds)
        if len(runs) == 1:
            yield Finding("GET /a", "seen once", EXCHANGE, (EXCHANGE,))
        else:
            yield Clean("GET /a")
        clock.at += 16
        await on.ask(Request("GET", "/a"))
        yield Clean("GET /b")

    several = [attack("D1", long), *(attack(f"D{number}", _clean) for number in range(2, 42))]
    report = await attack_all(engagement(clock=clock), several, "x")
    assert runs[0] < 16 < runs[1]
    told = {(each.verdict.route, type(each.verdict).__name__) for each in report.judged if each.attack.id == "D1"}
    assert told == {("GET /a", "Finding"), ("GET /b", "Clean")}


async def test_what_has_no_more_time_than_before_is_not_made_again() -> None:
    """It is told as cut, once."""
    clock, runs = Hand(), list[int]()

    async def endless(on: Engagement) -> AsyncGenerator[Verdict]:
        runs.append(1)
        clock.at += 59
        await on.ask(Request("GET", "/a"))
        yield Clean("GET /a")

    report = await attack_all(engagement(clock=clock), [attack("D1", endless), attack("D2", _clean)], "x")
    assert len(runs) == 1
    assert [name for id, name in ids(report) if id == "D1"] == ["Untested"]  # noqa: A001 - as the catalogue has it


@pytest.mark.parametrize(("seconds", "budget", "told"), [(0.25, 60, True), (0.25, 300, False), (0.01, 60, False)])
async def test_who_checks_passwords_slowly_is_told_of_a_longer_budget(seconds: float, budget: int, told: bool) -> None:
    """As the first note: it says why attacks on accounts are cut."""
    async with started(noteboard.mended_app()) as carrier:
        on = Engagement(Sender(Timed(carrier, seconds), Budget(budget, 100)), Setting(DOCUMENT, writes=True), Cast())
        await come_in(on, Options())
    assert on.cast.people
    assert on.cast.notes[0].startswith("Signing in takes 0.2 s each here: --budget 5m") == told


async def test_an_attack_that_says_nothing_is_counted() -> None:
    """It was not judged: 1 of 2, and why."""

    async def silent(on: Engagement) -> AsyncGenerator[Verdict]:
        for verdict in tuple[Verdict, ...]():
            yield verdict

    on = engagement()
    on.cast = Cast(missing={"people": "no account could be had"})
    report = await attack_all(on, [attack("D1", _clean), attack("D2", silent)], "x")
    assert (report.coverage.judged, report.coverage.of) == (1, 2)
    assert [each.verdict for each in report.untested] == [Untested("*", "no account could be had")]


def test_a_finding_without_a_control_cannot_be_made() -> None:
    """It would be a claim: what was allowed to work shows that it was the attack which did it."""
    with pytest.raises(ValueError, match="GET /a: a finding without a control"):
        Finding("GET /a", "seen", EXCHANGE, ())


async def test_a_share_of_the_budget_ends_with_its_block() -> None:
    """Whatever ends it: whoever goes on has the rest of the whole, and what was sent is counted."""
    on = engagement()
    whole = on.sender.budget
    with suppress(ZeroDivisionError), on.sender.spending(Budget(1, 5, Hand())):
        await on.ask(Request("GET", "/a"))
        raise ZeroDivisionError
    assert on.sender.budget is whole
    assert whole.spent == 1


async def test_a_drill_that_is_stopped_tells_what_it_has() -> None:
    """The finding of the attack that was under way stays, and the rest is untested."""
    running = asyncio.ensure_future(attack_all(engagement(), [attack("D1", _finds), attack("D2", _clean)], "x"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    running.cancel()
    report = await running
    assert ids(report) == [("D1", "Finding"), ("D1", "Untested"), ("D2", "Untested")]
    assert report.stopped.startswith("stopped during D1")


async def test_a_drill_that_is_stopped_while_people_come_in_tells_that() -> None:
    """It takes up to a quarter of the time: nothing was attacked, and who is there by then is told."""
    app = noteboard.mended_app()

    @app.middleware("http")
    async def stops(request: Any, call_next: Any) -> Any:
        running.cancel()
        return await call_next(request)

    async with started(app) as carrier:
        on = Engagement(Sender(carrier, Budget(60, 100)), Setting(read_app(app), writes=True), Cast())
        running = asyncio.ensure_future(attack_all(on, [attack("D1", _clean)], "x", options=Options()))
        report = await running
    assert ids(report) == [("D1", "Untested")]
    assert report.stopped == "stopped while people came in, 0 of 1 attacks done"
    assert report.requests == 1


async def test_what_comes_last_is_untested_where_it_was_not_reached() -> None:
    """What an attack said before does not stand for what it keeps for the end."""

    async def never(on: Engagement) -> AsyncGenerator[Verdict]:
        raise asyncio.CancelledError
        yield Clean("GET /a")

    several = [attack("D1", _clean), replace(attack("D2", _clean), last=never)]
    report = await attack_all(engagement(), several, "x")
    assert ids(report) == [("D1", "Clean"), ("D2", "Clean"), ("D2", "Untested")]
    assert report.stopped.startswith("stopped during the last steps")


async def test_a_mistake_of_an_attack_stops_no_other_and_tells_no_secret() -> None:
    """Its words may hold whatever was sent."""

    async def fails(on: Engagement) -> AsyncGenerator[Verdict]:
        yield NotApplicable("GET /a", "with a secret-token in it")
        raise ValueError("secret-token was no number")

    on = engagement()
    on.secrets.keep("secret-token", "TOKEN")
    report = await attack_all(on, [attack("D1", fails), attack("D2", _clean)], "x")
    assert ids(report) == [("D1", "NotApplicable"), ("D1", "Untested"), ("D2", "Clean")]
    assert "secret-token" not in repr(report.judged)
    assert "$TOKEN" in repr(report.judged)


async def test_one_attack_cannot_spend_what_is_for_others() -> None:
    """Neither the requests nor the time; what it did not reach is untested, with the reason."""
    clock = Hand()

    async def greedy(on: Engagement) -> AsyncGenerator[Verdict]:
        while True:
            await on.ask(Request("GET", "/a"))
            yield Clean("GET /a")

    async def slow(on: Engagement) -> AsyncGenerator[Verdict]:
        clock.at += 61
        await on.ask(Request("GET", "/a"))
        yield Clean("GET /a")

    many = [attack(f"D{number}", _clean) for number in range(10)]
    report = await attack_all(engagement(clock=clock), [attack("D10", greedy), *many, attack("D11", slow)], "x")
    reasons = [each.verdict.reason for each in report.judged if isinstance(each.verdict, Untested)]
    assert any("--requests" in reason for reason in reasons)
    assert any("--budget" in reason for reason in reasons)
    assert report.requests < 100
    assert {each.attack.id for each in report.judged if isinstance(each.verdict, Clean)} >= {f"D{n}" for n in range(11)}


async def test_25_findings_of_one_attack_are_enough() -> None:
    """More of one kind help nobody, and that there are more is told."""

    async def endless(on: Engagement) -> AsyncGenerator[Verdict]:
        while True:
            yield Finding("GET /a", "seen", EXCHANGE, (EXCHANGE,))

    report = await attack_all(engagement(), [attack("D1", endless)], "x")
    assert [name for _, name in ids(report)].count("Finding") == 25
    assert ids(report)[-1] == ("D1", "Untested")


def test_time_and_requests_end_a_budget() -> None:
    """Whichever is over first."""
    clock = Hand()
    budget = Budget(10, 2, clock)
    budget.begin()
    clock.at = 4
    budget.begin()
    assert (budget.elapsed, budget.left) == (4, 6), "it began once"
    budget.take()
    budget.take()
    with pytest.raises(BudgetSpent, match="--requests"):
        budget.take()
    late = Budget(10, 2, clock)
    late.begin()
    clock.at = 14
    with pytest.raises(BudgetSpent, match="--budget"):
        late.take()


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("reader", "reader"),
        ("reader 2", "reader 2"),
        ("newcomer 27", "newcomer"),
        ("reader 3 (new)", "reader (new)"),
        ("admin, session 4", "admin"),
        ("anonymous", "anonymous"),
    ],
)
def test_reports_rest_on_parts_and_not_on_numbers(name: str, part: str) -> None:
    """A baseline knows a finding again, whatever else was drilled before it."""
    assert part_of(name) == part


async def test_a_shutdown_that_fails_is_told_and_loses_nothing() -> None:
    """All is done by then."""

    async def life(app: FastAPI) -> AsyncGenerator[None]:
        yield
        raise RuntimeError("the disk is gone")

    async with started(FastAPI(lifespan=asynccontextmanager(life))) as carrier:
        pass
    assert any("shutdown failed" in note for note in carrier.notes)
