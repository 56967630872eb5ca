"""How a browser is told of its session: a cookie that no script reads, and the token of its forms (ASVS 14.3.1)."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field
from starlette.datastructures import MutableHeaders

from buckler.access.callers.session_cookie import TOKEN_LENGTH, credential_cookie
from buckler.asgi import Exchange
from buckler.identity.sessions.browser_sessions import CookieSession, ended_cookie
from buckler.identity.settings import LONGEST_SESSION
from buckler.identity.sign_in.devices import Device
from buckler.identity.sign_in.known_devices import cookie_of

_CLEARED: Final = '"cache", "storage"'
"""What a browser forgets at a logout (Clear Site Data, section 3.1).

Not `"cookies"`: that takes those of every name below the same registered one, and the device by which its owner is
told from strangers. The cookie of the session is taken by itself.
"""

CsrfToken = Annotated[str, Field(min_length=TOKEN_LENGTH, max_length=TOKEN_LENGTH, pattern=r"^[A-Za-z0-9_-]+$")]


class SignedInByCookie(BaseModel):
    """A sign-in that is complete, with its session in a cookie."""

    status: Literal["complete"] = "complete"
    csrf_token: CsrfToken
    """Send it as `X-CSRF-Token` with whatever changes something."""
    expires_in: Annotated[int, Field(ge=1, le=LONGEST_SESSION, json_schema_extra={"format": "int32"})]
    """Seconds until the session is over, if nobody uses it."""


def fields_of_session(session: CookieSession, device: Device | None = None) -> list[tuple[str, str]]:
    """The fields that give a browser its session, and the token by which its device is known."""
    cookies = [session.set_cookie] if device is None else [session.set_cookie, cookie_of(device.token)]
    return [("set-cookie", each) for each in cookies]


def fields_of_end() -> list[tuple[str, str]]:
    """The fields that take the session from a browser, and what it kept of pages (Clear Site Data, section 3)."""
    return [("set-cookie", ended_cookie()), ("clear-site-data", _CLEARED)]


def keeping(session: CookieSession, headers: MutableHeaders, device: Device | None = None) -> SignedInByCookie:
    """Give a browser its session, and the token by which its device is known."""
    for name, value in fields_of_session(session, device):
        headers.append(name, value)
    return SignedInByCookie(csrf_token=session.csrf_token, expires_in=session.expires_in)


def forgetting(exchange: Exchange | None, headers: MutableHeaders) -> None:
    """Take the session from a browser, and what it kept of the pages seen in it; nothing from other clients."""
    if exchange is None or credential_cookie(exchange) is None:
        return
    for name, value in fields_of_end():
        headers.append(name, value)
