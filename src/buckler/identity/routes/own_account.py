"""The caller's own account: `/auth/me`, its password, its address, and everything that is kept about it.

Whatever would let a thief of a token stay asks for the password once more. How often it may be tried is counted by
account: ten times a minute, fifty times a day.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from buckler.access.callers.session_cookie import credential_cookie
from buckler.access.declarations.declaring import Requires
from buckler.asgi import exchange_of
from buckler.events.journal.of_account import MOST as MOST_EVENTS
from buckler.identity.opened import Opened
from buckler.identity.owners.personal_data import Everything
from buckler.identity.routes.cookie_session import SignedInByCookie, forgetting, keeping
from buckler.identity.routes.limits import NEW_ADDRESS
from buckler.identity.routes.members import (
    MOST_WORDS,
    Accepted,
    AccountId,
    Code,
    Moment,
    NewName,
    NewPassword,
    RoleNames,
    ShownName,
    Taken,
    Tokens,
    Word,
)
from buckler.identity.routes.proving import PROVING
from buckler.identity.routes.refresh import tokens_of
from buckler.identity.routes.refusing import MISSING, UNSTORED, problems, refusing
from buckler.identity.routes.sessions import OwnSession, shown_session
from buckler.identity.sessions.session_store import MOST_KEPT
from buckler.identity.sign_in.devices import MOST as MOST_DEVICES
from buckler.input.passwords import Password
from buckler.principal import Principal
from buckler.refused import Refused

Caller = Annotated[Principal, Requires()]


class Me(BaseModel):
    """The caller, as the token says."""

    id: AccountId
    name: ShownName
    roles: Annotated[list[Word], Field(max_length=MOST_WORDS)]
    permissions: Annotated[list[Word], Field(max_length=MOST_WORDS)]


class ChangingPassword(Taken):
    """A new password, and the one that it replaces."""

    current: Password
    new: NewPassword


class ChangingAddress(Taken):
    """Another address, and the password of the account."""

    password: Password
    address: NewName


class ConfirmingAddress(Taken):
    """The code that was mailed to the other address."""

    code: Code


class Erasing(Taken):
    """The password of the account that is to be erased."""

    password: Password


class OwnDevice(BaseModel):
    """A device from which the caller has signed in."""

    id: AccountId
    created_at: Moment
    last_used_at: Moment
    agent: ShownName


class KeptSession(OwnSession):
    """A session of the caller, which may be over."""

    ended_at: Moment | None
    """When it was ended; None where nobody did."""


class OwnEvent(BaseModel):
    """Something that the log keeps about the caller."""

    at: Moment
    event: ShownName
    client: ShownName | None
    """The address that it came from."""


class Export(BaseModel):
    """All that is kept about the caller."""

    id: AccountId
    name: ShownName
    email: ShownName | None
    roles: RoleNames
    created_at: Moment
    last_sign_in_at: Moment | None
    password_changed_at: Moment | None
    sessions: Annotated[list[KeptSession], Field(max_length=MOST_KEPT)]
    devices: Annotated[list[OwnDevice], Field(max_length=MOST_DEVICES)]
    events: Annotated[list[OwnEvent], Field(max_length=MOST_EVENTS)]


class OwnAccountRoutes:
    """The endpoints. They turn what happens inside into answers, and decide nothing."""

    def __init__(self, opened: Callable[[], Opened], *, mails: bool) -> None:
        self._opened = opened
        self._mails = mails

    def add_to(self, router: APIRouter) -> None:
        """Its routes; the address needs letters that leave."""
        router.add_api_route("/auth/me", self.me, methods=["GET"])
        router.add_api_route("/auth/me/export", self.export, methods=["GET"], responses=problems(404))
        router.add_api_route(
            "/auth/me/password", self.change_password, methods=["POST"], dependencies=[*PROVING],
            responses=problems(403, 503),
        )  # fmt: skip
        router.add_api_route(
            "/auth/me/erase", self.erase, methods=["POST"], status_code=204, response_class=Response,
            dependencies=[*PROVING], responses=problems(403, 409, 503),
        )  # fmt: skip
        if self._mails:
            router.add_api_route(
                "/auth/me/address", self.change_address, methods=["POST"], status_code=202,
                dependencies=[*PROVING, NEW_ADDRESS],
                responses=problems(403, 503),
            )  # fmt: skip
            router.add_api_route(
                "/auth/me/address/confirm", self.confirm_address, methods=["POST"], status_code=204,
                response_class=Response, dependencies=[*PROVING], responses=problems(403, 409),
            )  # fmt: skip

    async def me(self, who: Caller) -> Me:
        """Who is calling, and what that caller may do."""
        return Me(id=who.id, name=who.name, roles=sorted(who.roles), permissions=sorted(who.permissions))

    async def export(self, who: Caller) -> Export:
        """All that is kept about the caller, and nothing that opens anything."""
        found = await self._opened().personal_data.everything(who.id)
        if found is None:
            raise Refused(MISSING)
        return exported(found, who)

    async def change_password(
        self, body: ChangingPassword, who: Caller, request: Request, response: Response
    ) -> Tokens | SignedInByCookie:
        """Choose another password. Every session ends; the answer has a new one, of the kind that asked."""
        response.headers.update(UNSTORED)
        opened, exchange = self._opened(), exchange_of(request.scope)
        with refusing():
            current, new = body.current.reveal(), body.new.reveal()
            account = await opened.own_password.change(who.id, current, new, exchange, who.account_version)
            if exchange is not None and credential_cookie(exchange) is not None:
                return keeping(await opened.browser_sessions.begin(account, exchange), response.headers)
            return tokens_of(await opened.sessions.begin(account, exchange))

    async def change_address(self, body: ChangingAddress, who: Caller, request: Request) -> Accepted:
        """Have a code mailed to another address. The answer is the same for one that is taken."""
        with refusing():
            own, exchange = self._opened().own_address, exchange_of(request.scope)
            await own.ask(who.id, body.password.reveal(), body.address, exchange, who.account_version)
        return Accepted()

    async def confirm_address(self, body: ConfirmingAddress, who: Caller, request: Request) -> None:
        """Take the other address. The old one is told; access tokens end, sessions go on."""
        with refusing():
            await self._opened().own_address.confirm(who.id, body.code.reveal(), exchange_of(request.scope))

    async def erase(self, body: Erasing, who: Caller, request: Request, response: Response) -> None:
        """Erase the caller's account, with everything that hangs on it. Nothing brings it back."""
        exchange = exchange_of(request.scope)
        with refusing():
            await self._opened().personal_data.erase(who.id, body.password.reveal(), exchange, who.account_version)
        forgetting(exchange, response.headers)


def exported(found: Everything, who: Principal) -> Export:
    """What is kept about `who`, written out for it."""
    account = found.account
    return Export(
        id=account.id,
        name=account.name,
        email=account.email,
        roles=sorted(account.roles),
        created_at=account.created_at,
        last_sign_in_at=account.last_sign_in_at,
        password_changed_at=account.password_changed_at,
        sessions=[
            KeptSession(**shown_session(each, who).model_dump(), ended_at=each.ended_at) for each in found.sessions
        ],
        devices=[OwnDevice(**asdict(each)) for each in found.devices],
        events=[OwnEvent(**asdict(each)) for each in found.events],
    )
