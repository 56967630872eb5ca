"""Slow heads, slow bodies and slow readers, held at once against one process: others are served, and they are gone.

`make slow-clients` takes 400 of each. Each shape is seen to stay on a twin, whose deadlines are an hour away.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.cli.running import Running
from tests.cli.serve.wire.crowd import GET, HEAD, POST, UPGRADE, Crowd, crowd, memory, open_sockets, served
from tests.proof import two_sided
from tests.waiting import take_time, wait_until_async

EACH = int(os.environ.get("SLOW_CLIENTS", "30"))
SECONDS = max(2.5, EACH / 16)
"""Long enough for all of them to come, on a busy machine, before the first has to go."""
GRACE = 2.5
"""Looked at twice a second; a second for the goodbye of TLS; and a busy machine."""
MOST_EACH = 256 << 10


@contextlib.contextmanager
def patient(folder: Path, seconds: float) -> Iterator[Running]:
    """A service that waits so long for anything."""
    waits = dict.fromkeys(("head_seconds", "body_seconds", "answer_seconds"), seconds)
    with served(folder, max_connections=3 * EACH + 100, behind=1, **waits) as running:
        yield running


FIRST = GET % b"/"
LAST = (GET % b"/large").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
LARGE = 1_000_000
PAUSE = 0.25
THEN = b"(an answer has come)"
MANY = ((HEAD, True), (POST % b"/read", True), (GET % b"/endless", False))
SHAPES: dict[str, tuple[bytes, bool, bool]] = {
    "nothing": (b"", False, True),
    "nothing over plain HTTP": (b"", False, False),
    "line ends alone": (b"\r\n\r\n", False, True),
    "a head": (HEAD, True, True),
    "a head over plain HTTP": (HEAD, True, False),
    "the head of a second request": (FIRST + HEAD, True, True),
    "a line end after a request": (FIRST + THEN + b"\r\n", False, True),
    "a body": (POST % b"/read", True, True),
    "a body that nobody reads": (POST % b"/ignored", True, True),
    "silence after a body that nobody reads": (POST % b"/ignored" + THEN + bytes(100_000), False, True),
    "an answer without end": (GET % b"/endless", False, True),
    "an answer without end over plain HTTP": (GET % b"/endless", False, False),
    "an answer that the server has written": (GET % b"/large", False, True),
    "the last answer of a connection": (LAST, False, True),
    "a WebSocket": (UPGRADE, False, True),
}
"""What is said, whether a byte follows now and again, whether over TLS; after `THEN`, what is said upon an answer."""


async def everybody(people: Crowd) -> None:
    """One of each shape, and many of the three that matter most."""
    for says, trickles, tls in SHAPES.values():
        first, _, then = says.partition(THEN)
        await people.come(1, first, trickles=trickles, tls=tls)
        if then:
            await asyncio.wait_for(people.readers[-1].readuntil(b"\r\n\r\n"), 20)
            people.writers[-1].write(then)
    for says, trickles in MANY:
        await people.come(EACH, says, trickles=trickles)


async def outstay(folder: Path, seconds: float) -> list[bool]:
    """Who of them is still there when they should be gone. Meanwhile others are served, within a second each."""
    with patient(folder, seconds) as running:
        before, held = open_sockets(running), memory(running)
        async with crowd(running) as people:
            await everybody(people)
            await wait_until_async(lambda: open_sockets(running) - before >= 3 * EACH, 30)
            assert sum(people.standing()) >= 3 * EACH
            assert max([await people.ask() for _ in range(5)]) < 1
            assert memory(running) - held < 3 * EACH * MOST_EACH
            others = len(SHAPES) + 3 * EACH
            with contextlib.suppress(AssertionError):
                await wait_until_async(lambda: not any(people.standing()[:others]), SECONDS + GRACE)
            return people.standing()[:others]


async def test_others_are_served_and_the_slow_ones_go(tmp_path: Path) -> None:
    """Each of them, also those for which the server has no timer, or has switched it off.

    Both services run at once, so that one deadline is waited for and not two.
    """
    stay, go = await asyncio.gather(outstay(tmp_path / "twin", 3600), outstay(tmp_path / "whole", SECONDS))
    names = [*SHAPES, *(f"many, {number}" for number in range(3 * EACH))]
    assert [name for name, stands in zip(names, go, strict=True) if stands] == []
    assert [name for name, stands in zip(names, stay, strict=True) if not stands] == []
    for whole, twin in zip(go, stay, strict=True):
        two_sided(bool, whole=whole, twin=twin)


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with patient(tmp_path_factory.mktemp("hasty"), 1) as running:
        yield running


@pytest.mark.heavy
async def test_who_takes_an_answer_slowly_gets_all_of_it(hasty: Running) -> None:
    """For longer than a reader may take nothing, and on a connection that closes with the answer."""
    async with crowd(hasty) as people:
        for tls in (True, False):
            await people.come(1, LAST, trickles=False, tls=tls)
        took = await asyncio.gather(*(slowly(each) for each in people.readers))
    assert all(size > LARGE for size, _ in took)
    assert all(seconds > 2 for _, seconds in took)


async def slowly(reader: asyncio.StreamReader) -> tuple[int, float]:
    """How many bytes came until the end, and in how many seconds."""
    began, size = time.monotonic(), 0
    while part := await reader.read(LARGE // 10):
        size += len(part)
        if size < LARGE:
            await take_time(PAUSE * len(part) / (LARGE // 10))
    return size, time.monotonic() - began


async def test_a_slow_head_is_told_so(hasty: Running) -> None:
    """And who said nothing is told nothing."""
    async with crowd(hasty) as people:
        await people.come(1, HEAD, trickles=False)
        await people.come(1, b"", trickles=False)
        told, untold = [await asyncio.wait_for(each.read(), 20) for each in people.readers]
    assert told.startswith(b"HTTP/1.1 408 ")
    assert b"urn:buckler:problem:head-too-slow" in told
    assert b"connection: close\r\n" in told
    assert untold == b""


async def test_a_handshake_that_does_not_come_is_not_waited_for(hasty: Running) -> None:
    """asyncio itself would wait for a minute."""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(hasty.base).port)
    with contextlib.closing(writer):
        writer.write(b"\x16\x03\x01\x02\x00\x01")
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 5) == b""
    assert "Traceback" not in hasty.logged
