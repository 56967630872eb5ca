"""Every cookie that leaves, whoever sets it, is held to the same rules (RFC 6265bis; ASVS 3.3.1 to 3.3.5).

Completed, since it takes nothing from an app that means well:

1. `Secure`, over HTTPS, and wherever a browser drops the cookie without it: with a prefix, with `SameSite=None`.
2. `HttpOnly`, unless the cookie is declared as one that scripts read.
3. `SameSite=Lax`, where nothing is stated: what most browsers take it for.
4. `Path=/` on a name with `__Host-`, which browsers drop without it.
5. Of two cookies that would take each other's place the last stays, as in every browser.

Held back, since repaired it would be another cookie than the app meant:

6. What two readers read in two ways (`set_cookie.py`), a prefix in other letters than its own, one name with two
   places, a name of Buckler's own from a route that is not.
7. `Domain` and `SameSite=None` that nobody declared: they hand the cookie to hosts and pages of others.
8. What browsers drop without a word: more than 4096 bytes of name and value, 1024 of one attribute, a prefix that
   its attributes break. The app believes that it has set it.
9. More than 50 cookies, or more bytes of them than a request may bring back: whoever takes them in is shut out.

500, and not the 403 of a redirect: something of the app is broken, and somebody should look. A trial lifts 7 to 9.

Caveat: a name without a prefix can be overwritten from a sibling host, whatever its attributes. The log names it, once.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from buckler.asgi import Exchange, Headers, Message
from buckler.defence import Departure
from buckler.edge.cookie import Cookie, is_own, prefix_of
from buckler.edge.ours import is_ours
from buckler.edge.set_cookie import SetCookie, Unreadable, read_set_cookie
from buckler.errors import Refusal
from buckler.events import EventLog

MALFORMED: Final = Refusal(
    500,
    "cookie-malformed",
    "A cookie of this answer could be read in two ways.",
    event="sys_answer_refused",
)
REFUSED: Final = Refusal(
    500, "cookie-refused", "A cookie of this answer breaks the rules for cookies.", event="sys_answer_refused"
)
MOST: Final = 50
"""Cookies of one answer: as many as every browser keeps of one host (RFC 6265bis section 6.1)."""
LONGEST: Final = 4096
"""Bytes of name and value."""
LONGEST_ATTRIBUTE: Final = 1024
_FIELD: Final = b"set-cookie"
_MOST_TOLD: Final = 100
"""Names that the log speaks of: an app may make names of what it was sent."""
_HOST: Final = "Host"

Fault = tuple[Refusal, str, str]
"""The refusal, the reason and the remedy, for the log."""
Pair = tuple[bytes, bytes]


class Cookies(Departure):
    """Completes the cookies of an answer, or holds it back."""

    name = "cookies"
    judges_usual_fields = False

    def __init__(self, declared: Iterable[Cookie], most_bytes: int, events: EventLog) -> None:
        """`most_bytes` of names and values may one answer set: what a request can bring back."""
        self._declared = {each.name: each for each in declared}
        self._most_bytes = most_bytes
        self._events = events
        self._told: set[str] = set()

    def depart(self, exchange: Exchange, start: Message) -> Refusal | None:
        given: Headers = start.get("headers", ())
        # ASGI wants no more than something to go through, once.
        headers = given if isinstance(given, list) else list(given)
        start["headers"] = headers
        for name, _ in headers:
            if len(name) == 10 and name.lower() == _FIELD:
                return self._judge(headers, exchange, start)
        return None

    def _judge(self, headers: Sequence[Pair], exchange: Exchange, start: Message) -> Refusal | None:
        lines = [bytes(value) for name, value in headers if name.lower() == _FIELD]
        try:
            found = {each.place: each for each in map(read_set_cookie, lines)}
        except Unreadable as error:
            return _held((MALFORMED, error.reason, error.remedy), exchange)
        fault = self._fault_of(list(found.values()))
        from_us = _is_from_us(exchange)
        kept: list[Pair] = []
        for each in found.values():
            fault = fault or self._fault(each, from_us=from_us)
            kept.append((_FIELD, self._completed(each, exchange, from_us=from_us)))
        start["headers"] = [pair for pair in headers if pair[0].lower() != _FIELD] + kept
        return None if fault is None else _held(fault, exchange)

    def _fault_of(self, cookies: Sequence[SetCookie]) -> Fault | None:
        """What is wrong with them together."""
        names = {each.name for each in cookies}
        if len(names) < len(cookies):
            return MALFORMED, "two cookies of one name, for different places", "set a name once in an answer"
        if len(cookies) > MOST:
            return REFUSED, f"{len(cookies)} cookies in one answer", f"set at most {MOST}"
        size = sum(each.size for each in cookies)
        if size > self._most_bytes:
            remedy = f"set at most {self._most_bytes}, or raise BUCKLER_MAX_HEADER_BYTES, of which they are half"
            return REFUSED, f"{size} bytes of cookies, more than a request may bring back", remedy
        return None

    def _fault(self, cookie: SetCookie, *, from_us: bool) -> Fault | None:
        """What is wrong with one of them by itself."""
        name = cookie.name[:64]
        prefix = prefix_of(cookie.name)
        if not cookie.name.startswith(prefix):
            return MALFORMED, f"{name} has its prefix in other letters", f"write {prefix}"
        if is_own(cookie.name) and not from_us:
            return MALFORMED, f"{name} is a cookie of Buckler's own", "give the app's cookie another name"
        if cookie.size > LONGEST:
            remedy = "keep the data on the server, and a key to it in the cookie"
            return REFUSED, f"{name} has {cookie.size} bytes, and browsers keep {LONGEST}", remedy
        for key, value in cookie.attributes.items():
            if len(value) > LONGEST_ATTRIBUTE:
                return REFUSED, f"{name} has an attribute of {len(value)} bytes", f"write at most {LONGEST_ATTRIBUTE}"
            if key == b"path" and _HOST in prefix and value != b"/":
                return (
                    REFUSED,
                    f"{name} is for one path, and browsers drop it",
                    f"write Path=/, or a name without {prefix}",
                )
        return self._undeclared(cookie, prefix)

    def _undeclared(self, cookie: SetCookie, prefix: str) -> Fault | None:
        """What hands the cookie to others, and was not declared."""
        name, declared = cookie.name[:64], self._declared.get(cookie.name)
        domain = cookie.attributes.get(b"domain")
        if domain is not None and _HOST in prefix:
            return REFUSED, f"{name} has a Domain, and browsers drop it", "leave Domain out"
        if domain is not None:
            shown = domain[:253].decode().lower().removeprefix(".")
            if declared is None or declared.domain != shown:
                remedy = f"leave Domain out, or declare it: Cookie({name!r}, domain={shown!r}, reason='...')"
                return REFUSED, f"{name} goes to every host of a domain", remedy
        is_for_all = cookie.attributes.get(b"samesite", b"").lower() == b"none"
        if is_for_all and (declared is None or declared.same_site != "none"):
            remedy = f"write SameSite=Lax, or declare it: Cookie({name!r}, same_site='none', reason='...')"
            return REFUSED, f"{name} has SameSite=None: pages of other sites send it too", remedy
        return None

    def _completed(self, cookie: SetCookie, exchange: Exchange, *, from_us: bool) -> bytes:
        """The line with what it lacks; told in the log where that is new."""
        declared, prefix = self._declared.get(cookie.name), prefix_of(cookie.name)
        same_site = b"lax" if declared is None else declared.same_site.encode()
        needs_secure = exchange.is_secure or prefix or cookie.attributes.get(b"samesite", same_site).lower() == b"none"
        wanted = (
            (b"secure", b"Secure", bool(needs_secure)),
            (b"httponly", b"HttpOnly", declared is None or not declared.script),
            (b"samesite", b"SameSite=" + same_site.capitalize(), True),
            (b"path", b"Path=/", _HOST in prefix),
        )
        added = tuple(text for key, text, holds in wanted if holds and key not in cookie.attributes)
        lacks_prefix = exchange.is_secure and not prefix and declared is None
        if (added or lacks_prefix) and not from_us and cookie.name not in self._told:
            self._tell(cookie.name, [text.decode() for text in added], exchange, lacks_prefix=lacks_prefix)
        return cookie.with_attributes(added)

    def _tell(self, name: str, added: list[str], exchange: Exchange, *, lacks_prefix: bool) -> None:
        """Once a name: the answer is the same each time."""
        if len(self._told) >= _MOST_TOLD:
            return
        self._told.add(name)
        hints: list[str] = []
        if "HttpOnly" in added:
            hints.append(f"if scripts of yours read it, Cookie({name!r}, script=True, reason='...')")
        if lacks_prefix:
            hints.append(f"name it __Host-{name}, so that no sibling host can overwrite it")
        remedy = "; ".join(hints) or "set these attributes where the cookie is made"
        self._events.emit(
            "sys_cookie_completed", exchange, named=name, added=added, prefixed=not lacks_prefix, remedy=remedy
        )


def _held(fault: Fault, exchange: Exchange) -> Refusal:
    refusal, exchange.reason, exchange.remedy = fault
    return refusal


def _is_from_us(exchange: Exchange) -> bool:
    """Whether a route of Buckler's own answers, or a refusal that leaves before any route did."""
    if exchange.route is None:
        return exchange.refusal is not None and exchange.decision is None
    return is_ours(exchange.route)
