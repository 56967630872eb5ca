"""A file that is not taken: 422 in words that repeat nothing of it.

Raised from an endpoint it is the answer; raised while a parameter is read it becomes one of the
errors of the 422 that FastAPI collects, with the place of the parameter.
"""

from typing import LiteralString

from pydantic_core import PydanticCustomError

from buckler.errors import Refusal
from buckler.input.faults import FAULTS, fault
from buckler.refused import Refused


class FileRefused(Refused):
    """A file, or what is in it, is not taken. `kind` is one of `faults.py`; `words` say more than it does."""

    def __init__(self, kind: LiteralString, words: str | None = None) -> None:
        refusal = Refusal(422, kind.replace("_", "-"), f"{words or FAULTS[kind]}.", event="input_validation_fail")
        super().__init__(refusal)
        self.kind: LiteralString = kind
        self._words = words

    def as_fault(self) -> PydanticCustomError:
        """The same among the errors of a request."""
        return fault(self.kind, self._words)
