"""A form from its first look to what it does: shown, read, acted on, and shown again with what was wrong."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic

from starlette.requests import Request
from starlette.responses import Response

from buckler.access.guard.csrf import NO_TOKEN
from buckler.asgi import exchange_of
from buckler.console.forms import NOTHING, STALE, Filled, M, Pressed, read_form
from buckler.console.refusals import told
from buckler.console.view import View
from buckler.errors import Refusal
from buckler.events import EventLog
from buckler.identity.routes.refusing import refusing
from buckler.refused import Refused

_UNFIT: Final = 422
_NOT_OURS: Final = "accounts-not-open"


@dataclass(frozen=True, slots=True)
class FormPage(Generic[M]):
    """One form: its template, what it says, and whether it belongs to somebody who is signed in."""

    template: str
    model: type[M]
    own: bool = True
    keeps: frozenset[str] = frozenset()
    """Codes that stand in their fields again, where something else was wrong."""


class Answering:
    """Answers forms. What they come to is done by the pages."""

    def __init__(self, view: View, events: EventLog) -> None:
        self.view = view
        self._events = events

    def show(
        self, request: Request, page: FormPage[Any], context: Mapping[str, Any] | None = None,
        filled: Filled[Any] = NOTHING,
    ) -> Response:  # fmt: skip
        """The form, as it is before somebody fills it in."""
        return self.view.page(request, page.template, {**(context or {}), "form": filled})

    async def submit(
        self, request: Request, page: FormPage[M], act: Callable[[M], Awaitable[Response]],
        context: Callable[[], Awaitable[Mapping[str, Any]]] | None = None,
        faults: Callable[[M], Mapping[str, str]] | None = None,
    ) -> Response:  # fmt: skip
        """Read the form and act on it. Where that says no, the form comes again with the reason and what was typed.

        Only then are asked: `context`, what the template shows beside the form; and `faults`, what else is wrong, by
        the field, so that nobody is told of one mistake after the other.
        """
        filled = await read_form(request, page.model, own=page.own, keeps=page.keeps)
        model, status, headers = filled.model, _UNFIT, dict[str, str]()
        if model is None:
            self._tell_unfit(request, filled)
        else:
            try:
                with refusing():
                    return await act(model)
            except Refused as refused:
                if refused.refusal.code == _NOT_OURS:
                    raise
                filled, status, headers = self._refused(request, page, filled, refused.refusal)
                if faults is not None:
                    for name, words in faults(model).items():
                        filled = filled.wrong(words, name)
        filled = filled.without(page.keeps & filled.errors.keys())  # what was refused itself is typed anew
        around: Mapping[str, Any] = await context() if context is not None else {}
        return self.view.page(request, page.template, {**around, "form": filled}, status=status, headers=headers)

    async def pressed(self, request: Request) -> bool:
        """Whether a button was pressed on a page of this session, and not on one from before."""
        filled = await read_form(request, Pressed, own=True)
        if filled.model is None:
            self._tell_unfit(request, filled)
        return filled.model is not None

    def tell(self, request: Request, refusal: Refusal) -> None:
        """Log and count a refusal that a page tells, as the edge does one of the API.

        Neither may know less because somebody came with a browser.
        """
        exchange = exchange_of(request.scope)
        if exchange is None:
            return
        if self._events.tally is not None:
            self._events.tally.refusal(refusal.code, refusal.status, None)
        self._events.emit_refusal(refusal, exchange)

    def _tell_unfit(self, request: Request, filled: Filled[Any]) -> None:
        """As `access/guard/csrf.py` and `edge/safe_errors.py` tell it of a request to the API."""
        if filled.whole == STALE:
            self.tell(request, NO_TOKEN)
        else:
            self._events.emit("input_validation_fail", exchange_of(request.scope), errors=len(filled.errors))

    def _refused(
        self, request: Request, page: FormPage[M], filled: Filled[M], refusal: Refusal
    ) -> tuple[Filled[M], int, dict[str, str]]:
        self.tell(request, refusal)
        about = told(refusal, tuple(page.model.model_fields), own=page.own)
        return filled.wrong(about.words, about.field or ""), about.status, dict(about.headers)
