"""What ought to be true of accounts, told as plainly as it can be: the machine compares the world with it."""

from dataclasses import dataclass, field, replace

GRACE = 10
IDLE = 7 * 86_400
LIFETIME = 30 * 86_400
TOKEN = 600
CODE = 600


@dataclass
class Person:
    """An account as it ought to be."""

    id: str
    name: str
    password: str
    roles: frozenset[str]
    is_enabled: bool = True


@dataclass
class Sitting:
    """One sign-in: every refresh token it ever had, the newest last."""

    owner: str
    refresh: list[str]
    began: int
    used: int
    is_over: bool = False

    def is_live(self, now: int) -> bool:
        return not self.is_over and now < self.began + LIFETIME and now < self.used + IDLE

    def answers(self, at: int, now: int) -> str:
        """What the refresh token at this place of the list gets: the next one, the same one, or nothing."""
        if not self.is_live(now):
            return "refused"
        behind = len(self.refresh) - 1 - at
        if behind == 0:
            return "next"
        return "same" if behind == 1 and now < self.used + GRACE else "replay"


@dataclass
class Access:
    """An access token."""

    text: str
    sitting: Sitting
    roles: frozenset[str]
    ends: int
    is_dead: bool = False

    def is_good(self, now: int) -> bool:
        return not self.is_dead and now < self.ends


@dataclass
class Mailed:
    """A code in a letter."""

    text: str
    purpose: str
    name: str
    ends: int
    is_dead: bool = False

    def is_good(self, now: int) -> bool:
        return not self.is_dead and now < self.ends


@dataclass
class Model:
    """All of it."""

    people: dict[str, Person] = field(default_factory=dict[str, Person])
    former: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Passwords that were good for a name once, or never."""
    misses: dict[str, int] = field(default_factory=dict[str, int])
    sittings: list[Sitting] = field(default_factory=list[Sitting])
    accesses: list[Access] = field(default_factory=list[Access])
    codes: list[Mailed] = field(default_factory=list[Mailed])

    def end_tokens(self, name: str) -> None:
        """Every access token of a name is dead."""
        for each in self.accesses:
            each.is_dead |= each.sitting.owner == name

    def end_sittings(self, name: str) -> None:
        """Every sign-in of a name is over, with its tokens."""
        for each in self.sittings:
            each.is_over |= each.owner == name
        self.end_tokens(name)

    def end_sitting(self, sitting: Sitting) -> None:
        sitting.is_over = True
        for each in self.accesses:
            each.is_dead |= each.sitting is sitting

    def end_codes(self, name: str, purpose: str | None = None) -> None:
        for each in self.codes:
            each.is_dead |= each.name == name and purpose in (None, each.purpose)

    def change_password(self, name: str, password: str) -> None:
        """The one before is dead, and all that came from it."""
        person = self.people[name]
        self.former.setdefault(name, []).append(person.password)
        person.password = password
        self.end_sittings(name)

    def saved(self) -> dict[str, Person]:
        """What a backup brings back: people as they are, and nothing that was issued to them."""
        return {name: replace(person) for name, person in self.people.items()}

    def restore(self, saved: dict[str, Person]) -> None:
        for name, person in self.people.items():
            if name not in saved or saved[name].password != person.password:
                self.former.setdefault(name, []).append(person.password)
        self.people = {name: replace(person) for name, person in saved.items()}
        for name, person in self.people.items():
            self.former[name] = [each for each in self.former.get(name, []) if each != person.password]
        for sitting in self.sittings:
            self.end_sitting(sitting)
        for code in self.codes:
            code.is_dead = True
        self.misses.clear()
