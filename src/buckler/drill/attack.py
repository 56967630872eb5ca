"""What an attack is, and what it says of an app."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Final, Literal, get_args

from buckler.drill.engagement import Engagement
from buckler.drill.transport.answer import Exchange

Severity = Literal["low", "medium", "high", "critical"]
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
"""From what may wait to what may not."""
Family = Literal["access", "tokens", "accounts", "input", "resources", "browser", "wire"]
FAMILIES: Final[tuple[Family, ...]] = get_args(Family)
EVERYWHERE: Final = "*"
"""The route of a verdict that is about the whole target."""


@dataclass(frozen=True, slots=True)
class About:
    """An attack, described. The id is stable: baselines and dashboards hold on to it."""

    id: str
    name: str
    family: Family
    severity: Severity
    sends: str
    """What goes out, in one sentence."""
    proves: str
    """What a finding shows, in one sentence."""
    cwe: tuple[int, ...]
    owasp: tuple[str, ...]
    """Of the OWASP API Security Top 10 of 2023: `API1`."""
    asvs: tuple[str, ...]
    """Requirements of ASVS 5.0: `8.2.2`."""
    fix: str
    """What to do about it, in one or two sentences."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An attack worked that must not, and a control shows that it is the attack which did it.

    Raises `ValueError` where there is none.
    """

    route: str
    """`METHOD /path/{template}`, or `*` for the whole target."""
    words: str
    """What was seen, in one sentence, without a secret."""
    attacked: Exchange
    control: tuple[Exchange, ...]
    """What was allowed and worked, or was refused as it must be, in its order: without one there is no finding."""
    identity: str = "anonymous"
    place: str = ""
    """The slot that was used, as `body owner_id`."""
    severity: Severity | None = None
    """Where it differs from that of the attack."""
    again: str = ""
    """A line for a shell that does it again, where no client of HTTP would write such a request."""

    def __post_init__(self) -> None:
        if not self.control:
            raise ValueError(f"{self.route}: a finding without a control cannot be made; say untested, and why")


@dataclass(frozen=True, slots=True)
class Clean:
    """The attack was made, with a control, and failed."""

    route: str
    identity: str = "anonymous"


@dataclass(frozen=True, slots=True)
class Untested:
    """The attack could not be made, and why. Never counted as clean."""

    route: str
    reason: str
    identity: str = "anonymous"


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """There is nothing here that the attack could be about."""

    route: str
    reason: str = ""
    identity: str = "anonymous"


Verdict = Finding | Clean | Untested | NotApplicable
Verdicts = AsyncGenerator[Verdict]


@dataclass(frozen=True, slots=True)
class Attack:
    """An attack: what it is, and the steps, which yield a verdict for each route (and caller) that they judge."""

    about: About
    run: Callable[[Engagement], Verdicts]
    spends: bool = False
    """Whether it may use up what others need (accounts, budgets, the event loop): such attacks come last."""
    signs_in: bool = False
    """Whether it asks for a password to be checked over and over, which takes long where that is done well."""
    last: Callable[[Engagement], Verdicts] | None = None
    """What it does when all others are through: nothing that was there before need be there after it."""
