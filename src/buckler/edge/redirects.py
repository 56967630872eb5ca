"""A redirect leads to ourselves, or to an origin that the operator listed (ASVS 3.7.2).

Where `Location` (with a status 3xx) or `Refresh` (with any) leads:

1. Nowhere else: a path, a query, a fragment on this origin. Taken as it is.
2. An absolute URL: its origin must be the configured one, the one that this request came to, a host name of ours
   under HTTPS, or one of `BUCKLER_REDIRECT_ORIGINS`. The origin as a whole is compared: a name that only begins or
   ends like ours, another port, a name and password in front of the host are another place. A request that came
   over HTTPS is not led to plain HTTP.
3. Anything else is refused, fail closed: a backslash, a tab or another control character, a second slash at the
   beginning, a scheme without `//`, a percent sign or a letter beyond ASCII in the host, several lines of one field.
   Browsers repair such URLs (WHATWG URL, section 4.4), each repair being a way to somewhere else; an app that means
   well writes none.

What leaves instead is 403: nothing of ours is broken, so it is no 5xx, which would wake somebody for every probe;
the request may be well formed, so it is no 400; to lead there is what we do not do.

`Content-Location`, and `Location` with 201 or 202, say where something is: no browser follows them.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from buckler.asgi import Exchange, Headers, Message
from buckler.defence import Departure
from buckler.errors import ConfigurationError, Refusal

REFUSED: Final = Refusal(403, "redirect-refused", "This service does not lead there.", event="sys_answer_refused")

_REST: Final = rb"[^\x00-\x1f\x7f\\]*"
_HERE: Final = re.compile(rb"(?:/(?!/)|[?#]|[^\x00-\x20\x7f\\/:?#][^\x00-\x1f\x7f\\/:?#]*(?=[/?#]|\Z)|\Z)" + _REST)
"""A reference that stays on its origin."""
_ABSOLUTE: Final = re.compile(
    rb"(https?)://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(0|[1-9][0-9]{0,4}))?(?:[/?#]" + _REST + rb")?",
    re.IGNORECASE,
)
_REFRESH: Final = re.compile(
    rb"[0-9]{1,9} *(?:[;,] *url *= *(?:\"([^\"']*)\" *|'([^\"']*)' *|([^\"' ][^\"']*)))?", re.IGNORECASE
)
_DEFAULT_PORTS: Final = {b"http": b"80", b"https": b"443"}
_LEADING: Final = frozenset((b"location", b"refresh"))
_USUAL: Final = frozenset((b"cache-control", b"content-length", b"content-type", b"etag", b"vary"))
"""Names that nearly every answer has, and that lead nowhere."""
_FOREIGN: Final = "host-unknown"
_LONGEST: Final = 8192
LONGEST_ORIGIN: Final = 180
"""More would not stand whole in a line of the log."""


class Redirects(Departure):
    """Holds every answer that would lead a browser to a place that is not listed."""

    name = "redirects"
    completes_refusals = False
    judges_usual_fields = False

    def __init__(self, origins: Iterable[str], host_names: Iterable[str]) -> None:
        """`origins` as `https://name` or with a port; `host_names` are our own, reached over HTTPS."""
        listed = [*map(_checked, origins), *(_origin(f"https://{name}".encode()) for name in host_names)]
        self._origins = frozenset(each for each in listed if each is not None)

    def depart(self, exchange: Exchange, start: Message) -> Refusal | None:
        given: Headers = start.get("headers", ())
        # ASGI wants no more than something to go through, once.
        if isinstance(given, list):
            headers = given
        else:
            headers = start["headers"] = list(given)
        for name, _ in headers:
            if name not in _USUAL and name.lower() in _LEADING:
                break
        else:
            return None
        status = start.get("status", 101)
        targets = [_named(name.lower(), value, status) for name, value in headers]
        led = [target for each in targets if each is not None for target in each]
        # Fail closed: two places to go are one too many.
        if len(led) < 2 and all(self._is_ours(target, exchange) for target in led):
            return None
        exchange.reason = "the answer leads elsewhere"
        exchange.remedy = _remedy(led, exchange)
        return REFUSED

    def _is_ours(self, target: bytes, exchange: Exchange) -> bool:
        if len(target) > _LONGEST:
            return False
        if _HERE.fullmatch(target):
            return True
        origin = _origin(target)
        return origin is not None and (origin in self._origins or origin == _origin_asked(exchange))


def _named(name: bytes, value: bytes, status: int) -> tuple[bytes, ...] | None:
    """Where a header line leads: None for nowhere; something that is no place of ours for what cannot be read."""
    if name == b"location":
        return (value,) if 300 <= status < 400 else None
    if name != b"refresh":
        return None
    found = _REFRESH.fullmatch(value) if len(value) <= _LONGEST else None
    return (b"\\",) if found is None else tuple(each.strip(b" ") for each in found.groups() if each is not None)


def _remedy(led: Sequence[bytes], exchange: Exchange) -> str | None:
    """What lets the answer pass, if it is one that the app means. The place may well be a stranger's wish."""
    origin = _origin(led[0]) if len(led) == 1 and len(led[0]) <= _LONGEST else None
    if origin is None or len(origin) > LONGEST_ORIGIN or (exchange.is_secure and origin.startswith(b"http:")):
        return None
    return f"If you mean to lead there, list it: BUCKLER_REDIRECT_ORIGINS={origin.decode()}"


def _checked(origin: str) -> bytes:
    found = _origin(origin.encode())
    if found is None:
        raise ConfigurationError(f"A redirect to {origin!r}: write an origin alone, as in https://pay.example.com.")
    return found


def _origin(url: bytes) -> bytes | None:
    """The origin of an absolute URL that no reader has to repair, in lower case and without a default port."""
    found = _ABSOLUTE.fullmatch(url)
    if found is None:
        return None
    scheme, host, port = found[1].lower(), found[2].lower(), found[3]
    if port is None or port == _DEFAULT_PORTS[scheme]:
        return bytes(scheme + b"://" + host)
    return bytes(scheme + b"://" + host + b":" + port)


def _origin_asked(exchange: Exchange) -> bytes | None:
    """The origin that this request came to. Its host was judged at the door; one that a trial let pass is not ours."""
    if exchange.lifted is not None and _FOREIGN in exchange.lifted:
        return None
    scheme = b"https://" if exchange.is_secure else b"http://"
    return _origin(scheme + (exchange.header(b"host") or b""))
