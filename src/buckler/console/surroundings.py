"""What the pages of the console know of the app around them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from buckler.access.declarations.roles import Roles
from buckler.clock import Clock
from buckler.console.looks import Looks
from buckler.events import EventLog
from buckler.metrics.recent import Recent

if TYPE_CHECKING:
    from buckler.access.policy.policy import Policy
    from buckler.identity import AccountsSettings
    from buckler.identity.opened import Opened


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything that a page may ask. Nothing here is open before the app starts; `opened` raises 503 until then."""

    title: str
    """The name of the application, as its pages show it."""
    settings: "AccountsSettings"
    roles: Roles
    clock: Clock
    events: EventLog
    opened: "Callable[[], Opened]"
    policy: "Callable[[], Policy]"
    """What every door of the app asks, and who may."""
    recent: Recent
    """What this process counted lately."""
    looks: Looks = field(default_factory=Looks)
    """The turns of whoever looks through much."""
