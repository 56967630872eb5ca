"""The first administrator: `/console/first-administrator`, with the code that the start printed (ASVS 6.3.2).

The code goes into a field and never into an address. It is taken from the machine itself alone, and the page tells
nobody else whether there is an administrator: at the machine it leads on once there is one.
"""

from typing import Annotated, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.asgi import exchange_of
from buckler.console.answering import Answering, FormPage
from buckler.console.navigation import FIRST, SIGN_IN
from buckler.console.page_routes import show_to_all, take_from_anybody
from buckler.console.surroundings import Surroundings
from buckler.identity.login_names import InvalidName
from buckler.identity.passwords.rules import WeakPassword
from buckler.identity.routes.limits import CLAIMING
from buckler.identity.routes.members import NewName, NewPassword
from buckler.input.models import FormModel
from buckler.input.passwords import Password, password_of

_WHY: Final = "the one-time code is the credential"


class Claiming(FormModel):
    """The first administrator."""

    code: Annotated[Password, password_of(longest=64)]
    name: NewName
    password: NewPassword


_PAGE: Final = FormPage("person/first_administrator.html", Claiming, own=False, keeps=frozenset({"code"}))


class FirstAdministrator:
    """The page. There is one where the roles have an administrator."""

    def __init__(self, around: Surroundings, answering: Answering) -> None:
        self._opened = around.opened
        self._answering = answering

    def routes(self) -> list[Route]:
        """Shown and sent."""
        limits = [CLAIMING]
        return [show_to_all(FIRST, self.ask, _WHY), take_from_anybody(FIRST, self.claim, _WHY, limits=limits)]

    async def ask(self, request: Request) -> Response:
        """The form, the same for everybody who is elsewhere."""
        if await self._opened().registration.has_first(exchange_of(request.scope)):
            return self._answering.view.to(request, SIGN_IN)
        return self._answering.show(request, _PAGE)

    async def claim(self, request: Request) -> Response:
        """Become the first administrator."""

        async def act(form: Claiming) -> Response:
            code, password = form.code.reveal().strip(), form.password.reveal()
            await self._opened().registration.claim(code, form.name, password, exchange_of(request.scope))
            return self._answering.view.to(request, SIGN_IN, "administrator")

        return await self._answering.submit(request, _PAGE, act, faults=self._faults)

    def _faults(self, form: Claiming) -> dict[str, str]:
        """What is wrong besides the code, which is judged first."""
        try:
            self._opened().registration.judge(form.name, form.password.reveal())
        except InvalidName as error:
            return {"name": str(error)}
        except WeakPassword as error:
            return {"password": str(error)}
        return {}
