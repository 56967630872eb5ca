"""D703: is a head that breaks the rules of its lines read as if it kept them?

What one reader takes for one field is two for another, or none: names with blanks hide a length from a proxy, and ends
of lines hide whole fields.

1. Lines that end in a bare line feed, fields that go on in a second line, names with blanks or without a colon, values
   with NUL or a bare CR: each alone, in a request that works without it.
2. It counts where the answer is that of the request without it (RFC 9112 sections 2.2, 5.1, 5.2; RFC 9110 section 5.5).
3. Bare line feeds and folding may be read by the standard, and a line that is no field may be left out: they are low.
   Names that may not be read are medium.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, Severity, Untested, Verdict, Verdicts
from buckler.drill.attacks.wire.front import Front, front
from buckler.drill.attacks.wire.raw import Heard, speak, speak_all, target
from buckler.drill.attacks.wire.shown import by_hand, exchange_of
from buckler.drill.engagement import Engagement

ABOUT: Final = About(
    id="D703",
    name="odd lines in a head",
    family="wire",
    severity="low",
    sends="Requests with bare line feeds, folded fields, odd names of fields, and control characters in values.",
    proves="The server reads what others refuse or read otherwise: requests or fields can be smuggled past a proxy.",
    cwe=(444, 436),
    owasp=("API8",),
    asvs=("4.2.1",),
    fix="Serve it by a server that answers 400 to them. uvicorn does with httptools: `uvicorn[standard]`.",
)


@dataclass(frozen=True, slots=True)
class OddLines:
    """Lines of one kind, each with the words for it."""

    severity: Severity
    lines: Mapping[str, bytes]


_BARE: Final = "line ends"
_KINDS: Final[Mapping[str, OddLines]] = {
    _BARE: OddLines("low", {"lines that end in a bare line feed": b"X-Drill: a"}),
    "folding": OddLines("low", {"a field that goes on in a second line": b"X-Drill: a\r\n b"}),
    "names": OddLines(
        "medium",
        {
            "a blank before the colon": b"X-Drill : a",
            "a blank within a name": b"X Drill: a",
            "a NUL within a name": b"X-Dr\x00ill: a",
            "a field without a name": b": a",
        },
    ),
    "colons": OddLines("low", {"a line without a colon": b"X-Drill"}),
    "values": OddLines(
        "low", {"a NUL in a value": b"X-Drill: a\x00b", "a bare CR in a value": b"X-Drill: a\rX-Other: b"}
    ),
}


async def _verdicts(on: Engagement) -> Verdicts:
    base = await front(on)
    if isinstance(base, Untested):
        yield base
        return
    said = base.written(b"X-Drill: a", b"Connection: close")
    control = await speak(on, said)
    if control.is_unclear or not control.answers or not control.answers[0].worked:
        yield Untested(EVERYWHERE, "a request that was written by hand did not work")
        return
    found = [await _judged(on, base, kind, (said, control)) for kind in _KINDS]
    for each in [each for each in found if each is not None] or [Clean(EVERYWHERE)]:
        yield each


async def _judged(on: Engagement, base: Front, kind: str, control: tuple[bytes, Heard]) -> Verdict | None:
    """What is to be said of one kind of lines; None where all were refused."""
    odd = _KINDS[kind]
    said = [base.written(line, b"Connection: close") for line in odd.lines.values()]
    if kind == _BARE:
        said = [each.replace(b"\r\n", b"\n") for each in said]
    heard = await speak_all(on, said)
    status = control[1].answers[0].status
    taken = [number for number, each in enumerate(heard) if each.answers and each.answers[0].status == status]
    if not taken:
        limited = any(each.is_unclear for each in heard)
        return Untested(EVERYWHERE, f"{kind}: it was not reached, or was asked too often") if limited else None
    words = list(odd.lines)
    return Finding(
        EVERYWHERE,
        f"Served as if nothing were wrong: {', '.join(words[number] for number in taken)}.",
        exchange_of(said[taken[0]], heard[taken[0]], base.who),
        (exchange_of(*control, base.who),),
        base.who.name,
        kind,
        odd.severity,
        again=by_hand(said[taken[0]], target(on)),
    )


ATTACK: Final = Attack(ABOUT, _verdicts)
