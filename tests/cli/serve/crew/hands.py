"""Workers without processes: what a supervisor asks of them is written down, and tests say how they are."""

from collections.abc import Iterable
from typing import Any

from tests.clocks import FakeClock


class Hand:
    """One worker that a test plays."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.asked: list[str] = []
        self.code: int | None = None
        self.said: list[dict[str, Any]] = []

    def news(self) -> Iterable[dict[str, Any]]:
        said, self.said = self.said, []
        return said

    def exit_code(self) -> int | None:
        return self.code

    def retire(self) -> None:
        self.asked.append("retire")

    def stop(self) -> None:
        self.asked.append("stop")

    def kill(self) -> None:
        self.asked.append("kill")
        self.code = -9

    def is_ready(self, **more: float) -> None:
        self.said.append({"ready": {"number": self.number, **more}})

    def is_refused(self, reason: str) -> None:
        self.said.append({"refused": reason})
        self.code = 1


class Hands:
    """Every worker that was started, and what was told of them."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.all: list[Hand] = []
        self.told: list[str] = []

    def hire(self, number: int) -> Hand:
        self.all.append(Hand(number))
        return self.all[-1]

    def first_ready(self, line: dict[str, Any]) -> None:
        self.told.append(f"first {line['number']}")

    def complete(self, line: dict[str, Any]) -> None:
        self.told.append(f"complete {line['number']}")

    def lost(self, number: int, code: int, reason: str, wait: float) -> None:
        self.told.append(f"lost {number} {code} {reason or '-'} {wait:g}")

    def replaced(self, refusal: str | None) -> None:
        self.told.append(f"replaced {refusal or 'all'}")
