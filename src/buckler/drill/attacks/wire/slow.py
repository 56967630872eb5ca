"""Requests that come a byte at a time, kept up for some seconds on several connections at once.

Heads and bodies are sent slowly side by side, so that both attacks wait for the same seconds. Meanwhile one asks as
everybody does, to see whether others are still answered.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from buckler.clock import SystemClock
from buckler.drill.attack import EVERYWHERE, Clean, Finding, Untested, Verdict
from buckler.drill.attacks.wire.front import Front, front
from buckler.drill.attacks.wire.raw import Endpoint, Heard, count, listened, raw_connection, target
from buckler.drill.attacks.wire.shown import by_hand, request_of
from buckler.drill.engagement import Engagement
from buckler.drill.memory import Topic
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.plan.route import Route
from buckler.drill.transport.answer import NOTHING, Answer, Exchange

_LENGTH: Final = 1000
_MOST_BODIES: Final = 3
_TRICKLE: Final = b"a"


@dataclass(frozen=True, slots=True)
class Pace:
    """How slowly, and for how long. A server that waits longer than this for a head can be held up by few clients."""

    seconds: float = 12.0
    every: float = 1.0
    each: int = 4
    """Connections with the same beginning."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of connections with one beginning."""

    route: str
    first: bytes
    heard: tuple[Heard, ...]

    @property
    def standing(self) -> int:
        """How many were still waited for when the time was over."""
        return sum(not each.ended and not each.failure for each in self.heard)

    @property
    def is_held(self) -> bool:
        """Whether most of them were."""
        return self.standing > len(self.heard) / 2


@dataclass(frozen=True, slots=True)
class Slowness:
    """Of a whole target."""

    heads: tuple[Kept, ...]
    bodies: tuple[Kept, ...]
    before: Exchange
    meanwhile: Exchange
    """Asked after a third of the time."""

    def kept_others_waiting(self, pace: Pace) -> bool:
        """Whether nobody else was answered, or only when it was nearly over."""
        answer, longest = self.meanwhile.answer, pace.seconds / 3
        return answer.status == NOTHING or answer.seconds > longest > self.before.answer.seconds


async def slowly(on: Engagement, pace: Pace) -> Slowness | Untested:
    """Send heads and bodies slowly, once for all attacks."""
    topic = Topic[Slowness | Untested](f"what became of slow senders, {pace}")
    return await on.memory.once(topic, lambda: _kept_up(on, pace))


async def _kept_up(on: Engagement, pace: Pace) -> Slowness | Untested:
    base = await front(on)
    if isinstance(base, Untested):
        return base
    if on.sender.budget.left < pace.seconds + 1:
        return Untested(EVERYWHERE, f"it takes {pace.seconds:g} s, and less is left of --budget")
    before = await on.ask(base.exchange.request, base.who)
    if not before.answer.worked:
        return Untested(EVERYWHERE, "what was asked at first did not work again")
    heads = [(EVERYWHERE, base.written(b"X-Drill: a", signed=False)[: -len(b"\r\n\r\n")])]
    bodies = _bodies(on, base)
    count(on, pace.each * (len(heads) + len(bodies)))
    asking = asyncio.ensure_future(_meanwhile(on, base, pace))
    try:
        kept = await asyncio.gather(*(_held(on, route, first, pace) for route, first in (*heads, *bodies)))
        return Slowness(tuple(kept[:1]), tuple(kept[1:]), before, await asking)
    finally:
        asking.cancel()


async def _meanwhile(on: Engagement, base: Front, pace: Pace) -> Exchange:
    await asyncio.sleep(pace.seconds / 3)
    return await on.ask(base.exchange.request, base.who)


async def _held(on: Engagement, route: str, first: bytes, pace: Pace) -> Kept:
    heard = await asyncio.gather(*(_one(on, first, pace) for _ in range(pace.each)))
    return Kept(route, first, tuple(heard))


async def _one(on: Engagement, first: bytes, pace: Pace) -> Heard:
    """One connection: begun, then a byte at a time until the server ends it or the time is over."""
    got = bytearray()
    try:
        async with raw_connection(on, target(on)) as (reader, writer):
            began = SystemClock.monotonic()
            writer.write(first)
            listening = asyncio.ensure_future(listened(reader, got, pace.seconds))
            try:
                while not (await asyncio.wait([listening], timeout=pace.every))[0] and not writer.is_closing():
                    writer.write(_TRICKLE)
                return Heard(bytes(got), await listening, SystemClock.monotonic() - began)
            finally:
                listening.cancel()
                with suppress(asyncio.CancelledError):
                    await listening
    except (OSError, TimeoutError) as failure:
        return Heard(failure=f"{type(failure).__name__}: {failure}"[:200])


def _bodies(on: Engagement, base: Front) -> Sequence[tuple[str, bytes]]:
    """Beginnings of requests with a body, by route: of those that take one, and of one that does not.

    None is ever finished, so none is done; and where nothing may be changed, only one that reads is begun.
    """
    doors = on.cast.entry.routes if on.cast.entry is not None else frozenset[str]()
    taking = [route for route in on.routes if route.body and not route.params and on.may_send(route.method)]
    chosen = sorted(taking, key=lambda route: (route.key not in doors, route.secured is True))[: _MOST_BODIES - 1]
    said = [(route.key, _begun(base, route, _sender(on, route))) for route in chosen]
    length = b"Content-Length: %d" % _LENGTH
    return (*said, (f"GET {base.exchange.request.path}", base.written(length) + _TRICKLE))


def _sender(on: Engagement, route: Route) -> Identity:
    return next(iter(on.cast.ordinary), ANONYMOUS) if route.secured else ANONYMOUS


def _begun(base: Front, route: Route, who: Identity) -> bytes:
    media = route.body.media if route.body is not None else ""
    lines = (
        f"{route.method} {route.path} HTTP/1.1",
        f"Host: {base.authority}",
        *(f"{name}: {value}" for name, value in who.headers),
        f"Content-Type: {media}",
        f"Content-Length: {_LENGTH}",
    )
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n{"


def judged(what: str, kept: Sequence[Kept], slow: Slowness, pace: Pace, at: Endpoint) -> Verdict:
    """One verdict on all that was begun: held where most connections of one beginning were."""
    held = [each for each in kept if each.is_held]
    if not held:
        reached = any(not heard.failure for each in kept for heard in each.heard)
        return Clean(EVERYWHERE) if reached else Untested(EVERYWHERE, "no connection could be made")
    first = held[0]
    stuck = slow.kept_others_waiting(pace)
    others = " Nobody else was answered meanwhile." if stuck else ""
    where = "" if first.route == EVERYWHERE else f" at {', '.join(each.route for each in held)}"
    said = f"{first.standing} of {len(first.heard)} {what}{where}, at a byte in {pace.every:g} s"
    why = f"still waited for after {pace.seconds:g} s"
    return Finding(
        EVERYWHERE,
        f"{said}, were {why}.{others}",
        Exchange(request_of(first.first), Answer(NOTHING, seconds=pace.seconds, failure=why)),
        (slow.before, slow.meanwhile),
        severity="high" if stuck else None,
        again=by_hand(first.first, at, lasting=60),
    )
