"""Apps under Buckler as in production: HTTPS origin, every edge defence, accounts, Ed25519 tokens.

The callers register and sign in through the app itself, so the tokens are real ones. Events are
written as in production, to the null device.

- `buckler_default` (B1): the endpoint has no dependency; `default=Requires()` guards it. Beside it the
  same app with Buckler installed after the endpoint, and with a limit.
- `buckler_requires` (B2): the endpoint asks for a permission and for the caller.
- B3: what is refused, at the app of B1; over the limit, at an app whose limit is used up.
"""

import logging
import os
import secrets
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, FastAPI

from bench.exchange import ORIGIN, ASGIApp, Request, ask, post
from bench.lifespan import running
from bench.subject import Call, Expected, SelfCheckError, Subject
from bench.subjects.check import check
from bench.subjects.forged import forged, hs256, of_unknown_key
from bench.subjects.people import PEOPLE, SAME, Me, Person
from buckler import Buckler, Limit, Principal, Requires, Roles, Settings
from buckler.events.lines import FinishedLines

LIMIT: Final = "1000000/minute"
NEVER: Final = "999999999/second"
"""Reached by no bench."""
ONE: Final = "1/day"
ROLES: Final = {"reader": {"reports:read"}}
HEADERS: Final = frozenset(
    {
        b"content-security-policy",
        b"strict-transport-security",
        b"x-content-type-options",
        b"x-frame-options",
        b"referrer-policy",
        b"x-request-id",
        b"cache-control",
    }
)
CHALLENGE: Final = HEADERS | {b"www-authenticate"}
EVENTS: Final = "buckler.events"


@dataclass(frozen=True, slots=True)
class House:
    """One installation: its settings stand in the environment, and everybody has signed in."""

    people: Sequence[Person]
    tokens: Sequence[str]
    passwords: Sequence[str]


@asynccontextmanager
async def house(people: Sequence[Person] = PEOPLE) -> AsyncGenerator[House]:
    """An installation with a data folder of its own, for as long as the context is open."""
    with TemporaryDirectory(prefix="bench-") as folder, _environment(Path(folder)), _events_to_nowhere():
        app = FastAPI()
        Buckler(app, accounts=True, roles=Roles(ROLES, new="reader"))
        passwords = [secrets.token_urlsafe(18) for _ in people]
        async with running(app):
            tokens = [await _sign_in(app, *each) for each in zip(people, passwords, strict=True)]
        yield House(people, tokens, passwords)


async def by_default(stack: AsyncExitStack, home: House) -> Subject:
    """B1: nothing on the endpoint, everything by default."""
    app = FastAPI()
    Buckler(app, accounts=True, roles=Roles(ROLES, new="reader"), default=Requires())
    _add_endpoint(app)
    return await _subject(stack, home, app, "buckler_default", "default=Requires(), endpoint without dependencies")


async def installed_last(stack: AsyncExitStack, home: House) -> Subject:
    """B1 with the account routes behind the endpoint: what is missing here is FastAPI's walk past them."""
    app = FastAPI()
    _add_endpoint(app)
    Buckler(app, accounts=True, roles=Roles(ROLES, new="reader"), default=Requires())
    return await _subject(stack, home, app, "buckler_last", "the same, installed after the endpoint")


async def thousand(stack: AsyncExitStack, home: House) -> Subject:
    """B9: the same among a thousand routes, behind the endpoint, so that FastAPI's own walk is no longer."""
    app = FastAPI()
    _add_endpoint(app)
    for group in range(10):
        router = APIRouter(prefix=f"/group{group}", dependencies=[Requires()])
        for number in range(100):
            router.add_api_route(f"/things{number}/{{thing}}", _nothing, dependencies=[Requires("reports:read")])
        app.include_router(router)
    Buckler(app, accounts=True, roles=Roles(ROLES, new="reader"), default=Requires())
    found = await _subject(stack, home, app, "buckler_thousand", "the same among a thousand routes")
    return replace(found, against="buckler_last")


async def _nothing(thing: int) -> None:
    """Stands there, and is never called."""


