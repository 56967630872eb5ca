"""Somebody whose name is markup: registered, signed in, and shown to itself by the pages of the app."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace

from buckler.drill.arriving.asking import without
from buckler.drill.arriving.knocking import Knocking
from buckler.drill.attack import Finding
from buckler.drill.attacks.aiming.aim import Aim
from buckler.drill.attacks.input.markup import has_element, marker, markup
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Part, Step
from buckler.drill.people.identity import Identity
from buckler.drill.people.invented import Person
from buckler.drill.transport.answer import Exchange


async def named_so(on: Engagement, pages: "Mapping[str, tuple[Aim, Exchange]]") -> AsyncGenerator[Finding]:
    """The pages that have an element of the name of whoever reads them."""
    step = on.cast.entry.register if on.cast.entry is not None else None
    if step is None or "name" not in step.fields or not pages or not on.may_send(step.route.method):
        return
    name = marker()
    # What leaves an attribute holds quotes, at which a form may stop that takes plain markup.
    came = await _came(on, step, markup(name)) or await _came(on, step, f"<svg {name}=1>")
    if came is None:
        return
    made, somebody = came
    for aim, control in pages.values():
        seen = await on.ask(aim.draft.request(), somebody)
        if seen.answer.worked and has_element(seen.answer, name):
            words = f"Markup in the name that {step.route.key} took is an element of this page."
            yield Finding(aim.route.key, words, seen, (control, made), somebody.name, "the name of the account")


async def _came(on: Engagement, step: Step, signs: str) -> tuple[Exchange, Identity] | None:
    """Somebody with these signs in the name, signed in; None where no such name is taken."""
    plain = await on.cast.newcomers.arrive()
    if plain is None or plain.account is None:
        return None
    person = Person.anew({})
    account = replace(plain.account, name=f"{person.name({})}{signs}", email=person.email({}), id="")
    values: dict[Part, str] = {
        "name": account.name,
        "email": account.email,
        "password": account.password,
        "password_again": account.password,
    }
    made = await Knocking(on, step, "register").ask(values, without(plain, on.fresh_address()))
    somebody = await on.cast.newcomers.sign_in(replace(plain, account=account)) if made.answer.meant < 400 else None
    return None if somebody is None else (made, somebody)
