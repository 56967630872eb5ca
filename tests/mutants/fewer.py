"""A Buckler with several defences left out. Only tests can make one."""

from typing import Any

from fastapi import FastAPI

from buckler import Buckler
from buckler.defence import Defence


class Fewer(Buckler):
    """Composes everything but the defences named `without`, each of which must have been among them."""

    def __init__(self, app: FastAPI, *, without: tuple[str, ...], **given: Any) -> None:
        self._without = frozenset(without)
        self._found = set[str]()
        super().__init__(app, **given)
        assert self._found == self._without, f"no defence is named {self._without - self._found}"

    def _compose(self, defences: tuple[Defence, ...]) -> tuple[Defence, ...]:
        self._found |= self._without.intersection(each.name for each in defences)
        return super()._compose(tuple(each for each in defences if each.name not in self._without))
