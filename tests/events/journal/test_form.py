"""Rows that no reader can read: whoever writes one would stop the check, and the chain with it."""

import json
from pathlib import Path

import pytest

from buckler.events.journal.exported import fault_of, line_of
from buckler.events.journal.of_account import kept_about
from buckler.events.journal.reading import Wanted, rows_found
from tests.events.journal.ledger import KEY, opened

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


async def test_a_batch_of_another_form_does_not_stop_the_chain(tmp_path: Path) -> None:
    """One whose number is so high that none could follow it: the next follows the last of ours."""
    async with opened(tmp_path) as ledger:
        await ledger.write(1)
        await ledger.batch()
        ledger.attack("INSERT INTO event_batch (number, rows, at, link) VALUES (9223372036854775807, 0, 0, x'00')")
        await ledger.write(1)
        await ledger.batch()
        assert ledger.rows("SELECT number FROM event_batch ORDER BY number")[:2] == [(1,), (2,)]
        assert (await ledger.verdict()).faults


async def test_no_row_hides_in_front_of_the_first(tmp_path: Path) -> None:
    """Positions begin at 1: what stands below is told, and its owner is not shown it as ours."""
    async with opened(tmp_path) as ledger:
        await ledger.write(1)
        await ledger.batch()
        ledger.attack(
            "INSERT INTO event (position, writer, sequence, at, name, account_id, body, mac, batch)"
            " VALUES (-5, 'x', 1, 1, 'user_deleted', 'a0', '{\"client\":\"203.0.113.9\"}', x'00', 1)"
        )
        assert "Row -5" in (await ledger.verdict(ledger.outside)).faults[0]
        async with ledger.database.reading() as connection:
            assert [each.event for each in await kept_about(connection, KEY, "a0")] == ["user_created"]


@pytest.mark.parametrize("by", ["a0", "boss"])
async def test_an_owner_sees_no_address_of_somebody_else(tmp_path: Path, by: str) -> None:
    """Of an administrator who gave a role, as little as of anybody."""
    async with opened(tmp_path) as ledger:
        await ledger.write(1, "user_updated", by=by, client="203.0.113.9")
        async with ledger.database.reading() as connection:
            told = [each.client for each in await kept_about(connection, KEY, "a0")]
        assert told == ["203.0.113.9" if by == "a0" else None]


async def test_no_other_word_passes_as_a_line_of_an_emptied_row(tmp_path: Path) -> None:
    """Its proof covers that it is empty, so nothing may stand beside it."""
    async with opened(tmp_path) as ledger:
        await ledger.write(1, "authn_login_success")
        ledger.clock.advance(91 * 86_400)
        await ledger.keeper.tick()
        async with ledger.database.reading() as connection:
            lines = [line_of(each) async for each in rows_found(connection, KEY, Wanted())]
    empty = next(line for line in lines if "emptied_mac" in line)
    forged = json.dumps({"event": "authz_admin", "by": "ada", **json.loads(empty)}, separators=(",", ":"))
    assert (fault_of(empty, KEY), fault_of(forged, KEY)) == (None, "it was not emptied by us")
