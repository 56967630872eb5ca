"""Whether a listener of ours can be reached from a target."""

from typing import Final
from urllib.parse import urlsplit

from buckler.drill.engagement import Engagement

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
ELSEWHERE: Final = "the target is on another machine, from which a listener of ours cannot be reached"


def is_near(on: Engagement) -> bool:
    """Whether the target runs here: in this process, or on loopback."""
    host = urlsplit(on.carrier.origin).hostname or ""
    return on.in_process or host in _LOOPBACK or host.startswith("127.") or host.endswith(".localhost")
