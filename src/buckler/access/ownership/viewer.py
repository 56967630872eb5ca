"""Who looks at an object in one request: what the guard hands to the `Owned` of the route."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from buckler.asgi import Exchange
from buckler.events import EventLog
from buckler.principal import Principal

Seen = TypeVar("Seen", covariant=True)


class Asked(Protocol[Seen]):
    """A rule that can be asked what a caller sees."""

    def sight_of(self, who: Principal) -> Seen: ...


@dataclass(frozen=True, slots=True)
class Viewer:
    """The caller of a request whom the guard let in, and where it is told that an ownership was lifted."""

    principal: Principal
    events: EventLog
    exchange: Exchange
    seen: set[object] = field(default_factory=set[object], compare=False)
    """The declarations whose object was handed over."""

    def has_seen(self, objects: Collection[object]) -> bool:
        """Whether each of these was handed over."""
        return self.seen.issuperset(objects)

    def sight(self, rule: Asked[Seen]) -> Seen:
        """What the caller sees of the objects that `rule` is about."""
        return rule.sight_of(self.principal)
