"""D414: does a body, a query or a path that is oddly written end in a failure?

1. JSON with NUL, half a surrogate pair, numbers that JSON does not have, names that come twice, great depth, bytes
   that are no UTF-8, a mark of byte order, another content type, or cut short; queries and paths with NUL and broken
   escapes.
2. It counts where the app fails (500, or no answer), goes on to serve the plain request, and fails at it once more.
3. What may be kept is sent when all other attacks are through: an app that keeps a text which it cannot give out again
   fails from then on at every list that has it, and nothing more could be said of those.
"""

import json
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import quote

from buckler.drill.attack import About, Attack, Finding, Verdicts
from buckler.drill.attacks.aiming.aim import Aim
from buckler.drill.attacks.aiming.crash import fails_alone, how
from buckler.drill.attacks.aiming.entrances import entered
from buckler.drill.attacks.aiming.sending import renewed, send_request
from buckler.drill.attacks.input.walk import finding, gathered, walked
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import FORM, JSON, MULTIPART, Route, Slot
from buckler.drill.transport.answer import Exchange
from buckler.drill.transport.request import Request

ABOUT: Final = About(
    id="D414",
    name="failure at an odd body, query or path",
    family="input",
    severity="low",
    sends="JSON, forms, queries and paths that are oddly written.",
    proves="The app fails at what it should refuse; often its own refusal is what fails.",
    cwe=(20, 755),
    owasp=("API8",),
    asvs=("1.5.3", "2.2.1"),
    fix="Refuse odd bodies before they are read further; do not repeat what was sent in the refusal.",
)
_TEXT: Final = "drill-7c1e-text"
_NUMBER: Final = 7_130_519
_TEXTS: Final[tuple[tuple[str, bytes], ...]] = (
    ("NUL in a text", rb'"a\u0000b"'),
    ("half a surrogate pair in a text", rb'"a\ud800b"'),
    ("bytes that are no UTF-8 in a text", b'"a\xff\xfe\x80b"'),
    ("NaN in the place of a text", b"NaN"),
)
_NUMBERS: Final[tuple[tuple[str, bytes], ...]] = (
    ("NaN in the place of a number", b"NaN"),
    ("a number without end", b"1e999"),
    ("half a surrogate pair in the place of a number", rb'"\ud800"'),
)
_DEEP: Final = 300
_WHOLE: Final[tuple[tuple[str, Callable[[bytes], bytes]], ...]] = (
    ("a body cut short", lambda body: body[:-1] + b',"'),
    ("a body that is null", lambda _: b"null"),
    ("a body that is a list", lambda _: b"[]"),
    ("a body that is half a surrogate pair", lambda _: rb'"\ud800"'),
    ("lists in lists", lambda _: b"[" * _DEEP + b"]" * _DEEP),
    ("a mark of byte order", lambda body: b"\xef\xbb\xbf" + body),
    ("an empty body", lambda _: b""),
    ("names that come twice", lambda body: body[:-1] + b"," + body[1:] if len(body) > 4 else body),
    ("a field that nobody knows, with half a surrogate pair", lambda body: _with_more(body, rb'"drill":"\udc00"')),
)
_ODD_QUERIES: Final = (("NUL", "%00"), ("bytes that are no UTF-8", "%ff%fe"), ("a broken escape", "%zz%"))
_ODD_FORMS: Final = (("NUL", b"%00"), ("bytes that are no UTF-8", b"\xff%fe"), ("a broken escape", b"%zz%"))

Make = Callable[[Draft], Request]
OddRequest = tuple[str, str, Make]
"""Where, what, and the request."""


def _verdicts(on: Engagement, *, kept: bool = False) -> Verdicts:
    def among(route: Route) -> bool:
        return route.is_safe is not kept

    return gathered(walked(on, _judge, _fits, "there is nothing to write oddly", among=among))


def _fits(on: Engagement, route: Route) -> bool:
    route = entered(on, route)
    return bool(route.body is not None or route.params or any(slot.place == "query" for slot in route.parameters))


