"""What a signal means where it depends on how we were started."""

import sys


def hangup_stops() -> bool:
    """Whether SIGHUP means that a terminal was closed: the service was started in one."""
    return sys.stdin is not None and sys.stdin.isatty()
