"""A picture of ours, made from one of a stranger."""

from dataclasses import dataclass

from buckler.input.file_kinds import KINDS


@dataclass(frozen=True, slots=True)
class Redrawn:
    """`content` holds pixels alone; `stored_name` is unguessable."""

    content: bytes
    kind: str
    width: int
    height: int
    stored_name: str

    @property
    def content_type(self) -> str:
        return KINDS[self.kind].media_types[0]
