"""The own record, and what administrators do with those of others."""

import asyncio
import hashlib
import secrets
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from tests.drill.targets.clinic.budgets import Budget
from tests.drill.targets.tools.callers import Desk, Id, Line, Me, Strict, admin, operator, refused
from tests.drill.targets.tools.records import Invitation, Operator, Records

WORTH = 10


class Shown(BaseModel):
    """An operator, as he may be shown."""

    id: int
    email: str
    name: str
    phone: str
    role: str
    credits: int


class Change(Strict):
    """What one changes oneself."""

    name: Line | None = None
    phone: Annotated[str, Field(pattern=r"^[0-9+ ]{0,20}$")] | None = None


class AnyChange(Change):
    """What one changes oneself, with whatever else the old form sends along."""

    model_config = ConfigDict(extra="allow")

    __pydantic_extra__: dict[str, Line | Id | bool]  # pyright: ignore[reportIncompatibleVariableOverride]


class Redeemed(Strict):
    """The code of an invitation."""

    code: Line


def _shown(it: Operator) -> Shown:
    return Shown(id=it.id, email=it.email, name=it.name, phone=it.phone, role=it.role, credits=it.credits)


async def me_shown(me: Me) -> Shown:
    """The own record."""
    return _shown(me)


async def me_whole(me: Me) -> dict[str, Any]:
    """The own record."""
    record = asdict(me)
    return {**record, "password": me.password.hex(), "places": sorted(me.places), "devices": len(me.devices)}


async def change(given: Change, me: Me) -> Shown:
    """Change the own record."""
    for name, value in given.model_dump(exclude_none=True).items():
        setattr(me, name, value)
    return _shown(me)


async def change_anything(given: AnyChange, me: Me) -> Shown:
    """Change the own record."""
    me.take(given.model_extra or {})
    return await change(Change(name=given.name, phone=given.phone), me)


async def operators(desk: Desk) -> list[Shown]:
    """Everybody."""
    return [_shown(it) for it in list(desk.operators.values())[:200]]


async def disable(operator_id: Id, desk: Desk) -> Shown:
    """Keep somebody out from now on."""
    it = desk.operators.get(operator_id)
    if it is None or it.role == "admin":
        raise refused(404, "No such operator.")
    it.disabled = True
    return _shown(it)


async def invite(request: Request, me: Me, desk: Desk) -> dict[str, str]:
    """Make an invitation; it is worth ten credits to whoever redeems it."""
    budget: Budget = request.app.state.invitations
    if not budget.spend(me.id):
        raise refused(429, "Try again later.")
    it = Invitation(secrets.token_urlsafe(12))
    desk.invitations[it.code] = it
    return {"code": it.code}


def _open_invitation(desk: Records, code: str) -> Invitation:
    it = desk.invitations.get(code)
    if it is None or it.used:
        raise refused(409, "This invitation is used up.")
    return it


async def _tell_accounting(code: str) -> None:
    """As long as accounting has no address: the seal of the message, which takes a moment."""
    await asyncio.to_thread(hashlib.pbkdf2_hmac, "sha256", code.encode(), b"accounting", 60_000)


async def redeem(given: Redeemed, me: Me, desk: Desk) -> Shown:
    """Get the credits of an invitation."""
    it = _open_invitation(desk, given.code)
    it.used = True
    me.credits += WORTH
    await _tell_accounting(given.code)
    return _shown(me)


async def redeem_late(given: Redeemed, me: Me, desk: Desk) -> Shown:
    """Get the credits of an invitation."""
    it = _open_invitation(desk, given.code)
    await _tell_accounting(given.code)
    me.credits += WORTH
    it.used = True
    return _shown(me)


def routes(flawed: frozenset[str]) -> APIRouter:
    """All of it."""
    router = APIRouter(tags=["people"])
    router.add_api_route("/me", me_whole if "me-tells-secrets" in flawed else me_shown)
    changed: Any = change_anything if "me-takes-any-field" in flawed else change
    router.add_api_route("/me", changed, methods=["PATCH"])
    listers = Depends(operator if "operators-listed-to-anybody" in flawed else admin)
    router.add_api_route("/admin/operators", operators, dependencies=[listers])
    disablers = Depends(operator if "operators-disabled-by-anybody" in flawed else admin)
    path = "/admin/operators/{operator_id}/disable"
    router.add_api_route(path, disable, methods=["POST"], dependencies=[disablers])
    router.add_api_route("/invitations", invite, methods=["POST"], status_code=201)
    redeemed = redeem_late if "invitations-used-twice" in flawed else redeem
    router.add_api_route("/invitations/redeem", redeemed, methods=["POST"])
    return router
