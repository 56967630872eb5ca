"""The ceilings of connections, on a running server: over them a newcomer is closed, and freed places are used again."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import Iterator

import pytest

from tests.cli.running import Running
from tests.cli.serve.wire.crowd import GET, HEAD, UPGRADE, Crowd, crowd, served
from tests.waiting import wait_until_async

MOST, SHARE = 20, 16


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with served(tmp_path_factory.mktemp("few"), max_connections=MOST) as running:
        yield running


async def is_let_in(people: Crowd, source: str, *, tls: bool = True) -> bool:
    """Whether a newcomer is heard; it stays if it is."""
    try:
        reader, writer = await people.connect(source, tls=tls)
        writer.write(HEAD + b"\r\n\r\n")
        return bool(await asyncio.wait_for(reader.read(1), 20))
    except (ConnectionError, ssl.SSLError):
        return False


async def fill(people: Crowd, source: str, number: int, says: bytes = b"") -> None:
    """As many as that; whoever was there before is perhaps just leaving."""
    async with asyncio.timeout(20):
        while len(people.writers) < number:
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                _, writer = await people.connect(source)
                writer.write(says)


async def test_one_address_does_not_take_every_place(running: Running) -> None:
    """Over TLS and in clear it is one count, and other addresses have the rest. The twin is in `test_places.py`."""
    async with crowd(running) as people:
        await fill(people, "127.0.0.2", SHARE)
        assert not await is_let_in(people, "127.0.0.2")
        assert not await is_let_in(people, "127.0.0.2", tls=False)
        for number in range(MOST - SHARE):
            assert await is_let_in(people, f"127.0.0.{3 + number}", tls=number % 2 == 0)
        assert not await is_let_in(people, "127.0.0.9")


async def test_a_freed_place_is_used_again(running: Running) -> None:
    """That of a WebSocket too, which another protocol has taken over."""
    for says in (b"", HEAD, GET % b"/", GET % b"/endless", UPGRADE, b""):
        async with crowd(running) as people:
            await fill(people, "127.0.0.2", SHARE, says)
            if says == UPGRADE:
                await asyncio.gather(*(each.readuntil(b"\r\n\r\n") for each in people.readers))
            assert len(people.writers) == SHARE
            assert not await is_let_in(people, "127.0.0.2")


async def test_who_breaks_off_the_handshake_keeps_no_place(running: Running) -> None:
    """By leaving, or by speaking something else; and it is worth no line of the log."""
    before = len(running.logged)
    for said in (b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n"):
        for _ in range(2 * MOST):
            _, writer = await asyncio.open_connection("127.0.0.1", int(running.base.rpartition(":")[2]))
            writer.write(said)
            await writer.drain()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
    async with crowd(running) as people:
        await fill(people, "127.0.0.1", SHARE)
    assert "Traceback" not in running.logged[before:]
    assert '"asyncio"' not in running.logged[before:]


async def test_who_was_turned_away_is_told_by_number(running: Running) -> None:
    async with crowd(running) as people:
        await fill(people, "127.0.0.2", SHARE)
        assert not await is_let_in(people, "127.0.0.2")
        await wait_until_async(lambda: "sys_connections_full" in running.logged)
    line = next(line for line in running.logged.splitlines() if "sys_connections_full" in line)
    assert json.loads(line)["most"] == MOST
    assert json.loads(line)["turned_away"] > 0
