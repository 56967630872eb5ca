"""Noticing that the routes of an app are no longer those that were judged.

Every request asks, so each question is one comparison of identity.
"""

from collections.abc import Sequence
from typing import Any, Final, Protocol

from buckler.access.routes.watched_routes import WatchedRoutes

ROUTES_VERSION: Final = "_routes_version"
"""FastAPI's own count of changes; it builds included routes anew when it grows."""


class Watch(Protocol):
    """Something that was surveyed, and may be different now."""

    @property
    def has_changed(self) -> bool: ...


class RouterWatch:
    """The routes of one router, and that its app still has this router."""

    __slots__ = ("known",)

    def __init__(self, owner: Any, router: Any) -> None:
        routes = _watched(router)
        self.known = (router, routes, routes.changes, owner, getattr(router, ROUTES_VERSION, 0))
        """The router, its routes, how often they had changed, the app it is of, and FastAPI's own count."""

    @property
    def has_changed(self) -> bool:
        """Whether a route came, went or was replaced, or the router was."""
        return Watches((self,)).have_changed


class Watches:
    """Everything that was surveyed. The routers are asked in one loop here: an app of ten asks ten on every request."""

    def __init__(self, watches: Sequence[Watch]) -> None:
        self._routers = tuple(each.known for each in watches if isinstance(each, RouterWatch))
        self._others = tuple(each for each in watches if not isinstance(each, RouterWatch))

    @property
    def have_changed(self) -> bool:
        """Whether any of it is different now; also where nothing was surveyed yet."""
        for router, routes, changes, owner, version in self._routers:
            if (
                router.routes is not routes
                or routes.changes != changes
                or getattr(router, ROUTES_VERSION, 0) != version
                or (owner is not None and owner.router is not router)
            ):
                return True
        for watch in self._others:
            if watch.has_changed:
                return True
        return not self._routers


class MountWatch:
    """What is mounted at one place."""

    __slots__ = ("_app", "_mount")

    def __init__(self, mount: Any) -> None:
        self._mount = mount
        self._app = mount.app

    @property
    def has_changed(self) -> bool:
        """Whether something else is mounted there now."""
        return self._mount.app is not self._app


def _watched(router: Any) -> WatchedRoutes:
    """The router's routes, from now on in a list that notices when it changes."""
    routes = router.routes
    if not isinstance(routes, WatchedRoutes):
        routes = router.routes = WatchedRoutes(routes)
    return routes
