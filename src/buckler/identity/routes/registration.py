"""Making an account: `/auth/register`, and once `/auth/first-administrator`."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Request

from buckler.access.declarations import Limit, Public
from buckler.asgi import exchange_of
from buckler.identity.members import Created, NewName, NewPassword, Taken
from buckler.identity.opened import Opened
from buckler.identity.routes.refusing import problems, refusing
from buckler.input.passwords import Password, password_of


class Registering(Taken):
    """A new account."""

    name: NewName
    password: NewPassword


class Claiming(Taken):
    """The first administrator."""

    code: Annotated[Password, password_of(longest=64)]
    name: NewName
    password: NewPassword


class RegistrationRoutes:
    """The endpoints. They turn what happens inside into answers, and decide nothing."""

    def __init__(self, opened: Callable[[], Opened], *, claims: bool) -> None:
        self._opened = opened
        self._claims = claims

    def add_to(self, router: APIRouter) -> None:
        """The routes that these settings have; `claims` is whether there is an administrator to become."""
        router.add_api_route(
            "/auth/register",
            self.register,
            methods=["POST"],
            status_code=201,
            dependencies=[Public("whoever registers has no account yet"), Limit("5/minute", told=False)],
            responses=problems(403, 409, 503),
        )
        if self._claims:
            router.add_api_route(
                "/auth/first-administrator",
                self.claim,
                methods=["POST"],
                status_code=201,
                dependencies=[Public("the one-time code is the credential"), Limit("5/minute", told=False)],
                responses=problems(403, 409, 503),
            )

    async def register(self, body: Registering, request: Request) -> Created:
        """Make an account."""
        with refusing():
            registration = self._opened().registration
            exchange = exchange_of(request.scope)
            account = await registration.register(body.name, body.password.reveal(), exchange)
        return Created(id=account.id, name=account.name)

    async def claim(self, body: Claiming, request: Request) -> Created:
        """Become the first administrator, with the code that the start printed, from the same machine."""
        with refusing():
            registration = self._opened().registration
            code, password = body.code.reveal(), body.password.reveal()
            account = await registration.claim(code, body.name, password, exchange_of(request.scope))
        return Created(id=account.id, name=account.name)
