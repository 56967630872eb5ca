"""D407: does a line break in a value begin a new line in the head of the answer?

1. Values with a line break and a field of a random name behind it are sent.
2. It counts where the answer has a field of that name, or, in process, a field whose value has the line break in it:
   that is what a server would write to the wire.
"""

from collections.abc import AsyncGenerator
from typing import Final

from buckler.drill.attack import About, Attack, Finding, Verdicts
from buckler.drill.attacks.aiming.aim import Aim
from buckler.drill.attacks.aiming.sending import Shot, behind_each, shots
from buckler.drill.attacks.input.walk import finding, takes_text, walked
from buckler.drill.engagement import Engagement
from buckler.randomness import identifier

ABOUT: Final = About(
    id="D407",
    name="header injection",
    family="input",
    severity="high",
    sends="Values with line breaks and a header field behind them.",
    proves="Callers write header fields, and so whole answers, for others.",
    cwe=(113, 93),
    owasp=("API8",),
    asvs=("1.2.1",),
    fix="Take no line breaks into header values; encode file names as RFC 8187 says.",
)
_BREAKS: Final = ("\r\n", "\n", "%0d%0a")


def _verdicts(on: Engagement) -> Verdicts:
    return walked(on, _judge, takes_text)


async def _judge(on: Engagement, aim: Aim) -> AsyncGenerator[Finding]:
    for line_break in _BREAKS:
        names = {slot: f"x-drill-{identifier()[:8]}" for slot in aim.slots}
        payload = behind_each({slot: f"{line_break}{name}: 1" for slot, name in names.items()})
        found = False
        async for shot in shots(on, aim, payload):
            for slot in shot.slots:
                if _split(shot, names[slot]):
                    found = True
                    yield finding(aim, "A line break in the value begins a new header field.", shot.exchange, slot)
        if found:
            return


def _split(shot: Shot, name: str) -> bool:
    for field, value in shot.exchange.answer.headers:
        if field.lower() == name:
            return True
        if any(line.lower().startswith(name) for line in value.replace("\r", "\n").split("\n")[1:]):
            return True
    return False


ATTACK: Final = Attack(ABOUT, _verdicts)
