"""Events go when they are over, and the chain holds."""

import json
from pathlib import Path

import pytest

from buckler.events.journal.retention import MOST, Periods
from tests.events.journal.ledger import Ledger, opened

DAY = 86_400
PERIODS = Periods(sign_ins=10, changes=100)


async def swept(log: Ledger, days: float) -> None:
    log.clock.advance(days * DAY)
    await log.keeper.tick()


def left(log: Ledger) -> list[str]:
    return [
        json.loads(row[0])["event"] for row in log.rows("SELECT body FROM event WHERE body <> '' ORDER BY position")
    ]


async def test_each_kind_is_kept_for_its_time(tmp_path: Path) -> None:
    """Sign-ins go first; what is emptied says nothing, and the log is intact."""
    async with opened(tmp_path, PERIODS) as log:
        await log.write(2, "authn_login_success")
        await log.write(1, "user_created")
        await log.batch()
        await swept(log, 9)
        assert len(left(log)) == 3
        await swept(log, 2)
        assert left(log) == ["user_created"]
        assert log.rows("SELECT count(*) FROM event WHERE emptied_at IS NOT NULL AND account_id IS NULL") == [(2,)]
        found = await log.verdict(log.outside)
        assert (found.faults, found.rows, found.emptied) == ([], 3, 2)


async def test_what_is_empty_is_cut_off_at_the_beginning(tmp_path: Path) -> None:
    """The last batch that goes stays as the anchor; checkpoints of what is gone do no harm."""
    async with opened(tmp_path, PERIODS) as log:
        for _ in range(3):
            await log.write(2, "authn_login_success")
            await log.batch()
        await swept(log, 11)
        await log.write(1)
        await log.batch()
        await swept(log, 1)
        found = await log.verdict(log.outside)
        assert (found.faults, found.begins_at, found.rows) == ([], 3, 1)
        log.attack("UPDATE event_batch SET anchor_mac = NULL")
        assert (await log.verdict()).faults
        log.attack("UPDATE event_batch SET anchor_mac = link")
        assert (await log.verdict()).faults


async def test_an_erased_account_takes_its_events_along_a_month_later(tmp_path: Path) -> None:
    """Not at once, so that a thief does not wipe out its traces; and not the row that says so."""
    async with opened(tmp_path) as log:
        await log.write(1, "authn_login_success", account="gone")
        await log.write(1, "authn_login_success", account="here")
        await log.write(1, "user_deleted", account="gone", by="gone")
        await log.batch()
        await swept(log, 29)
        assert len(left(log)) == 3
        await swept(log, 2)
        assert left(log) == ["authn_login_success", "user_deleted"]
        assert (await log.verdict(log.outside)).faults == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET at = 1 WHERE name = 'user_created'",
        "UPDATE event SET name = 'authn_login_success', at = 1",
        "UPDATE event SET name = 'user_deleted' WHERE position = 2",
        (
            "INSERT INTO event (writer, sequence, at, name, account_id, body, mac)"
            " SELECT 'x', 1, 1, 'user_deleted', 'a0', body, mac FROM event WHERE position = 1"
        ),
    ],
)
async def test_nobody_has_the_log_empty_itself(tmp_path: Path, statement: str) -> None:
    """Columns say that a row is over, or that its account was erased; its own text decides."""
    async with opened(tmp_path, PERIODS) as log:
        await log.write(2)
        log.attack(statement)
        await swept(log, 31)
        assert left(log).count("user_created") >= 2
        assert (await log.verdict()).faults


async def test_many_go_in_portions(tmp_path: Path) -> None:
    """Others come in between."""
    async with opened(tmp_path, PERIODS) as log:
        async with log.database.writing() as connection:
            for number in range(MOST + 1):
                log.journal.note(connection, "authn_login_success", None, account=f"a{number}")
        await swept(log, 11)
        assert len(left(log)) == 1
        await log.keeper.tick()
        assert left(log) == []


@pytest.mark.parametrize(
    "statements",
    [
        ["DELETE FROM event WHERE batch < 3"],
        ["UPDATE event SET emptied_at = 1 WHERE batch < 3"],
        ["UPDATE event SET body = '', account_id = NULL, emptied_at = 1, emptied_mac = mac WHERE batch < 3"],
        ["DELETE FROM event WHERE batch < 3", "UPDATE event_batch SET rows = 0 WHERE number < 3"],
        ["DELETE FROM event WHERE batch < 3", "DELETE FROM event_batch WHERE number < 2"],
        ["DELETE FROM event WHERE batch < 3", "UPDATE event_batch SET anchor_mac = link WHERE number = 1"],
    ],
)
async def test_nobody_has_the_keeper_sign_a_deletion_away(
    tmp_path: Path, statements: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """What somebody took out is not cut off as if it had been over: checkpoints go on finding it, and it is told."""
    async with opened(tmp_path) as log:
        for _ in range(4):
            await log.write(2)
            await log.batch()
        log.attack(*statements)
        await swept(log, 1)
        found = await log.verdict(log.outside)
        assert (found.faults != [], found.begins_at) == (True, 2 if "number < 2" in statements[-1] else 1)
        assert "sys_log_damaged" in caplog.text


async def test_nobody_gives_fresh_events_to_an_erased_account(tmp_path: Path) -> None:
    """The column says whose an event is; its text says otherwise, and decides."""
    async with opened(tmp_path) as log:
        await log.write(1, "user_deleted", account="gone", by="gone")
        await log.batch()
        await swept(log, 31)
        await log.write(2)
        await log.write(1, "user_deleted", account="other", by="other")
        log.attack("UPDATE event SET account_id = 'gone', name = 'user_created' WHERE position > 1")
        await swept(log, 1)
        assert len(left(log)) == 4
        assert (await log.verdict()).faults


async def test_rows_that_do_not_hold_stand_in_nobody_s_way(tmp_path: Path) -> None:
    """More of them than a sweep looks at: those behind them go all the same, and then there is peace for an hour."""
    async with opened(tmp_path, PERIODS) as log:
        async with log.database.writing() as connection:
            for number in range(MOST + 3):
                log.journal.note(connection, "authn_login_success", None, account=f"a{number}")
        log.attack(f"UPDATE event SET body = replace(body, 'INFO', 'WARN') WHERE position <= {MOST}")  # noqa: S608
        await swept(log, 11)
        await log.keeper.tick()
        assert log.rows("SELECT count(*) FROM event WHERE emptied_at IS NOT NULL") == [(3,)]
        assert log.keeper._sweeping.at > log.clock.monotonic()
