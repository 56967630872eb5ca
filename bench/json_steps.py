"""What judging a JSON body costs, alone and on its way to the app."""

import json
from typing import Final

from bench.budgets import Row
from bench.spread import spread_of
from bench.steps import Step, Work, time_steps
from buckler.asgi import Exchange, Message, Receive
from buckler.clock import SystemClock
from buckler.edge.deadlines import Deadlines
from buckler.edge.form_bodies import FormBodies
from buckler.edge.json_bodies import JsonBodies
from buckler.edge.sizes import Sizes
from buckler.input.json import judge

TURNS: Final = 5_000
BODY: Final = json.dumps(
    {
        "title": "A note about lanterns",
        "text": "x" * 60,
        "tags": ["a", "b", "c"],
        "size": 12,
        "price": 3.5,
        "inner": {"a": 1, "b": None, "c": True},
    }
).encode()
"""198 bytes, as a small request has them."""
HEADERS: Final = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]


async def json_rows(rounds: int) -> list[Row]:
    """The judge alone, all that a body goes through, and what a request without one pays for that."""
    steps = [
        Step("json_judge", f"a JSON body of {len(BODY)} bytes judged", TURNS, _judging),
        Step("json_received", "the same received: counted, timed, judged", TURNS, _receiving),
        Step("bodiless", "a GET past all that judges bodies", TURNS, _passing),
    ]
    costs = await time_steps(steps, rounds)
    return [Row(step.name, step.title, "us", spread_of(costs[step.name])) for step in steps]


async def _judging() -> Work:
    async def work() -> None:
        for _ in range(TURNS):
            judge(BODY)

    return work


async def _receiving() -> Work:
    receptions = [each.receive for each in (Sizes(1 << 20), Deadlines(10, SystemClock()), JsonBodies(), FormBodies())]
    exchange = Exchange({"type": "http", "method": "POST", "headers": HEADERS, "http_version": "1.1"}, None)

    async def receive() -> Message:
        return {"type": "http.request", "body": BODY, "more_body": False}

    async def work() -> None:
        for _ in range(TURNS):
            reading: Receive = receive
            for reception in receptions:
                reading = reception(exchange, reading)
            await reading()

    return work


async def _passing() -> Work:
    sizes = Sizes(1 << 20).receive
    exchange = Exchange({"type": "http", "method": "GET", "headers": [], "http_version": "1.1"}, None)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def work() -> None:
        for _ in range(TURNS):
            sizes(exchange, receive)

    return work
