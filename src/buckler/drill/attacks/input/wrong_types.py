"""D413: does a value of another kind than the app thought of end in a failure?

1. Each place takes what is empty, too long, too great, negative, or of another kind, one by one.
2. It counts where the app fails (500, or no answer), goes on to serve the plain request, and fails at it once more.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import Final, cast

from buckler.drill.attack import About, Attack, Finding, Verdicts
from buckler.drill.attacks.aiming.aim import Aim
from buckler.drill.attacks.aiming.crash import fails_alone, how
from buckler.drill.attacks.aiming.sending import fired, instead
from buckler.drill.attacks.input.walk import finding, takes_text, walked
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import Slot
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D413",
    name="failure at a value of another kind",
    family="input",
    severity="low",
    sends="Values that are empty, too long, too great, negative, or of another kind than is meant.",
    proves="The app fails at what it should refuse, and may be left half done.",
    cwe=(20, 754),
    owasp=("API8",),
    asvs=("2.2.1", "1.4.2", "15.3.5"),
    fix="Declare the kind and the bounds of every value, in the model or the signature of the route.",
)
_LONG: Final = "drill " * 1700
_GREAT: Final = 2**63
_WRONG: Final[dict[str, tuple[object, ...]]] = {
    "integer": (_GREAT, -(10**30), -1, 0),
    "number": (10**400, -1),
    "string": (_LONG, "", {"drill": [None]}),
    "date": ("0001-01-01", "9999-12-31"),
    "date-time": ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    "": (None, [], {"drill": [None]}, -1, 10**30, True, "", _LONG),
}


def _verdicts(on: Engagement) -> Verdicts:
    return walked(on, _judge, takes_text)


async def _judge(on: Engagement, aim: Aim) -> AsyncGenerator[Finding]:
    for slot in aim.slots:
        for value in _values(slot):
            found = await _fails(on, aim, slot, value)
            if found is not None:
                attacked, control = found
                words = f"{_named(value)} ends in {how(attacked.answer)}."
                yield finding(aim, words, attacked, slot, control)
                break


def _values(slot: Slot) -> Sequence[object]:
    schema = slot.schema
    kind = schema.get("format") if schema.get("format") in _WRONG else schema.get("type", "")
    if isinstance(kind, list):
        kind = next((each for each in cast("list[str]", kind) if each != "null"), "")
    values = _WRONG.get(str(kind), _WRONG["string"])
    in_json = slot.place == "body"
    return [value if in_json else str(value) for value in values if in_json or isinstance(value, str | int)]


def _named(value: object) -> str:
    if isinstance(value, str):
        return "An empty text" if not value else "A very long text" if len(value) > 100 else f"The value {value}"
    if value is None or isinstance(value, bool):
        return "The value null" if value is None else "The value true"
    if isinstance(value, int):
        return f"The number {value}" if abs(value) < 10**40 else "A number of four hundred digits"
    return "An object" if isinstance(value, dict) else "A list"


async def _fails(on: Engagement, aim: Aim, slot: Slot, value: object) -> tuple[Exchange, Exchange] | None:
    async def ask() -> Exchange | None:
        shot = await fired(on, aim, instead(value), [slot])
        return None if shot is None else shot.exchange

    return await fails_alone(on, aim, ask)


ATTACK: Final = Attack(ABOUT, _verdicts)
