"""A connection is an open file: as many as there are places for must be allowed, and some for everything else."""

import sys
from typing import Final

from buckler.errors import ConfigurationError

_BESIDE: Final = 128
"""For the database, the log, the listeners, and what the app itself opens."""


def allow(connections: int) -> None:
    """Raise this process's limit as far as that takes. Raises `ConfigurationError` where the system forbids it."""
    if sys.platform == "win32":
        return
    import resource

    needed = connections + _BESIDE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if _allows(soft, needed, resource.RLIM_INFINITY):
        return
    if not _allows(hard, needed, resource.RLIM_INFINITY):
        raise ConfigurationError(
            f"BUCKLER_MAX_CONNECTIONS={connections} needs {needed} open files, and the system allows this process"
            f" {hard}: raise that (LimitNOFILE= in a unit of systemd, ulimit -n in a shell), or have fewer connections,"
            f" as in BUCKLER_MAX_CONNECTIONS={max(1, hard - _BESIDE)}"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _allows(limit: int, needed: int, endless: int) -> bool:
    return limit == endless or limit >= needed
