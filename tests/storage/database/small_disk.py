"""What fills a disk, or the files of a process: run by `test_failures.py` as a process of its own."""

import asyncio
import resource
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from buckler.storage.database import Database
from buckler.storage.unavailable import StorageUnavailable
from tests.storage.database.trouble import kept, put


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


async def disk(folder: Path) -> None:
    """A disk of two megabytes: full, with room again, then mounted for reading alone."""
    mount("-t", "tmpfs", "-o", "size=2m", "none", str(folder))
    database = Database(folder / "data" / "buckler.db")
    await database.open()
    await put(database, "before")
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    known = await until_it_fails(database)
    filler.unlink()
    await goes_on(database, known)
    await database.close()
    mount("-o", "remount,ro", str(folder))
    try:
        await Database(folder / "data" / "buckler.db").open()
    except (StorageUnavailable, OSError) as failure:
        say("readonly" if "read" in str(failure).lower() else str(failure))


async def limit(folder: Path) -> None:
    """No file of this process may grow beyond half a megabyte."""
    database = Database(folder / "data" / "buckler.db")
    await database.open()
    await put(database, "before")
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, hard))
    known = await until_it_fails(database)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    await goes_on(database, known)
    await database.close()


async def writers(path: Path, count: int) -> None:
    database = Database(path)
    await database.open()
    say("begins")
    await asyncio.gather(*(put(database, f"theirs-{number}") for number in range(count)))
    await database.close()


async def until_it_fails(database: Database) -> set[str]:
    """Write until nothing more is taken; what was kept by then."""
    known = {"before"}
    for number in range(100_000):
        names = [f"{number}-{each}" for each in range(10)]
        try:
            await put(database, *names, size=1000)
        except StorageUnavailable as failure:
            say(failure.code)
            break
        known |= set(names)
    assert await kept(database) == known
    say("kept")
    return known


async def goes_on(database: Database, known: set[str]) -> None:
    await put(database, "after")
    assert await kept(database) == known | {"after"}
    say("again")


if __name__ == "__main__":
    what, where, *more = sys.argv[1:]
    if what == "writers":
        asyncio.run(writers(Path(where), int(more[0])))
    else:
        asyncio.run({"disk": disk, "limit": limit}[what](Path(where)))
