"""The live table of an app: surveyed, judged, and a guard placed at every door."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import is_
from typing import Any, cast

from fastapi import FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts
from starlette.routing import BaseRoute, Route, request_response

from buckler.access.declarations.declaration import Declaration, Duty, Publicity
from buckler.access.declarations.sources import source_of
from buckler.access.doors.bounded_fields import bound_fields
from buckler.access.doors.door import Door
from buckler.access.guard.answers import Answers
from buckler.access.guard.guard import Admission, Admit, Around, Guard, Post
from buckler.access.ownership.holding import holding
from buckler.access.ownership.placement import bearing_objects, supply_sessions
from buckler.access.routes.docs_page.documentation import Documentation, is_documentation, missing
from buckler.access.routes.fastapi_tree import Tree, first_to_catch, survey
from buckler.access.routes.handover import compile_declarations
from buckler.access.routes.judgement import Fault, Judgement, Rules, agreeing, describe, judge, opening, sharing
from buckler.access.routes.plain_routes import plain_serving
from buckler.access.routes.probe_routes import silent
from buckler.access.routes.watch import Watches
from buckler.edge.ours import mark_ours
from buckler.edge.probes import Probes
from buckler.errors import Refusal, bare


class RouteTable:
    """Knows every door of the app. `refresh()` brings it up to date."""

    def __init__(self, app: FastAPI, rules: Rules, admission: Admission, probes: Probes | None = None) -> None:
        self._app = app
        self._rules = rules
        self._admission = admission
        self._probes = probes or Probes()
        self._documentation: Documentation | None = None
        self._own: list[BaseRoute] = []
        self._guards: dict[int, Guard] = {}
        self._admit: Admit = admission.__call__
        self._watches = Watches(())
        self._judgements: tuple[Judgement, ...] = ()
        self._bearing: frozenset[object] = frozenset()
        """The dependencies of the app that have an `Owned` inside."""
        self.apps: tuple[FastAPI, ...] = ()
        self._shut: dict[int, BaseRoute] = {}
        self.answering: tuple[Answers, ...] = ()
        """The middleware that answers by itself, as of the last `refresh()`."""

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """Every door with its duty or its fault, as of the last `refresh()`."""
        return self._judgements

    @property
    def duties(self) -> tuple[Duty, ...]:
        """The duties of every door that has one."""
        return tuple(each.duty for each in self._judgements if each.duty is not None)

    @property
    def undeclared(self) -> tuple[str, ...]:
        """The routes that say nothing and answer all the same, as a trial lets them: each in a line."""
        judged = [each for each in self._judgements if each.duty is not None and each.duty.source == "undeclared"]
        return tuple(dict.fromkeys(describe(each.door) for each in judged))

    @property
    def cross_site(self) -> tuple[tuple[str, str], ...]:
        """The app's public routes to which pages of other sites may send, each in a line and with its reason."""
        judged = [(each.door, each.duty) for each in self._judgements if each.duty and not each.door.is_ours]
        found = [(describe(door), duty.publicity) for door, duty in judged if duty.takes_cross_site]
        return tuple(dict.fromkeys((line, said.reason) for line, said in found if said is not None))

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
        # A loop, not any(): every request asks, and a generator costs more than the answer.
        for app in self.apps:
            if app.dependency_overrides and self._overrides_of(app):
                return True
        return self._watches.have_changed

    def refresh(self) -> list[Fault]:
        """Survey and judge every door, give each guard its duties, and return what is at fault.

        A door at fault stays shut.
        """
        self._place_own()
        tree = survey(self._app)
        judgements = agreeing([self._judge(door) for door in tree.doors])
        judgements = opening(sharing(self._conflicting(judgements)))
        self._place_guards(judgements)
        self._shut_mounts(tree)
        self._remember(tree, judgements)
        faults = self._overridden() + _enclosed(tree) + [each.fault for each in judgements if each.fault is not None]
        return list(dict.fromkeys(faults))

    def document(self, documentation: Documentation) -> None:
        """Show the app's documentation. Without this its routes are 404."""
        self._documentation = documentation

    def knows(self, app: FastAPI) -> bool:
        """Whether the routes of `app`, this one or one mounted in it, stand in the table."""
        return any(each is app for each in self.apps)

    def put_last(self, route: BaseRoute) -> None:
        """Keep a route of ours behind the app's own, so that no request to the app pays for it; marked as ours."""
        self._own.append(route)
        for context in iter_route_contexts([route]):
            mark_ours(context.original_route)

    def _place_own(self) -> None:
        """Move our routes behind the app's, but before one that would catch their paths."""
        routes = self._app.router.routes
        theirs = [route for route in routes if not any(route is own for own in self._own)]
        for own in self._own:
            theirs.insert(first_to_catch(theirs, own), own)
        if not all(map(is_, theirs, routes)):
            routes[:] = theirs

    def admit_by(self, measured: Callable[[Admit], Admit] | None) -> None:
        """Have every guard admit by what `measured` makes of the admission; None for the admission itself."""
        admit = self._admission.__call__
        self._admit = admit if measured is None else measured(admit)
        for guard in self._guards.values():
            guard.admit = self._admit

    def drop_overrides(self) -> None:
        """Take overrides of declarations back out: set after the start, they would forge the caller."""
        for app in self.apps:
            for declaration in self._overrides_of(app):
                del app.dependency_overrides[declaration]

    def _overrides_of(self, app: FastAPI) -> list[Any]:
        return [each for each in app.dependency_overrides if isinstance(each, Declaration) or each in self._bearing]

    def _overridden(self) -> list[Fault]:
        """Overrides of declarations change nothing, though somebody believes it; around an `Owned` they would."""
        return [_overridden(found) for app in self.apps for found in self._overrides_of(app)]

    def _refresh_stale(self) -> None:
        if self.is_stale:
            self.refresh()

    def _conflicting(self, judgements: Sequence[Judgement]) -> list[Judgement]:
        """Add a fault to a route of the app that has a path and method of ours: one of the two could never answer."""
        ours = {
            (each.door.path, method): each.door
            for each in judgements
            if each.door.is_ours
            for method in each.door.methods or ()
        }
        return [each if each.door.is_ours or not _meets(each.door, ours) else _taken(each, ours) for each in judgements]

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
        judged = [(each.door, each.duty) for each in judgements if each.duty is not None]
        for door, _ in judged:
            self._compile(door)
        self._admission.prepare(judged)
        by_route: dict[int, tuple[BaseRoute, list[Post]]] = {}
        for each in judgements:
            door, duty = each.door, each.duty
            _, posts = by_route.setdefault(id(door.route), (door.route, []))
            if duty is not None:
                serve = None if duty.is_probe or duty.objects else plain_serving(door.route, door.context or door.route)
                steps = self._admission.steps_of(duty)
                going, blamed = tuple(step for step, _ in steps), tuple(who for _, who in steps)
                ahead = any(each.passage is not None and each.passage.looks_ahead for each in blamed)
                posts.append(Post(door.context, duty, going, other_methods[door.path], serve, blamed, ahead))
        for route, posts in by_route.values():
            self._guard(route).assign(posts, _around(posts))

    def _compile(self, door: Door) -> None:
        dependant = door.dependant
        if dependant is not None and isinstance(door.route, APIRoute | APIWebSocketRoute):
            compile_declarations(dependant)
            supply_sessions(dependant)
            bound_fields(dependant)

    def _shut_mounts(self, tree: Tree) -> None:
        """Let nobody below a mount whose middleware would answer anybody; such a one may come while the app serves."""
        shut = {id(each.mount): each.mount for each in tree.enclosed}
        for key, mount in self._shut.items():
            if key not in shut:
                del self._guards[key], mount.handle
        for mount in shut.values():
            # No post: it refuses.
            self._guard(mount)
        self._shut = shut

    def _guard(self, route: BaseRoute) -> Guard:
        guard = self._guards.get(id(route))
        if guard is None:
            guard = Guard(route, self, self._admission, self._refresh_stale)
            guard.admit = self._admit
            # An attribute of this one route object, in front of its method: the router calls
            # `handle` on the route it has chosen, on every supported FastAPI.
            route.handle = guard  # type: ignore[method-assign]
            self._guards[id(route)] = guard
        return guard

    def _remember(self, tree: Tree, judgements: Sequence[Judgement]) -> None:
        self._watches = Watches(tree.watches)
        self.apps, self.answering = tree.apps, tree.answering
        dependants = [each.dependant for each in tree.doors if each.dependant is not None]
        self._bearing = frozenset(call for each in dependants for call in bearing_objects(each))
        self._judgements = tuple(judgements)
        self._probes.paths = frozenset(duty.path for duty in self.duties if duty.is_probe)


