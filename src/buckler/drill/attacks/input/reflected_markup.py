"""D411: does markup in a request become a part of the page that answers it?

1. Markup with an attribute of a random name is sent in every place that takes text, and the answer is read as a browser
   reads it, also where it is an error.
2. It counts where the page has an element with that attribute. An answer that no browser shows as a page never counts.
"""

from collections.abc import AsyncGenerator
from typing import Final

from buckler.drill.attack import About, Attack, Finding, Verdicts
from buckler.drill.attacks.aiming.aim import Aim
from buckler.drill.attacks.aiming.sending import behind_each, shots
from buckler.drill.attacks.input.markup import has_element, marker, markup
from buckler.drill.attacks.input.walk import finding, takes_text, walked
from buckler.drill.engagement import Engagement

ABOUT: Final = About(
    id="D411",
    name="markup reflected in a page",
    family="input",
    severity="high",
    sends="Markup with an attribute of a random name.",
    proves="A link that somebody follows runs scripts of a stranger in the name of the app.",
    cwe=(79,),
    owasp=("API8",),
    asvs=("1.2.1",),
    fix="Render pages by templates that escape by themselves (Jinja2 with `autoescape=True`), never by joining texts.",
)


def _verdicts(on: Engagement) -> Verdicts:
    return walked(on, _judge, takes_text)


async def _judge(on: Engagement, aim: Aim) -> AsyncGenerator[Finding]:
    names = {slot: marker() for slot in aim.slots}
    async for shot in shots(on, aim, behind_each({slot: markup(name) for slot, name in names.items()})):
        for slot in shot.slots:
            if has_element(shot.exchange.answer, names[slot]):
                words = "Markup in the value is an element of the page that answers."
                yield finding(aim, words, shot.exchange, slot)


ATTACK: Final = Attack(ABOUT, _verdicts)
