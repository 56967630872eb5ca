"""What a route says about itself: who may call it, how often, and with what body.

Declarations are data, written as FastAPI dependencies so that they fit a route, a router or an
app. The guard reads them from the route before anything of the route runs; as a dependency they
only hand over what the guard has decided, and refuse when it has decided nothing.

They add up: a request must satisfy every declaration that reaches its route.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from fastapi.dependencies.models import Dependant
from starlette.requests import HTTPConnection

from buckler.access.declarations.budget import Budget
from buckler.access.declarations.conditions import Condition
from buckler.access.declarations.durations import told_duration
from buckler.access.declarations.field_use import FieldUse
from buckler.access.declarations.permissions import check_need
from buckler.asgi import EXCHANGE_KEY, Exchange
from buckler.errors import UNDECIDED, ConfigurationError, Refusal
from buckler.events import EventLog
from buckler.principal import Kind, Principal
from buckler.refused import Refused

SAFE_METHODS: Final = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))
"""Methods that change nothing (RFC 9110 section 9.2.1)."""


class Declaration(ABC):
    """One statement about a route. `where` is the file and line that made it."""

    where: str

    async def __call__(self, connection: HTTPConnection) -> Principal | None:
        """Hand over the caller that the guard admitted. Raises `Refused` if it admitted nobody."""
        exchange: Exchange | None = connection.scope.get(EXCHANGE_KEY)
        decision = exchange.decision if exchange is not None else None
        if exchange is None or not isinstance(decision, Duty) or self not in decision.declarations:
            # Fail closed: a dependency is never the place of the decision.
            raise refused_in(exchange)
        return exchange.principal


class Publicity(Declaration):
    """Anybody may call, for a reason that is written down."""

    def __init__(self, reason: str, where: str, *, probe: bool = False, cross_site: bool = False) -> None:
        if not isinstance(reason, str) or not reason.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(
                f"{where}: Public() needs its reason in words, as in Public('liveness probe'):"
                " the next reader must see why anybody may call this."
            )
        if not isinstance(probe, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(f"{where}: Public(probe={probe!r}): it is a switch; write probe=True.")
        if not isinstance(cross_site, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(
                f"{where}: Public(cross_site={cross_site!r}): it is a switch; write cross_site=True."
            )
        self.reason = reason
        self.where = where
        self.probe = probe
        """Whether machines that know no name of ours ask: any host and scheme will do, and the answer has no body."""
        self.cross_site = cross_site
        """Whether pages of other sites may send to it what changes something."""

    def __str__(self) -> str:
        switches = (", probe=True" if self.probe else "") + (", cross_site=True" if self.cross_site else "")
        return f"Public({self.reason!r}{switches})"


class FormTokenCheck(Declaration):
    """The page behind this route compares the token of its form by itself, to say in its own words that it is stale.

    For pages of ours alone: `csrf-token` asks nothing there.
    """

    def __init__(self, where: str) -> None:
        self.where = where

    def __str__(self) -> str:
        return f"FormTokenCheck({self.where!r})"


class Requirement(Declaration):
    """Somebody signed in who holds every one of `permissions`, and is and did what the rest says."""

    def __init__(
        self, permissions: Iterable[str], where: str, *, kinds: frozenset[Kind] | None = None,
        step_up: float | None = None, factors: int = 1, condition: Condition | None = None,
    ) -> None:  # fmt: skip
        self.where = where
        self.permissions = frozenset(_permission(each, where) for each in permissions)
        self.kinds = kinds
        """The kinds of callers that may; None for any."""
        self.step_up = step_up
        """At most so many seconds ago the caller proved who it is; None where that is all the same."""
        self.factors = factors
        """How many kinds of factor the caller proved itself by."""
        self.condition = condition

    def __str__(self) -> str:
        return f"Requires({', '.join([*map(repr, sorted(self.permissions)), *self._further()])})"

    def _further(self) -> list[str]:
        said = {
            "kinds": None if self.kinds is None else sorted(self.kinds),
            "step_up": None if self.step_up is None else told_duration(self.step_up),
            "factors": self.factors if self.factors > 1 else None,
        }
        told = [f"{name}={value!r}" for name, value in said.items() if value is not None]
        return told if self.condition is None else [*told, f"condition={self.condition.name}"]


class ObjectDeclaration(Declaration):
    """Whose object: of the object that a request names, only its owner may know. Written with `Owned`.

    It alone stays a dependency when routes are judged: it hands over the object, not the caller.
    """

    model: type
    """What it hands over."""
    model_name: str
    param: str | None = None
    """The path parameter that names the object; None until the route is known."""
    parents: tuple[str, ...] | None = None
    """The path parameters of what the object must belong to; None where nothing was said of it."""
    unless: str | None = None
    """The permission whose holders are asked no ownership."""

    @abstractmethod
    def adopt(self, session: object | None) -> tuple[str, str] | None:
        """Take the app's session dependency where it names none; what is wrong with it and what to write instead."""

    @abstractmethod
    def report_to(self, events: EventLog) -> None:
        """Tell of what was lifted in this log."""

    @abstractmethod
    def described(self) -> dict[str, object]:
        """What it says, as JSON has it: model, key, owner, tenant, through, within, unless, param."""

    @abstractmethod
    def parameters(self, name: str) -> dict[str, dict[str, object]]:
        """The JSON schemas of the path parameters that it reads, where `name` names the object."""

    @abstractmethod
    def misbinding(self, parent: str, other: "ObjectDeclaration") -> tuple[str, str] | None:
        """Where the column of `within` for `parent` means another one than what names `other`: the two columns."""

    @abstractmethod
    def unmet(self, ids: Iterable[str], *, tenants: bool) -> tuple[str, str] | None:
        """What no caller can ever fulfil whose id is like one of these, and what to write instead.

        `tenants` says whether callers have any.
        """

    @abstractmethod
    def supply(self, dependant: Dependant) -> None:
        """Give FastAPI the session that was adopted after it had looked. Doing it again changes nothing."""


