"""The live table of an app: surveyed, judged, and a guard placed at every door."""

from collections.abc import Sequence
from dataclasses import replace
from operator import is_
from typing import Any, cast

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts
from starlette.routing import BaseRoute, Route, request_response

from buckler.access.bounded_fields import bound_fields
from buckler.access.declarations import Declaration, Duty, Publicity
from buckler.access.docs_page import Documentation, is_documentation, missing
from buckler.access.fastapi_tree import Door, Tree, first_to_catch, survey
from buckler.access.guard import Admission, Guard, Post
from buckler.access.handover import compile_declarations
from buckler.access.judgement import Fault, Judgement, Rules, agreeing, describe, judge, sharing
from buckler.access.watch import Watch
from buckler.errors import Refusal, bare


class RouteTable:
    """Knows every door of the app. `refresh()` brings it up to date."""

    def __init__(self, app: FastAPI, rules: Rules, admission: Admission) -> None:
        self._app = app
        self._rules = rules
        self._admission = admission
        self._documentation: Documentation | None = None
        self._own: list[BaseRoute] = []
        self._guards: dict[int, Guard] = {}
        self._watches: tuple[Watch, ...] = ()
        self._judgements: tuple[Judgement, ...] = ()
        self.apps: tuple[FastAPI, ...] = ()

    @property
    def duties(self) -> tuple[Duty, ...]:
        """The duties of every door that has one."""
        return tuple(each.duty for each in self._judgements if each.duty is not None)

    def duties_of(self, app: FastAPI) -> dict[str, list[Duty]]:
        """The duties of the routes of one app, by their paths as its own document names them."""
        found: dict[str, list[Duty]] = {}
        for each in self._judgements:
            if each.door.app is app and each.duty is not None:
                found.setdefault(each.door.own_path, []).append(each.duty)
        return found

    @property
    def is_stale(self) -> bool:
        """Whether routes came, went or were replaced, or a declaration was overridden."""
        # Loops, not any(): every request asks, and a generator costs more than the answer.
        for watch in self._watches:
            if watch.has_changed:
                return True
        for app in self.apps:
            if app.dependency_overrides and _overrides_of(app):
                return True
        return not self._watches

    def refresh(self) -> list[Fault]:
        """Survey and judge every door, give each guard its duties, and return what is at fault.

        A door at fault stays shut.
        """
        self._place_own()
        tree = survey(self._app)
        judgements = agreeing([self._judge(door) for door in tree.doors])
        judgements = sharing(self._conflicting(judgements))
        self._place_guards(judgements)
        self._remember(tree, judgements)
        faults = _overridden(tree) + [each.fault for each in judgements if each.fault is not None]
        return list(dict.fromkeys(faults))

    def document(self, documentation: Documentation) -> None:
        """Show the app's documentation. Without this its routes are 404."""
        self._documentation = documentation

    def knows(self, app: FastAPI) -> bool:
        """Whether the routes of `app`, this one or one mounted in it, stand in the table."""
        return any(each is app for each in self.apps)

    def put_last(self, route: BaseRoute) -> None:
        """Keep a route of ours behind the app's own, so that no request to the app pays for it."""
        self._own.append(route)

    def _place_own(self) -> None:
        """Move our routes behind the app's, but before one that would catch their paths."""
        routes = self._app.router.routes
        theirs = [route for route in routes if not any(route is own for own in self._own)]
        for own in self._own:
            theirs.insert(first_to_catch(theirs, own), own)
        if not all(map(is_, theirs, routes)):
            routes[:] = theirs

    def drop_overrides(self) -> None:
        """Take overrides of declarations back out: set after the start, they would forge the caller."""
        for app in self.apps:
            for declaration in _overrides_of(app):
                del app.dependency_overrides[declaration]

    def _refresh_stale(self) -> None:
        if self.is_stale:
            self.refresh()

    def _conflicting(self, judgements: Sequence[Judgement]) -> list[Judgement]:
        """Add a fault to a route of the app that has a path and method of ours: one of the two could never answer."""
        own = {id(context.original_route) for route in self._own for context in iter_route_contexts([route])}
        ours = {
            (each.door.path, method): each.door
            for each in judgements
            if id(each.door.route) in own
            for method in each.door.methods or ()
        }
        return [
            each if id(each.door.route) in own or not _meets(each.door, ours) else _taken(each, ours)
            for each in judgements
        ]

    def _judge(self, door: Door) -> Judgement:
        if not is_documentation(door):
            return judge(door, self._rules)
        self._take_over(door)
        reason = Publicity("documentation, in development alone", __name__)
        duty = Duty(door.path, door.methods, (reason,), True, frozenset(), ())
        return Judgement(door, duty, None)

    def _take_over(self, door: Door) -> None:
        route = cast("Route", door.route)
        endpoint: Any = self._documentation.endpoint(door) if self._documentation is not None else missing
        route.app = request_response(endpoint)

    def _place_guards(self, judgements: Sequence[Judgement]) -> None:
        other_methods = _refusals_by_path(judgements)
        by_route: dict[int, tuple[BaseRoute, list[Post]]] = {}
        for judged in judgements:
            door, duty = judged.door, judged.duty
            _, posts = by_route.setdefault(id(door.route), (door.route, []))
            if duty is not None:
                self._compile(door)
                posts.append(Post(door.context, duty, self._admission.steps_of(duty), other_methods[door.path]))
        for route, posts in by_route.values():
            self._guard(route).assign(posts)

    def _compile(self, door: Door) -> None:
        dependant = getattr(door.context or door.route, "dependant", None)
        if isinstance(dependant, Dependant) and isinstance(door.route, APIRoute | APIWebSocketRoute):
            compile_declarations(dependant)
            bound_fields(dependant)

    def _guard(self, route: BaseRoute) -> Guard:
        guard = self._guards.get(id(route))
        if guard is None:
            guard = Guard(route, self, self._admission, self._refresh_stale)
            # An attribute of this one route object, in front of its method: the router calls
            # `handle` on the route it has chosen, on every supported FastAPI.
            route.handle = guard  # type: ignore[method-assign]
            self._guards[id(route)] = guard
        return guard

    def _remember(self, tree: Tree, judgements: Sequence[Judgement]) -> None:
        self._watches = tree.watches
        self.apps = tree.apps
        self._judgements = tuple(judgements)


