"""What a route says about itself: who may call it, and how often.

Declarations are data, written as FastAPI dependencies so that they fit a route, a router or an
app. The guard reads them from the route before anything of the route runs; as a dependency they
only hand over what the guard has decided, and refuse when it has decided nothing.

They add up: a request must satisfy every declaration that reaches its route.
"""

from abc import ABC
from collections.abc import Iterable
from dataclasses import dataclass
from inspect import Signature, currentframe
from pathlib import Path
from types import FrameType

from fastapi.params import Depends, Security
from starlette.requests import HTTPConnection

from buckler.asgi import EXCHANGE_KEY, Exchange
from buckler.edge.rates import Rate
from buckler.errors import UNDECIDED, ConfigurationError
from buckler.principal import Principal
from buckler.refused import Refused


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

    def __init__(self, reason: str, where: str) -> None:
        if not reason.strip():
            raise ConfigurationError(
                f"{where}: Public() needs its reason in words, as in Public('liveness probe'):"
                " the next reader must see why anybody may call this."
            )
        self.reason = reason
        self.where = where

    def __str__(self) -> str:
        return f"Public({self.reason!r})"


class Requirement(Declaration):
    """Somebody signed in, who holds every one of `permissions`."""

    def __init__(self, permissions: Iterable[str], where: str) -> None:
        self.where = where
        self.permissions = frozenset(_text(permission, where) for permission in permissions)
        for permission in self.permissions:
            if permission == "*" or ":" not in permission:
                raise ConfigurationError(
                    f"{where}: Requires({permission!r}): a permission has a colon, as in 'reports:read'."
                    " Roles are named in Roles(...), never on a route."
                )

    def __str__(self) -> str:
        return f"Requires({', '.join(map(repr, sorted(self.permissions)))})"


class Limitation(Declaration):
    """At most so often: per account where a caller is required, per client on a public route."""

    def __init__(self, rate: Rate, where: str) -> None:
        self.rate = rate
        self.where = where

    def __str__(self) -> str:
        return f"Limit({str(self.rate)!r})"


class Declared(Security):
    """What `Public`, `Requires` and `Limit` return: a FastAPI dependency as it stands.

    Raises `ConfigurationError` where it is wrapped in another `Depends`, which FastAPI would take
    for a function to call.
    """

    @property
    def __signature__(self) -> Signature:
        raise ConfigurationError(
            f"Depends({self.dependency}): a declaration is a dependency already."
            f" Leave Depends away: dependencies=[{self.dependency}], or who: Annotated[Principal, {self.dependency}]."
        )

    def __call__(self) -> None:
        """Only so that FastAPI asks for the signature above."""


def Public(reason: str) -> Security:  # noqa: N802 - reads as the type it makes, as FastAPI's own Depends
    """Declare that anybody may call, and why.

    Raises `ConfigurationError` without a reason. Beside a requirement the app does not start.
    """
    return Declared(Publicity(reason, _line_of(currentframe())))


def Requires(*permissions: str) -> Security:  # noqa: N802
    """Declare who may call: anyone signed in, or whoever holds every permission named.

    As a parameter it hands over the caller: `who: Annotated[Principal, Requires("reports:read")]`.
    The answers are 401 without a good credential (RFC 6750 section 3) and 403 without the right.
    Raises `ConfigurationError` for a text that is not a permission. ASVS 8.2.1.
    """
    return Declared(Requirement(permissions, _line_of(currentframe())))


def Limit(rate: str) -> Security:  # noqa: N802
    """Declare how often, as `"5/minute"`: per account, or per client where no caller is known.

    On a public route it is per client, whatever token the request carries.

    One `Limit(...)` on a router is one budget for all its routes. Over it the answer is 429 with
    `Retry-After` in seconds (RFC 6585 section 4). Raises `ConfigurationError` for a bad rate.
    """
    where = _line_of(currentframe())
    try:
        return Declared(Limitation(Rate.parse(rate), where))
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: Limit({rate!r}): {error}") from None


def declaration_in(dependency: object) -> Declaration:
    """The declaration inside what `Public`, `Requires` or `Limit` returned."""
    found = dependency.dependency if isinstance(dependency, Depends) else dependency
    if isinstance(found, Declaration):
        return found
    raise ConfigurationError(f"{dependency!r} is not a declaration: write Public(...), Requires(...) or Limit(...).")


@dataclass(frozen=True, slots=True)
class Duty:
    """The declarations of one route, added up: what the guard looks up on a request."""

    path: str
    methods: frozenset[str] | None
    declarations: tuple[Declaration, ...]
    public: bool
    needs: frozenset[str]
    limits: tuple[Limitation, ...]


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


def _text(permission: object, where: str) -> str:
    if isinstance(permission, str):
        return permission
    raise ConfigurationError(
        f"{where}: Requires({permission!r}): write each permission as a text of its own,"
        " as in Requires('reports:read', 'reports:write')."
    )


def _line_of(frame: FrameType | None) -> str:
    caller = frame.f_back if frame is not None else None
    if caller is None:
        return "unknown"
    return f"{Path(caller.f_code.co_filename).name}:{caller.f_lineno}"
