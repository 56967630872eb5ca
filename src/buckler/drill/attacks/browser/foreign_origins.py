"""D602: may pages of other origins read answers with what lets the visitor in?

1. An answer that needs a caller, one that anybody gets, and a preflight are asked for from origins that no app means:
   a foreign one, `null`, hosts that begin or end as the own one does, and the own host without TLS.
2. It counts where that origin comes back in Access-Control-Allow-Origin together with leave to send credentials. A `*`,
   or an origin without that leave, lets read what anybody gets: no finding.
3. It is high where cookies that let in travel to the app from other sites, medium where SameSite holds them back, and
   low where nobody is signed in by cookies. The control is the same request without an `Origin`.
"""

from typing import Final
from urllib.parse import urlsplit

from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, Severity, Untested, Verdicts
from buckler.drill.attacks.browser.forgery import EVIL
from buckler.drill.attacks.browser.session import Session, session_of
from buckler.drill.attacks.browser.sweep import Seen, sweep
from buckler.drill.engagement import Engagement
from buckler.drill.transport.answer import Exchange
from buckler.drill.transport.request import Request

ABOUT: Final = About(
    id="D602",
    name="answers shared with foreign origins (CORS)",
    family="browser",
    severity="high",
    sends="Requests and preflights from origins that look like the own one, or like none.",
    proves="A page of another site reads what the app answers to its visitor.",
    cwe=(942, 346),
    owasp=("API8",),
    asvs=("3.4.2",),
    fix="List the origins that may read, letter by letter; never echo what was sent, never allow `null`.",
)


async def _verdicts(on: Engagement) -> Verdicts:
    seen = await sweep(on)
    chosen = [next((each for each in seen if each.who.is_anybody == anybody), None) for anybody in (False, True)]
    answers = [each for each in chosen if each is not None]
    if not answers:
        yield Untested(EVERYWHERE, "no answer is known that another origin could want to read")
        return
    severity = await _severity(on)
    for each in answers:
        for origin in origins(on):
            found = await _shared(on, each, origin)
            if found is not None:
                words = f"The origin {origin} may read answers with credentials: {found.answer.status}, echoed."
                yield Finding(EVERYWHERE, words, found, (each.exchange,), each.who.name, "header Origin", severity)
                return
    yield Clean(EVERYWHERE)


async def _shared(on: Engagement, seen: Seen, origin: str) -> Exchange | None:
    """The answer, or the preflight, that gives this origin leave."""
    request = seen.exchange.request.with_headers(("Origin", origin), ("Sec-Fetch-Site", "cross-site"))
    if not seen.who.by_cookie:
        request = request.with_more(("Cookie", "drill=1"))
    answer = await on.ask(request, seen.who)
    if is_shared(answer, origin):
        return answer
    asked = (("Origin", origin), ("Access-Control-Request-Method", "POST"))
    headers = (*asked, ("Access-Control-Request-Headers", "content-type"))
    before = await on.ask(Request("OPTIONS", request.path, headers=headers))
    return before if is_shared(before, origin) else None


def is_shared(exchange: Exchange, origin: str) -> bool:
    """Whether a browser lets this origin read the answer to a request with credentials (Fetch, section 3.3)."""
    allowed = exchange.answer.header("access-control-allow-origin") == origin
    return allowed and exchange.answer.header("access-control-allow-credentials") == "true"


async def _severity(on: Engagement) -> Severity:
    session = await session_of(on)
    if isinstance(session, Session):
        return "high" if session.crosses_sites else "medium"
    return "low"


def origins(on: Engagement) -> tuple[str, ...]:
    """Origins that no app means. Without TLS its own host is another one, but on the machine of its developer."""
    parts = urlsplit(on.sender.origin)
    without_tls = replace_scheme(on.sender.origin) if parts.scheme == "https" and not on.sender.is_near else ""
    several = (EVIL, "null", f"https://{parts.netloc}.evil.example", f"https://evil{parts.netloc}", without_tls)
    return tuple(each for each in several if each)


def replace_scheme(origin: str) -> str:
    """The origin without TLS."""
    return f"http://{origin.partition('://')[2]}"


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
