"""What telling costs: the request id and the access line (B7), an event written and an event counted.

Written as `buckler serve` writes, to the null device.
"""

import logging
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.budgets import Row
from bench.exchange import Request
from bench.spread import spread_of
from bench.steps import Step, Work, time_steps
from bench.subjects.people import PEOPLE
from buckler.asgi import Exchange
from buckler.clock import SystemClock
from buckler.edge.host import UNKNOWN_HOST
from buckler.events import AccessLog, EventLog
from buckler.events.access_log import ACCESS_LOGGER_NAME
from buckler.events.lines import FinishedLines
from buckler.events.log import LOGGER_NAME
from buckler.principal import Principal
from buckler.randomness import request_id

TURNS: Final = 50


async def log_rows(rounds: int) -> list[Row]:
    """The row of B7, and what an event costs beside it."""
    count = TURNS * len(PEOPLE)
    steps = [
        Step("access_line", "a request id and an access line", count, _telling),
        Step("event_line", "an event, written in full", count, _writing),
        Step("event_counted", "an event like one of the same second, counted", count, _counting),
    ]
    with _to_nowhere(ACCESS_LOGGER_NAME), _to_nowhere(LOGGER_NAME):
        costs = await time_steps(steps, rounds)
    return [Row(step.name, step.title, "us", spread_of(costs[step.name])) for step in steps]


async def _telling() -> Work:
    log, exchanges = AccessLog(SystemClock()), _exchanges()
    log.look()
    if not log.on:
        raise RuntimeError("the access log is off: nothing would be measured")

    async def work() -> None:
        for _ in range(TURNS):
            for exchange in exchanges:
                request_id()
                log.end(exchange, 200, log.begin())

    return work


async def _writing() -> Work:
    log, exchanges = EventLog(SystemClock()), _exchanges()

    async def work() -> None:
        for _ in range(TURNS):
            for exchange in exchanges:
                log.emit("authn_token_created", exchange, account="account-1")

    return work


async def _counting() -> Work:
    log, exchange = EventLog(SystemClock()), _exchanges()[0]
    exchange.principal = None

    async def work() -> None:
        for _ in range(TURNS * len(PEOPLE)):
            log.emit_refusal(UNKNOWN_HOST, exchange)
        log.flush()  # told here and not by a timer, after the bench has let go of the log

    return work


def _exchanges() -> list[Exchange]:
    """One for each caller, who is known."""
    made: list[Exchange] = []
    for person in PEOPLE:
        exchange = Exchange(Request(person.address, "x" * 300).scope(), None)
        exchange.principal = Principal(f"account-of-{person.name}", person.name)
        made.append(exchange)
    return made


@contextmanager
def _to_nowhere(name: str) -> Generator[None]:
    logger = logging.getLogger(name)
    before = (logger.handlers, logger.level, logger.propagate)
    with Path(os.devnull).open("w") as nowhere:
        logger.handlers = [FinishedLines(nowhere)]
        logger.setLevel(logging.INFO)
        logger.propagate = False
        try:
            yield
        finally:
            logger.handlers, level, logger.propagate = before
            logger.setLevel(level)
