"""D404: does the name of a file lead out of its folder?

1. A file with a text of its own lies elsewhere: in process one that is planted for this, by URL one that every machine
   has. Its path is sent: as it is, and upwards from wherever the app looks.
2. Names that sound like files are also tried with the ways past a naive check.
3. That the answer has the text of that file is the finding; the control has it not.
4. A file is sent whose own name is such a path. In process it counts where it then lies in a folder of ours, twice.
"""

import re
from collections.abc import AsyncGenerator, Callable
from functools import partial
from pathlib import Path
from typing import Final

from buckler.drill.attack import About, Attack, Finding, Verdicts
from buckler.drill.attacks.aiming.aim import Aim
from buckler.drill.attacks.aiming.sending import fired, instead, renewed, send, shots
from buckler.drill.attacks.input.canary import Canary, planted
from buckler.drill.attacks.input.walk import finding, takes_text, walked
from buckler.drill.attacks.listener import word
from buckler.drill.drafting.upload import TEXT, Upload
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import MULTIPART, Route, Slot
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D404",
    name="path traversal",
    family="input",
    severity="high",
    sends="Paths of a file that is none of the app's, as values and as names of files.",
    proves="Callers read any file that the server may read, or write where it may.",
    cwe=(22,),
    owasp=("API8",),
    asvs=("5.3.2",),
    fix="Look a file up by an id, or refuse whatever is not below the folder after `Path.resolve()`.",
)
_UP: Final = 14
_FILES: Final = re.compile(
    r"file|path|name|doc|page|template|image|photo|log|lang|dir|folder|download|key|include|theme|report|invoice|export"
    r"|backup|attachment|asset|resource|src|url|view|module|id$",
    re.IGNORECASE,
)
_PLAIN: Final[tuple[Callable[[Canary], str], ...]] = (lambda canary: canary.path, lambda canary: canary.upwards)
_SLY: Final[tuple[Callable[[Canary], str], ...]] = (
    lambda canary: canary.upwards.replace("/", "%2f").replace(".", "%2e"),
    lambda canary: canary.upwards.replace("../", "....//"),
    lambda canary: f"file://{canary.path}",
    lambda canary: f"{canary.upwards}\0.txt",
)
"""Encoded once more; what is left when `../` is taken out once; as a URL; with an end that C does not see."""


async def _verdicts(on: Engagement) -> Verdicts:
    with planted(here=on.in_process) as canary:
        async for verdict in walked(on, partial(_judge, canary), _takes_names, unasked=True):
            yield verdict


def _takes_names(on: Engagement, route: Route) -> bool:
    return takes_text(on, route) or (route.body is not None and route.body.media == MULTIPART)


async def _judge(canary: Canary, on: Engagement, aim: Aim) -> AsyncGenerator[Finding]:
    if canary.folder and aim.draft.media == MULTIPART:
        async for found in _uploads(canary, on, aim):
            yield found
    if canary.text in aim.control.answer.text:
        return
    named = tuple(slot for slot in aim.slots if _FILES.search(slot.name) or slot.place == "path")
    for ways, slots in ((_PLAIN, aim.slots), (_SLY, named)):
        for way in ways:
            async for shot in shots(on, aim, instead(way(canary)), slots):
                if canary.text in shot.exchange.answer.text:
                    for slot in await _which(on, aim, shot.slots, way(canary), canary):
                        yield finding(aim, "The answer has the text of a file elsewhere.", shot.exchange, slot)
                    return


async def _uploads(canary: Canary, on: Engagement, aim: Aim) -> AsyncGenerator[Finding]:
    """Files that are called as a way into a folder of ours."""
    for field in sorted(aim.draft.files):
        slot = Slot("form", (field,))
        for way in (canary.folder, "../" * _UP + canary.folder.lstrip("/")):
            sent = [await _put_there(canary, on, aim, slot, way) for _ in range(2)]
            if all(each is not None for each in sent) and sent[-1] is not None:
                yield finding(aim, "A file is written where its own name leads.", sent[-1], f"{slot}, its file name")
                break


async def _put_there(canary: Canary, on: Engagement, aim: Aim, slot: Slot, way: str) -> Exchange | None:
    """The request, where a file that was called so lies there now."""
    draft = await renewed(on, aim)
    value = draft.get(slot)
    file = value if isinstance(value, Upload) else TEXT
    name = f"{word()}-{file.name}"
    exchange = await send(on, aim, draft.put(slot, file.called(f"{way}/{name}")))
    return exchange if (Path(canary.folder) / name).exists() else None


async def _which(on: Engagement, aim: Aim, slots: tuple[Slot, ...], path: str, canary: Canary) -> list[Slot]:
    """The places of those which lead there by themselves; the first of all where none does alone."""
    if len(slots) == 1:
        return list(slots)
    tried = [(slot, await fired(on, aim, instead(path), [slot])) for slot in slots]
    found = [slot for slot, shot in tried if shot is not None and canary.text in shot.exchange.answer.text]
    return found or list(slots[:1])


ATTACK: Final = Attack(ABOUT, _verdicts)
