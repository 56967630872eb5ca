"""Verifying a log while the service runs: bounded, one at a time, and nobody who writes waits for it."""

import asyncio
import threading
from pathlib import Path

import pytest

from buckler.events.journal import log_reader
from buckler.events.journal.log_reader import AlreadyVerifying, LogReader, TooLong
from buckler.events.journal.verification import Advance, Verdict, Verification
from tests.events.journal.ledger import INSTALLATION, KEY, Ledger, opened
from tests.waiting import wait_until_async


def reader(log: Ledger) -> LogReader:
    return LogReader(log.database, KEY, INSTALLATION, log.clock)


async def test_it_finds_what_the_command_finds(tmp_path: Path) -> None:
    """A log that holds, and one in which a row was edited."""
    async with opened(tmp_path / "log") as log:
        await log.write(5)
        await log.batch()
        whole = (await reader(log).verify()).verdict
        assert (whole.faults, whole.rows, whole.batches) == ([], 5, 1)
        log.attack("UPDATE event SET name = 'user_deleted' WHERE position = 3")
        assert (await reader(log).verify()).verdict.faults == (await log.verdict()).faults != []


async def test_others_write_while_it_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds no lock that a writer wants, and the loop is free: a write begins and ends in the middle of it."""
    written = asyncio.Event()
    async with opened(tmp_path / "log") as log:
        await log.write(5)
        loop, whole = asyncio.get_running_loop(), Verification.run

        async def run(verification: Verification, advance: Advance) -> Verdict:
            writing = asyncio.run_coroutine_threadsafe(log.write(2), loop)
            await asyncio.to_thread(writing.result, 10)
            loop.call_soon_threadsafe(written.set)
            return await whole(verification, advance=advance)

        monkeypatch.setattr(Verification, "run", run)
        found = await reader(log).verify()
        await asyncio.wait_for(written.wait(), 10)
        assert (found.verdict.rows, len(log.rows("SELECT 1 FROM event"))) == (5, 7)  # the state at which it began


async def test_one_that_is_too_long_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that takes too long is given up; neither says that the log holds."""
    async with opened(tmp_path / "log") as log:
        await log.write(4)
        monkeypatch.setattr(log_reader, "MOST_VERIFIED", 3)
        with pytest.raises(TooLong, match="4 rows"):
            await reader(log).verify()
        monkeypatch.setattr(log_reader, "MOST_VERIFIED", 4)
        monkeypatch.setattr(log_reader, "SECONDS", -1.0)
        with pytest.raises(TooLong) as caught:
            await reader(log).verify()
        assert caught.value.rows == 4


async def test_of_two_at_once_one_is_done(tmp_path: Path) -> None:
    """The other one hears so, and may come again."""
    async with opened(tmp_path / "log") as log:
        await log.write(3)
        one = reader(log)
        results = await asyncio.gather(one.verify(), one.verify(), return_exceptions=True)
        assert sorted(type(each).__name__ for each in results) == ["AlreadyVerifying", "Verified"]
        assert isinstance(results[1], AlreadyVerifying)
        assert (await one.verify()).verdict.rows == 3


async def test_whoever_goes_away_leaves_the_guard_shut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread goes on behind a request that was given up: until it ends nobody begins another, and it ends soon."""
    begun, free, ended = asyncio.Event(), threading.Event(), list[str]()
    async with opened(tmp_path / "log") as log:
        await log.write(3)
        loop, whole = asyncio.get_running_loop(), Verification.run

        async def run(verification: Verification, advance: Advance) -> Verdict:
            loop.call_soon_threadsafe(begun.set)
            assert free.wait(10)
            try:
                return await whole(verification, advance=advance)
            except TooLong as error:
                ended.append(type(error).__name__)
                raise

        monkeypatch.setattr(Verification, "run", run)
        one = reader(log)
        asked = asyncio.ensure_future(one.verify())
        await asyncio.wait_for(begun.wait(), 10)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        with pytest.raises(AlreadyVerifying):
            await one.verify()
        free.set()
        await wait_until_async(lambda: not one._is_verifying)
        assert ended == ["TooLong"]
        assert (await one.verify()).verdict.rows == 3
