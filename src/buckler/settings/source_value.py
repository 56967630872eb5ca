"""A value as a source has it, and where it stands there."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Source = Literal["default", "argument", "environment", ".env", "toml"]


@dataclass(frozen=True, slots=True)
class SourceValue:
    """What one source says of one setting."""

    value: object
    source: Source
    place: str
    """Where, for a person: the variable, file and line, file and key."""
    written: str
    """The same, as a refusal of the name begins."""
    file: Path | None = None

    @property
    def text(self) -> str:
        """As the environment would have it."""
        return str(self.value).lower() if isinstance(self.value, bool) else str(self.value)
