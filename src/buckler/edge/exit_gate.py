"""Nothing leaves undecided (ASVS 8.2.1, 16.5.3).

The backstop behind the guard. When no declaration allowed the request, no byte and no header of
the app's answer leaves: an error keeps its status with our own body, a redirect that the router
made becomes 404, and anything else becomes 403. A redirect to the same path with another end, a
slash more or less, leaves an event. A CORS preflight carries no credential and asks for nothing, so
the answer's CORS fields leave, and nothing else.
"""

from typing import Final
from urllib.parse import unquote_to_bytes

from buckler.asgi import Exchange, Message
from buckler.defence import Departure
from buckler.errors import UNDECIDED, Refusal, bare

NOT_FOUND: Final = bare(404)
SLASH: Final = Refusal(404, "slash-redirect", "The path differs by its last slash.", event="malicious_direct_reference")
"""Told apart from what is not there: an app that relied on the router's redirect would break without a trace."""
_PREFLIGHT_FIELDS: Final = b"access-control-"


class ExitGate(Departure):
    """Holds every answer that nothing allowed."""

    name = "exit-gate"
    completes_refusals = False
    judges_plain_answers = False

    def depart(self, exchange: Exchange, start: Message) -> Refusal | None:
        if exchange.decision is not None:
            return None
        if start["type"] != "http.response.start":
            return UNDECIDED
        status: int = start["status"]
        if status >= 400:
            return bare(status)
        if _is_preflight(exchange):
            return _preflight(start)
        if 300 <= status < 400 and _differs_by_a_slash(exchange, start):
            return SLASH
        return NOT_FOUND if 300 <= status < 400 and "endpoint" not in exchange.scope else UNDECIDED


def _differs_by_a_slash(exchange: Exchange, start: Message) -> bool:
    """Whether the router knows the path with a slash more or less at its end, and would send the client there."""
    given = next((value for name, value in start.get("headers", ()) if name == b"location"), b"")
    there = unquote_to_bytes(bytes(given).partition(b"?")[0])
    here = str(exchange.scope.get("path", "")).encode("utf-8", "replace")
    stem = here.rstrip(b"/")
    return bool(stem) and there.rstrip(b"/").endswith(stem) and there.endswith(b"/") != here.endswith(b"/")


def _is_preflight(exchange: Exchange) -> bool:
    return (
        exchange.method == "OPTIONS"
        and exchange.header(b"origin") is not None
        and exchange.header(b"access-control-request-method") is not None
    )


def _preflight(start: Message) -> Refusal:
    given = start.get("headers", ())
    fields = tuple((bytes(name), bytes(value)) for name, value in given if name.startswith(_PREFLIGHT_FIELDS))
    return Refusal(204, "preflight", "", (*fields, (b"vary", b"origin")), event=None)
