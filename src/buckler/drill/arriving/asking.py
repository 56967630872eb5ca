"""Asking at a door as somebody who shows something already: to sign out, to go on, to change a password.

A form that is refused without what its page gives is sent once more with it.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from buckler.drill.arriving.forms import ticket
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Part, Step
from buckler.drill.people.filling import filled, with_fields
from buckler.drill.people.identity import Account, Identity
from buckler.drill.plan.route import JSON
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Fields

_FORGED: Final = re.compile(r"csrf|xsrf|forg(ed|ery)|cross.site", re.IGNORECASE)
"""What apps say of a form without what its page gave, beside 403 and 419."""


async def asked(on: Engagement, step: Step, values: Mapping[Part, str], who: Identity, more: Fields = ()) -> Exchange:
    """The answer to `who`, who shows what it has."""
    draft = filled(step, values, on.setting.document, on.samples)
    exchange = await on.ask(draft.request().with_headers(*more), who)
    if not _wants_page(step, exchange.answer):
        return exchange
    page = await ticket(on, step.route, who)
    if page is None or not (page.fields or page.token):
        return exchange
    fields: Mapping[str, str] = page.fields if draft.media != JSON else {}
    shown = page.headers if who.is_anybody else tuple(each for each in page.headers if each[0].lower() != "cookie")
    request = with_fields(draft, fields).request().with_headers(*shown, *more)
    again = await on.ask(request, who)
    return again if done(again.answer) else exchange


def _wants_page(step: Step, answer: Answer) -> bool:
    """Whether a no may be for want of what the page gives."""
    if answer.meant not in (400, 422):
        return answer.meant in (403, 419)
    takes_form = step.route.body is not None and step.route.body.media != JSON
    return takes_form or bool(_FORGED.search(answer.text))


def done(answer: Answer) -> bool:
    """Whether it was done: also where a browser is led on to where people sign in, as after signing out."""
    return 200 <= answer.meant < 400 and not answer.failure


def shown_by(account: Account, password: str | None = None) -> dict[Part, str]:
    """What somebody shows at a door who signs in with this account, or tries to with another password."""
    return {"name": account.name, "email": account.name, "password": password or account.password}


def without(who: Identity, address: str | None = None) -> Identity:
    """The same person, who shows nothing."""
    return replace(who, headers=(), tokens={}, address=address or who.address)