def _meets(door: Door, ours: dict[tuple[str, str], Door]) -> bool:
    return any((door.path, method) in ours for method in door.methods or ())


def _taken(judged: Judgement, ours: dict[tuple[str, str], Door]) -> Judgement:
    door = judged.door
    other = next(ours[door.path, method] for method in sorted(door.methods or ()) if (door.path, method) in ours)
    what = f"{describe(door)} has the path of Buckler's own {describe(other)}."
    return replace(judged, duty=None, fault=Fault(what, "    Give it another path."))


def _refusals_by_path(judgements: Sequence[Judgement]) -> dict[str, Refusal]:
    """What to answer to a method that no route of a path takes: 405 with those that one does."""
    methods: dict[str, frozenset[str]] = {}
    for judged in judgements:
        path = judged.door.path
        methods[path] = methods.get(path, frozenset()) | (judged.door.methods or frozenset())
    return {path: bare(405, {"Allow": ", ".join(sorted(taken))}) for path, taken in methods.items()}


def _overridden(tree: Tree) -> list[Fault]:
    """Overrides of declarations: they would change nothing, and somebody believes that they do."""
    return [
        Fault(
            f"dependency_overrides replaces {found.where}: {found}.",
            "    Remove the override: the guard decides, whatever a dependency returns.",
        )
        for app in tree.apps
        for found in _overrides_of(app)
    ]


def _overrides_of(app: FastAPI) -> list[Any]:
    return [found for found in app.dependency_overrides if isinstance(found, Declaration)]
