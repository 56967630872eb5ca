"""A Buckler with one defence left out. Only tests can make one."""

from typing import Any

from fastapi import FastAPI

from buckler import Buckler
from buckler.defence import Defence


class Twin(Buckler):
    """Composes everything but the defence named `without`, which must have been among them."""

    def __init__(self, app: FastAPI, *, without: str, **given: Any) -> None:
        self._without = without
        self._found = False
        super().__init__(app, **given)
        assert self._found, f"no defence is named {without!r}: leaving it out proves nothing"

    def _compose(self, defences: tuple[Defence, ...]) -> tuple[Defence, ...]:
        kept = tuple(each for each in defences if each.name != self._without)
        self._found = self._found or len(kept) < len(defences)
        return super()._compose(kept)


class Roster(Buckler):
    """A whole Buckler that tells which defences it composed."""

    def __init__(self, app: FastAPI, **given: Any) -> None:
        self.names: list[str] = []
        super().__init__(app, **given)

    def _compose(self, defences: tuple[Defence, ...]) -> tuple[Defence, ...]:
        composed = super()._compose(defences)
        self.names += [each.name for each in composed]
        return composed
