"""An app with Buckler on it, as most tests need one: settings in code, callers in memory."""

import os
from collections.abc import Iterable
from functools import cache
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from buckler import Authenticator, Buckler, Principal, Settings
from tests.clocks import FakeClock

ORIGIN = "https://api.example.test"


class DebuggedLater(FastAPI):
    """An app that turns its debug mode on when it has started: before, production would not start it."""

    def build_middleware_stack(self) -> ASGIApp:
        self.debug = True
        return super().build_middleware_stack()


class Directory(Authenticator):
    """An authenticator of a few callers: the token is the name."""

    def __init__(self, **permissions: Iterable[str]) -> None:
        self.callers = {name: Principal(name, name, permissions=frozenset(held)) for name, held in permissions.items()}
        self.withdrawn: list[bytes] = []

    def recall(self, token: bytes) -> Principal | None:
        return None

    async def authenticate(self, token: bytes) -> Principal | None:
        return None if token in self.withdrawn else self.callers.get(token.decode("latin-1"))

    async def withdraw(self, token: bytes) -> None:
        self.withdrawn.append(token)


class BrowserDirectory(Directory):
    """The same callers, by a cookie too: its value is the name."""

    cookie = "__Host-session"

    async def authenticate_cookie(self, value: bytes) -> Principal | None:
        return self.callers.get(value.decode("latin-1"))


def production(**given: object) -> Settings:
    """Settings as in production, whatever the environment of the test run says."""
    return _loaded({"environment": "production", "origin": ORIGIN, "identifier": "username", "processes": 1, **given})


def development(**given: object) -> Settings:
    """Settings as on a developer's machine."""
    return _loaded({"environment": "development", "origin": "", "identifier": "username", **given})


def _loaded(given: dict[str, object]) -> Settings:
    """The settings, read once for each way to give them: they are frozen, and reading takes milliseconds."""
    ours = frozenset((name, value) for name, value in os.environ.items() if name.upper().startswith("BUCKLER_"))
    return _load(tuple((name, type(value), value) for name, value in sorted(given.items())), ours)


@cache
def _load(given: tuple[tuple[str, type, object], ...], environment: frozenset[tuple[str, str]]) -> Settings:
    return Settings.load(**{name: value for name, _, value in given})


_HELD: dict[str, tuple[str, ...]] = {
    "alice": ("a:x", "b:y"),
    "bob": ("a:x",),
    "carol": (),
    "dora": ("b:y",),
    "root": ("*",),
}


def people() -> Directory:
    """Alice reads and writes, bob reads, carol holds nothing, root holds everything."""
    return Directory(**_HELD)


def people_with_browsers() -> BrowserDirectory:
    """The same, who may come by a cookie too."""
    return BrowserDirectory(**_HELD)


def protect(app: FastAPI, *, settings: Settings | None = None, kind: type[Buckler] = Buckler, **given: Any) -> FastAPI:
    """Install Buckler on `app` and hand the app back."""
    given.setdefault("authenticator", people())
    given.setdefault("clock", FakeClock())
    kind(app, settings=settings or production(), **given)
    return app
