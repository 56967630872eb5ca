"""What an app logs while it is attacked, line by line: secrets and forged lines are looked for in it.

Every record that reaches the root of `logging` is taken, from `INFO` on, as it would be written. One that another
handler keeps from the root is not seen.
"""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

_FORMAT: Final = "%(levelname)s %(name)s: %(message)s"
_LONGEST: Final = 20_000
"""Characters of one line."""


class Lines(logging.Handler):
    """Keeps what is logged as texts, one for each record, whatever line ends stand in it."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.setFormatter(logging.Formatter(_FORMAT))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.lines.append(self.format(record)[:_LONGEST])
        except Exception:  # noqa: BLE001 - as every handler: a record that cannot be written breaks no request
            self.handleError(record)


@contextmanager
def logged() -> Generator[list[str], None, None]:
    """The lines of one block, growing while it lasts."""
    handler, root = Lines(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(min(level, logging.INFO) if level else logging.INFO)
    try:
        yield handler.lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
