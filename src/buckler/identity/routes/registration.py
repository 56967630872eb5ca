"""Making an account: `/auth/register`, `/auth/confirm`, `/auth/invitations`, and once `/auth/first-administrator`.

Where addresses are proved, registering takes a name alone: the password is chosen with the code.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from buckler.access.declarations.declaring import Public, Requires
from buckler.access.declarations.roles import WRITE_ACCOUNTS, Roles
from buckler.asgi import exchange_of
from buckler.identity.administration.administration import Acting
from buckler.identity.opened import Opened
from buckler.identity.routes.limits import CLAIMING, CONFIRMING, INVITING, REGISTERING
from buckler.identity.routes.members import Accepted, Code, Created, Name, NewName, NewPassword, RoleNames, Taken
from buckler.identity.routes.proving import PROVING_BY_COOKIE, prove_in_browser
from buckler.identity.routes.refusing import problems, refusing
from buckler.identity.settings import AccountsSettings
from buckler.input.passwords import Password, password_of
from buckler.principal import Principal


class Registering(Taken):
    """A new account."""

    name: NewName
    password: NewPassword


class Asking(Taken):
    """Somebody for whom something is mailed: to its address, or to that of its account."""

    name: Name


class Confirming(Taken):
    """The code that was mailed, and the password that is chosen with it."""

    code: Code
    password: NewPassword


class Inviting(Taken):
    """Somebody who is invited; without `roles` with that of every new account."""

    name: NewName
    roles: Annotated[RoleNames | None, Field(default=None)]
    password: Password | None = None
    """That of whoever asks, for callers by cookie."""


class Claiming(Taken):
    """The first administrator."""

    code: Annotated[Password, password_of(longest=64)]
    name: NewName
    password: NewPassword


class RegistrationRoutes:
    """The endpoints. They turn what happens inside into answers, and decide nothing."""

    def __init__(self, settings: AccountsSettings, roles: Roles, opened: Callable[[], Opened]) -> None:
        self._verifies = settings.registration == "verified"
        self._mails = settings.proves_addresses
        self._invites = settings.proves_addresses and roles.grant(WRITE_ACCOUNTS)
        self._claims = settings.administrator in roles
        self._opened = opened

    def add_to(self, router: APIRouter) -> None:
        """The routes that these settings have."""
        nobody = [Public("whoever registers has no account yet"), REGISTERING]
        if self._verifies:
            router.add_api_route(
                "/auth/register", self.ask, methods=["POST"], status_code=202, dependencies=nobody,
                responses=problems(503),
            )  # fmt: skip
        else:
            router.add_api_route(
                "/auth/register", self.register, methods=["POST"], status_code=201, dependencies=nobody,
                responses=problems(403, 409, 503),
            )  # fmt: skip
        if self._mails:
            self._add_confirming(router)
        if self._invites:
            router.add_api_route(
                "/auth/invitations",
                self.invite,
                methods=["POST"],
                status_code=202,
                # A stolen token shall not make a mail server write to the world.
                dependencies=[INVITING, *PROVING_BY_COOKIE],
                responses=problems(403, 409, 503),
            )
        if self._claims:
            self._add_claiming(router)

    def _add_confirming(self, router: APIRouter) -> None:
        router.add_api_route(
            "/auth/confirm",
            self.confirm,
            methods=["POST"],
            status_code=201,
            dependencies=[Public("the mailed code is the credential"), CONFIRMING],
            responses=problems(403, 503),
        )

    def _add_claiming(self, router: APIRouter) -> None:
        router.add_api_route(
            "/auth/first-administrator",
            self.claim,
            methods=["POST"],
            status_code=201,
            dependencies=[Public("the one-time code is the credential"), CLAIMING],
            responses=problems(403, 409, 503),
        )

    async def register(self, body: Registering, request: Request) -> Created:
        """Make an account."""
        with refusing():
            registration = self._opened().registration
            exchange = exchange_of(request.scope)
            account = await registration.register(body.name, body.password.reveal(), exchange)
        return Created(id=account.id, name=account.name)

    async def ask(self, body: Asking) -> Accepted:
        """Have a code mailed to an address. The answer is the same for one that has an account: its owner is told."""
        with refusing():
            self._opened().confirmation.ask(body.name)
        return Accepted()

    async def confirm(self, body: Confirming, request: Request) -> Created:
        """Open the account of an address, with the code that was mailed there and a password."""
        with refusing():
            confirm, exchange = self._opened().confirmation.confirm, exchange_of(request.scope)
            account = await confirm(body.code.reveal(), body.password.reveal(), exchange)
        return Created(id=account.id, name=account.name)

    async def invite(
        self, body: Inviting, who: Annotated[Principal, Requires(WRITE_ACCOUNTS)], request: Request
    ) -> Accepted:
        """Mail an invitation. Its code is good for ten minutes, as all of them are; invite again if it came late.

        Whoever calls with the cookie of a session sends the own password as `password`.
        """
        with refusing():
            opened, exchange = self._opened(), exchange_of(request.scope)
            await prove_in_browser(opened, who, body.password, exchange)
            await opened.confirmation.invite(Acting.of(who), body.name, body.roles, exchange)
        return Accepted()

    async def claim(self, body: Claiming, request: Request) -> Created:
        """Become the first administrator, with the code that the start printed, from the same machine."""
        with refusing():
            registration = self._opened().registration
            code, password = body.code.reveal(), body.password.reveal()
            account = await registration.claim(code, body.name, password, exchange_of(request.scope))
        return Created(id=account.id, name=account.name)
