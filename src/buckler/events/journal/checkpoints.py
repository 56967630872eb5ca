"""Checkpoints: how far the log went, told outside the database (ASVS 16.4.2, 16.4.3).

A chain proves nothing about its own end: whoever can write to the database can cut off the last batches, or put an
old copy back. So the number and the link of the last batch leave the machine's database on schedule: always as an event
line, and to a file or to syslog where the operator says so. What cuts the log below one of them is found.

Each is signed. One that somebody made up shows, and proves nothing.
"""

import errno
import json
import logging
import logging.handlers
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, cast

from buckler.errors import ConfigurationError
from buckler.events.journal.log_key import LogKey, same

EVENT: Final = "sys_log_checkpoint"
SYSLOG: Final = "syslog"
LONGEST: Final = 65_536
"""Bytes of a line. A longer one is none of ours."""
_SOCKETS: Final = ("/dev/log", "/var/run/syslog")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log of an installation had come to this batch."""

    installation: str
    epoch: int
    number: int
    at: int
    """Milliseconds since 1970-01-01 UTC."""
    link: bytes
    mac: bytes

    @classmethod
    def made(cls, key: LogKey, installation: str, epoch: int, number: int, at: int, link: bytes) -> "Checkpoint":
        """One that is signed."""
        return cls(installation, epoch, number, at, link, key.checkpoint(installation, epoch, number, at, link))

    def holds(self, key: LogKey) -> bool:
        """Whether we made it."""
        return same(self.mac, key.checkpoint(self.installation, self.epoch, self.number, self.at, self.link))

    def members(self) -> dict[str, object]:
        """As the members of a line."""
        return {
            "installation": self.installation,
            "epoch": self.epoch,
            "batch": self.number,
            "made_at": self.at,
            "link": self.link.hex(),
            "mac": self.mac.hex(),
        }


def checkpoints_in(stream: IO[bytes]) -> Iterator[Checkpoint]:
    """Every checkpoint among the lines of a file, whatever else stands in it or before it on its line."""
    while line := stream.readline(LONGEST):
        found = _read(line)
        if found is not None:
            yield found


def _read(line: bytes) -> Checkpoint | None:
    begin = line.find(b"{")  # syslog and the journal write a date and a name before
    try:
        members = json.loads(line[begin:])
        if not isinstance(members, dict) or begin < 0:
            return None
        found = cast("dict[str, Any]", members)
        epoch, number, at = (found[name] for name in ("epoch", "batch", "made_at"))
        if not all(type(each) is int and 0 <= each < 1 << 63 for each in (epoch, number, at)):
            return None
        link, mac = bytes.fromhex(found["link"]), bytes.fromhex(found["mac"])
        return Checkpoint(str(found["installation"]), epoch, number, at, link, mac)
    except (KeyError, TypeError, ValueError, RecursionError):
        return None


Sink = Callable[[str], None]
"""Takes a line outside. Raises `OSError`."""


def sink_named(text: str, data: Path) -> Sink | None:
    """Where `BUCKLER_EVENTS_CHECKPOINTS` says; None where it says nothing. Raises `ConfigurationError`."""
    if not text:
        return None
    if text == SYSLOG:
        return _to_syslog()
    file = Path(text)
    if not file.is_absolute():
        raise ConfigurationError(
            f"BUCKLER_EVENTS_CHECKPOINTS={text!r}: name a file by its whole path, as in /var/log/app/checkpoints.jsonl,"
            " or write syslog."
        )
    if file.parent.resolve().is_relative_to(data.resolve()):
        raise ConfigurationError(
            f"BUCKLER_EVENTS_CHECKPOINTS={text!r} lies in the data folder: whoever changes the database there would"
            " change them too. Name a file elsewhere, best on another machine, or write syslog."
        )
    _judge_place(file)
    return _to_file(file)


def _judge_place(file: Path) -> None:
    """Whether lines can be written there, so that a wrong path is known at the start and not by the log alone."""
    named, folder = f"BUCKLER_EVENTS_CHECKPOINTS={str(file)!r}", file.parent
    if os.path.isdir(file):  # noqa: PTH112 - false, too, where its folder cannot be searched
        raise ConfigurationError(f"{named} is a folder. Name a file in it.")
    if not os.path.isdir(folder):  # noqa: PTH112
        raise ConfigurationError(
            f"{named}: there is no folder {str(folder)!r} that we can reach. Make it, for the user we run as, or name"
            " a file elsewhere."
        )
    if not os.access(file if os.path.lexists(file) else folder, os.W_OK):
        raise ConfigurationError(
            f"{named}: we run as user {os.geteuid()}, who may not write there. Let that user write, or name a file"
            " elsewhere."
        )


def _to_file(file: Path) -> Sink:
    def write(line: str) -> None:
        # Not blocking, and a regular file: a pipe in its place would wait for a reader who never comes.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        handle = os.open(file, flags, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError(errno.EINVAL, "It is no regular file", str(file))
            text = b"\n" * _is_torn(file) + line.encode() + b"\n"
            if os.write(handle, text) != len(text):
                raise OSError(errno.ENOSPC, "It was written in part", str(file))
            os.fsync(handle)
        finally:
            os.close(handle)

    return write


def _is_torn(file: Path) -> bool:
    """Whether the last line has no end, since there was no room for it: what follows would be a part of it."""
    with file.open("rb") as lines:
        size = lines.seek(0, os.SEEK_END)
        if size == 0:
            return False
        lines.seek(size - 1)
        return lines.read(1) != b"\n"


def _to_syslog() -> Sink:
    place = next((each for each in _SOCKETS if Path(each).exists()), None)
    if place is None:
        raise ConfigurationError(
            f"BUCKLER_EVENTS_CHECKPOINTS=syslog: this machine has no {' or '.join(_SOCKETS)}. Name a file instead."
        )
    handler = _Raising(place)
    handler.ident = "buckler: "

    def write(line: str) -> None:
        record = logging.LogRecord("buckler.checkpoints", logging.INFO, "", 0, line, None, None)
        handler.emit(record)

    return write


class _Raising(logging.handlers.SysLogHandler):
    """Tells its caller what went wrong; the one of the library prints it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is that of `logging`
        raise OSError("The system's log does not take it.")
