"""What the clinics know: people, their appointments, messages and letters. All of it in memory."""

import itertools
import logging
import secrets
import time
from dataclasses import dataclass, field
from datetime import date

from tests.drill.targets.clinic.passwords import hashed

LOG = logging.getLogger("clinic")
CLINICS = {"north": "Clinic North", "south": "Clinic South"}
SESSION_SECONDS = 8 * 3600
RESET_SECONDS = 900


@dataclass
class Person:
    """A patient or a doctor of one clinic."""

    id: int
    email: str
    name: str
    clinic: str
    password: bytes
    role: str = "patient"
    phone: str = ""
    locked: bool = False
    wrong: int = 0
    devices: set[str] = field(default_factory=set[str])


@dataclass
class Appointment:
    """A patient's appointment at the clinic."""

    id: int
    patient: int
    clinic: str
    day: date
    reason: str
    cancelled: bool = False


@dataclass(frozen=True)
class Message:
    """From a patient to a doctor, or back."""

    id: int
    sender: int
    receiver: int
    text: str


@dataclass(frozen=True)
class Letter:
    """A letter that somebody wrote with the clinic's head on it."""

    id: int
    owner: int
    text: str


@dataclass(frozen=True)
class Mail:
    """A mail that was sent."""

    to: str
    text: str


@dataclass
class Session:
    """Somebody who is signed in."""

    person: int
    ends: float


@dataclass
class Records:
    """Everything, and who is signed in."""

    people: dict[int, Person] = field(default_factory=dict[int, Person])
    appointments: dict[int, Appointment] = field(default_factory=dict[int, Appointment])
    messages: dict[int, Message] = field(default_factory=dict[int, Message])
    letters: dict[int, Letter] = field(default_factory=dict[int, Letter])
    boards: dict[str, list[str]] = field(default_factory=lambda: {slug: [] for slug in CLINICS})
    sessions: dict[str, Session] = field(default_factory=dict[str, Session])
    resets: dict[str, tuple[int, float]] = field(default_factory=dict[str, tuple[int, float]])
    mails: list[Mail] = field(default_factory=list[Mail])
    session_ids_count_up: bool = False
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _session_ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(100001))

    def next_id(self) -> int:
        """A number that nothing else has."""
        return next(self._ids)

    def add_person(self, email: str, name: str, clinic: str, password: bytes, role: str = "patient") -> Person:
        """Somebody new."""
        person = Person(self.next_id(), email, name, clinic, password, role)
        self.people[person.id] = person
        return person

    def by_email(self, email: str) -> Person | None:
        """Whose address it is."""
        return next((person for person in self.people.values() if person.email == email), None)

    def doctor_of(self, clinic: str) -> Person:
        """The doctor who answers for a clinic."""
        return next(it for it in self.people.values() if it.clinic == clinic and it.role == "doctor")

    def open_session(self, person: Person) -> str:
        """A new session and its id."""
        sid = str(next(self._session_ids)) if self.session_ids_count_up else secrets.token_urlsafe(32)
        self.sessions[sid] = Session(person.id, time.time() + SESSION_SECONDS)
        return sid

    def who(self, sid: str) -> Person | None:
        """Who is signed in with this session."""
        session = self.sessions.get(sid)
        if session is None or session.ends < time.time():
            return None
        return self.people.get(session.person)

    def close_sessions(self, person: Person) -> None:
        """Sign somebody out everywhere."""
        for sid in [sid for sid, session in self.sessions.items() if session.person == person.id]:
            del self.sessions[sid]

    def forget_codes(self, person: Person) -> None:
        """No code that was mailed to somebody is good any more."""
        self.resets = {code: it for code, it in self.resets.items() if it[0] != person.id}

    def send_mail(self, to: str, text: str) -> None:
        """As long as there is no mail server: a list, and the log."""
        self.mails.append(Mail(to, text))
        LOG.info("mail to %s: %s", to, text)


def first_records() -> Records:
    """Each clinic with its doctor."""
    records = Records()
    for slug, name in CLINICS.items():
        password = hashed(f"Stethoscope-{slug}-42")
        records.add_person(f"doctor@{slug}.example", f"Doctor of {name}", slug, password, "doctor")
    return records
