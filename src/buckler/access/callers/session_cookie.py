"""The cookie that is a caller's credential, and the token that its forms carry (RFC 6265 section 4.2.1; ASVS 3.5.1).

- A request has the cookie where its name stands there once, in one `Cookie` line, with a value that we could have
  set. Anything else is no credential: garbage, a second one of the same name, one that is too long. Whoever sends it
  is nobody, and not refused for it: a browser sends what any site of the same name made it keep.
- The token of its forms is a keyed digest with the cookie as its key. It is bound to this one session, needs no store
  and no key of ours, and tells nothing of the cookie, which is drawn from 256 random bits.

Caveat: an app's own cookie with few random bits could be guessed from such a token. Draw session ids from `secrets`.
"""

import hmac
from base64 import urlsafe_b64encode
from typing import Final

from buckler.asgi import Exchange

LONGEST_COOKIE: Final = 4096
"""Bytes of a value. Browsers keep no longer one."""
TOKEN_LENGTH: Final = 43
_PURPOSE: Final = b"buckler csrf token"
_OCTETS: Final = bytes({*range(0x21, 0x7F)} - set(b'",;\\'))
"""What the value of a cookie is made of (RFC 6265 section 4.1.1)."""
_COOKIE: Final = b"cookie"


def cookie_value(exchange: Exchange, name: bytes) -> bytes | None:
    """The value of this cookie; None where it did not come once, and in the form in which cookies are set."""
    line: bytes | None = exchange.headers.get(_COOKIE)
    if line is None or name not in line or _COOKIE in exchange.repeated:
        return None
    begin, mark = line.partition(name)[::2]
    if name not in mark and mark[:1] == b"=" and (not begin or begin[-2:] == b"; "):
        # As browsers write it: taken apart once, and not pair by pair.
        value = mark[1:].partition(b";")[0]
    else:
        pairs = (each.partition(b"=") for each in line.split(b";"))
        found = [held for key, _, held in pairs if key.strip() == name]
        if len(found) != 1:
            return None
        value = found[0]
    value = value.strip(b" \t")
    return value if 0 < len(value) <= LONGEST_COOKIE and not value.translate(None, _OCTETS) else None


def names_cookie(exchange: Exchange, name: bytes) -> bool:
    """Whether a cookie of this name came at all, however often and whatever it holds."""
    lines = (value for key, value in exchange.scope["headers"] if key == _COOKIE)
    return any(each.partition(b"=")[0].strip() == name for line in lines for each in line.split(b";"))


def csrf_token_for(cookie: bytes) -> str:
    """The token of the forms of this session."""
    return urlsafe_b64encode(hmac.digest(cookie, _PURPOSE, "sha256")).rstrip(b"=").decode("ascii")


def credential_cookie(exchange: Exchange) -> bytes | None:
    """The cookie by which the caller of this request came; None for whoever came otherwise, and for nobody."""
    found: bytes | None = getattr(exchange, "cookie", None)
    return found


def csrf_token_of(exchange: Exchange) -> str:
    """The token for the forms of whoever asks; empty where no cookie is behind the request, and none is needed."""
    cookie = credential_cookie(exchange)
    return csrf_token_for(cookie) if cookie is not None else ""


def is_csrf_token(exchange: Exchange, sent: bytes) -> bool:
    """Whether `sent` is the token of this caller's forms; never where it did not come by a cookie."""
    cookie = credential_cookie(exchange)
    return cookie is not None and hmac.compare_digest(csrf_token_for(cookie).encode("ascii"), sent)
