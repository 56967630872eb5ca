"""Who may pass a door, asked of the very step that the guard takes there.

A second rule for the same question would be another truth. So the step of `Requirements` is made for the duty, without
what only a request can answer: conditions of the app, and how fresh a proof is.
"""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

from buckler.access.declarations.declaration import Declaration, Duty, Requirement
from buckler.access.declarations.roles import Roles
from buckler.access.doors.passage import Step
from buckler.access.guard.requirements import Requirements, asked_by
from buckler.access.policy.policy import May, WhoMay
from buckler.errors import Refusal
from buckler.principal import Principal

Judge = Callable[[Principal | None], Refusal | None]
"""The refusal that such a caller meets, or None."""


def judging(duty: Duty, requirements: Requirements | None, *, fresh: bool = False) -> Judge:
    """What the guard says of a caller at this door, but for conditions and, unless `fresh`, for proofs.

    Without `requirements`, as on a twin that leaves them out, nobody is refused.
    """
    step: Step | None = requirements.step_for(_known_of(duty, fresh=fresh)) if requirements is not None else None

    def judge(caller: Principal | None) -> Refusal | None:
        outcome = None if step is None else step(asked_by(caller))
        return outcome if isinstance(outcome, Refusal) else None

    return judge


def who_may(duty: Duty, requirements: Requirements | None, roles: Roles | None) -> WhoMay:
    """Who may: nobody in particular, somebody signed in, and the holder of each role."""
    judge = judging(duty, requirements)

    def may(caller: Principal | None) -> May:
        if duty.source == "undeclared" or judge(caller) is not None:
            return "no"
        if caller is None or duty.public:
            return "yes"
        return "depends" if _depends(duty) else "own_objects" if has_own_only(duty, caller) else "yes"

    names = sorted(roles.names) if roles is not None else ()
    held: dict[str, May] = {name: may(holder_of((name,), roles)) for name in names if roles is not None}
    return WhoMay(may(None), may(Principal("somebody", "somebody")), MappingProxyType(held))


def has_own_only(duty: Duty, caller: Principal) -> bool:
    """Whether the objects of the door are narrowed for this caller: by owner, or by tenant, which nothing lifts."""
    return any(
        each.unless is None or not caller.may(each.unless) or each.described().get("tenant") is not None
        for each in duty.owned
    )


def holder_of(names: tuple[str, ...], roles: Roles) -> Principal:
    """Somebody with these roles and nothing else."""
    return Principal("somebody", "somebody", roles=frozenset(names), permissions=roles.permissions(names))


def _depends(duty: Duty) -> bool:
    return any(each.condition or each.step_up is not None or each.factors > 1 for each in duty.requirements)


def _known_of(duty: Duty, *, fresh: bool) -> Duty:
    """The duty without what asks the app itself and, unless `fresh`, without what asks for a proof."""
    return replace(duty, declarations=tuple(_known(each, fresh=fresh) for each in duty.declarations))


def _known(each: Declaration, *, fresh: bool) -> Declaration:
    if not isinstance(each, Requirement):
        return each
    proof = {"step_up": each.step_up, "factors": each.factors} if fresh else {}
    return Requirement(each.permissions, each.where, kinds=each.kinds, **proof)  # type: ignore[arg-type]
