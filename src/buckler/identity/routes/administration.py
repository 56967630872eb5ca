"""Accounts for whoever administrates: `/auth/accounts` (ASVS 7.5.3, 8.2.1, 8.2.2).

A route stands only where some role has its permission. Who lacks it is refused before anything is looked up, so
that an account which exists and one which does not answer alike.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel

from buckler.access.declarations.declaring import Requires
from buckler.access.declarations.roles import GIVE_ROLES, READ_ACCOUNTS, WRITE_ACCOUNTS, Roles
from buckler.asgi import exchange_of
from buckler.identity.administration.account_list import LISTED, ListedAccount
from buckler.identity.administration.administration import Acting
from buckler.identity.opened import Opened
from buckler.identity.routes.members import AccountId, Moment, RoleNames, ShownName, Taken
from buckler.identity.routes.proving import PROVING_BY_COOKIE, prove_in_browser
from buckler.identity.routes.refusing import MISSING, problems, refusing
from buckler.input.passwords import Password
from buckler.input.query.pages import Page, PageQuery
from buckler.principal import Principal
from buckler.refused import Refused

Account = Annotated[AccountId, Path()]
Reader = Annotated[Principal, Requires(READ_ACCOUNTS)]
Writer = Annotated[Principal, Requires(WRITE_ACCOUNTS)]
Granter = Annotated[Principal, Requires(GIVE_ROLES)]


class ShownAccount(BaseModel):
    """An account, without anything that is secret."""

    id: AccountId
    name: ShownName
    email: ShownName | None
    roles: RoleNames
    created_at: Moment
    last_sign_in_at: Moment | None
    disabled_at: Moment | None


class HeldRoles(BaseModel):
    """The roles that an account holds: these and no other."""

    roles: RoleNames


class GivenRoles(Taken):
    """The roles that an account shall hold: these and no other."""

    roles: RoleNames
    password: Password | None = None
    """That of whoever asks, for callers by cookie."""


class AdministrationRoutes:
    """The endpoints. They turn what happens inside into answers, and decide nothing."""

    def __init__(self, roles: Roles, opened: Callable[[], Opened]) -> None:
        self._roles = roles
        self._opened = opened

    def add_to(self, router: APIRouter) -> None:
        """The routes that somebody may call."""
        if self._roles.grant(READ_ACCOUNTS):
            router.add_api_route("/auth/accounts", self.page, methods=["GET"])
            router.add_api_route("/auth/accounts/{account}", self.one, methods=["GET"], responses=problems(404))
        if self._roles.grant(WRITE_ACCOUNTS):
            for path, endpoint, method in (
                ("disable", self.disable, "POST"),
                ("enable", self.enable, "POST"),
                ("sessions", self.end_sessions, "DELETE"),
            ):
                router.add_api_route(
                    f"/auth/accounts/{{account}}/{path}",
                    endpoint,
                    methods=[method],
                    status_code=204,
                    response_class=Response,
                    responses=problems(404, 409),
                )
        if self._roles.grant(GIVE_ROLES):
            router.add_api_route(
                "/auth/accounts/{account}/roles", self.set_roles, methods=["PUT"], dependencies=[*PROVING_BY_COOKIE],
                responses=problems(403, 404, 409, 503),
            )  # fmt: skip

    async def page(self, who: Reader, asked: Annotated[PageQuery, Depends(LISTED)]) -> Page[ShownAccount]:
        """The accounts, by name. For the next page, send `next` of this one as `cursor`."""
        found = await self._opened().administration.accounts.page(asked)
        return Page(items=[_shown(each) for each in found.items], next=found.next)

    async def one(self, who: Reader, account: Account) -> ShownAccount:
        """One account."""
        found = await self._opened().administration.accounts.find(account)
        if found is None:
            raise Refused(MISSING)
        return _shown(found)

    async def disable(self, who: Writer, account: Account, request: Request) -> None:
        """End everything of an account, and let nobody sign in with it."""
        with refusing():
            await self._opened().administration.disable(Acting.of(who), account, exchange_of(request.scope))

    async def enable(self, who: Writer, account: Account, request: Request) -> None:
        """Let the owner of an account sign in again."""
        with refusing():
            await self._opened().administration.enable(Acting.of(who), account, exchange_of(request.scope))

    async def end_sessions(self, who: Writer, account: Account, request: Request) -> None:
        """Sign an account out everywhere."""
        with refusing():
            await self._opened().administration.end_sessions(Acting.of(who), account, exchange_of(request.scope))

    async def set_roles(self, who: Granter, account: Account, body: GivenRoles, request: Request) -> HeldRoles:
        """Give an account these roles and take every other. Tokens that have a role which was taken end.

        Whoever calls with the cookie of a session sends the own password as `password`.
        """
        with refusing():
            opened, exchange = self._opened(), exchange_of(request.scope)
            await prove_in_browser(opened, who, body.password, exchange)
            held = await opened.administration.set_roles(Acting.of(who), account, body.roles, exchange)
        return HeldRoles(roles=sorted(held))


def _shown(account: ListedAccount) -> ShownAccount:
    return ShownAccount(**asdict(account))
