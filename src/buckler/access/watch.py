"""Noticing that the routes of an app are no longer those that were judged.

Every request asks, so each question is one comparison of identity.
"""

from typing import Any, Final, Protocol

from buckler.access.watched_routes import WatchedRoutes

ROUTES_VERSION: Final = "_routes_version"
"""FastAPI's own count of changes; it builds included routes anew when it grows."""


class Watch(Protocol):
    """Something that was surveyed, and may be different now."""

    @property
    def has_changed(self) -> bool: ...


class RouterWatch:
    """The routes of one router, and that its app still has this router."""

    __slots__ = ("_changes", "_owner", "_router", "_routes", "_version")

    def __init__(self, owner: Any, router: Any) -> None:
        self._owner = owner
        self._router = router
        self._routes = _watched(router)
        self._changes = self._routes.changes
        self._version = getattr(router, ROUTES_VERSION, 0)

    @property
    def has_changed(self) -> bool:
        """Whether a route came, went or was replaced, or the router was."""
        router, routes = self._router, self._routes
        return (
            router.routes is not routes
            or routes.changes != self._changes
            or (self._owner is not None and self._owner.router is not router)
            or getattr(router, ROUTES_VERSION, 0) != self._version
        )


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
