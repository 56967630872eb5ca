"""The end of the command: nothing that an app left is done after it, neither at exit nor by its threads.

1. However the block ends, the process does, at once: functions that were registered for the exit are not called, and
   no thread is waited for. So the app was isolated from its import on for as long as it could do anything. Neither
   a stream that the app closed nor a reader who has gone changes that.
2. Its folder goes, and the workers that it started.
3. SIGTERM and SIGHUP are taken as Ctrl-C: the drill ends, and what it has is told.
"""

import signal
import sys
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from functools import partial
from threading import Lock
from types import FrameType
from typing import Any, Final, TextIO

import typer

from buckler.cli.terminal import tell
from buckler.drill.transport.calls import EndedProcess
from buckler.errors import BucklerError
from buckler.staging.ending import END_HERE
from buckler.staging.leftovers import end_processes

_AS_CTRL_C: Final = ("SIGTERM", "SIGHUP")


def at_once(code: int) -> None:
    """End the process here."""
    END_HERE(code)


class Leaving:
    """One end, whichever thread comes to it first."""

    def __init__(self, discard: Callable[[], object], errors: TextIO) -> None:
        self._discard = discard
        self._errors = errors
        self._flush = sys.stdout.flush
        self._first = Lock()

    def speak(self) -> None:
        """From now on it is told where nobody but us does. The app may have closed `sys.stderr`."""
        sys.stderr = self._errors

    def leave(self, code: int) -> None:
        """End with this exit code."""
        try:
            # Only what is ours: the flush of a stream that the app put there may never end.
            for each in (end_processes, self._discard, self._flush, self._errors.flush):
                with suppress(Exception):
                    each()
        finally:
            at_once(code)

    def leave_with(self, tell_it: Callable[[], int]) -> None:
        """End with what is told: by one thread, while any other waits for the end of the process."""
        with self._first:
            code = 1
            try:
                self.speak()
                code = _code_of(tell_it)
            finally:
                self.leave(code)

    @contextmanager
    def leaves(self) -> Generator[None]:
        """The end of the process is the end of the block."""
        try:
            yield
        except BaseException as ended:  # noqa: BLE001 - it is told here, since nobody hears of it outside
            self.leave_with(partial(_told, ended))
        else:
            self.leave_with(lambda: 0)


def _code_of(tell_it: Callable[[], int]) -> int:
    try:
        return tell_it()
    except Exception as failure:  # noqa: BLE001 - whatever it is, the process ends
        with suppress(Exception):
            return _told(failure)
        return 1


def _told(ended: BaseException) -> int:
    """Say why it ended, as the command line does; the exit code."""
    if isinstance(ended, typer.Exit):
        return ended.exit_code
    if isinstance(ended, typer.BadParameter):
        ended.show()
        return ended.exit_code
    if isinstance(ended, BucklerError):
        tell(str(ended))
    elif isinstance(ended, BrokenPipeError):
        tell("whoever read the report went away before its end")
    elif isinstance(ended, KeyboardInterrupt):
        tell("stopped before anything was attacked")
    elif isinstance(ended, EndedProcess):
        tell(str(ended))
    elif isinstance(ended, SystemExit):
        tell(f"the app ended the process: SystemExit({ended.code!r})")
    else:
        traceback.print_exception(ended)
    return 1


@contextmanager
def ended_as_by_ctrl_c() -> Generator[None]:
    """For the block, whoever ends this process ends it as a person at the keyboard would."""
    before = dict[signal.Signals, Any]()
    for name in _AS_CTRL_C:
        number = getattr(signal, name, None)
        # What was started to outlive its terminal does.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)
