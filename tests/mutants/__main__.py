"""`python -m tests.mutants [WORD ...]`: the fate of each mutant whose name has one of the words, and the score."""

import sys
from collections import Counter
from collections.abc import Iterable

from tests.mutants.hunting import Fate, State, hunt
from tests.mutants.population import population

_ORDER: tuple[State, ...] = ("not seen", "broken", "alive")
"""What is told once more at the end, by its state."""


def main(words: list[str]) -> int:
    """Print them. 1 where one lives that should not, or is none."""
    wanted = [each for name, each in population().items() if not words or any(word in name for word in words)]
    fates = list[Fate]()
    for fate in hunt(wanted):
        fates.append(fate)
        if fate.state != "not seen":
            _say(told(fate))
    for state in _ORDER:
        _say("\n".join(["", *(told(each) for each in fates if each.state == state)]))
    sentence, code = score(fates)
    _say(f"\n{sentence}")
    return code


def told(fate: Fate) -> str:
    """One mutant, and what became of it."""
    return f"{fate.state:8}  {fate.mutant.name}\n          {fate.words}"


def score(fates: Iterable[Fate]) -> tuple[str, int]:
    """The score in words, and the exit code. What no drill in process can see is in neither of its numbers."""
    counted = Counter(each.state for each in fates)
    total = counted.total() - counted["not seen"]
    sentence = f"{counted['killed']}/{total} killed; {counted['not seen']} more cannot be seen by a drill in process"
    return sentence, 0 if total and counted["killed"] == total else 1


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - that is what it is for


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
