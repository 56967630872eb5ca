"""What a route says about itself: who may call it, how often, and with what body.

Declarations are data, written as FastAPI dependencies so that they fit a route, a router or an
app. The guard reads them from the route before anything of the route runs; as a dependency they
only hand over what the guard has decided, and refuse when it has decided nothing.

They add up: a request must satisfy every declaration that reaches its route.
"""

from abc import ABC
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from inspect import Signature, currentframe
from pathlib import Path
from typing import Final, NoReturn, cast

from fastapi.params import Depends, Security
from starlette.requests import HTTPConnection

from buckler.access import bracketed as brackets
from buckler.access.bracketed import bracketed, uncalled
from buckler.access.budget import Budget, By, Per
from buckler.access.permissions import check_permission
from buckler.asgi import EXCHANGE_KEY, Exchange
from buckler.edge.rates import Rate
from buckler.errors import UNDECIDED, ConfigurationError
from buckler.input.byte_counts import bytes_in
from buckler.principal import Principal
from buckler.refused import Refused

_CODINGS: Final = ("aes128gcm", "br", "compress", "dcb", "dcz", "deflate", "exi", "gzip", "pack200-gzip", "zstd")
"""The content codings that are registered (RFC 9110 section 8.4.1); any other is a spelling mistake."""
_OURS: Final = (__file__, brackets.__file__)
"""The files between a line of the app and the declaration that it writes."""


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
        if not isinstance(reason, str) or not reason.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
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
        self.permissions = frozenset(_permission(each, where) for each in permissions)

    def __str__(self) -> str:
        return f"Requires({', '.join(map(repr, sorted(self.permissions)))})"


class Limitation(Declaration):
    """At most so often: a budget, what a request takes of it, and whether callers are told of it."""

    def __init__(self, budget: Budget, cost: int, where: str, *, told: bool = True) -> None:
        self.budget = budget
        self.cost = cost
        self.told = told
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


class Declared(Security):
    """What `Public`, `Requires`, `Limit` and `Accepts` return: a FastAPI dependency as it stands.

    Raises `ConfigurationError` where it is wrapped in another `Depends`, which FastAPI would take
    for a function to call, where it is written as a decorator, and where the list around it is missing.
    """

    @property
    def __signature__(self) -> Signature:
        raise ConfigurationError(
            f"Depends({self.dependency}): a declaration is a dependency already."
            f" Leave Depends away: dependencies=[{self.dependency}], or who: Annotated[Principal, {self.dependency}]."
        )

    def __call__(self, *_: object, **__: object) -> NoReturn:
        """Only so that FastAPI asks for the signature above; and for those who write it as a decorator."""
        raise ConfigurationError(
            f"@{self.dependency}: a declaration is no decorator. Write it into that of the route:"
            f" dependencies=[{self.dependency}]."
        )

    def __iter__(self) -> NoReturn:
        raise ConfigurationError(f"dependencies={self.dependency}: write a list, dependencies=[{self.dependency}].")


@bracketed('Public("why anybody may")')
def Public(reason: str) -> Security:  # noqa: N802 - reads as the type it makes, as FastAPI's own Depends
    """Declare that anybody may call, and why, as `dependencies=[Public("liveness probe")]`.

    No credential is looked at on such a route. Raises `ConfigurationError` without a reason. Beside
    a requirement the app does not start. ASVS 8.1.1.
    """
    return Declared(Publicity(reason, _line()))


@bracketed('Requires("reports:read")')
def Requires(*permissions: str) -> Security:  # noqa: N802
    """Declare who may call: anyone signed in, or whoever holds every permission named.

    As a parameter it hands over the caller: `who: Annotated[Principal, Requires("reports:read")]`.
    The answers are 401 without a good credential (RFC 6750 section 3) and 403 without the right.
    A permission is words with colons between them, compared as it stands: there are no wildcards.
    Raises `ConfigurationError` for any other text; where no role grants it the app does not start.
    ASVS 8.2.1.
    """
    return Declared(Requirement(permissions, _line()))


