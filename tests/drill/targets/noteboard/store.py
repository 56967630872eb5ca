"""What is kept: people, sessions, notes and orgs, in memory; the keys of tokens in SQLite."""

import secrets
import sqlite3
from dataclasses import dataclass, field

from fastapi import HTTPException

from tests.drill.targets.careful.passwords import hash_password

ADMIN = "admin@noteboard.example"
ADMIN_PASSWORD = "tall-Crane-over-83-harbours"
MOST_NOTES = 500
JWT_SECRET = "a-string-secret-at-least-256-bits-long"


def new_id() -> str:
    """The id of anything."""
    return secrets.token_urlsafe(12)


@dataclass(slots=True)
class User:
    """Somebody with an account."""

    email: str
    name: str
    password_hash: str
    role: str = "member"
    disabled: bool = False
    id: str = field(default_factory=new_id)


@dataclass(slots=True)
class Session:
    """One sign-in: the refresh token that is its newest."""

    user_id: str
    newest: str = ""


@dataclass(slots=True)
class Note:
    """A note of one person, or of an org."""

    owner_id: str
    title: str
    text: str
    org_id: str | None = None
    id: str = field(default_factory=new_id)


@dataclass(slots=True)
class Org:
    """Some people who share notes."""

    name: str
    owner_id: str
    members: set[str]
    id: str = field(default_factory=new_id)


@dataclass(slots=True)
class Code:
    """A code for a new password, as it was mailed."""

    code: str
    until: float


class Store:
    """Everything of one app."""

    def __init__(self, secret: str) -> None:
        self.users: dict[str, User] = {}
        self.sessions: dict[str, Session] = {}
        self.notes: dict[str, Note] = {}
        self.orgs: dict[str, Org] = {}
        self.codes: dict[str, Code] = {}
        self.keys = sqlite3.connect(":memory:", check_same_thread=False)
        self.keys.execute("CREATE TABLE jwt_keys (kid TEXT PRIMARY KEY, secret TEXT NOT NULL)")
        self.keys.execute("INSERT INTO jwt_keys VALUES ('main', ?)", (secret,))
        self.add(User(ADMIN, "The administrator", hash_password(ADMIN_PASSWORD), role="admin"))

    def add(self, user: User) -> None:
        """Let somebody in."""
        self.users[user.id] = user

    def by_email(self, email: str) -> User | None:
        """Who has this address."""
        return next((user for user in self.users.values() if user.email == email), None)

    def keep(self, note: Note) -> Note:
        """A note more, unless its owner has too many."""
        if sum(each.owner_id == note.owner_id for each in self.notes.values()) >= MOST_NOTES:
            raise HTTPException(409, "You have too many notes")
        self.notes[note.id] = note
        return note

    def end_sessions(self, user_id: str) -> None:
        """Sign somebody out everywhere."""
        for sid in [sid for sid, session in self.sessions.items() if session.user_id == user_id]:
            del self.sessions[sid]
