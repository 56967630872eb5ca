"""What a drill remembers of one target on the way: what attacks tell each other, and who may be harmed by now.

1. What attacks tell each other has a topic, which says of what type it is: nothing is looked up by a bare name.
2. Where somebody shows something else from now on, all that may rest on what was shown before is forgotten.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, cast, runtime_checkable

from buckler.drill.people.identity import Identity
from buckler.drill.plan.route import Route

T = TypeVar("T")


@dataclass(frozen=True)  # Not with slots: Python 3.11 cannot make one that is frozen by `Topic[str](...)`.
class Topic(Generic[T]):
    """Something that attacks tell each other, and of what type it is. Two of one name are the same."""

    name: str


@runtime_checkable
class Forgetful(Protocol):
    """What can forget somebody alone; anything else is forgotten whole."""

    def forget(self, name: str) -> None:
        """Nobody of this name shows any more what was shown before."""
        ...


@dataclass(slots=True)
class Memory:
    """What is known by now, beside the objects of the app, which the pool knows."""

    spares: dict[str, Identity] = field(default_factory=dict[str, Identity])
    """Those who came to be harmed, by what for; gone as soon as something worked that may have harmed them."""
    doubtful: set[str] = field(default_factory=set[str])
    """The names of those who were refused as nobody, or met a failure: they may have been shut out."""
    left_out: tuple[Route, ...] = ()
    """Routes that no attack meets before the end, since they take what everybody has."""
    sign_in_pages: dict[str, str] = field(default_factory=dict[str, str])
    """What is read on the pages where people sign in, by their paths."""
    notes: list[str] = field(default_factory=list[str])
    """What happened on the way, for the report."""
    _told: dict[Topic[Any], object] = field(default_factory=dict[Topic[Any], object])
    _in_vain: set[Topic[Any]] = field(default_factory=set[Topic[Any]])

    def told(self, topic: Topic[T]) -> T | None:
        """What is known of it; None where nothing is."""
        return cast("T | None", self._told.get(topic))

    def tell(self, topic: Topic[T], what: T) -> T:
        """Remember this of it from now on, and have it back."""
        self._told[topic] = what
        return what

    def of(self, topic: Topic[T], new: Callable[[], T]) -> T:
        """What is known of it: something new where nothing was, which is remembered."""
        return cast("T", self._told[topic]) if topic in self._told else self.tell(topic, new())

    async def once(self, topic: Topic[T], ask: Callable[[], Awaitable[T]]) -> T:
        """What is known of it, asked for where nothing is. Where nothing came it is asked for twice, and no more."""
        if topic in self._told:
            return cast("T", self._told[topic])
        found = await ask()
        if found is not None or topic in self._in_vain:
            return self.tell(topic, found)
        self._in_vain.add(topic)
        return found

    def note(self, words: str) -> None:
        """Tell this in the report, once."""
        if words not in self.notes:
            self.notes.append(words)

    def doubt(self, name: str) -> None:
        """Somebody of this name may have been shut out; nobody of that name is a spare any more."""
        self.doubtful.add(name)
        self.spares = {purpose: each for purpose, each in self.spares.items() if each.name != name}

    def forget(self, name: str) -> None:
        """Forget what may rest on what somebody of this name showed, who shows something else from now on."""
        self._in_vain.clear()
        for topic, known in list(self._told.items()):
            if isinstance(known, Forgetful):
                known.forget(name)
            else:
                del self._told[topic]
