"""D701: is there more than one way to see where a request ends?

Behind a proxy that sees it otherwise, the rest of one request is read as the beginning of the next, of somebody else.

1. Each odd request is followed by a second one on the same connection, to a path that does not exist. Two as they
   should be are the control: one for each way to say a length that is tried.
2. A length that is none, two lengths, and codings that nobody knows are told by the head: it counts where the request
   was served all the same (RFC 9112 section 6.3).
3. A length beside chunks, and chunks in HTTP/1.0, may be served where the connection ends after it (section 6.1): it
   counts where anything of what follows was answered.
4. A chunk that is none is seen while the body is read, which an app need not do: it counts where the second request was
   answered as in the control.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, Untested, Verdict, Verdicts
from buckler.drill.attacks.wire.front import NOWHERE, Front, front, head
from buckler.drill.attacks.wire.raw import Heard, speak_all, target
from buckler.drill.attacks.wire.shown import by_hand, exchange_of
from buckler.drill.engagement import Engagement
from buckler.drill.transport.answer import Answer

ABOUT: Final = About(
    id="D701",
    name="more than one end of a request",
    family="wire",
    severity="high",
    sends="Requests whose length is said twice, wrongly, or in chunks that are none, each followed by another.",
    proves="What a proxy takes for one request may be two for the server: requests can be smuggled.",
    cwe=(444,),
    owasp=("API8",),
    asvs=("4.2.1",),
    fix="Serve it by a server that refuses what RFC 9112 section 6.3 refuses, with 400 and an end of the connection.",
)
_PAIR: Final = 2
_LINES: Final = "lines of chunks"
"""Which many servers read so, as they read lines of a head: low therefore."""
Proof = Literal["served", "went on", "next served"]


@dataclass(frozen=True, slots=True)
class OddEnd:
    """One way to be unclear about where a request ends."""

    kind: str
    words: str
    fields: tuple[bytes, ...]
    body: bytes
    proof: Proof
    version: str = "1.1"


_BODY: Final = b"hello"
_CHUNKS: Final = b"5\r\nhello\r\n0\r\n\r\n"
_CHUNKED: Final = b"Transfer-Encoding: chunked"
_LENGTH: Final = b"Content-Length: 5"
_KEPT: Final = b"Connection: keep-alive"
_BOTH: Final = (b"Content-Length: %d" % len(_CHUNKS), _CHUNKED)
_CONTROLS: Final[Mapping[str, OddEnd]] = {
    "a length": OddEnd("", "", (_LENGTH,), _BODY, "served"),
    "chunks": OddEnd("", "", (_CHUNKED,), _CHUNKS, "served"),
    "HTTP/1.0": OddEnd("", "", (_LENGTH, _KEPT), _BODY, "served", "1.0"),
}


def _length(words: str, *values: bytes) -> OddEnd:
    return OddEnd("a length", words, tuple(b"Content-Length: " + value for value in values), _BODY, "served")


def _coding(words: str, *fields: bytes, body: bytes = _BODY) -> OddEnd:
    return OddEnd("a length", words, fields, body, "served")


def _chunk(words: str, first: bytes) -> OddEnd:
    return OddEnd("chunks", words, (_CHUNKED,), first + b"0\r\n\r\n", "next served")


_PLACES: Final[Mapping[str, tuple[OddEnd, ...]]] = {
    "Content-Length and Transfer-Encoding": (
        OddEnd("a length", "a length beside chunks", _BOTH, _CHUNKS, "went on"),
        OddEnd("a length", "chunks before a length", _BOTH[::-1], _CHUNKS, "went on"),
        OddEnd("HTTP/1.0", "chunks in HTTP/1.0", (_CHUNKED, _KEPT), _CHUNKS, "went on", "1.0"),
    ),
    "Content-Length": (
        _length("two lengths", b"5", b"6"),
        _length("a list of lengths", b"5, 6"),
        _length("+5", b"+5"),
        _length("-5", b"-5"),
        _length("0x5", b"0x5"),
        _length("0_5", b"0_5"),
        _length("5 6", b"5 6"),
        _length("an empty length", b""),
    ),
    "Transfer-Encoding": (
        _coding("xchunked", _LENGTH, b"Transfer-Encoding: xchunked"),
        _coding("identity", _LENGTH, b"Transfer-Encoding: identity"),
        _coding("chunked after a vertical tab", _LENGTH, b"Transfer-Encoding: \x0bchunked"),
        _coding("chunked, then identity", b"Transfer-Encoding: chunked, identity", body=_CHUNKS),
    ),
    "chunks": (
        _chunk("a size of 0x5", b"0x5\r\nhello\r\n"),
        _chunk("a size of +5", b"+5\r\nhello\r\n"),
        _chunk("a size of 0_5", b"0_5\r\nhello\r\n"),
        _chunk("a size beyond 64 bits", b"10000000000000005\r\nhello\r\n"),
        _chunk("a bare line feed in an extension", b"5;a\nb\r\nhello\r\n"),
        _chunk("more data than the size", b"5\r\nhelloXX"),
    ),
    _LINES: (_chunk("a bare line feed after a size", b"5\nhello\r\n"),),
}


async def _verdicts(on: Engagement) -> Verdicts:
    base = await front(on)
    if isinstance(base, Untested):
        yield base
        return
    controls = await _controls(on, base)
    verdicts = [await _judged(on, base, place, controls) for place in _PLACES]
    found = [each for each in verdicts if each is not None]
    for each in found or [Clean(EVERYWHERE)]:
        yield each


async def _controls(on: Engagement, base: Front) -> Mapping[str, tuple[bytes, Heard]]:
    """By the way in which a length is said: two requests, and the two answers."""
    said = {kind: _written(base, odd) for kind, odd in _CONTROLS.items()}
    heard = await speak_all(on, said.values())
    return {
        kind: (said[kind], each)
        for kind, each in zip(said, heard, strict=True)
        if len(each.answers) == _PAIR and each.answers[0].worked and not each.is_unclear
    }


async def _judged(
    on: Engagement, base: Front, place: str, controls: Mapping[str, tuple[bytes, Heard]]
) -> Verdict | None:
    """What is to be said of one way to be unclear; None where all of it was refused."""
    odd = [each for each in _PLACES[place] if each.kind in controls]
    if not odd:
        return Untested(EVERYWHERE, f"{place}: two as they should be were not answered on one connection")
    said = [_written(base, each) for each in odd]
    heard = await speak_all(on, said)
    taken = [
        number
        for number, each in enumerate(odd)
        if _is_taken(each.proof, heard[number].answers, controls[each.kind][1].answers)
    ]
    if not taken:
        unclear = [each for each in heard if each.is_unclear]
        return Untested(EVERYWHERE, f"{place}: {_reason(unclear[0])}") if unclear else None
    first = taken[0]
    control_said, control_heard = controls[odd[first].kind]
    return Finding(
        EVERYWHERE,
        f"Served as if nothing were wrong: {', '.join(odd[number].words for number in taken)}.",
        exchange_of(said[first], heard[first], base.who),
        (exchange_of(control_said, control_heard, base.who),),
        base.who.name,
        place,
        "low" if place == _LINES else None,
        again=by_hand(said[first], target(on)),
    )


def _is_taken(proof: Proof, answers: Sequence[Answer], control: Sequence[Answer]) -> bool:
    if not answers or answers[0].status != control[0].status:
        return False
    if proof == "served":
        return True
    went_on = len(answers) >= _PAIR
    return went_on and (proof == "went on" or answers[1].status == control[1].status)


def _written(base: Front, odd: OddEnd) -> bytes:
    """The request, and the one that follows it."""
    following = head(NOWHERE, hosts=(base.authority,), fields=(b"Connection: close",))
    return base.written(*odd.fields, version=odd.version) + odd.body + following


def _reason(heard: Heard) -> str:
    return heard.failure or "it was asked too often"


ATTACK: Final = Attack(ABOUT, _verdicts)
