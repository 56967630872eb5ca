"""Who sends a request, and what it shows for it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from buckler.drill.transport.answer import Exchange
from buckler.drill.transport.request import Fields, Request

State = Literal["live", "expired", "disabled"]
ANYBODY: Final = "anonymous"


@dataclass(frozen=True, slots=True)
class Account:
    """What an account was made with."""

    name: str
    """What one signs in with."""
    password: str
    email: str = ""
    id: str = ""
    """As the app numbers it, where that is known."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller. `headers` are what it shows: a token, cookies, a key; none for anybody."""

    name: str
    """In reports: `anonymous`, `reader`, `reader 2`, `admin`, `expired`."""
    role: str | None = None
    """A role of the policy; an empty text for an account whose roles nobody knows, None for anybody."""
    headers: Fields = ()
    address: str = "127.0.0.1"
    account: Account | None = None
    tokens: Mapping[str, str] = field(default_factory=dict[str, str], compare=False, hash=False)
    """By kind: `access`, `refresh`, `session`, `csrf`, `key`."""
    state: State = "live"
    tenant: str = ""
    """Whose customer, branch or organisation the account belongs to, where that is known."""
    entered: Exchange | None = field(default=None, compare=False, hash=False)
    """The sign-in that gave what is shown, where it was seen: its cookies have their attributes there."""
    registered: Exchange | None = field(default=None, compare=False, hash=False)
    """The request that made the account, where it was made by the app's own route."""

    @property
    def is_anybody(self) -> bool:
        """Whether nothing is shown."""
        return not self.headers

    @property
    def by_cookie(self) -> bool:
        """Whether a browser would send by itself what is shown."""
        return any(name.lower() == "cookie" for name, _ in self.headers)

    def sign(self, request: Request) -> Request:
        """The request as this caller sends it."""
        return request.signed(self.headers)


_NUMBERED: Final = re.compile(
    r", session [0-9]+|(?:(?<=newcomer)|(?<=registered)|(?<=somebody new)) [0-9]+| [0-9]+(?= \(new\))"
)


def part_of(name: str) -> str:
    """Which part somebody of this name plays. Newcomers are numbered as they come, and no report rests on that."""
    return _NUMBERED.sub("", name)


ANONYMOUS: Final = Identity(ANYBODY)
