"""What is kept about oneself, and changing it: `/console/profile` (ASVS 6.2.2, 6.2.3, 14.2.7; GDPR articles 15, 17).

Whatever would let a thief of a session stay asks for the password once more; how often it may be tried is counted by
account, together with the API.
"""

from typing import Annotated, Final

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.asgi import exchange_of
from buckler.console.answering import Answering, FormPage
from buckler.console.navigation import HOME, SIGN_IN
from buckler.console.page_routes import show_page, take_form
from buckler.console.surroundings import Surroundings
from buckler.console.view import require_caller
from buckler.identity.owners.personal_data import Everything
from buckler.identity.routes.cookie_session import fields_of_end, fields_of_session
from buckler.identity.routes.limits import NEW_ADDRESS
from buckler.identity.routes.members import Code, NewName, NewPassword
from buckler.identity.routes.own_account import exported
from buckler.identity.routes.proving import PROVING
from buckler.identity.routes.refusing import MISSING
from buckler.input.models import FormModel
from buckler.input.passwords import Password
from buckler.refused import Refused

PROFILE: Final = f"{HOME}/profile"
PASSWORD: Final = f"{PROFILE}/password"
ADDRESS: Final = f"{PROFILE}/address"
ADDRESS_CODE: Final = f"{ADDRESS}/confirm"
EXPORT: Final = f"{PROFILE}/export"
ERASE: Final = f"{PROFILE}/erase"


class ChangingPassword(FormModel):
    """A new password, and the one that it replaces."""

    current: Password
    new: NewPassword


class ChangingAddress(FormModel):
    """Another address, and the password of the account."""

    address: NewName
    password: Password


class ConfirmingAddress(FormModel):
    """The code that was mailed to the other address."""

    code: Code


class Erasing(FormModel):
    """The password of the account that is to be erased, and that this is meant."""

    password: Password
    sure: Annotated[str, Field(pattern="^yes$")]


_PASSWORD: Final = FormPage("person/password.html", ChangingPassword)
_ADDRESS: Final = FormPage("person/address.html", ChangingAddress)
_ADDRESS_CODE: Final = FormPage("person/address_confirm.html", ConfirmingAddress)
_ERASE: Final = FormPage("person/erase.html", Erasing)


class Profile:
    """The pages. The address needs letters that leave."""

    def __init__(self, around: Surroundings, answering: Answering) -> None:
        self._mails = around.settings.mail is not None
        self._opened = around.opened
        self._answering = answering
        self._view = answering.view

    def routes(self) -> list[Route]:
        """One page to look at, and one for each thing to do."""
        found = [
            show_page(PROFILE, self.page),
            show_page(EXPORT, self.export),
            show_page(PASSWORD, self.password),
            take_form(PASSWORD, self.change_password, limits=PROVING),
            show_page(ERASE, self.leaving),
            take_form(ERASE, self.erase, limits=PROVING),
        ]
        if self._mails:
            found += [
                show_page(ADDRESS, self.address),
                take_form(ADDRESS, self.ask_address, limits=[*PROVING, NEW_ADDRESS]),
                show_page(ADDRESS_CODE, self.address_code),
                take_form(ADDRESS_CODE, self.confirm_address, limits=PROVING),
            ]
        return found

    async def page(self, request: Request) -> Response:
        """What the account is."""
        found, who = await self._everything(request), require_caller(request)
        context = {
            "account": found.account,
            "roles": sorted(found.account.roles),
            "permissions": sorted(who.permissions),
        }
        return self._view.page(request, "person/profile.html", context)

    async def export(self, request: Request) -> Response:
        """All that is kept about the caller, as a file."""
        found = exported(await self._everything(request), require_caller(request))
        headers = {"content-disposition": 'attachment; filename="my-data.json"', "cache-control": "no-store"}
        return Response(found.model_dump_json(indent=2), media_type="application/json", headers=headers)

    async def password(self, request: Request) -> Response:
        """Where another password is chosen."""
        return self._answering.show(request, _PASSWORD)

    async def change_password(self, request: Request) -> Response:
        """Choose another password. Every session ends; this browser gets a new one."""
        who, exchange = require_caller(request), exchange_of(request.scope)

        async def act(form: ChangingPassword) -> Response:
            opened, current, new = self._opened(), form.current.reveal(), form.new.reveal()
            account = await opened.own_password.change(who.id, current, new, exchange, who.account_version)
            session = await opened.browser_sessions.begin(account, exchange)
            return self._view.to(request, PROFILE, "password", fields_of_session(session))

        return await self._answering.submit(request, _PASSWORD, act)

    async def address(self, request: Request) -> Response:
        """Where another address is named."""
        return self._answering.show(request, _ADDRESS)

    async def ask_address(self, request: Request) -> Response:
        """Have a code mailed to another address. The page says the same for one that is taken."""
        who = require_caller(request)

        async def act(form: ChangingAddress) -> Response:
            own, exchange = self._opened().own_address, exchange_of(request.scope)
            await own.ask(who.id, form.password.reveal(), form.address, exchange, who.account_version)
            return self._view.to(request, ADDRESS_CODE, "address-code")

        return await self._answering.submit(request, _ADDRESS, act)

    async def address_code(self, request: Request) -> Response:
        """Where the code is typed."""
        return self._answering.show(request, _ADDRESS_CODE)

    async def confirm_address(self, request: Request) -> Response:
        """Take the other address. The old one is told."""
        who = require_caller(request)

        async def act(form: ConfirmingAddress) -> Response:
            own = self._opened().own_address
            await own.confirm(who.id, form.code.reveal().strip(), exchange_of(request.scope))
            return self._view.to(request, PROFILE, "address-proved")

        return await self._answering.submit(request, _ADDRESS_CODE, act)

    async def leaving(self, request: Request) -> Response:
        """What erasing takes away, and where it is said for sure."""
        return self._answering.show(request, _ERASE)

    async def erase(self, request: Request) -> Response:
        """Erase the account with everything that hangs on it."""
        who = require_caller(request)

        async def act(form: Erasing) -> Response:
            data, exchange = self._opened().personal_data, exchange_of(request.scope)
            await data.erase(who.id, form.password.reveal(), exchange, who.account_version)
            return self._view.to(request, SIGN_IN, "erased", fields_of_end())

        return await self._answering.submit(request, _ERASE, act)

    async def _everything(self, request: Request) -> Everything:
        found = await self._opened().personal_data.everything(require_caller(request).id)
        if found is None:
            raise Refused(MISSING)  # another issuer vouches for this caller, or the account was erased meanwhile
        return found
