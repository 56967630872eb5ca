"""Making an account: `/console/register`, and `/console/confirm` with a mailed code.

As the settings say: anybody with a name and a password, whoever reads the mail of an address, or who was invited. For
an address that has an account the page says what it says for a free one (ASVS 6.3.8).
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.asgi import exchange_of
from buckler.console.answering import Answering, FormPage
from buckler.console.navigation import HOME, SIGN_IN
from buckler.console.page_routes import show_to_all, take_from_anybody
from buckler.console.surroundings import Surroundings
from buckler.identity.routes.limits import CONFIRMING, REGISTERING
from buckler.identity.routes.members import Code, Name, NewName, NewPassword
from buckler.input.models import FormModel

REGISTER: Final = f"{HOME}/register"
CONFIRM: Final = f"{HOME}/confirm"
_WHY: Final = "whoever registers has no account yet"
_CODE: Final = "the mailed code is the credential"


class Registering(FormModel):
    """A new account."""

    name: NewName
    password: NewPassword


class Asking(FormModel):
    """Somebody to whose address a code is mailed."""

    name: Name


class Confirming(FormModel):
    """The code that was mailed, and the password that is chosen with it."""

    code: Code
    password: NewPassword


_REGISTER: Final = FormPage("person/register.html", Registering, own=False)
_ASK: Final = FormPage("person/register_address.html", Asking, own=False)
_CONFIRM: Final = FormPage("person/confirm.html", Confirming, own=False, keeps=frozenset({"code"}))


class Joining:
    """The pages that these settings have."""

    def __init__(self, around: Surroundings, answering: Answering) -> None:
        self._mode = around.settings.registration
        self._mails = around.settings.proves_addresses
        self._opened = around.opened
        self._answering = answering
        self._view = answering.view

    def routes(self) -> list[Route]:
        """The page of closed registration says so, and takes nothing."""
        found = [show_to_all(REGISTER, self.form, _WHY)]
        if self._mode != "closed":
            send = self.ask if self._mode == "verified" else self.register
            found.append(take_from_anybody(REGISTER, send, _WHY, limits=[REGISTERING]))
        if self._mails:
            found += [
                show_to_all(CONFIRM, self.code, _CODE),
                take_from_anybody(CONFIRM, self.confirm, _CODE, limits=[CONFIRMING]),
            ]
        return found

    async def form(self, request: Request) -> Response:
        """What somebody needs who wants an account."""
        if self._mode == "closed":
            return self._view.page(request, "person/register_closed.html")
        return self._answering.show(request, _ASK if self._mode == "verified" else _REGISTER)

    async def register(self, request: Request) -> Response:
        """Make an account."""

        async def act(form: Registering) -> Response:
            registration, exchange = self._opened().registration, exchange_of(request.scope)
            await registration.register(form.name, form.password.reveal(), exchange)
            return self._view.to(request, SIGN_IN, "registered")

        return await self._answering.submit(request, _REGISTER, act)

    async def ask(self, request: Request) -> Response:
        """Have a code mailed to an address."""

        async def act(form: Asking) -> Response:
            self._opened().confirmation.ask(form.name)
            return self._view.to(request, CONFIRM, "register-code")

        return await self._answering.submit(request, _ASK, act)

    async def code(self, request: Request) -> Response:
        """Where the code is typed."""
        return self._answering.show(request, _CONFIRM)

    async def confirm(self, request: Request) -> Response:
        """Open the account of an address."""

        async def act(form: Confirming) -> Response:
            confirm, exchange = self._opened().confirmation.confirm, exchange_of(request.scope)
            await confirm(form.code.reveal().strip(), form.password.reveal(), exchange)
            return self._view.to(request, SIGN_IN, "confirmed")

        return await self._answering.submit(request, _CONFIRM, act)
