"""Whether a listener of ours can be reached from a target."""

from typing import Final
from urllib.parse import urlsplit

from buckler.drill.engagement import Engagement
from buckler.drill.transport.this_machine import is_this_machine

ELSEWHERE: Final = "the target is on another machine, from which a listener of ours cannot be reached"


def is_near(on: Engagement) -> bool:
    """Whether the target runs here: in this process, or on loopback."""
    return on.in_process or is_this_machine(urlsplit(on.carrier.origin).hostname or "")
