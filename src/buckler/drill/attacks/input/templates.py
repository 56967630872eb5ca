"""D402: is a value rendered as a template?

1. A product of two numbers that nobody sent together is asked for in the signs of several kinds of templates. Where
   the answer, or what is shown of it later, has the product, the value was computed.
2. It counts where a second product is computed too. A template in a sandbox is a feature: where the classes of Python
   cannot be reached from it, nothing is said.
"""

from collections.abc import AsyncGenerator
from typing import Final

from buckler.drill.attack import About, Attack, Finding, Verdicts
from buckler.drill.attacks.aiming.aim import Aim
from buckler.drill.attacks.aiming.sending import Shot, behind, behind_each, fired, shots
from buckler.drill.attacks.input.products import Product
from buckler.drill.attacks.input.shown import shown_again
from buckler.drill.attacks.input.walk import finding, takes_text, walked
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import Slot
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D402",
    name="template injection",
    family="input",
    severity="critical",
    sends="Products to be computed, in the signs of templates.",
    proves="What callers send is rendered as a template, and so run.",
    cwe=(1336, 94),
    owasp=("API8",),
    asvs=("1.3.7",),
    fix="Keep templates in files and give them what callers send as values; never build a template from it.",
)
_SIGNS: Final = ("{{{{{0}}}}}", "${{{0}}}", "#{{{0}}}")
_OTHERS: Final = ("<%= {0} %>", "{{{0}}}", "[[${{{0}}}]]")


def _verdicts(on: Engagement) -> Verdicts:
    return walked(on, _judge, takes_text, unasked=True)


async def _judge(on: Engagement, aim: Aim) -> AsyncGenerator[Finding]:
    signs = [_SIGNS] if on.in_process else [_SIGNS, _OTHERS]
    for several in signs:
        products = {(slot, sign): Product() for slot in aim.slots for sign in several}

        texts = {slot: "".join(f" {sign.format(products[slot, sign].asked)}" for sign in several) for slot in aim.slots}
        async for shot in shots(on, aim, behind_each(texts)):
            for seen in (shot.exchange, *await shown_again(on, aim, shot.exchange)):
                for (slot, sign), product in products.items():
                    if product.answer in seen.answer.text and slot in shot.payloads:
                        found = await _again(on, aim, slot, sign, shot)
                        if found is not None:
                            yield found


async def _again(on: Engagement, aim: Aim, slot: Slot, sign: str, first: Shot) -> Finding | None:
    product = Product()
    shot = await fired(on, aim, behind(f" {sign.format(product.asked)}"), [slot])
    seen = None if shot is None else await _seen_with(on, aim, shot.exchange, product.answer)
    if shot is None or seen is None or await _in_a_sandbox(on, aim, slot, sign):
        return None
    return finding(aim, "A product in the signs of a template is computed.", seen, slot, aim.control, first.exchange)


async def _in_a_sandbox(on: Engagement, aim: Aim, slot: Slot, sign: str) -> bool:
    """Whether it is a template of Python's that keeps to itself: it repeats texts as Python does, without classes."""
    if sign != _SIGNS[0]:
        return False
    repeated = await fired(on, aim, behind(" {{7*'71'}}"), [slot])
    if repeated is None or await _seen_with(on, aim, repeated.exchange, "71" * 7) is None:
        return False
    inside = await fired(on, aim, behind(" {{''.__class__.__mro__}}"), [slot])
    return inside is None or await _seen_with(on, aim, inside.exchange, "object") is None


async def _seen_with(on: Engagement, aim: Aim, exchange: Exchange, text: str) -> Exchange | None:
    for seen in (exchange, *await shown_again(on, aim, exchange)):
        if text in seen.answer.text:
            return seen
    return None


ATTACK: Final = Attack(ABOUT, _verdicts)
