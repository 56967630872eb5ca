"""Many work on a database, or one alone."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from buckler.errors import ConfigurationError
from buckler.storage.database import Database
from buckler.storage.database.occupancy import Occupancy, Occupied


def test_many_or_one_alone(tmp_path: Path) -> None:
    """Whoever comes second to one alone, or alone to others, is told so and not kept waiting."""
    path = tmp_path / "x.db"
    first, second = Occupancy(path), Occupancy(path)
    with pytest.raises(Occupied, match="is in use"):
        Occupancy(path, alone=True)
    first.close()
    first.close()
    second.close()
    alone = Occupancy(path, alone=True)
    with pytest.raises(Occupied, match="being exchanged"):
        Occupancy(path)
    with pytest.raises(Occupied, match="is in use"):
        Occupancy(path, alone=True)
    alone.close()
    Occupancy(path).close()
    assert stat.S_IMODE((tmp_path / "x.db.lock").stat().st_mode) == 0o600


async def test_an_open_database_is_occupied_until_it_is_closed(tmp_path: Path) -> None:
    """And one that could not be opened is not."""
    database = Database(tmp_path / "x.db")
    await database.open()
    with pytest.raises(Occupied):
        Occupancy(database.path, alone=True)
    await database.close()
    alone = Occupancy(database.path, alone=True)
    with pytest.raises(ConfigurationError, match="exchanged"):
        await database.open()
    alone.close()
    (tmp_path / "bad.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(Exception, match="not a database"):
        await Database(tmp_path / "bad.db").open()
    Occupancy(tmp_path / "bad.db", alone=True).close()


def test_a_process_that_is_killed_occupies_nothing(tmp_path: Path) -> None:
    """The system takes the lock back."""
    path = tmp_path / "x.db"
    held = "import sys; from pathlib import Path; from buckler.storage.database.occupancy import Occupancy;"
    line = f"{held} o = Occupancy(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", line, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(Occupied):
            Occupancy(path, alone=True)
        process.kill()
        process.wait(20)
    Occupancy(path, alone=True).close()


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    """It would make a file somewhere else."""
    (tmp_path / "x.db.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=os.strerror(40)):
        Occupancy(tmp_path / "x.db")
    assert not (tmp_path / "elsewhere").exists()
