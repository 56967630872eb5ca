"""What a page needs of its request: the nonce of its scripts, and the token of its forms."""

from starlette.requests import HTTPConnection

from buckler.access.callers.session_cookie import csrf_token_of
from buckler.asgi import Exchange, exchange_of
from buckler.edge.csrf_names import CSRF_FIELD
from buckler.edge.nonces import nonce_of
from buckler.errors import ConfigurationError


class HiddenField(str):
    """HTML of our own, which a template shows as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def csp_nonce(request: HTTPConnection) -> str:
    """The nonce of the answer to this request, for `<script nonce="...">` and `<style nonce="...">`.

    128 random bits, drawn when first asked for; the policy of that answer allows it and no other (CSP level 3
    section 2.3.1; ASVS 3.4.3). Raises `ConfigurationError` where no Buckler stands in front of the app.
    """
    return nonce_of(_exchange(request))


def csrf_token(request: HTTPConnection) -> str:
    """The token that proves a form or a script to be of this session's own pages, for `X-CSRF-Token` (ASVS 3.5.1).

    Empty for whoever did not come by a cookie: no browser adds their credential by itself. Raises
    `ConfigurationError` where no Buckler stands in front of the app.
    """
    return csrf_token_of(_exchange(request))


def csrf_field(request: HTTPConnection) -> HiddenField:
    """The hidden field that carries the token, to stand before every other field of its form; empty without a token."""
    token = csrf_token(request)
    return HiddenField(f'<input type="hidden" name="{CSRF_FIELD}" value="{token}">' if token else "")


def _exchange(request: HTTPConnection) -> Exchange:
    exchange = exchange_of(request.scope)
    if exchange is None:
        raise ConfigurationError(
            "This request did not come through Buckler, so its answer has no policy and no token: install it on the app"
            " that serves, Buckler(app)."
        )
    return exchange
