"""D406: does the server ask whatever address it is told?

1. A listener of our own stands on loopback. Its address is sent, written in the ways that slip past a naive check,
   where a value is an address, is called like one, or is the name of a machine.
2. It counts where the listener was asked for a path that only this value had; and where a name of a machine was sent,
   where it was connected to twice.
3. By URL only a target on this machine can reach the listener; others are untested.
"""

import asyncio
import re
from collections.abc import AsyncGenerator
from functools import partial
from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Finding, Untested, Verdicts
from buckler.drill.attacks.aiming.aim import Aim, served
from buckler.drill.attacks.aiming.sending import fired, instead
from buckler.drill.attacks.input.shown import shown_again
from buckler.drill.attacks.input.walk import finding, takes_text, walked
from buckler.drill.attacks.listener import ELSEWHERE, Listener, listening, word
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import Route, Slot
from buckler.drill.preparing.control import prepared
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D406",
    name="server-side request forgery",
    family="input",
    severity="high",
    sends="Addresses of a listener of our own on loopback.",
    proves="The server asks any address that callers send, also those that only it can reach.",
    cwe=(918,),
    owasp=("API7",),
    asvs=("1.3.6",),
    fix="Ask only hosts of a fixed list; else resolve the name, refuse private addresses, connect to what was checked.",
)
_ADDRESSES: Final = re.compile(
    r"ur[il]|link|webhook|hook|callback|image|avatar|picture|photo|logo|src|href|feed|proxy|fetch|site|redirect|import"
    r"|remote|source",
    re.IGNORECASE,
)
_MACHINES: Final = re.compile(r"host|domain|server|machine|node|target|endpoint|address$|^ip", re.IGNORECASE)
_FETCHES: Final = re.compile(r"ur[il]|fetch|proxy|webhook|hook|crawl|download|import|preview|scrap", re.IGNORECASE)
"""What a route is called that asks an address which is not called one."""
_URLS: Final = (
    "http://127.0.0.1:{port}/{word}",
    "http://localhost:{port}/{word}",
    "http://[::1]:{port}/{word}",
    "http://[::ffff:127.0.0.1]:{port}/{word}",
    "http://2130706433:{port}/{word}",
    "http://0x7f.1:{port}/{word}",
    "http://127.1:{port}/{word}",
    "http://0.0.0.0:{port}/{word}",
    "http://example.com@127.0.0.1:{port}/{word}",
    "//127.0.0.1:{port}/{word}",
    "https://127.0.0.1:{port}/{word}",
)
_A_MOMENT: Final = 0.02


async def _verdicts(on: Engagement) -> Verdicts:
    if not on.sender.is_near:
        yield Untested(EVERYWHERE, ELSEWHERE)
        return
    with listening() as listener:
        async for verdict in walked(on, partial(_judge, listener), _fits, "no value of it is an address", unasked=True):
            yield verdict


def _fits(on: Engagement, route: Route) -> bool:
    return takes_text(on, route) and any(_is_address(slot) or _MACHINES.search(slot.name) for slot in on.slots(route))


def _is_address(slot: Slot) -> bool:
    schema = slot.schema
    given = f"{schema.get('example', '')} {schema.get('examples', '')} {schema.get('default', '')}"
    return bool(_ADDRESSES.search(slot.name)) or schema.get("format") in ("uri", "url") or "://" in given


async def _judge(listener: Listener, on: Engagement, aim: Aim) -> AsyncGenerator[Finding]:
    for slot in aim.slots:
        if _is_address(slot) or (_MACHINES.search(slot.name) and _FETCHES.search(aim.route.words)):
            found = await _by_url(listener, on, aim, slot)
        elif _MACHINES.search(slot.name):
            found = await _by_name(listener, on, aim, slot)
        else:
            continue
        if found is not None:
            yield finding(aim, "A listener on loopback was asked, as the value said.", found, slot)


async def _by_url(listener: Listener, on: Engagement, aim: Aim, slot: Slot) -> Exchange | None:
    for url in _URLS:
        name = word()
        before = listener.connections
        shot = await fired(on, aim, instead(url.format(port=listener.port, word=name)), [slot])
        if shot is None:
            return None
        await shown_again(on, aim, shot.exchange)
        await _set_off(on, aim, shot.exchange)
        await asyncio.sleep(_A_MOMENT)
        secure = url.startswith("https") and listener.connections > before
        if listener.has_heard(name) or (secure and await _connects(listener, on, aim, slot, url)):
            return shot.exchange
    return None


async def _set_off(on: Engagement, aim: Aim, exchange: Exchange) -> None:
    """Ask for what is done with a thing that was made: an address may be kept now and asked then."""
    own = aim.route.segments
    for route in on.routes if aim.route.method == "POST" and served(exchange.answer) else ():
        inside = route.segments[len(own) :]
        if route.method == "POST" and route.segments[: len(own)] == own and len(inside) == 2 and inside[0][0] == "{":
            draft = await prepared(on, route, aim.who)
            if not isinstance(draft, Untested):
                await on.ask(draft.request(), aim.who)


async def _by_name(listener: Listener, on: Engagement, aim: Aim, slot: Slot) -> Exchange | None:
    for name in ("127.0.0.1:{port}", "localhost:{port}"):
        before = listener.connections
        shot = await fired(on, aim, instead(name.format(port=listener.port)), [slot])
        await asyncio.sleep(_A_MOMENT)
        if shot is not None and listener.connections > before and await _connects(listener, on, aim, slot, name):
            return shot.exchange
    return None


async def _connects(listener: Listener, on: Engagement, aim: Aim, slot: Slot, form: str) -> bool:
    """Whether it connects once more, where nothing can be read of what it asks for."""
    before = listener.connections
    await fired(on, aim, instead(form.format(port=listener.port, word=word())), [slot])
    await asyncio.sleep(_A_MOMENT)
    return listener.connections > before


ATTACK: Final = Attack(ABOUT, _verdicts)
