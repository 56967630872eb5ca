"""Which files of the author have changed, for `--reload`: looked at, because that works on every file system."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ENDINGS: Final = (".env", ".py", ".toml")
_LEFT_OUT: Final = frozenset(("__pycache__", "build", "dist", "node_modules", "site-packages", "venv"))
_MOST: Final = 20_000
"""Files that are looked at; a folder of more is not one of an app."""


class WatchedFiles:
    """The files under a folder whose names end in `.py`, `.env` or `.toml`; not in folders whose names begin with a
    dot, and not in `data`, where the service itself writes."""

    def __init__(self, folder: Path, data: Path) -> None:
        self._folder, self._data = folder, data
        self._seen = self._stamps()

    def look(self) -> str | None:
        """The first file that was changed, made or deleted since the last look, or None."""
        found = self._stamps()
        changed = sorted(name for name, _ in self._seen.items() ^ found.items())
        self._seen = found
        return os.path.relpath(changed[0], self._folder) if changed else None

    def _stamps(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for path in self._files():
            try:
                stat = path.stat()
            except OSError:
                continue  # gone between two steps: the next look says so
            found[str(path)] = stat.st_mtime_ns, stat.st_size
            if len(found) == _MOST:
                break
        return found

    def _files(self) -> Iterator[Path]:
        for place, folders, names in os.walk(self._folder):
            folders[:] = sorted(each for each in folders if self._is_theirs(Path(place, each)))
            yield from (Path(place, name) for name in sorted(names) if name.endswith(ENDINGS))

    def _is_theirs(self, folder: Path) -> bool:
        return not folder.name.startswith(".") and folder.name not in _LEFT_OUT and folder != self._data
