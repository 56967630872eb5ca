"""Registering and signing in: with a password, a code or a link that is mailed."""

import hmac
import secrets
import time
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from tests.drill.targets.clinic.budgets import Budget
from tests.drill.targets.clinic.entering import plain_email
from tests.drill.targets.clinic.passwords import NOBODY, hashed, matches, too_weak
from tests.drill.targets.tools.callers import Desk, Flaws, Id, Line, Me, Password, Strict, address_of, refused
from tests.drill.targets.tools.records import LINK_SECONDS, Operator, Ticket

ORIGIN = "https://tools.example"


class Registration(BaseModel):
    """A new operator."""

    model_config = ConfigDict(extra="forbid")

    email: Line
    name: Line
    password: Password


class OpenRegistration(Registration):
    """A new operator, with whatever else the old form sends along."""

    model_config = ConfigDict(extra="allow")

    __pydantic_extra__: dict[str, Line | Id | bool]  # pyright: ignore[reportIncompatibleVariableOverride]


class Credentials(Strict):
    """A name and a password, and the device that an earlier sign-in told."""

    email: Line
    password: Password
    device: Line | None = None


class Address(Strict):
    """Where the code or the link goes."""

    email: Line


class Code(Strict):
    """The code that was mailed."""

    email: Line
    code: Line


class Link(Strict):
    """What stood in the link."""

    token: Line


class Entered(BaseModel):
    """Signed in: the token goes into Authorization."""

    token: str
    device: str | None = None


class Said(BaseModel):
    """A sentence."""

    detail: str


class Gate:
    """Counts tries: those of a network, those at a name, and those of who was here before."""

    def __init__(self) -> None:
        self.networks = Budget(20, 60)
        self.names = Budget(5, 60)
        self.known = Budget(10, 60)
        self.registrations = Budget(20, 60)
        self.mails = Budget(10, 60)
        self.mailed = Budget(3, 600)
        self.codes = Budget(5, 60)

    def key(self, request: Request, who: Operator | None, device: str | None) -> tuple[str, str] | None:
        """What somebody who was here before is counted by."""
        if who is not None and device in who.devices:
            return ("device", device or "")
        address = address_of(request)
        return (who.email, address) if who is not None and address in who.places else None


async def register(request: Request, given: Registration, desk: Desk) -> Said:
    """Become an operator."""
    if not request.app.state.gate.registrations.spend(address_of(request)):
        raise refused(429, "Try again later.")
    email = plain_email(given.email)
    if not email or too_weak(given.password, email.split("@")[0], given.name):
        raise refused(422, "A mail address, and a better password, please.")
    password = hashed(given.password)
    if desk.by_email(email) is None:
        new = desk.add(email, given.name, password)
        new.take(given.model_extra or {})
    else:
        desk.send_mail(email, "Somebody tried to register with your address; you have an account.")
    return Said(detail="If this address is new here, you can sign in now.")


async def register_open(request: Request, given: OpenRegistration, desk: Desk) -> Said:
    """Become an operator."""
    return await register(request, given, desk)


async def login(request: Request, given: Credentials, desk: Desk) -> Entered:
    """Sign in with a password."""
    gate: Gate = request.app.state.gate
    email, address = plain_email(given.email), address_of(request)
    who = desk.by_email(email)
    known = gate.key(request, who, given.device)
    if not (gate.known.spend(known) if known else gate.networks.spend(address) and gate.names.spend(email)):
        raise refused(429, "Too many tries. Wait a minute.")
    right = matches(given.password, who.password if who else NOBODY)
    if who is None or who.disabled or not right:
        raise refused(401, "The mail address or the password is wrong.")
    if known:
        gate.known.give_back(known)
    else:
        gate.networks.give_back(address)
        gate.names.give_back(email)
    who.places = {*list(who.places)[-15:], address}
    device = given.device if given.device in who.devices else secrets.token_urlsafe(24)
    who.devices = {*list(who.devices)[-15:], device or ""}
    return Entered(token=desk.new_token(who), device=device)


async def logout(me: Me, desk: Desk) -> Said:
    """Sign out everywhere."""
    desk.tokens = {token: it for token, it in desk.tokens.items() if it.operator != me.id}
    return Said(detail="Good-bye.")


async def ask_code(request: Request, given: Address, desk: Desk, flawed: Flaws) -> Said:
    """Have a code mailed, for those without their password at hand."""
    gate: Gate = request.app.state.gate
    email = plain_email(given.email)
    if not gate.mails.spend(address_of(request)):
        raise refused(429, "Try again later.")
    if desk.by_email(email) is not None and gate.mailed.spend(("code", email)):
        short = "codes-of-four-digits" in flawed
        code = f"{secrets.randbelow(10_000):04}" if short else secrets.token_hex(8)
        desk.codes[email] = (code, time.time() + LINK_SECONDS)
        desk.send_mail(email, f"Your code is {code}")
    return Said(detail="If we know this address, a code is on its way.")


async def enter_code(request: Request, given: Code, desk: Desk, flawed: Flaws) -> Entered:
    """Sign in with the code."""
    gate: Gate = request.app.state.gate
    email = plain_email(given.email)
    if "codes-of-four-digits" not in flawed and not (
        gate.networks.spend(address_of(request)) and gate.codes.spend(email)
    ):
        raise refused(429, "Too many tries. Wait a minute.")
    code, ends = desk.codes.get(email, ("", 0.0))
    who = desk.by_email(email)
    right = hmac.compare_digest(code.encode(), given.code.encode()) and ends > time.time()
    if who is None or who.disabled or not right:
        raise refused(401, "That code is not good.")
    del desk.codes[email]
    return Entered(token=desk.new_token(who))


async def ask_link(request: Request, given: Address, desk: Desk, flawed: Flaws) -> Said:
    """Have a link mailed that signs in."""
    gate: Gate = request.app.state.gate
    email = plain_email(given.email)
    if not gate.mails.spend(address_of(request)):
        raise refused(429, "Try again later.")
    who = desk.by_email(email)
    if who is not None and gate.mailed.spend(("link", email)):
        token = secrets.token_urlsafe(32)
        kept = desk.tokens if "link-is-access-token" in flawed else desk.links
        kept[token] = Ticket(who.id, time.time() + LINK_SECONDS)
        desk.send_mail(email, f"Sign in here: {ORIGIN}/magic/enter?token={token}")
    return Said(detail="If we know this address, a link is on its way.")


async def enter_link(request: Request, given: Link, desk: Desk, flawed: Flaws) -> Entered:
    """Sign in with what stood in the link."""
    if not request.app.state.gate.networks.spend(address_of(request)):
        raise refused(429, "Too many tries. Wait a minute.")
    kept = desk.tokens if "link-is-access-token" in flawed else desk.links
    ticket = kept.pop(given.token, None)
    who = desk.operators.get(ticket.operator) if ticket is not None and ticket.ends > time.time() else None
    if who is None or who.disabled:
        raise refused(401, "That link is not good.")
    request.app.state.gate.networks.give_back(address_of(request))
    return Entered(token=desk.new_token(who))


def routes(flawed: frozenset[str]) -> APIRouter:
    """All of it."""
    router = APIRouter(tags=["entering"])
    taken: Any = register_open if "register-takes-any-field" in flawed else register
    router.add_api_route("/register", taken, methods=["POST"], status_code=202)
    for path, route in (
        ("/login", login),
        ("/logout", logout),
        ("/login/code", ask_code),
        ("/login/code/enter", enter_code),
        ("/magic", ask_link),
        ("/magic/enter", enter_link),
    ):
        router.add_api_route(path, route, methods=["POST"])
    return router
