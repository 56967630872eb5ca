"""What an app logs while it is attacked, line by line: secrets and forged lines are looked for in it.

Every record that a logger gives to handlers is taken, from `INFO` on unless the app says otherwise, whatever handlers
the app adds or takes away, and also of a logger that passes nothing on to the root. What is written past `logging` is
not seen.
"""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Self

from buckler.staging.exchanged import exchanged

_FORMAT: Final = "%(levelname)s %(name)s: %(message)s"
_HANDLED: Final = "callHandlers"
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
    lines, quiet, root, handled = Lines(), logging.NullHandler(), logging.getLogger(), logging.Logger.callHandlers
    before = [_State.of(each) for each in (root, *root.manager.loggerDict.values()) if isinstance(each, logging.Logger)]

    def heard(self: logging.Logger, record: logging.LogRecord) -> None:
        lines.handle(record)
        handled(self, record)

    root.addHandler(quiet)
    root.setLevel(min(root.level, logging.INFO) if root.level else logging.INFO)
    try:
        # A handler would be lost to `dictConfig`, and would hear nothing of a logger that does not propagate.
        with exchanged(_HANDLED, heard, logging.Logger):
            yield lines.lines
    finally:
        # What the app made of logging ends with it: `dictConfig` silences every logger that was there before.
        for each in before:
            each.restore()


@dataclass(frozen=True, slots=True)
class _State:
    """What a configuration may change of a logger."""

    logger: logging.Logger
    handlers: list[logging.Handler]
    level: int
    propagate: bool
    disabled: bool

    @classmethod
    def of(cls, logger: logging.Logger) -> Self:
        return cls(logger, logger.handlers[:], logger.level, logger.propagate, logger.disabled)

    def restore(self) -> None:
        self.logger.handlers[:], self.logger.propagate = self.handlers, self.propagate
        self.logger.disabled = self.disabled
        self.logger.setLevel(self.level)
