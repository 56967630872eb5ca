"""Asking at a door as its own page would: with the fields of the form, with what the page gave, and from its origin.

1. A route that reads its body by itself takes what its page asks for; without one, what most routes of the kind do.
2. A no that may be meant for other sites is met with what the page gives against them, and a 403 with the own `Origin`.
3. What helped is sent from then on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from buckler.drill.arriving.forms import Form, Ticket, ticket
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Part, Step
from buckler.drill.people.fields import Purpose, parts_of
from buckler.drill.people.filling import filled, with_fields
from buckler.drill.people.identity import Identity
from buckler.drill.plan.route import FORM, JSON, Body
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Fields

_FORGED: Final = re.compile(r"csrf|xsrf|forg(ed|ery)|cross.site", re.IGNORECASE)
"""What apps say of a form without what its page gave, beside 403 and 419."""
_USUAL: Final[Mapping[Purpose, tuple[str, ...]]] = {
    "sign_in": ("username", "password"),
    "register": ("username", "email", "password"),
}


@dataclass(slots=True)
class Knocking:
    """Asks at one door. What it learns of it stays."""

    on: Engagement
    step: Step
    purpose: Purpose
    page: Ticket | None = None
    """What the page of the door gave the last time."""
    needs_origin: bool = False
    """Whether the door opens only to requests that say a page of the app's own sends them."""
    patient: bool = True
    """Whether a 429 is met with patience."""
    more: Fields = ()
    """Header fields beside."""
    _has_no_page: bool = False

    async def ask(self, values: Mapping[Part, str], who: Identity) -> Exchange:
        """Ask as `who`, who shows nothing yet."""
        await self._learn_fields(who)
        exchange = await self._send(values, who)
        before, wants = self.page, self._wants_page(exchange.answer)
        if wants and await self._turn_page(who):
            again = await self._send(values, who)
            if again.answer.meant < 400 or not self._wants_page(again.answer):
                exchange = again
            else:
                self.page = before
        if exchange.answer.meant == 403 and not self.needs_origin:
            self.needs_origin = True
            again = await self._send(values, who)
            self.needs_origin = again.answer.meant != 403
            exchange = again if self.needs_origin else exchange
        return exchange

    @property
    def own_origin(self) -> Fields:
        """The `Origin` that has to be shown; nothing where none has to."""
        return (("Origin", self.on.sender.origin),) if self.needs_origin else ()

    async def _send(self, values: Mapping[Part, str], who: Identity) -> Exchange:
        draft = filled(self.step, values, self.on.setting.document, self.on.samples)
        draft = draft if self.page is None or draft.media == JSON else with_fields(draft, self.page.fields)
        shown = () if self.page is None else self.page.headers
        request = draft.request().with_headers(*self.more)
        return await self.on.ask(request, replace(who, headers=(*shown, *self.own_origin)), patient=self.patient)

    def _wants_page(self, answer: Answer) -> bool:
        """Whether a no may be for want of what the page gives."""
        if answer.meant not in (400, 422):
            return answer.meant in (403, 419)
        takes_form = self.step.route.body is not None and self.step.route.body.media != JSON
        return bool(_FORGED.search(answer.text)) or (takes_form and self.page is None)

    async def _turn_page(self, who: Identity) -> bool:
        """Look at the page of the door; whether it gave anything that a form has to bring back."""
        if self._has_no_page:
            return False
        found = await ticket(self.on, self.step.route, who)
        self._has_no_page = found is None or not (found.token or found.fields or found.cookies)
        if not self._has_no_page:
            self.page = found
        return not self._has_no_page

    async def _learn_fields(self, who: Identity) -> None:
        if self.step.fields:
            return
        found = await ticket(self.on, self.step.route, who)
        self.step = with_form(self.on, self.step, self.purpose, found.form if found is not None else None)
        self.page = found if found is not None and found.form is not None else None


def with_form(on: Engagement, step: Step, purpose: Purpose, form: Form | None) -> Step:
    """The step with the fields of a form; without one, with those that most routes of the kind take as JSON."""
    names = [n for n in form.fields if n not in form.hidden] if form is not None else _USUAL.get(purpose, ())
    secret = form.passwords if form is not None else ()
    fields = {name: {"type": "string", **({"format": "password"} if name in secret else {})} for name in names}
    schema = {"type": "object", "properties": fields, "required": list(names)}
    route = replace(step.route, body=Body(FORM if form is not None else JSON, schema))
    return replace(step, route=route, fields=parts_of(route, on.setting.document.schemas, purpose))
