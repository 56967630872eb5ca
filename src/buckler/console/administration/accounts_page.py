"""`/console/accounts`: finding accounts."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.access.declarations.roles import READ_ACCOUNTS, WRITE_ACCOUNTS
from buckler.console.administration.places import ACCOUNTS
from buckler.console.answering import Answering
from buckler.console.forms import Filled, read_query
from buckler.console.looks import looking
from buckler.console.page_routes import show_page
from buckler.console.surroundings import Surroundings
from buckler.console.view import require_caller
from buckler.identity.administration.account_list import ListedAccount
from buckler.identity.administration.account_search import CursorRefused, Search, can_be_found, searched
from buckler.input.models import FormModel
from buckler.input.query.cursors import LONGEST
from buckler.input.query.pages import Page
from buckler.input.texts import text_of

SIZE: Final = 25
STATES: Final = (("enabled", "May sign in"), ("disabled", "Disabled"))
ORDERS: Final = (("name", "By name"), ("newest", "Newest first"), ("oldest", "Oldest first"))
_CURSOR: Final = "That place in the list is not there any more. This is its beginning."


class AccountFilters(FormModel):
    """The filters, as the query has them."""

    find: Annotated[str | None, text_of(longest=100)] = None
    role: Annotated[str | None, text_of(longest=200)] = None
    state: Literal["enabled", "disabled"] | None = None
    order: Literal["name", "newest", "oldest"] = "name"
    cursor: Annotated[str | None, text_of(longest=LONGEST)] = None
    said: Annotated[str | None, text_of(longest=100)] = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the list, and how to get to the next."""

    items: tuple[ListedAccount, ...]
    following: str | None
    """The query of the next page."""
    is_first: bool
    is_filtered: bool


class AccountsPage:
    """The list, with its filters. Bad ones give the whole list, and say what was wrong with them."""

    def __init__(self, around: Surroundings, answering: Answering) -> None:
        self._around = around
        self._answering = answering
        self._roles = sorted(around.roles.names)
        self._invites = around.settings.proves_addresses and around.roles.grant(WRITE_ACCOUNTS)

    def routes(self) -> list[Route]:
        """The list, where some role may read it."""
        known = self._around.roles
        page = show_page(ACCOUNTS, self.show, READ_ACCOUNTS, limits=[looking()])
        return [page] if known.grant(READ_ACCOUNTS) else []

    async def show(self, request: Request) -> Response:
        """The accounts that were looked for."""
        form = self._judged(read_query(request, AccountFilters))
        wanted = form.model or AccountFilters()
        try:
            listed = await self._find(wanted)
        except CursorRefused:
            form, wanted = form.wrong(_CURSOR), wanted.model_copy(update={"cursor": None})
            listed = await self._find(wanted)
        context = {
            "listed": listed, "roles": self._roles, "states": STATES, "orders": ORDERS, "form": form,
            "invites": self._invites and require_caller(request).may(WRITE_ACCOUNTS),
        }  # fmt: skip
        return self._answering.view.page(request, "administration/accounts.html", context)

    def _judged(self, form: Filled[AccountFilters]) -> Filled[AccountFilters]:
        if form.model is not None and form.model.role is not None and form.model.role not in self._around.roles:
            return form.wrong("There is no such role. Choose one of those that are offered.", "role")
        if form.model is not None and form.model.find is not None and not can_be_found(form.model.find):
            return form.wrong("These letters stand for more than any name has. Write fewer.", "find")
        return form

    async def _find(self, wanted: AccountFilters) -> Listed:
        search = Search(wanted.find, wanted.role, wanted.state, wanted.order)
        accounts = self._around.opened().administration.accounts
        query = searched(search, wanted.cursor, SIZE)
        async with self._around.looks.turn():
            page: Page[ListedAccount] = await accounts.page(query)
        filters = {"find": wanted.find, "role": wanted.role, "state": wanted.state}
        filters = {name: value for name, value in filters.items() if value is not None}
        order = {} if wanted.order == "name" else {"order": wanted.order}
        following = None if page.next is None else urlencode({**filters, **order, "cursor": page.next})
        return Listed(tuple(page.items), following, wanted.cursor is None, bool(filters))