class Limitation(Declaration):
    """At most so often: a budget, what a request takes of it, and whether callers are told of it."""

    def __init__(
        self, budget: Budget, cost: int, where: str, *, told: bool = True, by_cookie: bool = False
    ) -> None:  # fmt: skip
        self.budget = budget
        self.cost = cost
        self.told = told
        self.by_cookie = by_cookie
        """Whether it counts callers by cookie alone: for what a browser is asked for, and other clients are not."""
        self.where = where
        if not isinstance(told, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(f"told={told!r}: it is a switch; write told=False, or leave it away.")
        most = budget.rate.at_once
        if type(cost) is not int or not 1 <= cost <= most:
            raise ConfigurationError(
                f"cost={cost!r}: write a whole number from 1 to {most}; more than may come at once would never pass."
            )

    def __str__(self) -> str:
        return f"Limit({str(self.budget.rate)!r})"


class Acceptance(Declaration):
    """A body of at most so many bytes, and in which encodings. None where it says nothing of the one or the other."""

    def __init__(self, max_body: int | None, encodings: frozenset[bytes] | None, where: str) -> None:
        self.max_body = max_body
        self.encodings = encodings
        self.where = where

    def __str__(self) -> str:
        return f"Accepts(max_body={self.max_body!r}, encodings={sorted(self.encodings or ())!r})"


def says_who_may_call(declarations: Iterable[Declaration]) -> bool:
    """Whether one of them is `Public`, `Requires` or `Owned`: limits and sizes let nobody in, and keep nobody out."""
    return any(isinstance(each, Publicity | Requirement | ObjectDeclaration) for each in declarations)


Source = Literal["declared", "default", "undeclared"]


@dataclass(frozen=True, slots=True)
class Duty:
    """The declarations of one route, added up: what the guard looks up on a request."""

    path: str
    methods: frozenset[str] | None
    declarations: tuple[Declaration, ...]
    public: bool
    needs: frozenset[str]
    limits: tuple[Limitation, ...]
    max_body: int | None = None
    """The most bytes of body; None where it is for the settings to say."""
    encodings: frozenset[bytes] = frozenset()
    """The content codings of a body that the route decodes by itself."""
    source: Source = "declared"
    """Where it comes from: the route and what is around it, a default, or nowhere, which only a trial allows."""
    objects: Mapping[ObjectDeclaration, str] = field(default_factory=dict["ObjectDeclaration", str], hash=False)
    """The path parameter that names the object of each `Owned`."""
    fields: tuple[FieldUse, ...] = ()
    """The guarded fields of what it answers with and takes."""
    trials: tuple[Callable[[Refusal, Exchange], bool], ...] = field(default=(), hash=False)
    """Who else must let a refusal pass here before a trial lifts it: nobody does at a door of ours."""
    takes_parts: bool = False
    """Whether a form of several parts is read into files here."""

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """What it requires, one by one."""
        return tuple(each for each in self.declarations if isinstance(each, Requirement))

    @property
    def owned(self) -> tuple[ObjectDeclaration, ...]:
        """Whose the objects are that it names."""
        return tuple(each for each in self.declarations if isinstance(each, ObjectDeclaration))

    @property
    def is_probe(self) -> bool:
        """Whether machines ask it that know an address alone."""
        return any(isinstance(each, Publicity) and each.probe for each in self.declarations)

    @property
    def is_safe(self) -> bool:
        """Whether all of its methods change nothing (RFC 9110 section 9.2.1)."""
        return self.methods is not None and self.methods <= SAFE_METHODS

    @property
    def takes_cross_site(self) -> bool:
        """Whether pages of other sites may send to it: every `Public` that reaches it says so."""
        public = [each for each in self.declarations if isinstance(each, Publicity)]
        return bool(public) and all(each.cross_site for each in public)

    @property
    def publicity(self) -> Publicity | None:
        """Why anybody may call it; None where not anybody may."""
        return next((each for each in self.declarations if isinstance(each, Publicity)), None)


def refused_in(exchange: Exchange | None) -> Refused:
    """What to raise where the guard decided nothing; from now on nothing else may leave this request."""
    if exchange is not None:
        exchange.refusal = UNDECIDED
    return Refused(UNDECIDED)


def covers(decision: object | None, declarations: Iterable[Declaration]) -> bool:
    """Whether the guard's decision took each of `declarations` into account.

    A route that the survey could not see, such as one of an app inside a foreign wrapper, is
    reached under the decision of what stands around it; that decision says nothing about it.
    """
    return isinstance(decision, Duty) and all(each in decision.declarations for each in declarations)


def _permission(permission: object, where: str) -> str:
    if not isinstance(permission, str):
        raise ConfigurationError(
            f"{where}: Requires({permission!r}): write each permission as a text of its own,"
            " as in Requires('reports:read', 'reports:write')."
        )
    try:
        check_need(permission)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"{where}: Requires({permission!r}): {error} Roles are named in Roles(...), never on a route."
        ) from None
    return permission
