"""One line that says how far the run is; nothing but plain lines where nobody watches a terminal."""

from typing import TextIO


class Progress:
    """Writes to `stream`, rewriting one line on a terminal and one line a stage elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._stage = ""

    def tell(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Say that `done` of `total` rounds of `stage` are over."""
        count = f" {done}/{total}" if total else ""
        if self._live:
            self._stream.write(f"\r\x1b[K{stage}{count}")
            self._stream.flush()
        elif stage != self._stage:
            self._stream.write(f"{stage}\n")
            self._stream.flush()
        self._stage = stage

    def end(self) -> None:
        """Take the line away."""
        if self._live:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
