"""What a drill remembers: asked once, told by topic, and forgotten with whoever it rests on."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from buckler.drill.memory import Memory, Topic
from buckler.drill.people.identity import Identity

NUMBER = Topic[int | None]("a number")


@dataclass
class ByName:
    """What knows of whom it is."""

    known: dict[str, int] = field(default_factory=dict[str, int])

    def forget(self, name: str) -> None:
        """Only of this one."""
        self.known.pop(name, None)


@pytest.mark.parametrize(("found", "times"), [(7, 1), (None, 2)])
async def test_what_is_known_is_asked_once(found: int | None, times: int) -> None:
    """Where nothing was found it is asked once more: a limit may have been met. Then that is known."""
    memory, asked = Memory(), list[int]()

    async def ask() -> int | None:
        asked.append(1)
        return found

    assert [await memory.once(NUMBER, ask) for _ in range(3)] == [found] * 3
    assert len(asked) == times
    assert memory.told(NUMBER) == found


def test_what_is_new_is_made_once() -> None:
    """And it is the same one for whoever asks."""
    memory = Memory()
    names, make = Topic[list[str]]("names"), list[str]
    memory.of(names, make).append("ada")
    assert memory.of(names, make) == ["ada"]
    assert memory.of(Topic[list[str]]("other names"), make) == []


@pytest.mark.parametrize(
    ("what", "left"),
    [(lambda: ByName({"ada": 1, "ben": 2}), ByName({"ben": 2})), (lambda: "of some session", None)],
)
def test_what_rests_on_somebody_is_forgotten(what: Callable[[], object], left: object) -> None:
    """Of this one alone where it knows how; else whole."""
    memory, topic = Memory(), Topic[object]("something")
    memory.tell(topic, what())
    memory.forget("ada")
    assert memory.told(topic) == left


def test_nobody_in_doubt_is_spent() -> None:
    """A spare that was refused as nobody is no spare any more; another of its kind is."""
    memory = Memory(spares={"victim": Identity("newcomer 1"), "as reader": Identity("newcomer 2")})
    memory.doubt("newcomer 1")
    assert (memory.doubtful, list(memory.spares)) == ({"newcomer 1"}, ["as reader"])