@bracketed('Limit("5/minute")')
def Limit(  # noqa: N802
    rate: str, *, by: By = None, cost: int = 1, per: Per = "request", name: str | None = None, told: bool = True
) -> Security:
    """Declare how often, as `"5/minute"`, `"10/2 minutes"` or `"100/hour burst 20"`.

    A rate is a quota in a window of seconds, minutes, hours or days; a burst is how much of it may
    come at once.

    `by` is who has a budget: without it each account, or each client on a public route, whatever
    token the request carries; else `"client"`, `"account"`, `"key"`, or a function that takes the
    connection and returns a text, or None for the client. `cost` is what a request takes of it.
    `per="message"` counts what a WebSocket receives. Limits of one `name` share one budget, and so
    does one `Limit(...)` on a router or an app. `told=False` keeps the quota from the answers.

    Over it the answer is 429 with `Retry-After` (RFC 6585 section 4), the seconds after which what
    was asked for fits; a socket is closed with 1008.
    Raises `ConfigurationError` for what can never work. ASVS 2.4.1.
    """
    where = _line()
    try:
        return Declared(Limitation(Budget(Rate.parse(rate), by, per, name), cost, where, told=told))
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: Limit({rate!r}): {error}") from None


@bracketed('Accepts("10 MB")')
def Accepts(  # noqa: N802
    max_body: int | str | None = None, *, encodings: Sequence[str] | None = None
) -> Security:
    """Declare what body a route takes: `Accepts("10 MB")`, `Accepts(max_body="10 MB", encodings=("gzip",))`.

    A size is a number of bytes, or as in `"8 kB"`, `"10 MB"`, `"1 GiB"`. It stands in the place of
    `BUCKLER_MAX_BODY_BYTES`, more or less than it; where several reach a route the smallest
    holds. On a WebSocket it bounds each message. `encodings` are the values of `Content-Encoding` that the route
    decodes by itself, and bounds; without them there are none. Over it the answer is 413, and 415 for another
    encoding (RFC 9110 sections 15.5.14, 15.5.16). Raises `ConfigurationError` for what is no size or encoding.
    ASVS 5.2.1.
    """
    where = _line()
    try:
        return Declared(acceptance(max_body, encodings, where))
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: Accepts(max_body={max_body!r}, encodings={encodings!r}): {error}") from None


def acceptance(max_body: object, encodings: object, where: str) -> Acceptance:
    """Read what `Accepts` was given."""
    if max_body is None and encodings is None:
        raise ConfigurationError("it says nothing; write max_body='10 MB', or encodings=('gzip',).")
    size = None if max_body is None else bytes_in(max_body)
    return Acceptance(size, None if encodings is None else _encodings(encodings), where)


def _encodings(names: object) -> frozenset[bytes]:
    if not isinstance(names, list | tuple | set | frozenset):
        raise ConfigurationError("encodings is a list of names, as in encodings=('gzip',).")
    listed = list(cast("Iterable[object]", names))
    for place, name in enumerate(listed):
        if name not in _CODINGS:
            raise ConfigurationError(_no_coding(name))
        if name in listed[:place]:
            raise ConfigurationError(f"{name!r} stands there twice; once is enough, and the other may be a mistake.")
    return frozenset(str(name).encode("ascii") for name in listed)


def _no_coding(name: object) -> str:
    if name == "identity":
        return "'identity' is no content coding, but the lack of one: such a body is always taken. Leave it away."
    like = get_close_matches(name.lower(), _CODINGS, n=1) if isinstance(name, str) else []
    remedy = f" Did you mean {like[0]!r}?" if like else ""
    return f"{name!r} is no content coding: the registered ones are {', '.join(_CODINGS)}.{remedy}"


def declaration_in(dependency: object) -> Declaration:
    """The declaration inside what `Public`, `Requires`, `Limit` or `Accepts` returned."""
    found = dependency.dependency if isinstance(dependency, Depends) else dependency
    if isinstance(found, Declaration):
        return found
    bare = uncalled(dependency)
    raise ConfigurationError(
        bare
        or f"{dependency!r} is not a declaration: write Public(...) or Requires(...), and beside it Limit(...)"
        " or Accepts(...)."
    )


def says_who_may_call(declarations: Iterable[Declaration]) -> bool:
    """Whether one of them is `Public` or `Requires`: limits and sizes let nobody in, and keep nobody out."""
    return any(isinstance(each, Publicity | Requirement) for each in declarations)


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
        check_permission(permission)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"{where}: Requires({permission!r}): {error} Roles are named in Roles(...), never on a route."
        ) from None
    return permission


def _line() -> str:
    """The line of the app that writes a declaration."""
    frame = currentframe()
    while frame is not None and frame.f_code.co_filename in _OURS:
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}" if frame is not None else "unknown"
