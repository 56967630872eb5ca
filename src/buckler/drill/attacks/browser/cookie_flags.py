"""D603: does the cookie that lets in have what keeps it?

1. Somebody new signs in. Which cookies let in is tried, one by one: only those are judged.
2. HttpOnly has to be there, `Secure` where the app is served by https, `SameSite` in any of its kinds; what the
   prefixes `__Host-` and `__Secure-` promise has to be kept; more than 400 days is more than browsers grant.
3. The control is a request that works with that cookie alone, and is refused without.
"""

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Final

from buckler.clock import SystemClock
from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, Severity, Verdicts
from buckler.drill.attacks.browser.session import Session, session_of
from buckler.drill.attacks.browser.set_cookie import SetCookie
from buckler.drill.engagement import Engagement

ABOUT: Final = About(
    id="D603",
    name="session cookie without its flags",
    family="browser",
    severity="medium",
    sends="A sign-in.",
    proves="Scripts read the cookie that lets in, networks see it, or other sites send it.",
    cwe=(1004, 614, 1275),
    owasp=("API8",),
    asvs=("3.3.1", "3.3.2", "3.3.4"),
    fix="Set it as `__Host-name=...; Path=/; Secure; HttpOnly; SameSite=Lax`, for as long as a session may last.",
)
_LONGEST: Final = 400 * 86_400
"""Seconds (RFC 6265bis section 5.5)."""


async def _verdicts(on: Engagement) -> Verdicts:
    session = await session_of(on)
    if not isinstance(session, Session):
        yield session
        return
    found = False
    for name, cookie in session.carrying.items():
        several = list(flaws(cookie, secure=on.sender.origin.startswith("https")))
        if several:
            found = True
            severity: Severity = "medium" if any(bad for _, bad in several) else "low"
            words = f"The cookie {name} lets in, and {'; '.join(what for what, _ in several)}."
            control = (session.proof, session.refusal)
            yield Finding(EVERYWHERE, words, session.entered, control, session.who.name, f"cookie {name}", severity)
    if not found:
        yield Clean(EVERYWHERE, session.who.name)


def flaws(cookie: SetCookie, *, secure: bool) -> Iterator[tuple[str, bool]]:
    """What is wrong with it, and whether that alone opens something."""
    if not cookie.has("httponly"):
        yield "scripts can read it (HttpOnly is missing)", True
    if secure and not cookie.has("secure"):
        yield "it is sent without TLS too (Secure is missing)", True
    if not cookie.same_site:
        yield "nobody says whether other sites may send it (SameSite is missing)", False
    if not cookie.is_taken:
        yield "browsers do not keep it: its prefix or SameSite=None asks for more", False
    if lifetime(cookie) > _LONGEST:
        yield "it is kept for more than 400 days", False


def lifetime(cookie: SetCookie) -> float:
    """Seconds from now on; nothing for the time of the browser's own session."""
    said = cookie.attributes.get("max-age", "")
    if said.lstrip("-").isdigit():
        return float(said)
    try:
        return parsedate_to_datetime(cookie.attributes.get("expires", "")).timestamp() - SystemClock.now()
    except (ValueError, TypeError):
        return 0.0


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
