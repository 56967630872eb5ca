"""D606: does a link of the app lead wherever it is told?

1. Places called `next`, `return_to`, `redirect`, `url` and the like are given a path of the app itself. Where the
   answer leads there, as a redirect, that is the control; the app is asked as anybody, as somebody signed in, and at
   the door with an account that is good.
2. Then they are given another host, in the spellings that browsers read as one: without a scheme, with backslashes,
   with the app's own name in front, encoded.
3. It counts where a browser would leave the app for that host, by the rules of URLs (WHATWG URL, section 4.4).
"""

import re
from collections.abc import AsyncGenerator
from typing import Final
from urllib.parse import urlsplit

from buckler.drill.attack import About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.browser.sweep import viewers
from buckler.drill.attacks.browser.ways_in import good_sign_in, ways_in
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.plan.route import Route, Slot
from buckler.drill.preparing.control import prepared
from buckler.drill.preparing.fuller import with_all
from buckler.drill.transport.answer import Answer, Exchange

ABOUT: Final = About(
    id="D606",
    name="open redirect",
    family="browser",
    severity="medium",
    sends="Another host where a path to go on to is taken.",
    proves="A link that begins with the name of the app leads to another site, which looks like it.",
    cwe=(601,),
    owasp=("API8",),
    asvs=("3.7.2",),
    fix="Take paths alone: one slash, then letters; or names of a fixed list.",
)
_LEADS: Final = re.compile(
    r"next(_?(url|page|path))?|ur[il]|.*redirect.*|return.*|continue|target|go_?to|callback(_?url)?|dest(ination)?|to"
    r"|forward|back|success_?url|after(_?login)?|r|from|ref(errer)?",
    re.IGNORECASE,
)
_OURS: Final = "/drill-goes-here"
_THEIRS: Final = "evil.example"
_ELSEWHERE: Final = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/\t/evil.example/",
    "http:evil.example/",
    "https://{host}.evil.example/",
    "https://{host}@evil.example/",
    "%2f%2fevil.example/",
)


async def _verdicts(on: Engagement) -> Verdicts:
    for route in on.routes:
        slots = tuple(slot for slot in on.slots(route) if _leads(slot))
        if not slots or not (route.is_safe or route.method == "POST"):
            yield NotApplicable(route.key, "no value of it is called like a place to go on to")
            continue
        for slot in slots:
            yield await _judge(on, route, slot)


def _leads(slot: Slot) -> bool:
    text = slot.schema.get("type", "string") == "string" and "enum" not in slot.schema
    return slot.place in ("query", "form", "body") and text and bool(_LEADS.fullmatch(slot.name))


async def _judge(on: Engagement, route: Route, slot: Slot) -> Verdict:
    if not on.may_send(route.method):
        return Untested(route.key, f"{route.method} changes something, and --writes was not given")
    async for draft, who in _asked(on, route):
        control = await on.ask(draft.put(slot, _OURS).request(), who)
        if not _follows(control.answer):
            continue
        host = urlsplit(on.sender.origin).hostname or ""
        for value in _ELSEWHERE:
            attacked = await on.ask(draft.put(slot, value.format(host=host)).request(), who)
            if leaves_for(attacked.answer.header("location") or "", on.sender.origin) and _redirects(attacked.answer):
                return _finding(route, slot, attacked, control, who)
        return Clean(route.key, who.name)
    return NotApplicable(route.key, "it leads to no place that it is told")


def _finding(route: Route, slot: Slot, attacked: Exchange, control: Exchange, who: Identity) -> Finding:
    words = f"{slot.name} may name another site: the answer leads to {attacked.answer.header('location')!r}."
    return Finding(route.key, words, attacked, (control,), who.name, str(slot))


async def _asked(on: Engagement, route: Route) -> AsyncGenerator[tuple[Draft, Identity]]:
    """Requests that may lead on, and by whom they are sent."""
    if any(route.key == each.key for each in ways_in(on)):
        account = next((each.account for each in on.cast.people if each.account is not None), None)
        if account is not None:
            yield good_sign_in(on, route, account), ANONYMOUS
            return
    for who in viewers(on):
        if on.declared(route, who) != "no" and not (on.ends_a_caller(route) and not who.is_anybody):
            draft = await prepared(on, route, who)
            if not isinstance(draft, Untested):
                yield draft, who
                full = with_all(on, draft, who)
                # A form may lead on only where all of it is filled in.
                if full is not draft:
                    yield full, who


def _redirects(answer: Answer) -> bool:
    return answer.status in (301, 302, 303, 307, 308)


def _follows(answer: Answer) -> bool:
    return _redirects(answer) and urlsplit(answer.header("location") or "").path == _OURS


def leaves_for(location: str, origin: str) -> bool:
    """Whether a browser at `origin` goes to the other host."""
    text = re.sub(r"[\t\r\n]", "", location).strip(" ").replace("\\", "/")
    own = urlsplit(origin).scheme
    scheme = re.match(r"([a-zA-Z][a-zA-Z0-9+.-]*):", text)
    if scheme is not None and scheme[1].lower() in ("http", "https"):
        rest = text[scheme.end() :]
        if scheme[1].lower() == own and not rest.startswith("//"):
            return False
        host = rest.lstrip("/").partition("/")[0]
    elif text.startswith("//"):
        host = text.lstrip("/").partition("/")[0]
    else:
        return False
    host = re.split(r"[?#]", host)[0].rpartition("@")[2].partition(":")[0]
    return host == _THEIRS or host.endswith(f".{_THEIRS}")


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
