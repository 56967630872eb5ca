"""An event is kept with the change that it tells, or neither is."""

import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from buckler.events.journal.journal import MOST_A_MINUTE, NoteOutsideTransaction
from buckler.storage.database.tables import RevocationRow
from buckler.storage.unavailable import StorageUnavailable
from tests.events.journal.ledger import opened
from tests.proof import two_sided_async


async def test_a_row_stands_in_the_transaction_of_its_change(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Committed with it, in order and without a gap; the line names the row."""
    caplog.set_level("INFO", "buckler.events")
    async with opened(tmp_path) as log:
        await log.write(3)
        rows = log.rows("SELECT sequence, name, account_id, body FROM event ORDER BY position")
    assert [row[:3] for row in rows] == [
        (1, "user_created", "a0"),
        (2, "user_created", "a1"),
        (3, "user_created", "a2"),
    ]
    lines = [json.loads(record.getMessage()) for record in caplog.records]
    assert [line.pop("row").rpartition(":")[2] for line in lines] == ["1", "2", "3"]
    assert lines == [json.loads(row[3]) for row in rows]


@pytest.mark.asvs("16.3.1")
async def test_what_is_undone_is_not_kept_and_what_is_kept_is_not_lost(tmp_path: Path) -> None:
    """A change without its event, or an event without its change: the attack is a crash between the two."""

    async def attack(inside: bool) -> bool:
        async with opened(tmp_path / str(inside)) as log:

            async def change() -> None:
                async with log.database.writing() as connection:
                    await connection.execute(insert(RevocationRow).values(kind="token", subject="t", expires_at=1))
                    if inside:
                        log.journal.note(connection, "user_created", None, account="a")
                # The process ends here: nothing after the transaction runs.

            await change()
            found = log.rows("SELECT (SELECT count(*) FROM revocation), (SELECT count(*) FROM event)")
            return len(set(found[0])) > 1

    await two_sided_async(attack, whole=True, twin=False)


async def test_an_exception_undoes_the_row_and_its_number(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither row nor line, and the next number is the one that was not used."""
    caplog.set_level("INFO", "buckler.events")
    async with opened(tmp_path) as log:

        async def change(*, settles: bool) -> None:
            async with log.database.writing() as connection:
                log.journal.note(connection, "user_created", None, account="a")
                if settles:
                    await log.journal.settle(connection)
                raise ZeroDivisionError

        for settles in (False, True):
            with pytest.raises(ZeroDivisionError):
                await change(settles=settles)
        assert caplog.records == []
        await log.write(1)
        assert log.rows("SELECT sequence FROM event") == [(1,)]
        assert (await log.verdict()).faults == []


async def test_a_commit_of_which_nothing_is_known_leaves_no_gap(tmp_path: Path) -> None:
    """Whoever is cancelled while the commit is under way may have committed: the numbers go on from what is there."""
    async with opened(tmp_path) as log:
        for delay in range(40):

            async def change() -> None:
                async with log.database.writing() as connection:
                    log.journal.note(connection, "user_created", None, account="a")

            task = asyncio.create_task(change())
            for _ in range(delay):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait((task,))
        await log.write(1)
        sequences = [row[0] for row in log.rows("SELECT sequence FROM event ORDER BY position")]
        assert sequences == list(range(1, len(sequences) + 1))
        assert (await log.verdict()).faults == []


async def test_a_note_outside_a_transaction_is_an_error(tmp_path: Path) -> None:
    """It would be lost, or stand with somebody else's change."""
    async with opened(tmp_path) as log:

        async def note(name: str, *, elsewhere: bool) -> None:
            async with log.database.reading() as other, log.database.writing() as connection:
                log.journal.note(other if elsewhere else connection, name, None, account="a")

        with pytest.raises(NoteOutsideTransaction):
            await note("user_created", elsewhere=True)
        with pytest.raises(KeyError):
            await note("user_craeted", elsewhere=False)
        assert log.rows("SELECT count(*) FROM event") == [(0,)]


async def test_an_event_that_is_not_kept_is_a_line_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Once the transaction is committed, and without a number."""
    caplog.set_level("INFO", "buckler.events")
    async with opened(tmp_path) as log:
        async with log.database.writing() as connection:
            log.journal.note(connection, "session_renewed", None, account="a", session="s", again=False)
            assert caplog.records == []
        assert "session_renewed" in caplog.text
        assert '"row"' not in caplog.text
        assert log.rows("SELECT count(*) FROM event") == [(0,)]


async def test_what_strangers_cause_is_bounded(tmp_path: Path) -> None:
    """10,000 failed sign-ins in a minute: sixty rows, and one that says how many more there were."""
    async with opened(tmp_path) as log:
        for _ in range(10_000):
            log.journal.soon("authn_login_fail", None, reason="password", account="a")
        await log.keeper.tick()
        assert log.rows("SELECT count(*) FROM event") == [(MOST_A_MINUTE,)]
        log.clock.advance(61)
        await log.keeper.tick()
        found = [json.loads(row[0]) for row in log.rows("SELECT body FROM event ORDER BY position")]
        assert len(found) == MOST_A_MINUTE + 1
        assert found[-1]["count"] == 10_000 - MOST_A_MINUTE
        log.journal.soon("authn_login_fail", None, reason="password", account="a")
        await log.keeper.tick()
        assert log.rows("SELECT count(*) FROM event WHERE name = 'authn_login_fail'") == [(MOST_A_MINUTE + 2,)]


async def test_what_cannot_be_kept_now_waits(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A database that refuses is told as an event, and asked again."""
    async with opened(tmp_path) as log:
        log.attack("CREATE TRIGGER no BEFORE INSERT ON event BEGIN SELECT raise(ABORT, 'no'); END")
        log.journal.soon("authn_login_fail", None, reason="password", account="a")
        await log.keeper.tick()
        assert "sys_log_failed" in caplog.text
        log.attack("DROP TRIGGER no")
        await log.keeper.tick()
        assert log.rows("SELECT count(*) FROM event") == [(1,)]


async def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    """Each counts by itself, on one database."""
    async with opened(tmp_path) as log:
        await log.write(2)
        other = log.another()
        async with log.database.writing() as connection:
            other.note(connection, "user_created", None, account="b")
            await connection.execute(text("SELECT 1"))
        found = log.rows("SELECT writer, max(sequence) FROM event GROUP BY writer")
        assert sorted(row[1] for row in found) == [1, 2]
        assert (await log.verdict()).faults == []


@pytest.mark.parametrize(
    "trigger",
    [
        "BEFORE INSERT ON event BEGIN SELECT raise(IGNORE); END",
        "AFTER INSERT ON event BEGIN DELETE FROM event WHERE position = new.position; END",
        "AFTER INSERT ON event BEGIN UPDATE event SET batch = 9 WHERE position = new.position; END",
        "AFTER INSERT ON event BEGIN UPDATE event SET body = '' WHERE position = new.position; END",
    ],
)
async def test_no_change_is_kept_where_its_event_is_not(tmp_path: Path, trigger: str) -> None:
    """A trigger in the database takes the rows away: the change is refused with them."""
    async with opened(tmp_path) as log:
        log.attack(f"CREATE TRIGGER quiet {trigger}")
        with pytest.raises(StorageUnavailable, match="not kept as they are written"):
            await log.write(1)
        assert log.rows("SELECT count(*) FROM event") == [(0,)]
        log.attack("DROP TRIGGER quiet")
        await log.write(1)
        assert (await log.verdict()).faults == []


async def test_a_trigger_is_a_fault_by_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Also one that has done nothing yet: when a batch is made, and when somebody verifies."""
    async with opened(tmp_path) as log:
        await log.write(1)
        log.attack("CREATE TRIGGER later AFTER UPDATE ON account BEGIN SELECT 1; END")
        await log.batch()
        assert "trigger later" in caplog.text
        assert "trigger later" in (await log.verdict()).faults[0]


async def test_nobody_keeps_rows_out_of_the_next_batch(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A number of a batch that is not there yet: the rows are chained, and it is told."""
    async with opened(tmp_path) as log:
        await log.write(3)
        log.attack("UPDATE event SET batch = 77 WHERE position = 2")
        await log.batch()
        assert log.rows("SELECT DISTINCT batch FROM event") == [(1,)]
        assert "sys_log_damaged" in caplog.text