async def limited(stack: AsyncExitStack, home: House) -> Subject:
    """B1 with a limit on the whole app."""
    app = FastAPI(dependencies=[Limit(LIMIT)])
    Buckler(app, accounts=True, roles=Roles(ROLES, new="reader"), default=Requires())
    _add_endpoint(app)
    return await _subject(stack, home, app, "buckler_limited", "the same with Limit(...) on the app")


async def by_requirement(stack: AsyncExitStack, home: House) -> Subject:
    """B2: the endpoint asks for a permission and for the caller."""
    app = FastAPI()
    Buckler(app, accounts=True, roles=Roles(ROLES, new="reader"))

    @app.get("/me", dependencies=[Limit(LIMIT)])
    async def me(who: Annotated[Principal, Requires("reports:read")]) -> Me:  # pyright: ignore[reportUnusedFunction]
        return Me(id=who.name, name=who.name)

    await stack.enter_async_context(running(app))
    calls = [
        Call(request, Expected(200, {"id": person.name, "name": person.name}, HEADERS))
        for person, request in zip(home.people, _requests(home), strict=True)
    ]
    title = "Requires(permission), the caller in the endpoint, Limit(...)"
    return Subject("buckler_requires", title, app, calls, _probes(home))


async def refused(stack: AsyncExitStack, home: House) -> list[Subject]:
    """B3: what each kind of refusal costs."""
    return [*await _refused_by_shape(stack, home), *await _refused_by_number(stack, home), *await _checked(stack, home)]


async def _refused_by_shape(stack: AsyncExitStack, home: House) -> list[Subject]:
    """Refused by the head alone; and what has to find its route first."""
    app = await _by_default(stack)
    return [
        _refused(app, home, "refused_host", "another host", Expected(400), lambda it: replace(it, host="evil.example")),
        _refused(
            app, home, "refused_path", "an ambiguous path", Expected(400), lambda it: replace(it, path="/me/../me")
        ),
        _refused(app, home, "refused_length", "a length that is no number", Expected(400), _with_bad_length),
        _refused(app, home, "refused_no_token", "no token, at the route", Expected(401), _without_token),
    ]


async def _refused_by_number(stack: AsyncExitStack, home: House) -> list[Subject]:
    """Refused for what came before: over the client's limit, the route's, and the budget of failed checks."""
    app = await _by_default(stack, client_limit=ONE)
    spent = await _by_default(stack, failed_checks_limit=ONE)
    for request in _requests(home):
        await ask(app, request)
        await ask(spent, _with(forged)(request))
    over = Expected(429, None, frozenset({b"retry-after"}))
    kinds = (
        ("refused_unknown_key", "a token under an unknown key", of_unknown_key),
        ("refused_hs256", "a forged HS256 token", hs256),
        ("refused_forged", "a token signed by a stranger", forged),
    )
    return [
        _refused(app, home, "refused_client", "over the client's limit", over, _same),
        await _over_the_limit(stack, home),
        *(_refused(spent, home, name, f"{title}, budget spent", over, _with(change)) for name, title, change in kinds),
    ]


async def _checked(stack: AsyncExitStack, home: House) -> list[Subject]:
    """The same tokens while there is a budget: the route is found, and the token is looked at."""
    app = await _by_default(stack)
    no = Expected(401, None, CHALLENGE)
    stranger = _refused(app, home, "checked_forged", "a token signed by a stranger, checked", no, _with(forged))
    return [
        _refused(app, home, "checked_unknown_key", "a token under an unknown key, checked", no, _with(of_unknown_key)),
        _refused(app, home, "checked_hs256", "a forged HS256 token, checked", no, _with(hs256)),
        check(home.people, home.tokens),
        replace(stranger, against="check"),
    ]


async def _by_default(stack: AsyncExitStack, **changed: str) -> FastAPI:
    """The app of B1, running, with other limits."""
    app = FastAPI()
    settings = Settings.load(**cast("Any", changed))
    Buckler(app, accounts=True, roles=Roles(ROLES, new="reader"), default=Requires(), settings=settings)
    _add_endpoint(app)
    await stack.enter_async_context(running(app))
    return app


def _add_endpoint(app: FastAPI, dependencies: Sequence[Any] = ()) -> None:
    @app.get("/me", dependencies=dependencies)
    async def me() -> Me:  # pyright: ignore[reportUnusedFunction] -- FastAPI keeps it
        return Me(**SAME)


