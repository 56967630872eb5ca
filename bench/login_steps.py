"""What signing in costs beside the hash that it is made for, and whether the event loop stays free (B8).

By the wall, unlike every other figure: the question is how much of what the cores can hash arrives at those who
sign in. Rounds of sign-ins and of hashes alternate, and each ratio is taken within one; still, neighbours on the
machine make both late. So beside them stand the CPU time, and how late the loop is with hashes alone.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from argon2 import PasswordHasher, Type
from fastapi import FastAPI

from bench.budgets import Row
from bench.clock import cpu_ns
from bench.exchange import ASGIApp, ask, post
from bench.lifespan import running
from bench.spread import spread_of
from bench.steps import paired
from bench.subject import SelfCheckError
from bench.subjects import whole
from buckler import Buckler, Roles
from buckler.identity.passwords.profiles import MINIMUM
from buckler.identity.passwords.workbench import cores

ROUNDS: Final = 8
LOGINS: Final = 24
"""A round; with all rounds fewer than a minute's sign-ins may be."""
AT_ONCE: Final = 8
TICK: Final = 0.002
"""Seconds between two looks at the clock of the event loop."""


async def login_rows(rounds: int = ROUNDS, logins: int = LOGINS) -> list[Row]:
    """The rows of B8."""
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(whole.house())
        app = FastAPI()
        Buckler(app, accounts=True, roles=Roles(whole.ROLES, new="reader"))
        await stack.enter_async_context(running(app))
        pool = stack.enter_context(ThreadPoolExecutor(cores(), "bench-hashing"))
        compare, sign_in = _comparing(pool), _signing_in(app, home)
        found: list[tuple[Took, Took]] = []
        for number in range(rounds):
            numbers = range(number * logins, (number + 1) * logins)
            found.append((await _timed(compare, numbers), await _timed(sign_in, numbers)))
    hashes, signed = zip(*found, strict=True)
    wall = paired([took.seconds for took in signed], [took.seconds for took in hashes])
    cpu = paired([took.cpu for took in signed], [took.cpu for took in hashes])
    each = spread_of([took.seconds for took in signed]).middle * 1_000_000 / logins
    return [
        Row("login", f"a sign-in, {AT_ONCE} at once", "x", wall, "hash", each),
        Row("login_cpu", "the same in CPU time", "x", cpu, "hash"),
        Row("login_late", "the latest turn of the event loop meanwhile", "ms", spread_of([it.late for it in signed])),
        Row("hash_late", "the same while there is nothing but hashes", "ms", spread_of([it.late for it in hashes])),
    ]


Work = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of a round, by the wall and of CPU time, and the milliseconds that the event loop was late at most."""

    seconds: float
    cpu: float
    late: float


async def _timed(work: Work, numbers: range) -> Took:
    """All of them, so many at once."""
    ticks = asyncio.ensure_future(_latest())
    left = iter(numbers)

    async def lane() -> None:
        for number in left:
            await work(number)

    begin, spent = time.perf_counter(), cpu_ns()
    try:
        await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
        seconds, cpu = time.perf_counter() - begin, (cpu_ns() - spent) / 1e9
    finally:
        ticks.cancel()
    return Took(seconds, cpu, await ticks)


async def _latest() -> float:
    """The milliseconds by which a turn of the loop was late at most, until it is cancelled."""
    latest = 0.0
    try:
        while True:
            due = time.perf_counter() + TICK
            await asyncio.sleep(TICK)
            latest = max(latest, time.perf_counter() - due)
    except asyncio.CancelledError:
        return latest * 1000


def _comparing(pool: ThreadPoolExecutor) -> Work:
    """The hash alone, on as many threads as there are cores."""
    hasher = PasswordHasher(MINIMUM.passes, MINIMUM.memory_kib, 1, type=Type.ID)
    words = secrets.token_urlsafe(18)
    known = hasher.hash(words)

    async def compare(_: int) -> None:
        await asyncio.get_running_loop().run_in_executor(pool, hasher.verify, known, words)

    return compare


def _signing_in(app: ASGIApp, home: whole.House) -> Work:
    async def sign_in(number: int) -> None:
        person = home.people[number % len(home.people)]
        content = {"name": person.name, "password": home.passwords[number % len(home.people)]}
        answer = await ask(app, post(person.address, "/auth/sign-in", content))
        # Self-check: whoever is turned away at the door costs no hash.
        if answer.status != 200:
            raise SelfCheckError(f"POST /auth/sign-in answered {answer.status}: {answer.body[:200]!r}")

    return sign_in
