"""D605: do the headers that browsers heed stand on every answer?

1. Answers of each status are collected: 200, where nothing is (404), a method that is not there (405), a body that is
   no good (400, 422), a caller who is nobody (401, 403), and the failures that other attacks met (500).
2. `X-Content-Type-Options: nosniff` has to be on each that has a body; by https, and not on this machine,
   Strict-Transport-Security on each. What is missing is told once, with where.
3. The control is an answer that has it, else one more that has not.
"""

from collections.abc import AsyncGenerator
from typing import Final
from urllib.parse import urlsplit

from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, Untested, Verdicts
from buckler.drill.attacks.aiming.aim import aims_of
from buckler.drill.attacks.browser.sweep import Seen, nowhere, sweep
from buckler.drill.attacks.together import listed
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import ANONYMOUS
from buckler.drill.plan.route import JSON
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request

ABOUT: Final = About(
    id="D605",
    name="headers missing on some answers",
    family="browser",
    severity="low",
    sends="Requests that end in each status: success, nothing there, wrong method, no good, nobody, failure.",
    proves="A browser guesses what an answer is, or asks without TLS.",
    cwe=(693, 319),
    owasp=("API8",),
    asvs=("3.4.1", "3.4.4"),
    fix="Add them outside of everything else, where errors pass too: in the outermost middleware.",
)
_METHODS: Final = ("PATCH", "PUT", "DELETE")


async def _verdicts(on: Engagement) -> Verdicts:
    answers = [each async for each in provoked(on) if each.answer.status]
    if not answers:
        yield Untested(EVERYWHERE, "no answer came")
        return
    lacking = [each for each in answers if each.answer.body and not _is_nosniff(each.answer)]
    insecure = [] if not _wants_transport(on) else [each for each in answers if not _names_transport(each.answer)]
    told: list[str] = []
    for missing, name in ((lacking, "X-Content-Type-Options: nosniff"), (insecure, "Strict-Transport-Security")):
        if missing:
            told.append(f"{name} is missing at {_where(missing)}")
    if not told:
        yield Clean(EVERYWHERE)
        return
    first = (lacking or insecure)[0]
    having = [each for each in answers if each not in (lacking or insecure)] or answers[-1:]
    yield Finding(EVERYWHERE, f"{'; '.join(told)}.", first, (having[0],), first.who)


def _where(missing: list[Exchange]) -> str:
    return listed([f"{each.answer.status} ({each.request.method} {each.request.path})" for each in missing])


def _is_nosniff(answer: Answer) -> bool:
    return (answer.header("x-content-type-options") or "").strip().lower() == "nosniff"


def _names_transport(answer: Answer) -> bool:
    return "max-age=" in (answer.header("strict-transport-security") or "").lower()


def _wants_transport(on: Engagement) -> bool:
    """Browsers heed it by https alone, and for names alone (RFC 6797 section 8.1.1)."""
    parts = urlsplit(on.sender.origin)
    host = parts.hostname or ""
    return parts.scheme == "https" and not on.sender.is_near and not host.replace(".", "").isdigit() and ":" not in host


async def provoked(on: Engagement) -> AsyncGenerator[Exchange]:
    """One answer of each kind."""
    seen = await sweep(on)
    for kind in (True, False):
        page = next((each for each in seen if each.exchange.answer.is_html == kind), None)
        if page is not None:
            yield page.exchange
    yield await nowhere(on)
    guarded = next((each for each in seen if not each.who.is_anybody), None)
    if guarded is not None:
        exchange = await on.ask(guarded.exchange.request, ANONYMOUS)
        if exchange.answer.status in (401, 403):
            yield exchange
    wrong = _wrong_method(on, seen)
    if wrong is not None:
        exchange = await on.ask(wrong)
        if exchange.answer.status == 405:
            yield exchange
    async for exchange in _no_good(on):
        yield exchange
    odd = (exchange for several in aims_of(on).odd.values() for exchange in several)
    failure = next((each for each in odd if each.answer.status == 500), None)
    if failure is not None:
        yield failure


def _wrong_method(on: Engagement, seen: tuple[Seen, ...]) -> Request | None:
    for each in seen:
        known = {route.method for route in on.routes if route.path == each.route.path}
        method = next((method for method in _METHODS if method not in known and on.may_send(method)), None)
        if method is not None and not each.route.params:
            return Request(method, each.exchange.request.path)
    return None


async def _no_good(on: Engagement) -> AsyncGenerator[Exchange]:
    """A body that is no JSON, where anybody may send one: at a door."""
    entry = on.cast.entry
    open_ = [route for route in on.routes if entry is not None and route.key == entry.sign_in.route.key]
    open_ += [route for route in on.routes if route.secured is False or route.secured is None]
    for route in open_:
        if route.body is not None and route.method == "POST" and not route.params and on.may_send("POST"):
            request = Request("POST", route.path, headers=(("Content-Type", JSON),), body=b"{")
            exchange = await on.ask(request)
            if exchange.answer.status in (400, 415, 422):
                yield exchange
                return


ATTACK: Final = Attack(ABOUT, _verdicts)
