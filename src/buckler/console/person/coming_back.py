"""Coming back without the password: `/console/reset`, `/console/reset/confirm` (ASVS 6.4.3).

The page says the same whether there is such an account or not.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.asgi import exchange_of
from buckler.console.answering import Answering, FormPage
from buckler.console.navigation import HOME, SIGN_IN
from buckler.console.page_routes import show_to_all, take_from_anybody
from buckler.console.person.joining import Asking, Confirming
from buckler.console.surroundings import Surroundings
from buckler.identity.routes.limits import RESET_CODES, RESETTING

RESET: Final = f"{HOME}/reset"
CONFIRM: Final = f"{RESET}/confirm"
_WHY: Final = "whoever has forgotten the password cannot sign in"
_CODE: Final = "the mailed code is the credential"
_ASK: Final = FormPage("person/reset.html", Asking, own=False)
_CONFIRM: Final = FormPage("person/reset_confirm.html", Confirming, own=False, keeps=frozenset({"code"}))


class ComingBack:
    """The pages; they stand where letters leave."""

    def __init__(self, around: Surroundings, answering: Answering) -> None:
        self._opened = around.opened
        self._answering = answering
        self._view = answering.view

    def routes(self) -> list[Route]:
        """Both pages, shown and sent."""
        return [
            show_to_all(RESET, self.form, _WHY),
            take_from_anybody(RESET, self.ask, _WHY, limits=[RESETTING]),
            show_to_all(CONFIRM, self.code, _CODE),
            take_from_anybody(CONFIRM, self.confirm, _CODE, limits=[RESET_CODES]),
        ]

    async def form(self, request: Request) -> Response:
        """Where the name is typed."""
        return self._answering.show(request, _ASK)

    async def ask(self, request: Request) -> Response:
        """Have a code mailed to the owner of an account."""

        async def act(form: Asking) -> Response:
            self._opened().recovery.ask(form.name)
            return self._view.to(request, CONFIRM, "code-sent")

        return await self._answering.submit(request, _ASK, act)

    async def code(self, request: Request) -> Response:
        """Where the code is typed."""
        return self._answering.show(request, _CONFIRM)

    async def confirm(self, request: Request) -> Response:
        """Choose a new password. Every session and known device from before ends."""

        async def act(form: Confirming) -> Response:
            confirm, exchange = self._opened().recovery.confirm, exchange_of(request.scope)
            await confirm(form.code.reveal().strip(), form.password.reveal(), exchange)
            return self._view.to(request, SIGN_IN, "reset")

        return await self._answering.submit(request, _CONFIRM, act)
