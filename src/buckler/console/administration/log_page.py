"""`/console/log`: the events that are kept, the newest first, each judged as it is read."""

from dataclasses import dataclass, replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.access.declarations.roles import READ_ACCOUNTS, READ_EVENTS
from buckler.console.administration.log_filters import KEPT, Asked, Read, read_filters
from buckler.console.administration.log_rows import ShownRow, is_id, people_of, shown_row
from buckler.console.administration.places import LOG
from buckler.console.answering import Answering
from buckler.console.forms import read_query
from buckler.console.looks import looking
from buckler.console.page_routes import show_page
from buckler.console.surroundings import Surroundings
from buckler.console.view import require_caller
from buckler.events.journal.looking_back import Look
from buckler.events.journal.reading import Wanted
from buckler.identity.administration.account_list import AccountList

SIZE: Final = 50
_OPERATOR: Final = "operator"
_NOBODY: Final = "There is no account of this name. One that was erased is found by its id."

_IDS: Final = "Write the id of an account, 32 letters and digits: names are for whoever may read accounts."


@dataclass(frozen=True, slots=True)
class LogRows:
    """A page of the log."""

    rows: tuple[ShownRow, ...]
    following: str | None
    """The query of the next page."""
    is_cut: bool
    back_to: float | None
    """How far the look went, in seconds since 1970-01-01 UTC."""
    is_newest: bool


class LogPage:
    """The log, with its filters. Bad ones give the whole log, and say what was wrong with them."""

    def __init__(self, around: Surroundings, answering: Answering) -> None:
        self._around = around
        self._answering = answering

    def routes(self) -> list[Route]:
        """The page, where some role may read it."""
        known = self._around.roles
        return [show_page(LOG, self.show, READ_EVENTS, limits=[looking()])] if known.grant(READ_EVENTS) else []

    async def show(self, request: Request) -> Response:
        """What happened."""
        # The names of accounts are for whoever may read accounts, and so is which there are; anybody else has ids.
        opened = self._around.opened()
        accounts = opened.administration.accounts if require_caller(request).may(READ_ACCOUNTS) else None
        async with self._around.looks.turn():
            read = await _with_accounts(accounts, read_filters(read_query(request, Asked)))
            look = await opened.log.look_back(read.wanted, before=read.asked.before, size=SIZE)
            log = await _rows(accounts, look, read.asked)
        context = {"log": log, "form": read.form, "kept": KEPT, "asked": read.asked, "links": accounts is not None}
        return self._answering.view.page(request, "administration/log.html", context)


async def _rows(accounts: AccountList | None, look: Look, asked: Asked) -> LogRows:
    names = await accounts.names(people_of(look.found)) if accounts is not None else None
    return LogRows(
        rows=tuple(shown_row(each, names) for each in look.found),
        following=None if look.goes_on is None else asked.query(look.goes_on),
        is_cut=look.is_cut,
        back_to=None if look.back_to is None else look.back_to / 1000,
        is_newest=asked.before is None,
    )


async def _with_accounts(accounts: AccountList | None, read: Read) -> Read:
    """The same with ids in the place of names; with a word about those that nobody has."""
    ids, errors = dict[str, str](), dict[str, str]()
    for name in ("account", "by"):
        text: str | None = getattr(read.asked, name)
        if text is None:
            continue
        found = await accounts.named(text) if accounts is not None else None
        if found is not None:
            ids[name] = found.id
        elif (name == "by" and text == _OPERATOR) or is_id(text):
            ids[name] = text
        else:
            errors[name] = _NOBODY if accounts is not None else _IDS
    if errors:
        return Read(replace(read.form, errors=errors, model=None), Asked(), Wanted())
    return replace(read, wanted=replace(read.wanted, account=ids.get("account"), by=ids.get("by")))
