"""`/console/accounts/invite`: somebody is invited by mail, with roles that are not beyond those of whoever invites.

It needs the password once more, as roles do on the page of an account: an invitation can make an administrator.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.access.declarations.roles import WRITE_ACCOUNTS
from buckler.asgi import exchange_of
from buckler.console.administration.places import ACCOUNTS
from buckler.console.answering import Answering, FormPage
from buckler.console.forms import Filled
from buckler.console.page_routes import show_page, take_form
from buckler.console.surroundings import Surroundings
from buckler.console.view import require_caller
from buckler.grants import covers_all
from buckler.identity.administration.administration import Acting
from buckler.identity.routes.limits import INVITING
from buckler.identity.routes.members import MOST_ROLES, NewName, Word
from buckler.identity.routes.proving import PROVING
from buckler.input.models import FormModel
from buckler.input.passwords import Password

INVITE: Final = f"{ACCOUNTS}/invite"


class Invitation(FormModel):
    """Who is invited, and the roles that the account shall have."""

    address: NewName
    roles: Annotated[tuple[Word, ...], Field(max_length=MOST_ROLES)] = ()
    password: Password


_FORM: Final = FormPage("administration/invite.html", Invitation)


class InvitingPage:
    """The form, where letters leave and some role may send them."""

    def __init__(self, around: Surroundings, answering: Answering) -> None:
        self._around = around
        self._answering = answering

    def routes(self) -> list[Route]:
        """The form and what it does."""
        if not self._around.settings.proves_addresses or not self._around.roles.grant(WRITE_ACCOUNTS):
            return []
        return [
            show_page(INVITE, self.show, WRITE_ACCOUNTS),
            take_form(INVITE, self.send, WRITE_ACCOUNTS, limits=[*PROVING, INVITING]),
        ]

    async def show(self, request: Request) -> Response:
        """The form; a new account has the role of every new one, unless another is chosen."""
        new = self._around.roles.new
        first: Filled[Invitation] = Filled({"roles": () if new is None else (new,)})
        return self._answering.show(request, _FORM, await self._context(request), first)

    async def send(self, request: Request) -> Response:
        """Mail the invitation."""
        who, exchange, opened = require_caller(request), exchange_of(request.scope), self._around.opened()

        async def act(form: Invitation) -> Response:
            await opened.own_password.prove(who.id, form.password.reveal(), exchange, who.account_version)
            await opened.confirmation.invite(Acting.of(who), form.address, form.roles, exchange)
            return self._answering.view.to(request, ACCOUNTS, "invited")

        async def context() -> Mapping[str, Any]:
            return await self._context(request)

        return await self._answering.submit(request, _FORM, act, context)

    async def _context(self, request: Request) -> Mapping[str, Any]:
        who, known = require_caller(request), self._around.roles
        grantable = [name for name in sorted(known.names) if covers_all(who.permissions, known.permissions((name,)))]
        return {"choices": [(name, sorted(known.permissions((name,)))) for name in grantable]}
