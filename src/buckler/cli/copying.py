"""What `buckler backup` and `buckler restore` do inside."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from buckler.cli.data_folder import resolve
from buckler.cli.installation import said_place
from buckler.cli.log_lines import write_log_lines
from buckler.clock import SystemClock
from buckler.errors import ConfigurationError
from buckler.events import EventLog
from buckler.identity.accounts import DATABASE_FILE
from buckler.identity.installation.restoration import Restored, restore
from buckler.storage.database.copies import save_copy


@contextmanager
def told_in_one_line(file: Path) -> Generator[None]:
    """What the system refuses is told as a refusal of a file: the one it names, else `file`."""
    try:
        yield
    except OSError as failure:
        place = failure.filename or file
        raise ConfigurationError(f"{place}: {failure.strerror or failure}. Nothing was changed.") from failure


def save(data: Path, file: Path) -> int:
    """A copy of the database in `data`; its size in bytes. Raises `ConfigurationError` and `OSError`."""
    write_log_lines()
    size = save_copy(resolve(data) / DATABASE_FILE, file)
    EventLog(SystemClock()).emit("sys_backup_saved", None, bytes=size)
    return size


async def put_back(data: Path, file: Path, *, replace: bool) -> Restored:
    """Restore. Raises `ConfigurationError` and `OSError`."""
    write_log_lines()
    folder, clock = resolve(data), SystemClock()
    return await restore(file, folder / DATABASE_FILE, said_place(folder), clock, EventLog(clock), replace=replace)
