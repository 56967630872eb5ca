"""What an app writes on its routes: `Public`, `Requires`, `Limit`, `Accepts`.

Each returns a FastAPI dependency, so that it fits a route, a router or an app; what it declares is data
(`declaration.py`), which the guard reads before anything of the route runs.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from inspect import Signature
from typing import Final, NoReturn

from fastapi.params import Depends, Security

from buckler.access.declarations import bracketed as brackets
from buckler.access.declarations.acceptance import acceptance
from buckler.access.declarations.bracketed import bracketed, uncalled
from buckler.access.declarations.budget import Budget, By, Per
from buckler.access.declarations.conditions import Judges, condition_of
from buckler.access.declarations.declaration import (
    Declaration,
    Limitation,
    ObjectDeclaration,
    Publicity,
    Requirement,
)
from buckler.access.declarations.durations import seconds_of
from buckler.access.declarations.kinds import factors_of, kinds_of
from buckler.access.declarations.sources import line_outside
from buckler.edge.rates import Rate
from buckler.errors import ConfigurationError
from buckler.principal import Kind

_OURS: Final = (__file__, brackets.__file__)
"""The files between a line of the app and the declaration that it writes."""


class Declared(Security):
    """What `Public`, `Requires`, `Limit` and `Accepts` return: a FastAPI dependency as it stands.

    Raises `ConfigurationError` where it is wrapped in another `Depends`, which FastAPI would take
    for a function to call, where it is written as a decorator, and where the list around it is missing.
    """

    @property
    def __signature__(self) -> Signature:
        said = self.dependency
        rule, handed = str(said), "who: Annotated[Principal"
        if isinstance(said, ObjectDeclaration):
            # It stands beside its model, under a name.
            rule, handed = "notes", f"note: Annotated[{said.model_name}"
        raise ConfigurationError(
            f"Depends({said}): a declaration is a dependency already."
            f" Leave Depends away: dependencies=[{rule}], or {handed}, {rule}]."
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
def Public(reason: str, *, probe: bool = False, cross_site: bool = False) -> Security:  # noqa: N802 - reads as the type, as FastAPI's own Depends
    """Declare that anybody may call, and why, as `dependencies=[Public("liveness probe")]`.

    No credential is looked at on such a route. With `probe=True` it answers to any host and over plain HTTP, as
    machines ask that know an address alone, and the answer has no body. With `cross_site=True` pages of other sites
    may send to it, as those of a bank do after a payment. Raises `ConfigurationError` without a reason. Beside a
    requirement the app does not start. ASVS 8.1.1.
    """
    return Declared(Publicity(reason, line_outside(_OURS), probe=probe, cross_site=cross_site))


@bracketed('Requires("reports:read")')
def Requires(  # noqa: N802
    *permissions: str, kinds: AbstractSet[Kind] | Sequence[Kind] | None = None, step_up: str | None = None,
    factors: int = 1, condition: Judges | None = None, reason: str | None = None,
) -> Security:  # fmt: skip
    """Declare who may call: anyone signed in, or whoever holds every permission named.

    As a parameter it hands over the caller: `who: Annotated[Principal, Requires("reports:read")]`. A permission is
    words with colons between them, as a role grants it by name or by a wildcard.

    `kinds` says which callers, of `"person"`, `"key"` and `"service"`. `step_up="5m"` asks for somebody who proved who
    it is in the last five minutes, `factors=2` for two kinds of factor; both ask for a person. `condition` is a
    function of the app's own, of the caller or of caller and connection, that returns True where it may be; `reason`
    is what it asks, in words for the log.

    The answers are 401 without a good credential (RFC 6750 section 3) or without a proof fresh or strong enough
    (RFC 9470 section 3), and 403 without the right. Raises `ConfigurationError` for what can never hold; where no role
    grants a permission, or nobody can bring so many factors, the app does not start. ASVS 8.2.1, 7.5.3.
    """
    where = line_outside(_OURS)
    try:
        asked = Requirement(
            permissions,
            where,
            kinds=kinds_of(kinds, person=step_up is not None or factors != 1),
            step_up=None if step_up is None else seconds_of(step_up),
            factors=factors_of(factors),
            condition=None if condition is None and reason is None else condition_of(condition, reason),
        )
    except ConfigurationError as error:
        told = str(error)
        raise ConfigurationError(told if told.startswith(where) else f"{where}: Requires: {told}") from None
    return Declared(asked)


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
    where = line_outside(_OURS)
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
    where = line_outside(_OURS)
    try:
        return Declared(acceptance(max_body, encodings, where))
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: Accepts(max_body={max_body!r}, encodings={encodings!r}): {error}") from None


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
