"""What went over the wire by hand, as findings show it."""

import re
from typing import Final

from buckler.drill.attacks.wire.raw import Endpoint, Heard
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.transport.answer import NOTHING, Answer, Exchange
from buckler.drill.transport.request import Request

_ODD: Final = re.compile(rb"[^\x20-\x7e]|['\\]")
_NAMED: Final = {b"\r": b"\\r", b"\n": b"\\n"}


def exchange_of(said: bytes, heard: Heard, who: Identity = ANONYMOUS) -> Exchange:
    """The bytes as a request, as far as they are one, with the first answer to them."""
    answer = next(iter(heard.answers), None) or Answer(NOTHING, seconds=heard.seconds, failure=_why(heard))
    return Exchange(request_of(said), answer, who.name)


def request_of(said: bytes) -> Request:
    """The first request in these bytes, whatever is odd about it."""
    lines, _, body = said.replace(b"\r\n", b"\n").partition(b"\n\n")
    first, *fields = lines.decode("latin-1").split("\n")
    method, target, *_ = (*first.split(" "), "", "")
    path, _, query = target.partition("?")
    named = (line.partition(":") for line in fields if line)
    return Request(method, path, query, tuple((name, value.strip()) for name, _, value in named), body)


def by_hand(said: bytes, place: Endpoint, *, lasting: int = 0) -> str:
    """A line for a shell that sends exactly these bytes, and stays for some seconds more."""
    there = f"{place.host}:{place.port}"
    sender = f"openssl s_client -quiet -connect {there}" if place.tls else f"nc {place.host} {place.port}"
    written = f"printf '{_ODD.sub(_escaped, said.replace(b'%', b'%%')).decode()}'"
    return f"{{ {written}; sleep {lasting}; }} | {sender}" if lasting else f"{written} | {sender}"


def _escaped(match: re.Match[bytes]) -> bytes:
    return _NAMED.get(match[0]) or b"\\%03o" % match[0][0]


def _why(heard: Heard) -> str:
    return heard.failure or ("the connection was closed" if heard.ended else f"nothing came in {heard.seconds:.0f} s")
