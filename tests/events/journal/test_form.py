"""Rows that no reader can read: whoever writes one would stop the check, and the chain with it."""

from pathlib import Path

import pytest

from tests.events.journal.ledger import opened

ODD = (
    "sequence = -position",
    "sequence = 'abc' || position",
    "sequence = position + 1.5",
    "writer = x'00'",
    "writer = char(55296)",
    "writer = writer || char(0) || cast(x'ff' AS TEXT)",
    "body = x'00'",
    "body = cast(x'ff' AS TEXT)",
    "mac = 'abc'",
    "mac = 5",
    "at = 'x'",
    "at = 1e300",
    "name = x'00'",
    "account_id = x'00'",
    "batch = 'x'",
    "batch = -4",
    "emptied_at = -5",
    "emptied_mac = 'x'",
)


@pytest.mark.parametrize("change", ODD)
async def test_a_row_of_another_form_is_found_and_stops_nobody(tmp_path: Path, change: str) -> None:
    """Inside a batch and behind the last: both are told, and what is written since is chained."""
    async with opened(tmp_path) as ledger:
        await ledger.write(3)
        await ledger.batch()
        await ledger.write(2)
        assert (await ledger.verdict()).faults == []
        ledger.attack(f"UPDATE event SET {change} WHERE position IN (2, 4)")  # noqa: S608 - it is the attack
        await ledger.batch()
        faults = (await ledger.verdict()).faults
        for position in (2, 4):
            assert f"Row {position} has values of a kind that we never write." in faults
        assert ledger.rows("SELECT batch FROM event WHERE position = 5") == [(2,)]


@pytest.mark.parametrize(
    "change", ["number = -1", "rows = 'x'", "at = -1", "link = 'x'", "link = 5", "anchor_mac = 'x'"]
)
async def test_a_batch_of_another_form_is_found(tmp_path: Path, change: str) -> None:
    async with opened(tmp_path) as ledger:
        for _ in range(2):
            await ledger.write(2)
            await ledger.batch()
        ledger.attack(f"UPDATE event_batch SET {change} WHERE number = 1")  # noqa: S608 - it is the attack
        assert "1 batches have values of a kind that we never write." in (await ledger.verdict()).faults


async def test_the_sealer_tells_what_it_leaves_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with opened(tmp_path) as ledger:
        await ledger.write(2)
        ledger.attack("UPDATE event SET mac = 'x' WHERE position = 1")
        await ledger.batch()
    assert any(
        '"sys_log_damaged"' in each.getMessage() and "position 1" in each.getMessage() for each in caplog.records
    )
