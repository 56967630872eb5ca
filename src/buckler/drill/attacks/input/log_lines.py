"""D408: does a line break in a value begin a new line in the log?

1. Values with a line break and a word of their own behind it are sent, and the lines that were logged since are read.
2. It counts where a line begins with that word: whoever reads the log takes it for one of the app's.
3. The log is seen in process only, and not what is written past `logging`: where no line was ever seen, nobody knows.
"""

from collections.abc import AsyncGenerator
from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Finding, Untested, Verdicts
from buckler.drill.attacks.aiming.aim import Aim
from buckler.drill.attacks.aiming.sending import Stopped, behind_each, shots
from buckler.drill.attacks.input.walk import finding, takes_text, walked
from buckler.drill.engagement import Engagement
from buckler.randomness import identifier

ABOUT: Final = About(
    id="D408",
    name="log injection",
    family="input",
    severity="medium",
    sends="Values with line breaks and what looks like a line of a log behind them.",
    proves="Callers write lines into the log that the app did not.",
    cwe=(117,),
    owasp=("API8",),
    asvs=("16.4.1",),
    fix="Log values as fields of JSON, or with `%r`, so that a line break is written as two characters.",
)


async def _verdicts(on: Engagement) -> Verdicts:
    if not on.in_process:
        yield Untested(EVERYWHERE, "the log of a target by URL is not seen")
        return
    if isinstance(on.setting.logged, tuple):
        yield Untested(EVERYWHERE, "the log of the app is not seen")
        return
    async for verdict in walked(on, _judge, takes_text):
        yield verdict


async def _judge(on: Engagement, aim: Aim) -> AsyncGenerator[Finding]:
    words = {slot: f"INFO drill-{identifier()[:8]}" for slot in aim.slots}
    before = len(on.setting.logged)
    async for shot in shots(
        on, aim, behind_each({slot: f"\r\n{each} signed in" for slot, each in words.items()}), aim.free
    ):
        lines = [line for each in on.setting.logged[before:] for line in each.replace("\r", "\n").split("\n")]
        for slot in shot.slots:
            if any(line.startswith(words[slot]) for line in lines):
                yield finding(aim, "A line break in the value begins a line of the log.", shot.exchange, slot)
    if not on.setting.logged:
        raise Stopped("the app logged nothing that could be seen")


ATTACK: Final = Attack(ABOUT, _verdicts)