def _enclosed(tree: Tree) -> list[Fault]:
    """Middleware that would answer anybody where somebody wrote that not anybody may come in."""
    return [
        Fault(
            f"answers({each.answers.middleware}) stands below {each.place or '/'}, where {each.closed_by.where} says"
            f" {each.closed_by}: it answers before any route is chosen, so nobody has asked who is calling.",
            "    Put it outside, around guarded(...), or on the app itself; or make what it answers a route.",
        )
        for each in tree.enclosed
    ]


def _overridden(found: Any) -> Fault:
    if isinstance(found, Declaration):
        return Fault(
            f"dependency_overrides replaces {found.where}: {found}.",
            "    Remove the override: the guard decides, whatever a dependency returns.",
        )
    return Fault(
        f"dependency_overrides replaces {getattr(found, '__name__', type(found).__name__)} ({source_of(found)}), and"
        " with it the Owned inside: nobody would ask whose the object is.",
        "    Override the session instead, with a database of the test's own.",
    )


def _around(posts: Sequence[Post]) -> Around | None:
    """What stands between the guard and the handler of a route. Nothing, at most of them."""
    if any(post.duty.is_probe for post in posts):
        return silent
    return holding if any(post.duty.objects for post in posts) else None


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
        taken = judged.door.methods if judged.duty is None else judged.duty.methods
        methods[path] = methods.get(path, frozenset()) | (taken or frozenset())
    return {path: bare(405, {"Allow": ", ".join(sorted(taken))}) for path, taken in methods.items()}
