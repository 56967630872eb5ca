"""What is kept: people of some departments, and what they asked for. In memory."""

import hashlib
import secrets
from dataclasses import dataclass, field

from fastapi import HTTPException

MOST_PEOPLE = 300
FIRST_PEOPLE = (
    ("rosa", "sales", "manager", "ppl_Rk29vXq81LmTzW4yB7cNd0HsEu5JgAf3"),
    ("mara", "sales", "employee", "ppl_Mw83nYc64PbKxV2zQ9tRf1LjGs7DhUe5"),
    ("nils", "sales", "employee", "ppl_Nd57kZb20SgHvC8xM3wTq6JyRf4LpEa1"),
    ("ivo", "tech", "manager", "ppl_Iv61pXh93TsLkQ5zN8cWb2GdMy0RfJe7"),
    ("tove", "tech", "employee", "ppl_Tv45qJm78WzRbH1xK6nPc9FsLd3YgUe0"),
)
"""Name, department, role and key of those who are here from the start."""


def new_id() -> str:
    """An id that nobody guesses."""
    return secrets.token_urlsafe(12)


def new_key() -> str:
    """An API key."""
    return f"ppl_{secrets.token_urlsafe(24)}"


def digest(key: str) -> str:
    """What is kept of a key. It has enough entropy for a plain hash."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


@dataclass(slots=True)
class Person:
    """Somebody who works here."""

    name: str
    email: str
    department: str
    key_hash: str
    title: str = "Clerk"
    role: str = "employee"
    salary: int = 3_000_000
    nickname: str = ""
    phone: str = "555-0100"
    national_id: str = field(default_factory=lambda: f"{secrets.randbelow(10**10):010}")
    disabled: bool = False
    archived: bool = False
    id: str = field(default_factory=new_id)


@dataclass(slots=True)
class Leave:
    """Some days off that somebody asked for."""

    person_id: str
    days: int
    reason: str
    id: str = field(default_factory=new_id)


class Store:
    """Everything of one app."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.leaves: dict[str, Leave] = {}
        self.old_keys: dict[str, str] = {}
        for name, department, role, key in FIRST_PEOPLE:
            self.add(Person(name, f"{name}@people.example", department, digest(key), role=role))

    def add(self, person: Person) -> Person:
        """Somebody new, unless the department is full."""
        if len(self.of(person.department)) >= MOST_PEOPLE:
            raise HTTPException(409, "The department is full")
        self.people[person.id] = person
        return person

    def of(self, department: str) -> list[Person]:
        """Who works there."""
        return [person for person in self.people.values() if person.department == department]

    def by_key(self, key: str) -> Person | None:
        """Whose key it is."""
        hashed = digest(key)
        return next((person for person in self.people.values() if person.key_hash == hashed), None)
