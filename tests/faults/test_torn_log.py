"""After a loss of power the end of the write-ahead log may be missing, or be anything: what stands before is whole.

That nothing is missing there which was answered is the promise of `synchronous=FULL` and of the disk: no test here
takes the power away. This one shows that a torn end undoes whole transactions, the newest first, and nothing by half.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from tests.faults.judging import events_of, log_faults, of_file
from tests.faults.killing import Killed, Nursery
from tests.faults.place import Place
from tests.faults.test_kills import FAULTS
from tests.proof import two_sided_async

TEARS = max(FAULTS, 12)
OPENED = 4
"""At every so manieth tear the service starts too."""


@contextmanager
def torn(killed: Killed, folder: Path, seed: int) -> Iterator[Place]:
    """A copy whose log is cut off somewhere, or is noise from there on."""
    chance, place = random.Random(seed), Place(folder / f"torn-{seed}")  # noqa: S311 - as in the nursery
    copytree(killed.place.folder, place.folder, ignore=lambda *_: {f"{killed.place.database.name}-shm"})
    log = place.database.with_name(f"{place.database.name}-wal")
    content = log.read_bytes()
    at = chance.randrange(len(content))
    log.write_bytes(content[:at] + (chance.randbytes(min(4096, len(content) - at)) if seed % 2 else b""))
    yield place
    rmtree(place.folder)


async def faults_of(place: Place, killed: Killed, *, start: bool) -> list[str]:
    """What is half, out of its order, or not whole."""
    found = list(of_file(place))
    kept = [name for (name,) in place.rows("SELECT name FROM account ORDER BY rowid") if name.startswith("walker")]
    asked = [each["name"] for each in killed.told if each["what"] == "begun"]
    if kept != asked[: len(kept)]:
        found.append(f"{kept} are there, which is not how they came")
    told = Counter(each["account"] for each in events_of(place, "user_created"))
    if told != Counter(account for (account,) in place.rows("SELECT id FROM account")):
        found.append("accounts and their events are apart")
    if start:
        async with place.house(killed.now) as house:
            found += await log_faults(house, place)
    return found


@pytest.mark.heavy
async def test_a_torn_end_undoes_whole_transactions(nursed: Nursery, tmp_path: Path) -> None:
    """The twin writes the row of an event in a transaction after that of its change: one may be there alone."""

    async def attack(sabotage: str | None) -> bool:
        lengths, faults = set[int](), list[str]()
        with nursed.killed("register", 5, by="answers", sabotage=sabotage) as killed:
            for seed in range(TEARS):
                with torn(killed, tmp_path, seed) as place:
                    faults += await faults_of(place, killed, start=not sabotage and not seed % OPENED)
                    lengths.add(len(place.rows("SELECT 1 FROM account")))
        assert len(lengths) > 2, "the tears came at different accounts"
        assert sabotage or not faults, faults
        return bool(faults)

    await two_sided_async(attack, whole=None, twin="events_afterwards")


async def test_batches_that_were_torn_off_are_told_by_the_checkpoint_outside(nursed: Nursery, tmp_path: Path) -> None:
    """The log is whole as far as it goes. That it went further, the file outside says and nothing else."""
    said = list[str]()
    with nursed.killed("sealing", 6, by="answers") as killed:
        for seed in range(TEARS // OPENED):
            with torn(killed, tmp_path, seed) as place:
                assert not list(of_file(place))
                async with place.house(killed.now) as house:
                    said += await log_faults(house, place)
    assert said, "no tear came before the last batch"
    assert all("the end was cut off" in each for each in said), said