async def _judge(on: Engagement, aim: Aim) -> AsyncGenerator[Finding]:
    found: set[str] = set()
    for place, what, make in (*_bodies(aim), *_forms(aim), *_queries(aim), *_paths(aim)):
        failed = None if place in found else await fails_alone(on, aim, partial(_asked, on, aim, make))
        if failed is not None:
            found.add(place)
            words = f"{what[0].upper()}{what[1:]} ends in {how(failed[0].answer)}."
            yield finding(aim, words, failed[0], place, failed[1])


async def _asked(on: Engagement, aim: Aim, make: Make) -> Exchange:
    return await send_request(on, aim, make(await renewed(on, aim)))


def _bodies(aim: Aim) -> Iterator[OddRequest]:
    body = aim.route.body
    if body is None or body.media != JSON:
        return
    texts = [slot for slot in aim.free if slot.place == "body"]
    numbers = [slot for slot in aim.strict if slot.place == "body" and slot.schema.get("type") in ("integer", "number")]
    for slots, mark, odd in ((texts, _TEXT, _TEXTS), (numbers, _NUMBER, _NUMBERS)):
        for what, raw in odd if slots else ():
            yield "body", what, _marked(slots, mark, json.dumps(mark).encode(), raw)
    for what, change in _WHOLE:
        yield "body", what, _changed(change)
    yield "body", "another content type", lambda draft: draft.request().with_headers(("Content-Type", "text/plain"))


def _marked(slots: Sequence[Slot], mark: object, written: bytes, raw: bytes) -> Make:
    """With something in the body that a value cannot be: a mark is put there, and what it was written as exchanged."""

    def make(draft: Draft) -> Request:
        for slot in slots:
            draft = draft.put(slot, mark)
        request = draft.request()
        return replace(request, body=request.body.replace(written, raw))

    return make


def _changed(change: Callable[[bytes], bytes]) -> Make:
    def make(draft: Draft) -> Request:
        request = draft.request()
        return replace(request, body=change(request.body))

    return make


def _with_more(body: bytes, field: bytes) -> bytes:
    return body[:-1] + (b"," if len(body) > 2 else b"") + field + b"}" if body.endswith(b"}") else body


def _forms(aim: Aim) -> Iterator[OddRequest]:
    slots = [slot for slot in aim.free if slot.place == "form" and len(slot.way) == 1]
    if aim.draft.media == FORM:
        for what, raw in _ODD_FORMS if slots else ():
            yield "form", f"{what} in a form", _marked(slots, _TEXT, _TEXT.encode(), raw)
    elif aim.draft.media == MULTIPART:
        yield "form", "a form cut short", _changed(lambda body: body[: len(body) // 2])
        yield (
            "form",
            "a form without a boundary",
            lambda draft: draft.request().with_headers(("Content-Type", MULTIPART)),
        )


def _queries(aim: Aim) -> Iterator[OddRequest]:
    names = [slot.name for slot in aim.slots if slot.place == "query"]
    for what, raw in _ODD_QUERIES if names else ():
        for among in (names, ["drill"]):
            yield "query", f"{what} in the query", _asking("&".join(f"{quote(name)}={raw}" for name in among))


def _asking(query: str) -> Make:
    """With these values in the query in the place of those of their names."""
    names = {part.partition("=")[0] for part in query.split("&")}

    def make(draft: Draft) -> Request:
        request = draft.request()
        kept = [part for part in request.query.split("&") if part and part.partition("=")[0] not in names]
        return replace(request, query="&".join([*kept, query]))

    return make


def _paths(aim: Aim) -> Iterator[OddRequest]:
    slots = [slot for slot in aim.slots if slot.place == "path"]
    for slot in slots[-1:]:
        for what, raw in _ODD_QUERIES[:2]:
            yield "path", f"{what} in the path", _leading(slot, raw)


def _leading(slot: Slot, raw: str) -> Make:
    def make(draft: Draft) -> Request:
        request = draft.put(slot, _TEXT).request()
        return replace(request, path=request.path.replace(_TEXT, raw))

    return make


ATTACK: Final = Attack(ABOUT, _verdicts, last=partial(_verdicts, kept=True))
