"""Which folders the files of a route come from: whatever lies there is what it hands out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from starlette.staticfiles import StaticFiles

from buckler.access.declarations.guarded import Guarded
from buckler.access.doors.door import Door
from buckler.access.policy.policy import ServedFiles
from buckler.input.served_uploads import ServedUploads

_MOST_WRAPPERS: Final = 32


def files_of(door: Door) -> tuple[ServedFiles, ...]:
    """Those of `StaticFiles` or `ServedUploads` mounted there, and of FastAPI's front ends; none of anything else."""
    groups: Any = door.route if "(front end)" in door.path else None
    apps = [getattr(each, "app", None) for each in getattr(groups, "routes", ())] if groups else [door.endpoint]
    found = (each for app in apps for each in _inside(app) if isinstance(each, StaticFiles | ServedUploads))
    return tuple(sorted(map(_told, found), key=repr))


def _inside(app: Any) -> Iterator[object]:
    for _ in range(_MOST_WRAPPERS):
        if app is None:
            return
        yield app
        app = app.inner if isinstance(app, Guarded) else getattr(app, "app", None)


def _told(files: StaticFiles | ServedUploads) -> ServedFiles:
    if isinstance(files, ServedUploads):
        return ServedFiles(_from_here(files.store.folder), (), html=False, follow_symlink=False)
    packages = tuple(each if isinstance(each, str) else ":".join(each) for each in files.packages or ())
    directory = None if files.directory is None else _from_here(Path(files.directory))
    return ServedFiles(directory, packages, files.html, files.follow_symlink)


def _from_here(folder: Path) -> str:
    """As it is reached from the working folder, so that a file is the same on every machine; else in full."""
    whole, here = folder.absolute(), Path.cwd()
    return (whole.relative_to(here) if whole.is_relative_to(here) else whole).as_posix()