async def _subject(stack: AsyncExitStack, home: House, app: FastAPI, name: str, title: str) -> Subject:
    await stack.enter_async_context(running(app))
    calls = [Call(request, Expected(200, SAME, HEADERS)) for request in _requests(home)]
    return Subject(name, title, app, calls, _probes(home))


async def _over_the_limit(stack: AsyncExitStack, home: House) -> Subject:
    app = FastAPI()
    Buckler(app, accounts=True, roles=Roles(ROLES, new="reader"), default=Requires())
    _add_endpoint(app, [Limit(ONE)])
    await stack.enter_async_context(running(app))
    for request in _requests(home):
        await ask(app, request)
    over = Expected(429, None, frozenset({b"retry-after"}))
    return _refused(app, home, "refused_limit", "over the route's limit, at the route", over, _same)


def _refused(
    app: ASGIApp, home: House, name: str, title: str, expected: Expected, change: Callable[[Request], Request]
) -> Subject:
    complete = replace(expected, headers=expected.headers | HEADERS)
    return Subject(name, f"refused: {title}", app, [Call(change(request), complete) for request in _requests(home)])


def _probes(home: House) -> list[Call]:
    """What must be refused before a figure counts: forged in three ways, and nobody at all."""
    good = _requests(home)[0]
    bad = [*(change(home.tokens[0]) for change in (forged, hs256, of_unknown_key)), None]
    return [
        *(Call(replace(good, token=token), Expected(401, None, CHALLENGE)) for token in bad),
        Call(replace(good, host="evil.example"), Expected(400, None, HEADERS)),
    ]


def _requests(home: House) -> list[Request]:
    return [Request(person.address, token) for person, token in zip(home.people, home.tokens, strict=True)]


def _same(request: Request) -> Request:
    return request


def _without_token(request: Request) -> Request:
    return replace(request, token=None)


def _with(change: Callable[[str], str]) -> Callable[[Request], Request]:
    return lambda request: replace(request, token=change(request.token or ""))


def _with_bad_length(request: Request) -> Request:
    return replace(request, more=((b"content-length", b"12x"),))


async def _sign_in(app: ASGIApp, person: Person, password: str) -> str:
    """Register and sign in as a client would; the access token."""
    content = {"name": person.name, "password": password}
    await _answered(app, post(person.address, "/auth/register", content), 201)
    answer = await _answered(app, post(person.address, "/auth/sign-in", content), 200)
    return str(answer["access_token"])


async def _answered(app: ASGIApp, request: Request, status: int) -> dict[str, object]:
    answer = await ask(app, request)
    document = answer.document()
    if answer.status != status or not isinstance(document, dict):
        raise SelfCheckError(f"{request.method} {request.path} answered {answer.status}: {answer.body[:200]!r}")
    return cast("dict[str, object]", document)


@contextmanager
def _environment(folder: Path) -> Generator[None]:
    """The settings of an installation in production, and what stood there before afterwards."""
    ours = {
        "BUCKLER_ENVIRONMENT": "production",
        "BUCKLER_ORIGIN": ORIGIN,
        "BUCKLER_DATA": str(folder / "data"),
        "BUCKLER_PROCESSES": "1",
        "BUCKLER_MASTER_SECRET": secrets.token_urlsafe(32),
        "BUCKLER_REGISTRATION": "open",
        "BUCKLER_IDENTIFIER": "username",
        "BUCKLER_CLIENT_LIMIT": NEVER,
        "BUCKLER_FAILED_CHECKS_LIMIT": NEVER,
    }
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("BUCKLER_")]:
        del os.environ[name]
    os.environ.update(ours)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _events_to_nowhere() -> Generator[None]:
    """Events are made and written as `buckler serve` writes them; only the device forgets them."""
    logger = logging.getLogger(EVENTS)
    with Path(os.devnull).open("w") as nowhere:
        handlers, level, propagate = logger.handlers, logger.level, logger.propagate
        logger.handlers = [FinishedLines(nowhere)]
        logger.setLevel(logging.INFO)
        logger.propagate = False
        try:
            yield
        finally:
            logger.handlers = handlers
            logger.setLevel(level)
            logger.propagate = propagate
