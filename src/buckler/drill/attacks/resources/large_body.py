"""D501: is a body read to its end, however large it is?

1. One route of each media type and router is sent a valid body with much padding: blanks behind JSON, a field or a file
   that nobody asked for in a form.
2. It counts where the app took all of it, and did what was asked, complained of the padding only then, or was busy with
   it for too long. In process every byte that it took is counted, and several times as much is sent where that was
   quick; by URL the answer has to be a success.
3. A policy that says how much may come is the bound where it allows more. The control is the same request without it.
"""

from dataclasses import replace
from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.aiming.aim import TOO_OFTEN, Aim, served
from buckler.drill.attacks.aiming.sending import renewed, understood
from buckler.drill.attacks.resources.kinds import one_of_each
from buckler.drill.attacks.together import as_one
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import FORM, MULTIPART
from buckler.drill.transport.answer import NOTHING, Exchange
from buckler.drill.transport.request import Request

ABOUT: Final = About(
    id="D501",
    name="body without a bound",
    family="resources",
    severity="medium",
    sends="A valid body with megabytes of padding.",
    proves="A few requests fill the memory, or the disk, of the server.",
    cwe=(770, 400),
    owasp=("API4",),
    asvs=("4.3.1", "5.2.1"),
    fix="Refuse a body beyond what the route needs with 413 while it arrives, before it is kept or parsed.",
)
_MEGABYTE: Final = 1024 * 1024
_FIRST: Final = 3 * _MEGABYTE
_IN_PROCESS: Final = 16 * _MEGABYTE
_WITH_FILES: Final = 40 * _MEGABYTE
"""More than the files of most apps."""
_BY_URL: Final = 2 * _MEGABYTE
_SEVERAL: Final = 3
"""Kinds of routes, from which on it is the app that has no bound."""
_QUICK: Final = 0.5
"""Seconds."""


async def _verdicts(on: Engagement) -> Verdicts:
    found: list[Finding] = []
    others: list[Verdict] = []
    async for aim in one_of_each(on):
        verdict = aim if isinstance(aim, Untested) else await _judge(on, aim)
        if isinstance(verdict, Finding):
            found.append(verdict)
        else:
            others.append(verdict)
        if len(found) == _SEVERAL or (not on.in_process and isinstance(aim, Aim)):
            break
    if not found and not others:
        yield NotApplicable(EVERYWHERE, "no route takes a body")
    if len(found) >= _SEVERAL:
        found = [as_one(found)]
    for each in (*found, *others):
        yield each


async def _judge(on: Engagement, aim: Aim) -> Verdict:
    if aim.draft.files and not on.in_process:
        return Untested(aim.route.key, "it takes files, and nobody says how large they may be")
    found: Finding | None = None
    for size in _sizes(on, aim):
        if found is not None and found.attacked.answer.seconds > _QUICK:
            break
        draft = await renewed(on, aim)
        address = on.fresh_address() if aim.who.is_anybody else None
        request = padded(draft, size)
        exchange = await on.ask(request, aim.who, address=address)
        if exchange.answer.limited:
            return Untested(aim.route.key, TOO_OFTEN, aim.who.name)
        if not _was_taken(on, aim, exchange, len(request.body)):
            return Clean(aim.route.key, aim.who.name)
        words = f"A body of {size // _MEGABYTE} MB was taken to its end, and {_answered(exchange)}."
        found = Finding(aim.route.key, words, exchange, (aim.control,), aim.who.name)
    return found or Clean(aim.route.key, aim.who.name)


def _was_taken(on: Engagement, aim: Aim, exchange: Exchange, whole: int) -> bool:
    answer = exchange.answer
    if served(answer):
        return answer.taken is None or answer.taken >= whole
    busy = answer.status == NOTHING and answer.failure.startswith("no answer within")
    complained = answer.meant == 422 or understood(aim, exchange)
    return on.in_process and (answer.taken or 0) >= whole and (busy or complained)


def _answered(exchange: Exchange) -> str:
    return f"answered with {exchange.answer.outcome}" if not exchange.answer.failure else exchange.answer.failure


def _sizes(on: Engagement, aim: Aim) -> tuple[int, ...]:
    if not on.in_process:
        return (_BY_URL,)
    declared = on.setting.truth.routes.get(aim.route.key) if on.setting.truth is not None else None
    beyond = ((declared.most_bytes if declared is not None else None) or 0) + _MEGABYTE
    several = (_WITH_FILES,) if aim.draft.files else (_FIRST, _IN_PROCESS)
    return tuple(sorted({max(size, beyond) for size in several}))


def padded(draft: Draft, size: int) -> Request:
    """The request with a body that is larger by `size` and says the same."""
    request = draft.request()
    if not size:
        return request
    if draft.media == FORM:
        field = b"&drill=" if request.body else b"drill="
        return replace(request, body=request.body + field + b"x" * size)
    if draft.media == MULTIPART:
        boundary = (request.header("content-type") or "").partition("boundary=")[2].encode()
        kept, _, _ = request.body.rpartition(b"--" + boundary + b"--")
        head = b'Content-Disposition: form-data; name="drill"; filename="drill.txt"\r\nContent-Type: text/plain\r\n\r\n'
        body = b"".join((kept, b"--", boundary, b"\r\n", head, b"x" * size, b"\r\n--", boundary, b"--\r\n"))
        return replace(request, body=body)
    return replace(request, body=request.body + b" " * size)


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
