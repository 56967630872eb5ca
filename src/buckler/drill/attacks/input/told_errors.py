"""D415: does an answer tell what only those who run the app should know?

1. Answers that are no success are read, and those that have words of a database though they call themselves one: what
   the other attacks of this family got, and some that are asked for here (broken bodies, texts with signs, great
   numbers, a path and a method that are not there).
2. It counts where one has a trace, words of a database, a statement of SQL, a path of the machine, the inside of an
   object, or the version of what runs it, and the served request has not.
3. A success counts too where it repeats the statement of SQL that a value was put into; and where a route that takes no
   text answers anybody with a trace, a statement that failed, or a file of the app's (`told_plainly.py`).
4. Fields of the head that tell these stand on every answer: they are found once, for the whole target.
"""

import re
from collections.abc import AsyncGenerator, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, Untested, Verdicts
from buckler.drill.attacks.aiming.aim import Aim, aims_of
from buckler.drill.attacks.aiming.database_words import DATABASE_WORDS, without_sent
from buckler.drill.attacks.aiming.sending import behind, fired, renewed, send_request
from buckler.drill.attacks.input.told_plainly import repeats_statement, told_plainly
from buckler.drill.attacks.input.walk import finding, gathered, takes_text, walked
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import ANONYMOUS
from buckler.drill.plan.route import JSON
from buckler.drill.preparing.control import control_for
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request
from buckler.randomness import identifier

ABOUT: Final = About(
    id="D415",
    name="errors tell about the inside",
    family="input",
    severity="medium",
    sends="Requests that end in errors.",
    proves="Errors tell traces, statements, paths, classes or versions, which the next attack is built on.",
    cwe=(209, 497),
    owasp=("API8",),
    asvs=("16.5.1", "13.4.6"),
    fix="Answer errors with a fixed sentence and an id; write the rest to the log. Never run with `debug=True`.",
)
_TOLD: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("a trace", re.compile(r"Traceback \(most recent call last\)|File \\?\"[^\"\n]{1,200}\\?\", line \d+")),
    (
        "words of a database",
        DATABASE_WORDS,
    ),
    (
        "a statement of SQL",
        re.compile(
            r"\[SQL: |\bSELECT\s.{1,300}\sFROM\s+\w|\bINSERT INTO\s+\w+\s*\(|\bUPDATE\s+\w+\s+SET\s|\bDELETE FROM\s+\w"
        ),
    ),
    (
        "a path of the machine",
        re.compile(r"(/usr/(local/)?lib|/home/\w+|/root|/app|/srv|/opt|/var|/tmp|/work)/[\w./-]+\.\w+|site-packages/"),
    ),
    ("the inside of an object", re.compile(r"<[\w.]+ object at 0x[0-9a-f]+>|<class '[\w.]+'>|<function \w+ at 0x")),
    (
        "the version of what runs it",
        re.compile(
            r"\b(python|uvicorn|gunicorn|hypercorn|starlette|fastapi|werkzeug|django|flask|pydantic)[/ v]+\d+\.\d",
            re.IGNORECASE,
        ),
    ),
)
_HEADERS: Final = re.compile(r"^(x-.*|server|via)$")
_MOST: Final = 20
"""Routes whose header fields are looked at."""
_SIGNS: Final = "drill'\"\\{0}%s"
"""What interpreters stumble over, behind a word by which it is known again."""


async def _verdicts(on: Engagement) -> Verdicts:
    outside = await _outside(on)
    for exchange in outside:
        what = _of_headers(exchange.answer)
        if what is not None:
            words = f"A header field of every answer tells {what}."
            yield Finding(EVERYWHERE, words, exchange, tuple(outside), place="header")
            break
    else:
        async for each in _in_headers(on, outside[-1]):
            yield each
    for exchange, control in pairwise(outside):
        what = _told(exchange.answer.text, control.answer.text)
        if what is not None:
            yield Finding(EVERYWHERE, f"The answer to a path that is not there tells {what}.", exchange, (control,))
            break
    else:
        yield Clean(EVERYWHERE)
    async for plain in told_plainly(on, outside[-1]):
        yield plain
    async for verdict in gathered(walked(on, _judge, takes_text)):
        yield verdict


async def _in_headers(on: Engagement, control: Exchange) -> AsyncGenerator[Finding]:
    """Header fields of single answers, where those of a path that is not there tell nothing."""
    plain = [each for each in on.routes if each.method == "GET" and not each.params]
    for route in [each for each in plain if not any(slot.required for slot in each.parameters)][:_MOST]:
        exchange = await control_for(on, route, ANONYMOUS)
        what = None if isinstance(exchange, Untested) else _of_headers(exchange.answer)
        if what is not None and not isinstance(exchange, Untested):
            words = f"A header field of this answer tells {what}."
            yield Finding(route.key, words, exchange, (control,), place="header", severity="low")


async def _outside(on: Engagement) -> list[Exchange]:
    """A path that is not there, and a method that no route has; then a root, whatever it answers."""
    odd = f"/drill-{identifier()[:8]}"
    requests = (Request("GET", f"{odd}/%ff%00'"), Request("PROPFIND", odd), Request("GET", odd))
    return [await on.ask(each) for each in requests]


async def _judge(on: Engagement, aim: Aim) -> AsyncGenerator[Finding]:
    several = (*aims_of(on).odd.get(aim.route.key, ()), *[each async for each in _odd(on, aim)])
    for exchange in several:
        what = _told_by(exchange, aim.control.answer.text)
        if what is not None:
            yield finding(aim, f"An error tells {what}.", exchange)
            return
    for exchange in (aim.control, *several):
        if repeats_statement(exchange):
            yield finding(aim, "The answer tells the statement of SQL that the value was put into.", exchange)
            return


async def _odd(on: Engagement, aim: Aim) -> AsyncGenerator[Exchange]:
    """Requests of our own that an app may fail at."""
    shot = await fired(on, aim, behind(_SIGNS), aim.free)
    if shot is not None:
        yield shot.exchange
    # What names something and is no id: an app that reads a number out of it by itself fails at a word.
    shot = await fired(on, aim, lambda _slot, _text: "drill", [each for each in aim.free if each.place == "path"])
    if shot is not None:
        yield shot.exchange
    shot = await fired(on, aim, lambda slot, _: 2**63 if slot.place == "body" else str(2**63), aim.strict)
    if shot is not None:
        yield shot.exchange
    if aim.draft.media == JSON and aim.route.body is not None:
        request = (await renewed(on, aim)).request()
        for body in (b'{"drill": ', b"[null]"):
            yield await send_request(on, aim, replace(request, body=body))


def _told(text: str, control: str) -> str | None:
    """What it tells that the other does not."""
    return next((what for what, shape in _TOLD if shape.search(text) and not shape.search(control)), None)


def _told_by(exchange: Exchange, control: str) -> str | None:
    """What an answer tells beyond what the request said itself; a success, no more than words of a database."""
    answer = exchange.answer
    if answer.meant >= 400:
        return _told(answer.text.replace(exchange.request.path, ""), control)
    told = DATABASE_WORDS.search(without_sent(exchange)) and not DATABASE_WORDS.search(control)
    return "words of a database" if told else None


def _of_headers(answer: Answer) -> str | None:
    values: Iterable[str] = (value for name, value in answer.headers if _HEADERS.match(name.lower()))
    return next((found for found in (_told(value, "") for value in values) if found is not None), None)


ATTACK: Final = Attack(ABOUT, _verdicts)
