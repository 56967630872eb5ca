"""What the operators' tools know: operators, tokens, jobs, invitations, events. All of it in memory."""

import itertools
import logging
import secrets
import time
from dataclasses import dataclass, field

from tests.drill.targets.clinic.passwords import hashed

LOG = logging.getLogger("tools")
TOKEN_SECONDS = 3600
LINK_SECONDS = 900
ADMIN = "admin@tools.example"
ADMIN_PASSWORD = "Crowbar-and-lantern-77"


@dataclass
class Operator:
    """Somebody who works here."""

    id: int
    email: str
    name: str
    password: bytes
    role: str = "operator"
    phone: str = ""
    credits: int = 0
    disabled: bool = False
    api_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    places: set[str] = field(default_factory=set[str])
    devices: set[str] = field(default_factory=set[str])

    def take(self, given: dict[str, object]) -> None:
        """Take whatever has a name and a type of ours."""
        for name, value in given.items():
            if name != "id" and type(getattr(self, name, None)) is type(value):
                setattr(self, name, value)


@dataclass
class Job:
    """Something an operator lets run."""

    id: int
    owner: int
    title: str
    state: str = "running"
    lines: list[str] = field(default_factory=lambda: ["queued", "started"])


@dataclass
class Invitation:
    """Worth some credits, once."""

    code: str
    used: bool = False


@dataclass(frozen=True)
class Ticket:
    """Whose a token, link or code is, and until when."""

    operator: int
    ends: float


@dataclass(frozen=True)
class Mail:
    """A mail that was sent."""

    to: str
    text: str


@dataclass
class Records:
    """Everything, and who is signed in."""

    operators: dict[int, Operator] = field(default_factory=dict[int, Operator])
    tokens: dict[str, Ticket] = field(default_factory=dict[str, Ticket])
    links: dict[str, Ticket] = field(default_factory=dict[str, Ticket])
    codes: dict[str, tuple[str, float]] = field(default_factory=dict[str, tuple[str, float]])
    jobs: dict[int, Job] = field(default_factory=dict[int, Job])
    invitations: dict[str, Invitation] = field(default_factory=dict[str, Invitation])
    mails: list[Mail] = field(default_factory=list[Mail])
    events: list[dict[str, str | int]] = field(default_factory=list[dict[str, str | int]])
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def next_id(self) -> int:
        """A number that nothing else has."""
        return next(self._ids)

    def add(self, email: str, name: str, password: bytes, role: str = "operator") -> Operator:
        """Somebody new."""
        operator = Operator(self.next_id(), email, name, password, role)
        self.operators[operator.id] = operator
        return operator

    def by_email(self, email: str) -> Operator | None:
        """Whose address it is."""
        return next((it for it in self.operators.values() if it.email == email), None)

    def new_token(self, operator: Operator) -> str:
        """A token that lets somebody in for an hour."""
        token = secrets.token_urlsafe(32)
        self.tokens[token] = Ticket(operator.id, time.time() + TOKEN_SECONDS)
        return token

    def who(self, token: str) -> Operator | None:
        """Whose token it is."""
        ticket = self.tokens.get(token)
        return self.operators.get(ticket.operator) if ticket is not None and ticket.ends > time.time() else None

    def send_mail(self, to: str, text: str) -> None:
        """As long as there is no mail server: a list, and the log."""
        self.mails.append(Mail(to, text))
        LOG.info("mail to %s: %s", to, text)


def first_records() -> Records:
    """An administrator, and what the machines told since the morning."""
    records = Records()
    records.add(ADMIN, "Administrator", hashed(ADMIN_PASSWORD), "admin")
    machines = ("web-1", "web-2", "db-1")
    records.events = [{"id": n, "machine": machines[n % 3], "load": n * 7 % 100} for n in range(2000)]
    return records
