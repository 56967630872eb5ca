"""Reading the policy of an app off its table of routes."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from starlette.routing import BaseRoute, Route

from buckler.access.declarations.declaration import Duty, Limitation, Requirement
from buckler.access.declarations.field_use import FieldUse
from buckler.access.declarations.guarded import Guarded
from buckler.access.declarations.roles import Roles
from buckler.access.doors.door import Door, is_websocket
from buckler.access.guard.answers import Answers
from buckler.access.guard.requirements import Requirements
from buckler.access.policy.order import behind
from buckler.access.policy.policy import (
    Answering,
    Asked,
    AskedCondition,
    Body,
    CallerSource,
    GuardedField,
    Limited,
    OnTrial,
    Policy,
    PublicRoute,
    RouteKind,
    RoutePolicy,
)
from buckler.access.policy.served_files import files_of
from buckler.access.policy.who_may import who_may
from buckler.access.routes.docs_page.documentation import is_asset, is_documentation
from buckler.access.routes.judgement import Judgement, Rules
from buckler.grants import covers_all


def policy_of(
    judgements: Iterable[Judgement], answering: Iterable[Answers], rules: Rules, requirements: Requirements | None,
    *, callers: tuple[CallerSource, ...] = (), trial: OnTrial | None = None,
) -> Policy:  # fmt: skip
    """The policy of doors that were judged, and of who answers by itself.

    `requirements` is what the guard asks at each door.
    The pages of the documentation are left out: they are there in development alone, and the file must not depend on
    where it is written.
    """
    shown = [(each.door, each.duty) for each in judgements if not _is_of_documentation(each.door)]
    in_front = behind([door for door, _ in shown])
    doors = [
        _entry(door, duty, rules, requirements, before)
        for (door, duty), before in zip(shown, in_front, strict=True)
        if duty is not None
    ]
    roles = rules.roles
    return Policy(
        roles=None
        if roles is None
        else MappingProxyType({name: _granted(roles, name) for name in sorted(roles.names)}),
        new_account_role=None if roles is None else roles.new,
        default=tuple(map(str, rules.default)),
        answering=tuple(Answering(each.middleware, each.reason) for each in answering),
        callers=callers,
        trial=trial,
        routes=tuple(sorted(doors, key=_place)),
    )


def endpoint_of(endpoint: object) -> str | None:
    """Module and qualified name of what answers; of an object, those of its class."""
    while isinstance(endpoint, Guarded | partial):
        endpoint = endpoint.inner if isinstance(endpoint, Guarded) else endpoint.func
    if endpoint is None:
        return None
    named: Any = endpoint if hasattr(endpoint, "__qualname__") else type(endpoint)
    return f"{named.__module__}:{named.__qualname__}"


def kind_of(route: BaseRoute) -> RouteKind:
    """What kind of door a route is; whatever takes all that is below a path is a mount."""
    if is_websocket(route):
        return "websocket"
    return "http" if isinstance(route, Route) else "mount"


def _entry(
    door: Door, duty: Duty, rules: Rules, requirements: Requirements | None, in_front: tuple[str, ...]
) -> RoutePolicy:
    publicity, undeclared = duty.publicity, duty.source == "undeclared"
    return RoutePolicy(
        path=door.path,
        kind=kind_of(door.route),
        methods=None if duty.methods is None else tuple(sorted(duty.methods)),
        endpoint=endpoint_of(door.endpoint),
        hosts=tuple(each.host for each in door.within if each.host is not None),
        behind=in_front,
        files=files_of(door),
        added_by_buckler=door.is_ours,
        source=duty.source,
        public=None
        if publicity is None or undeclared
        else PublicRoute(publicity.reason, publicity.probe, publicity.cross_site),
        requires=tuple(sorted(dict.fromkeys(map(_asked, duty.requirements)), key=repr)),
        owned=_owned(duty),
        limits=tuple(sorted((_limited(each, public=duty.public) for each in duty.limits), key=repr)),
        body=Body(
            rules.max_body if duty.max_body is None else duty.max_body,
            tuple(sorted(each.decode("ascii") for each in duty.encodings)),
        ),
        fields=tuple(sorted((_field(each, rules.roles) for each in duty.fields), key=repr)),
        may=who_may(duty, requirements, rules.roles),
    )


def _is_of_documentation(door: Door) -> bool:
    return is_documentation(door) or is_asset(door)


def _granted(roles: Roles, name: str) -> tuple[str, ...]:
    return tuple(sorted(roles.permissions((name,))))


def _place(door: RoutePolicy) -> tuple[str, str, tuple[str, ...], str]:
    return door.path, door.kind, door.methods or (), door.endpoint or ""


def _asked(requirement: Requirement) -> Asked:
    condition = requirement.condition
    return Asked(
        permissions=tuple(sorted(requirement.permissions)),
        kinds=None if requirement.kinds is None else tuple(sorted(requirement.kinds)),
        step_up=None if requirement.step_up is None else int(requirement.step_up),
        factors=requirement.factors,
        condition=None if condition is None else AskedCondition(condition.name, condition.reason),
    )


def _limited(limit: Limitation, *, public: bool) -> Limited:
    budget = limit.budget
    by = "cookie" if limit.by_cookie else budget.counted(public=public)
    return Limited(str(budget.rate), by, budget.per, limit.cost, budget.name, limit.told)


def _owned(duty: Duty) -> tuple[Mapping[str, Any], ...]:
    """How the objects describe themselves, each with the parameter of the path that names it here."""
    found: list[Mapping[str, Any]] = []
    for each in duty.owned:
        own: Callable[[], Mapping[str, Any]] | None = getattr(each, "described", None)
        said = {"says": str(each)} if own is None else dict(own())
        found.append(MappingProxyType({**said, "param": duty.objects.get(each)}))
    return tuple(sorted(found, key=lambda each: repr(sorted(each.items(), key=str))))


def _field(use: FieldUse, roles: Roles | None) -> GuardedField:
    return GuardedField(
        use.model, use.field, use.way, use.read, use.write, _holding(use.read, roles), _holding(use.write, roles)
    )


def _holding(permission: str | None, roles: Roles | None) -> tuple[str, ...]:
    if roles is None:
        return ()
    return tuple(
        name
        for name in sorted(roles.names)
        if permission is None or covers_all(roles.permissions((name,)), (permission,))
    )
