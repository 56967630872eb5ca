"""D601: can a page of another site have something done in the name of whoever visits it?

1. Whoever signs in by cookies sends what changes something: that is the control. Then the same comes as a form, a text
   or a body without a type that a foreign page has the browser send: with its `Origin` and `Sec-Fetch-Site`, with the
   cookies whose `SameSite` lets them go along, and without what only scripts of the app's own pages can add.
2. Where `SameSite` keeps the cookies at home, a page of a sibling host is tried, which is the same site: what works
   then has no other defence, and is told as low.
3. A sign-in that works so signs visitors in as somebody else. A link that changes something is followed, and counts
   where the object is another afterwards.
4. What the policy opens for other sites, signing out, and bearer tokens are not judged.
"""

from collections.abc import AsyncGenerator, Iterable
from dataclasses import replace
from typing import Final

from buckler.drill.attack import (
    EVERYWHERE,
    About,
    Attack,
    Clean,
    Finding,
    NotApplicable,
    Severity,
    Untested,
    Verdict,
    Verdicts,
)
from buckler.drill.attacks.alike import same_outcome
from buckler.drill.attacks.browser.followed_link import is_link_that_changes, judge_link
from buckler.drill.attacks.browser.forgery import ELSEWHERE, Page, forged, in_their_browser, sibling
from buckler.drill.attacks.browser.session import Session, session_of
from buckler.drill.attacks.browser.set_cookie import set_cookies
from buckler.drill.attacks.browser.ways_in import good_sign_in, ways_in
from buckler.drill.attacks.together import as_one
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import ANONYMOUS
from buckler.drill.plan.route import JSON, Route
from buckler.drill.preparing.control import prepared
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D601",
    name="request forged by another site (CSRF)",
    family="browser",
    severity="high",
    sends="What changes something, as a page of another site can have a browser send it.",
    proves="Whoever visits such a page while signed in does what the page wants.",
    cwe=(352, 1275),
    owasp=("API8",),
    asvs=("3.5.1", "3.5.2", "3.3.2"),
    fix="Refuse what changes something unless `Origin` or `Sec-Fetch-Site` says that a page of your own sent it, or ask"
    " for a token; set session cookies with `SameSite=Lax`.",
)
_SEVERAL: Final = 3
_SIBLINGS: Final = 4
"""Routes that are tried from a sibling host."""
_SHAPES: Final = {"form": "A form", "text": "JSON as text/plain", "bare": "JSON without a media type"}


async def _verdicts(on: Engagement) -> Verdicts:
    session = await session_of(on)
    if not isinstance(session, Session):
        yield session
        return
    if not on.may_send("POST"):
        yield Untested(EVERYWHERE, "it changes something, and --writes was not given", session.who.name)
        return
    found: list[Finding] = []
    async for verdict in _forgeries(on, session):
        if isinstance(verdict, Finding):
            found.append(verdict)
        else:
            yield verdict
    for each in _grouped(found, session):
        yield each
    for route in on.routes:
        if is_link_that_changes(route):
            yield await judge_link(on, session, route)


def _grouped(found: Iterable[Finding], session: Session) -> list[Finding]:
    """One for the whole app where several routes take such requests; from a sibling host always."""
    several, grouped = list(found), list[Finding]()
    for place in ("", "body"):
        same = [finding for finding in several if finding.place == place]
        if len(same) >= _SEVERAL or (same and not session.crosses_sites):
            grouped.append(replace(as_one(same), place=place))
        else:
            grouped += same
    return grouped


async def _forgeries(on: Engagement, session: Session) -> AsyncGenerator[Verdict]:
    doors = on.cast.entry.routes if on.cast.entry is not None else frozenset[str]()
    signing = ways_in(on)
    left = len(on.routes) if session.crosses_sites else _SIBLINGS
    for route in on.routes:
        if route.method != "POST" or not left or route in signing:
            continue
        if route.key in doors or on.ends_a_caller(route):
            yield NotApplicable(route.key, "it is a way in or out", session.who.name)
            continue
        verdict = await _judge(on, session, route)
        left -= isinstance(verdict, Finding | Clean)
        yield verdict
    for route in signing:
        yield await _signed_in(on, session, route)


async def _judge(on: Engagement, session: Session, route: Route) -> Verdict:
    who = session.who
    declared = on.setting.truth.routes.get(route.key) if on.setting.truth is not None else None
    if declared is not None and (declared.cross_site or declared.may(who.role) == "no"):
        return NotApplicable(route.key, "the policy opens it for other sites, or closes it", who.name)
    draft = await _prepared(on, session, route)
    if isinstance(draft, Untested):
        return draft
    control = await on.ask(draft.request(), who)
    if not control.answer.worked:
        return Untested(route.key, f"no request worked in a browser: {control.answer.outcome}", who.name)
    again = await _prepared(on, session, route)
    request = draft.request() if isinstance(again, Untested) else again.request()
    page = ELSEWHERE if session.crosses_sites else sibling(on.sender.origin)
    for kind, forgery in forged(request, page):
        attacked = await on.ask(forgery, in_their_browser(session, page))
        if same_outcome(control.answer, attacked.answer):
            return _finding(route, session, page, kind, control, attacked)
    return Clean(route.key, who.name)


async def _prepared(on: Engagement, session: Session, route: Route) -> Draft | Untested:
    """The request; where nobody says what its body is, with that of a route which is called the same."""
    draft = await prepared(on, route, session.who)
    if isinstance(draft, Untested) or route.body is not None or not route.segments:
        return draft
    twin = next(
        (r for r in on.routes if r.method == "POST" and r.body and r.segments[-1:] == route.segments[-1:]), None
    )
    borrowed = await prepared(on, twin, session.who) if twin is not None else None
    return replace(draft, body=borrowed.body, media=JSON) if isinstance(borrowed, Draft) else draft


def _finding(route: Route, session: Session, page: Page, kind: str, control: Exchange, attacked: Exchange) -> Finding:
    cross = page.site == "cross-site"
    where = "another site" if cross else "a sibling host, which SameSite does not keep out,"
    severity: Severity | None = None if cross else "low"
    words = f"{_SHAPES[kind]} that {where} sent with the visitor's cookies did what it said."
    return Finding(route.key, words, attacked, (control,), session.who.name, _place(kind), severity)


def _place(kind: str) -> str:
    return "" if kind == "form" else "body"


async def _signed_in(on: Engagement, session: Session, route: Route) -> Verdict:
    """Whether another site can sign a visitor in as somebody of its own."""
    account = session.who.account
    if account is None:
        return Untested(route.key, "no account is known to sign in with")
    plain = good_sign_in(on, route, account).request()
    came_here = (plain.method, plain.path) == (session.entered.request.method, session.entered.request.path)
    control = session.entered if came_here else await on.ask(plain, ANONYMOUS)
    if not _sets(control, session):
        return NotApplicable(route.key, "it sets no cookie that lets in")
    for kind, request in forged(control.request, ELSEWHERE):
        attacked = await on.ask(request, ANONYMOUS)
        if attacked.answer.limited:
            return Untested(route.key, "it was asked too often")
        if _sets(attacked, session):
            words = f"{_SHAPES[kind]} that another site sent signed its visitor in, as whoever that site likes."
            return Finding(route.key, words, attacked, (control,), place=_place(kind), severity="medium")
    return Clean(route.key)


def _sets(exchange: Exchange, session: Session) -> bool:
    given = set_cookies(exchange.answer)
    return exchange.answer.meant < 400 and all(name in given for name in session.carrying)


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
