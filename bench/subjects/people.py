"""Who calls: 64 people, each from an address of their own."""

from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

COUNT: Final = 64


class Me(BaseModel):
    """What `GET /me` answers."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Person:
    """A caller and the address the caller comes from (documentation range, RFC 5737)."""

    name: str
    address: str


PEOPLE: Final = tuple(Person(f"person-{number:02}", f"203.0.113.{number + 1}") for number in range(COUNT))

SAME: Final = {"id": "person-00", "name": "person-00"}
"""The answer of an endpoint that does not ask who calls."""
