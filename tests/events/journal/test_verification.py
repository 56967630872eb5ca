"""A log that was changed is found, or it is said what cannot be proved."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from buckler.events.journal.batches import Batcher
from buckler.events.journal.log_key import LogKey
from tests.events.journal.ledger import KEY, Ledger, opened
from tests.proof import two_sided_async

BATCHES = 4
ROWS = 5


async def filled(log: Ledger, batches: int = BATCHES, loose: int = 3) -> None:
    for _ in range(batches):
        await log.write(ROWS)
        await log.batch()
    await log.write(loose)


EDIT = "UPDATE event SET body = replace(body, 'user_created', 'user_updated')"
PUT = "INSERT INTO event (writer, sequence, at, name, account_id, body, mac)"
ATTACKS = {
    "a text is edited": [f"{EDIT} WHERE position = 7"],
    "a text is edited that is in no batch yet": [f"{EDIT} WHERE position = 22"],
    "a column is edited": ["UPDATE event SET account_id = 'other' WHERE position = 7"],
    "a name is edited": ["UPDATE event SET name = 'user_updated' WHERE position = 7"],
    "a moment is edited": ["UPDATE event SET at = at - 60000 WHERE position = 7"],
    "a row is deleted": ["DELETE FROM event WHERE position = 7"],
    "a row is deleted that is in no batch yet": ["DELETE FROM event WHERE position = 22"],
    "the rows of a batch are deleted": ["DELETE FROM event WHERE batch = 2"],
    "a batch is deleted with its rows": [
        "DELETE FROM event WHERE batch = 2",
        "DELETE FROM event_batch WHERE number = 2",
    ],
    "the first batch is deleted with its rows": [
        "DELETE FROM event WHERE batch = 1",
        "DELETE FROM event_batch WHERE number = 1",
    ],
    "the batches are deleted": ["DELETE FROM event_batch"],
    "the batches are deleted and the rows set free": ["DELETE FROM event_batch WHERE number > 2"],
    "a row is put in": [
        f"{PUT} SELECT writer, 999, at, name, account_id, body, mac FROM event WHERE position = 23",  # noqa: S608
    ],
    "a row is put in from another writer": [
        f"{PUT} SELECT 'x', 1, at, name, account_id, body, mac FROM event WHERE position = 1",  # noqa: S608
    ],
    "two rows change places": [
        "UPDATE event SET position = 100 WHERE position = 7",
        "UPDATE event SET position = 7 WHERE position = 8",
        "UPDATE event SET position = 8 WHERE position = 100",
    ],
    "two rows that are in no batch change places": [
        "UPDATE event SET position = 100 WHERE position = 21",
        "UPDATE event SET position = 21 WHERE position = 22",
        "UPDATE event SET position = 22 WHERE position = 100",
    ],
    "a row is moved to another batch": ["UPDATE event SET batch = 3 WHERE position = 10"],
    "a row is taken out of its batch": ["UPDATE event SET batch = NULL WHERE position = 7"],
    "a link is edited": ["UPDATE event_batch SET link = x'00' WHERE number = 2"],
    "the moment of a batch is edited": ["UPDATE event_batch SET at = at + 1 WHERE number = 2"],
    "a row is emptied": ["UPDATE event SET body = '', account_id = NULL, emptied_at = 1 WHERE position = 7"],
    "a row is emptied with the proof of another": [
        "UPDATE event SET body = '', account_id = NULL, emptied_at = 1, emptied_mac = mac WHERE position = 7"
    ],
    "the beginning is called an anchor": [
        "DELETE FROM event WHERE batch = 1",
        "UPDATE event_batch SET anchor_mac = link WHERE number = 1",
    ],
    "the MAC of a row is that of another": [
        "UPDATE event SET mac = (SELECT mac FROM event WHERE position = 8) WHERE position = 7"
    ],
}


async def test_a_log_that_nobody_changed_is_intact(tmp_path: Path) -> None:
    """And it is said how far that is proved."""
    async with opened(tmp_path) as log:
        await filled(log)
        found = await log.verdict(log.outside)
    assert (found.faults, found.rows, found.batches, found.unbatched) == ([], BATCHES * ROWS + 3, BATCHES, 3)
    assert (found.proved_until, found.checkpoints) == (BATCHES, BATCHES)


async def test_an_empty_log_was_emptied(tmp_path: Path) -> None:
    """It begins with an event, and what is cut off for its age leaves an anchor."""
    async with opened(tmp_path) as log:
        await filled(log)
        log.attack("DELETE FROM event", "DELETE FROM event_batch")
        assert "empty" in (await log.verdict()).faults[0]


@pytest.mark.parametrize("statements", ATTACKS.values(), ids=ATTACKS.keys())
async def test_whoever_changes_the_database_is_found(tmp_path: Path, statements: list[str]) -> None:
    """Whatever is edited, deleted, put in, moved or emptied."""
    async with opened(tmp_path) as log:
        await filled(log)
        log.attack(*statements)
        found = (await log.verdict()).faults
    assert found
    assert all(fault.isascii() and fault.isprintable() for fault in found)


@pytest.mark.asvs("16.4.2")
async def test_an_edit_shows_that_a_log_without_macs_would_hide(tmp_path: Path) -> None:
    """The twin keeps the same rows and asks nobody for a key."""

    async def attack(checked: bool) -> bool:
        async with opened(tmp_path / str(checked)) as log:
            await filled(log)
            log.attack(f"{EDIT} WHERE position = 7")
            told = [json.loads(row[0])["event"] for row in log.rows("SELECT body FROM event ORDER BY position")]
            noticed = bool((await log.verdict()).faults) if checked else len(told) != BATCHES * ROWS + 3
            return "user_updated" in told and not noticed

    await two_sided_async(attack, whole=True, twin=False)


async def _cut_end(log: Ledger, _folder: Path) -> None:
    log.attack("DELETE FROM event WHERE batch >= 3 OR batch IS NULL", "DELETE FROM event_batch WHERE number >= 3")


async def _old_copy(log: Ledger, folder: Path) -> None:
    """The file as it was after the second batch takes the place of what came since."""
    log.attack(
        f"ATTACH '{folder / 'old'}' AS old",
        "DELETE FROM event",
        "INSERT INTO event SELECT * FROM old.event",
        "DELETE FROM event_batch",
        "INSERT INTO event_batch SELECT * FROM old.event_batch",
    )


@pytest.mark.parametrize("attack", [_cut_end, _old_copy])
async def test_a_cut_end_is_found_by_a_checkpoint_alone(tmp_path: Path, attack: Callable[..., object]) -> None:
    """Without one it cannot be proved, and the verdict claims no more than the batches that are there."""
    async with opened(tmp_path) as log:
        await filled(log, 2, 0)
        log.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(log.database.path, tmp_path / "old")
        await filled(log, 2)
        await attack(log, tmp_path)  # type: ignore[misc]
        without, proved = await log.verdict(), await log.verdict(log.outside)
    assert (without.faults, without.proved_until, without.last_number) == ([], 0, 2)
    assert ["is not there" in fault or "names one" in fault for fault in proved.faults] == [True, True]


async def test_a_log_that_was_written_anew_is_found_by_a_checkpoint(tmp_path: Path) -> None:
    """Even by somebody who has the key, from a checkpoint on that lies outside."""
    async with opened(tmp_path) as log:
        await filled(log, 3, 0)
        log.attack("DELETE FROM event WHERE batch = 3", "DELETE FROM event_batch WHERE number = 3")
        await log.write(2)
        await Batcher(log.database, KEY, log.clock).make()
        assert any("written anew" in fault for fault in (await log.verdict(log.outside)).faults)


async def test_a_checkpoint_that_somebody_made_up_proves_nothing(tmp_path: Path) -> None:
    """It is told; one of another installation is passed over."""
    async with opened(tmp_path) as log:
        await filled(log)
        forged = json.loads(log.outside[-1]) | {"batch": 77}
        other = json.loads(log.outside[-1]) | {"installation": "another"}
        found = await log.verdict([json.dumps(forged), json.dumps(other)])
    assert (len(found.faults), found.checkpoints) == (1, 0)
    assert "not made by us" in found.faults[0]


async def test_another_key_finds_every_row(tmp_path: Path) -> None:
    """Nothing holds by itself."""
    async with opened(tmp_path) as log:
        await filled(log, 1, 0)
        found = await log.verdict(key=LogKey(bytes(32)))
    assert len(found.faults) == ROWS + 1


async def test_several_processes_make_one_chain(tmp_path: Path) -> None:
    """Of several that make one at once, one does."""
    async with opened(tmp_path) as log:
        await log.write(3)
        sealers = [Batcher(log.database, KEY, log.clock) for _ in range(3)]
        made = [await each.make() for each in sealers]
        assert [each.number for each in made if each is not None] == [1]
        assert (await log.verdict()).faults == []


async def test_a_row_that_does_not_hold_is_told_when_it_is_sealed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Long before anybody verifies."""
    async with opened(tmp_path) as log:
        await log.write(3)
        log.attack(f"{EDIT} WHERE position = 2")
        await log.batch()
    assert "sys_log_damaged" in caplog.text
