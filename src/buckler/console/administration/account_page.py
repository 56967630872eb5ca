"""`/console/accounts/{account}`: one account, and what an administrator may do to it (ASVS 7.4.5, 8.2.1, 8.3.1).

What is done, and whether it may be, decides `identity/administration` alone; here it is asked for, and told. Roles
need the password of whoever gives them once more: a browser that was left open makes no administrator (ASVS 7.5.3).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.access.declarations.roles import GIVE_ROLES, READ_ACCOUNTS, READ_EVENTS, WRITE_ACCOUNTS
from buckler.asgi import exchange_of
from buckler.console.administration.places import ACCOUNTS
from buckler.console.agents import told_agent
from buckler.console.answering import Answering, FormPage
from buckler.console.forms import Pressed
from buckler.console.page_routes import show_page, take_form
from buckler.console.surroundings import Surroundings
from buckler.console.view import require_caller
from buckler.grants import covers_all
from buckler.identity.administration.account_list import ListedAccount
from buckler.identity.administration.administration import Acting
from buckler.identity.routes.members import MOST_ROLES, Word
from buckler.identity.routes.proving import PROVING
from buckler.identity.routes.refusing import MISSING
from buckler.input.models import FormModel
from buckler.input.passwords import Password
from buckler.principal import Principal
from buckler.refused import Refused

ACCOUNT: Final = f"{ACCOUNTS}/{{account}}"
_TEMPLATE: Final = "administration/account.html"
_Step = Callable[[Acting, str, Any], Awaitable[object]]


class RolesChosen(FormModel):
    """The roles that shall be held, and those that the page showed as held: between the two lies what is changed."""

    roles: Annotated[tuple[Word, ...], Field(max_length=MOST_ROLES)] = ()
    shown: Annotated[tuple[Word, ...], Field(max_length=MOST_ROLES)] = ()
    password: Password


@dataclass(frozen=True, slots=True)
class RoleChoice:
    """A role, as it can be given or taken."""

    name: str
    grants: tuple[str, ...]
    is_held: bool
    may_be_changed: bool
    """Whether it has no permission that whoever looks at it has not."""


_BUTTON: Final = FormPage(_TEMPLATE, Pressed)
_ROLES: Final = FormPage(_TEMPLATE, RolesChosen)


class AccountPage:
    """One account."""

    def __init__(self, around: Surroundings, answering: Answering) -> None:
        self._around = around
        self._answering = answering

    def routes(self) -> list[Route]:
        """The page, and what can be done on it, as far as some role may."""
        known, found = self._around.roles, list[Route]()
        if known.grant(READ_ACCOUNTS):
            found.append(show_page(ACCOUNT, self.show, READ_ACCOUNTS))
        if known.grant(WRITE_ACCOUNTS):
            steps = {"disable": self.disable, "enable": self.enable, "end-sessions": self.end_sessions}
            found += [
                take_form(f"{ACCOUNT}/{name}", endpoint, READ_ACCOUNTS, WRITE_ACCOUNTS)
                for name, endpoint in steps.items()
            ]
        if known.grant(GIVE_ROLES):
            found.append(take_form(f"{ACCOUNT}/roles", self.set_roles, READ_ACCOUNTS, GIVE_ROLES, limits=PROVING))
        return found

    async def show(self, request: Request) -> Response:
        """The account. One that is not there is 404, for whoever may read accounts."""
        return self._answering.show(request, _BUTTON, await self._context(request))

    async def disable(self, request: Request) -> Response:
        """Sign it out, and let nobody sign in with it."""
        administration = self._around.opened().administration
        return await self._press(request, administration.disable, "account-disabled")

    async def enable(self, request: Request) -> Response:
        """Let its owner sign in again."""
        return await self._press(request, self._around.opened().administration.enable, "account-enabled")

    async def end_sessions(self, request: Request) -> Response:
        """Sign it out everywhere."""
        administration = self._around.opened().administration
        return await self._press(request, administration.end_sessions, "account-ended")

    async def set_roles(self, request: Request) -> Response:
        """Give and take what was changed on the page, and nothing that somebody else changed meanwhile."""
        who, exchange, opened = require_caller(request), exchange_of(request.scope), self._around.opened()

        async def act(form: RolesChosen) -> Response:
            give, take = {*form.roles} - {*form.shown}, {*form.shown} - {*form.roles}
            await opened.own_password.prove(who.id, form.password.reveal(), exchange, who.account_version)
            actor, account = Acting.of(who), _account_of(request)
            await opened.administration.change_roles(actor, account, give, take, exchange)
            return self._back(request, "account-roles" if give or take else "account-roles-same")

        return await self._answering.submit(request, _ROLES, act, lambda: self._context(request))

    async def _press(self, request: Request, step: _Step, said: str) -> Response:
        async def act(_: Pressed) -> Response:
            await step(Acting.of(require_caller(request)), _account_of(request), exchange_of(request.scope))
            return self._back(request, said)

        return await self._answering.submit(request, _BUTTON, act, lambda: self._context(request))

    def _back(self, request: Request, said: str) -> Response:
        return self._answering.view.to(request, f"{ACCOUNTS}/{_account_of(request)}", said)

    async def _context(self, request: Request) -> Mapping[str, Any]:
        opened, who = self._around.opened(), require_caller(request)
        account = await opened.administration.accounts.find(_account_of(request))
        if account is None:
            raise Refused(MISSING)
        is_own = account.id == who.id
        held = self._around.roles.permissions(account.roles)
        touches = not is_own and covers_all(who.permissions, held)
        return {
            "account": account,
            "is_own": is_own,
            "beyond": not is_own and not touches,
            "sessions": [(each, told_agent(each.agent)) for each in await opened.sessions.list(account.id)],
            "choices": self._choices(account, who),
            "may_write": touches and who.may(WRITE_ACCOUNTS),
            "may_roles": touches and who.may(GIVE_ROLES),
            "may_log": who.may(READ_EVENTS),
        }

    def _choices(self, account: ListedAccount, who: Principal) -> list[RoleChoice]:
        known = self._around.roles
        names = sorted({*known.names, *account.roles})
        return [
            RoleChoice(
                name, tuple(sorted(known.permissions((name,)))), name in account.roles,
                name in known and covers_all(who.permissions, known.permissions((name,))),
            )
            for name in names
        ]  # fmt: skip


def _account_of(request: Request) -> str:
    return str(request.path_params["account"])
