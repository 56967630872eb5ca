"""A network file system under the database is refused: there its locks are promises that nobody keeps.

SQLite's log needs memory that all processes share and locks that hold (sqlite.org, "Write-Ahead Logging": all
processes must be on the same host). Known on Linux alone, by what the kernel says of the mount.
"""

from pathlib import Path
from typing import Final

from buckler.errors import ConfigurationError

MOUNTS: Final = Path("/proc/self/mountinfo")
_NETWORKED: Final = frozenset(
    ("afs", "ceph", "cifs", "coda", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs", "lustre", "nfs", "nfs4", "smb3")
)
_ESCAPED: Final = {"\\040": " ", "\\011": "\t", "\\012": "\n", "\\134": "\\"}


def refuse_network_place(folder: Path, mounts: Path = MOUNTS) -> None:
    """Raises `ConfigurationError` where `folder` lies on a network file system."""
    kind = kind_of_place(folder, mounts)
    if kind in _NETWORKED:
        raise ConfigurationError(
            f"Database: {str(folder)!r} lies on a network file system ({kind}), where two processes may both believe"
            " that they alone write. Name a folder on a disk of this machine."
        )


def kind_of_place(folder: Path, mounts: Path = MOUNTS) -> str:
    """The kind of file system that `folder` lies on; empty where nobody says so."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    place, found = folder.resolve(), ("", "")
    for line in lines:
        fields = line.split(" ")
        # proc_pid_mountinfo(5): the mount point is the fifth; the kind comes after a lone dash.
        if len(fields) < 10 or "-" not in fields[6:-1]:
            continue
        point = _plain(fields[4])
        kind = fields[fields.index("-", 6) + 1]
        if len(point) >= len(found[0]) and place.is_relative_to(point):
            found = point, kind
    return found[1]


def _plain(point: str) -> str:
    for escaped, character in _ESCAPED.items():
        point = point.replace(escaped, character)
    return point
