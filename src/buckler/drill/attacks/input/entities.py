"""D405: does a parser of XML expand what a document defines?

1. A document without entities is served: that is the control. Routes that take JSON are asked whether they take XML,
   and a field of that name whether it is read as XML: its answer tells a text of the document without its marks.
2. In process an entity is defined as a file of our own; the answer has its text where the parser reads files.
3. An entity is defined as a text of two parts: the answer has them joined where the parser expands entities at all,
   which is enough for a document that grows without end.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from html import unescape
from typing import Final, cast
from xml.sax.saxutils import escape

from buckler.drill.attack import About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.aiming.aim import aimed, callers, served
from buckler.drill.attacks.input.canary import Canary, planted
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import Identity
from buckler.drill.plan.route import JSON, Route, Slot
from buckler.drill.preparing.control import prepared
from buckler.drill.transport.answer import Exchange
from buckler.randomness import identifier

ABOUT: Final = About(
    id="D405",
    name="XML entities are expanded",
    family="input",
    severity="high",
    sends="XML that defines entities: a text in two parts, and a file.",
    proves="The parser reads what a document tells it to: files, addresses, or texts that grow without end.",
    cwe=(611, 776),
    owasp=("API8",),
    asvs=("1.5.1",),
    fix="Refuse document types: `defusedxml`, or a handler of expat's that raises at a DOCTYPE.",
)
_XML: Final = "application/xml"
_USUAL: Final = (
    *("name", "title", "description", "text", "content", "value", "message", "body", "id", "key", "item", "data"),
    *("email", "user", "username", "comment", "note", "subject", "address", "product", "sku"),
)
_FIELDS: Final = re.compile(r"(^|_)(xml|data|document|payload|feed|soap|svg|source|input)(_|$)|Xml$", re.IGNORECASE)
_MOST_FIELDS: Final = 2
_FILE: Final = '<!DOCTYPE drill [<!ENTITY whole SYSTEM "file://{0}">]>'
_TEXT: Final = '<!DOCTYPE drill [<!ENTITY part "{0}"><!ENTITY whole "&part;{1}">]>'


async def _verdicts(on: Engagement) -> Verdicts:
    with planted(here=on.in_process) as canary:
        for route in on.routes:
            verdict: Verdict = NotApplicable(route.key, "it takes no document")
            if route.body is not None and (_takes_xml(route) or route.body.media == JSON):
                verdict = await _judge(on, route, canary)
            for slot in _fields(on, route):
                if isinstance(verdict, NotApplicable):
                    verdict = await _judge(on, route, canary, slot)
            yield verdict


def _fields(on: Engagement, route: Route) -> tuple[Slot, ...]:
    """The places of a request in which a document may stand as a text."""
    if _takes_xml(route):
        return ()
    places = (slot for slot in on.slots(route) if slot.place in ("query", "form", "body"))
    texts = (slot for slot in places if "string" in str(slot.schema.get("type", "string")))
    return tuple(slot for slot in texts if _FIELDS.search(slot.name))[:_MOST_FIELDS]


def _takes_xml(route: Route) -> bool:
    return route.body is not None and bool(re.search(r"[/+]xml$", route.body.media))


async def _judge(on: Engagement, route: Route, canary: Canary, slot: Slot | None = None) -> Verdict:
    found = await _control(on, route) if slot is None else await _control_of_field(on, route, slot)
    if isinstance(found, Untested | NotApplicable):
        return found
    control, draft, who = found
    first, second = identifier()[:8], identifier()[:8]
    for head, told, severity in (
        (_FILE.format(canary.path), canary.text, None),
        (_TEXT.format(first, second), first + second, "medium"),
    ):
        exchange = await on.ask(_with(draft, head, _names(on, route, draft), "&whole;", slot).request(), who)
        if exchange.answer.limited:
            return Untested(route.key, "it was asked too often", who.name)
        if told in exchange.answer.text:
            words = "The file that an entity names stands in the answer."
            if severity is not None:
                words = "An entity that the document defines is expanded in the answer."
            place = "body" if slot is None else str(slot)
            return Finding(route.key, words, exchange, (control,), who.name, place, "medium" if severity else None)
    return Clean(route.key, who.name)


async def _control(on: Engagement, route: Route) -> tuple[Exchange, Draft, Identity] | Untested | NotApplicable:
    """A document without entities that was served."""
    if _takes_xml(route):
        among = callers(on, route)
    else:
        aim = await aimed(on, route)
        if isinstance(aim, Untested):
            return aim
        among = (aim.who,)
    said = "nobody could ask"
    for who in among:
        draft = await prepared(on, route, who)
        if isinstance(draft, Untested):
            return draft
        media = draft.media if _takes_xml(route) else _XML
        document = replace(draft, media=media)
        exchange = await on.ask(_with(document, "", _names(on, route, draft), "drill").request(), who)
        if served(exchange.answer):
            return exchange, document, who
        said = exchange.answer.outcome
    if _takes_xml(route):
        return Untested(route.key, f"no document was served: {said}")
    return NotApplicable(route.key, "it takes no XML")


async def _control_of_field(
    on: Engagement, route: Route, slot: Slot
) -> tuple[Exchange, Draft, Identity] | Untested | NotApplicable:
    """A document in a field of which a text was told, and not as it was sent: it was read as XML."""
    aim = await aimed(on, route)
    draft = aim if isinstance(aim, Untested) else await prepared(on, route, aim.who)
    if isinstance(aim, Untested) or isinstance(draft, Untested):
        return draft if isinstance(draft, Untested) else Untested(route.key, "nobody could ask")
    word = f"drill-{identifier()[:8]}"
    exchange = await on.ask(_with(draft, "", _names(on, route, draft), word, slot).request(), aim.who)
    told = exchange.answer.text
    raw = re.search(rf"(>|&gt;|\\u003e){word}(<|&lt;|\\u003c)/", told)
    if served(exchange.answer) and word in told and not (raw and "drill>" in unescape(told)):
        return exchange, draft, aim.who
    return NotApplicable(route.key, "it takes no XML")


def _with(draft: Draft, head: str, names: Iterable[str], text: str, slot: Slot | None = None) -> Draft:
    inside = "".join(f"<{name}>{text}</{name}>" for name in names)
    document = f'<?xml version="1.0"?>{head}<drill>{inside}</drill>'
    return draft.with_body(document.encode()) if slot is None else draft.put(slot, document)


def _names(on: Engagement, route: Route, draft: Draft) -> tuple[str, ...]:
    """The names of elements that the app may look for."""
    body = draft.body
    fields = tuple(cast("dict[str, object]", body)) if isinstance(body, dict) else ()
    example: list[str] = re.findall(r"<([A-Za-z_][\w.-]*)", body) if isinstance(body, str) else []
    answered = on.setting.document.schemas.fields(route.answer())
    known = [escape(name) for name in (*fields, *example, *answered) if re.fullmatch(r"[A-Za-z_][\w.-]*", name)]
    return tuple(dict.fromkeys((*known, *_USUAL)))


ATTACK: Final = Attack(ABOUT, _verdicts)
