"""Coming back without the password: `/auth/reset`, `/auth/reset/confirm`."""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from buckler.access.declarations.declaring import Public
from buckler.asgi import exchange_of
from buckler.identity.opened import Opened
from buckler.identity.routes.limits import RESET_CODES, RESETTING
from buckler.identity.routes.members import Accepted
from buckler.identity.routes.refusing import problems, refusing
from buckler.identity.routes.registration import Asking, Confirming


class RecoveryRoutes:
    """The endpoints. They turn what happens inside into answers, and decide nothing."""

    def __init__(self, opened: Callable[[], Opened]) -> None:
        self._opened = opened

    def add_to(self, router: APIRouter) -> None:
        """Both routes; they stand where letters leave."""
        router.add_api_route(
            "/auth/reset",
            self.ask,
            methods=["POST"],
            status_code=202,
            dependencies=[Public("whoever has forgotten the password cannot sign in"), RESETTING],
            responses=problems(503),
        )
        router.add_api_route(
            "/auth/reset/confirm",
            self.confirm,
            methods=["POST"],
            status_code=204,
            response_class=Response,
            dependencies=[Public("the mailed code is the credential"), RESET_CODES],
            responses=problems(403, 503),
        )

    async def ask(self, body: Asking) -> Accepted:
        """Have a code mailed to the owner of an account. The answer is the same where there is none."""
        with refusing():
            self._opened().recovery.ask(body.name)
        return Accepted()

    async def confirm(self, body: Confirming, request: Request) -> None:
        """Choose a new password with the code that was mailed. Every session and known device from before ends."""
        with refusing():
            recovery, exchange = self._opened().recovery, exchange_of(request.scope)
            await recovery.confirm(body.code.reveal(), body.password.reveal(), exchange)
