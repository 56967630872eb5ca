"""D403: does a value become a part of a line for the shell?

1. A product is asked for in the arithmetic of the shell, behind each sign that ends a command, in and out of quotes.
   Where the answer has the product, a shell computed it. It counts when a second product is computed too.
2. Where nothing is seen, the time counts: a value that sleeps against one that does not, five times.
"""

from collections.abc import AsyncGenerator
from typing import Final

from buckler.drill.attack import About, Attack, Finding, Verdicts
from buckler.drill.attacks.aiming.aim import Aim
from buckler.drill.attacks.aiming.sending import behind, behind_each, fired, shots
from buckler.drill.attacks.input.products import Product
from buckler.drill.attacks.input.waiting import clearly_slower, unmet
from buckler.drill.attacks.input.walk import finding, takes_text, walked
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import Slot
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D403",
    name="command injection",
    family="input",
    severity="critical",
    sends="Products to be computed by a shell, and values that make one sleep.",
    proves="What callers send is run by a shell of the server.",
    cwe=(78,),
    owasp=("API8",),
    asvs=("1.2.5",),
    fix="Start programs with a list of arguments and without a shell, and give names that callers choose after `--`.",
)
_LINES: Final = (
    ";{0};'\";{0} #'",
    "';{0} #",
    "|{0}",
    "\n{0}\n",
    "$({0})`{0}`",
)
"""Bare or in double quotes; in single quotes; where semicolons are taken away; as a line; as a part of an argument."""
_SLEEP: Final = ";sleep 0.4{number};'\";sleep 0.4{number} #'"
_NO_SLEEP: Final = ";sleep 0.000{number};'\";sleep 0.000{number} #'"
_SECONDS: Final = 0.4


def _verdicts(on: Engagement) -> Verdicts:
    return walked(on, _judge, takes_text)


async def _judge(on: Engagement, aim: Aim) -> AsyncGenerator[Finding]:
    found: set[Slot] = set()
    for line in _LINES:
        products = {slot: Product() for slot in aim.slots}
        left = [slot for slot in aim.slots if slot not in found]
        async for shot in shots(
            on, aim, behind_each({slot: _echo(line, each) for slot, each in products.items()}), left
        ):
            for slot in shot.slots:
                if products[slot].answer in shot.exchange.answer.text:
                    again = await _again(on, aim, slot, line)
                    if again is not None:
                        found.add(slot)
                        yield finding(aim, "A product is computed as a shell does it.", again, slot)
    if not found:
        async for slept in _sleeping(on, aim):
            yield slept


def _echo(line: str, product: Product) -> str:
    return line.format(f"echo $(({product.asked}))")


async def _again(on: Engagement, aim: Aim, slot: Slot, line: str) -> Exchange | None:
    product = Product()
    shot = await fired(on, aim, behind(_echo(line, product)), [slot])
    return shot.exchange if shot is not None and product.answer in shot.exchange.answer.text else None


async def _sleeping(on: Engagement, aim: Aim) -> AsyncGenerator[Finding]:
    shot = await fired(on, aim, behind(unmet(_SLEEP)), aim.free)
    # Not against the one control, which may have been late itself: each pair that follows has one of its own.
    if shot is None or shot.exchange.answer.seconds < _SECONDS:
        return
    for slot in shot.slots:
        slept = await _slept(on, aim, slot)
        if slept is not None:
            yield finding(aim, "The answer waits as long as a command in the value sleeps.", slept[0], slot, slept[1])


async def _slept(on: Engagement, aim: Aim, slot: Slot) -> tuple[Exchange, Exchange] | None:
    """Both of the last round, where those that sleep are clearly slower than those that do not."""
    slow: list[Exchange] = []
    fast: list[Exchange] = []
    apart: bool | None = None
    while apart is None:
        for line, several in ((_SLEEP, slow), (_NO_SLEEP, fast)):
            shot = await fired(on, aim, behind(unmet(line)), [slot])
            if shot is None:
                return None
            several.append(shot.exchange)
        apart = clearly_slower(slow, fast, _SECONDS * 0.8)
    return (slow[-1], fast[-1]) if apart else None


ATTACK: Final = Attack(ABOUT, _verdicts)
