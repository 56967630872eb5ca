"""An app with Buckler outermost, and what stands on it.

The app instance gets a subclass of its own class whose `__call__` puts the edge first. Everything else of the app, its
middleware, lifespan and instrumentation, stays as it is.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import FastAPI

from buckler.access.routes.judgement import Rules
from buckler.asgi import ASGIApp, Receive, Scope, Send
from buckler.clock import Clock
from buckler.defence import Defence
from buckler.own_routes import OwnRoutes
from buckler.running import Running
from buckler.settings import Settings


@dataclass(frozen=True, slots=True)
class Installed:
    """What stands on one app, as it was installed."""

    settings: Settings
    clock: Clock
    rules: Rules
    parts: tuple[Defence, ...]
    running: Running
    own: OwnRoutes


class Protected:
    """Marks an app that has a Buckler."""

    buckler_of_app: object
    """The `Buckler`, whose class stands further up (`install.buckler_of`)."""
    installed_on_app: Installed


def installed_on(app: object) -> Installed | None:
    """What stands on `app`, or None where it has no Buckler."""
    return app.installed_on_app if isinstance(app, Protected) else None


def place_outermost(app: FastAPI, buckler: object, installed: Installed) -> None:
    """Give this one app a class of its own, whose calls go through Buckler first."""
    kind: type[FastAPI] = type(app)
    inner: ASGIApp = partial(kind.__call__, app)
    running = installed.running
    edge = running.edge.__call__  # the method itself: asking an object for it costs more than the call

    class ProtectedApp(Protected, kind):  # type: ignore[misc, valid-type]  # the app's own class, known at run time
        buckler_of_app = buckler
        installed_on_app = installed

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            if running.serves_plainly(scope):
                await edge(inner, scope, receive, send)
            else:
                await running.serve(inner, scope, receive, send)

        def openapi(self) -> dict[str, Any]:
            return running.describe(self, super().openapi())

    ProtectedApp.__name__ = ProtectedApp.__qualname__ = kind.__name__
    app.__class__ = ProtectedApp
