"""D409: does an object in the place of a text become an operator of a question to a database?

1. At a sign-in: `{"$ne": ...}` for the name and the password lets in, where `{"$eq": ...}` does not.
2. Elsewhere: an object that is true of everything finds more than one that is true of nothing, three times, with
   other words each time. In a query it is written `name[$ne]=`.
"""

from collections.abc import AsyncGenerator
from typing import Final

from buckler.drill.attack import About, Attack, Finding, Verdicts
from buckler.drill.attacks.aiming.aim import Aim, served
from buckler.drill.attacks.aiming.sending import renewed, send
from buckler.drill.attacks.alike import roughly
from buckler.drill.attacks.input.bypass import credential_slots
from buckler.drill.attacks.input.walk import finding, takes_text, walked
from buckler.drill.drafting.draft import ABSENT
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import Slot
from buckler.drill.transport.answer import Exchange
from buckler.randomness import identifier

ABOUT: Final = About(
    id="D409",
    name="NoSQL injection",
    family="input",
    severity="critical",
    sends="Objects with operators of a database in the place of texts.",
    proves="Callers choose the condition of a question to the database, not its value.",
    cwe=(943,),
    owasp=("API8",),
    asvs=("1.2.4", "15.3.5"),
    fix="Declare the types of all values, and refuse objects where a text is meant.",
)
_ALL_OR_NOTHING: Final = (("$ne", "$eq"), ("$gt", "$eq"), ("$nin", "$in"))


def _verdicts(on: Engagement) -> Verdicts:
    return walked(on, _judge, takes_text)


async def _judge(on: Engagement, aim: Aim) -> AsyncGenerator[Finding]:
    step = on.cast.entry.sign_in if on.cast.entry is not None else None
    fields = (
        tuple(slot for slot in credential_slots(step, aim) if slot.place == "body")
        if aim.who.is_anybody and aim.refused
        else ()
    )
    if fields:
        opened = await _both(on, aim, fields, ("$ne", "$eq"))
        if served(opened[0].answer) and not served(opened[1].answer):
            words = "An operator that is true of every account signs in."
            yield finding(aim, words, opened[0], fields[0], aim.control, opened[1])
        return
    if not aim.route.is_safe and aim.route.method != "POST":
        return
    for slot in aim.free:
        if slot.place in ("body", "query"):
            found = await _finds_more(on, aim, slot)
            if found is not None:
                words = "An operator that is true of everything is served more than one that is true of nothing."
                yield finding(aim, words, found[0], slot, found[1])


async def _finds_more(on: Engagement, aim: Aim, slot: Slot) -> tuple[Exchange, Exchange] | None:
    true: set[object] = set()
    false: set[object] = set()
    last: tuple[Exchange, Exchange] | None = None
    for pair in _ALL_OR_NOTHING:
        last = await _both(on, aim, (slot,), pair)
        true.add(roughly(last[0].answer, ()))
        false.add(roughly(last[1].answer, ()))
        if not served(last[0].answer) or true & false:
            return None
    return last if len(true) == len(false) == 1 else None


async def _both(
    on: Engagement, aim: Aim, slots: tuple[Slot, ...], operators: tuple[str, str]
) -> tuple[Exchange, Exchange]:
    one, other = operators
    return await _asked(on, aim, slots, one), await _asked(on, aim, slots, other)


async def _asked(on: Engagement, aim: Aim, slots: tuple[Slot, ...], operator: str) -> Exchange:
    draft = await renewed(on, aim)
    for slot in slots:
        text = "" if operator == "$gt" else identifier()[:10]
        if slot.place == "query":
            draft = draft.put(slot, ABSENT).put(Slot("query", (f"{slot.name}[{operator}]",)), text)
        else:
            draft = draft.put(slot, {operator: [text] if operator in ("$in", "$nin") else text})
    return await send(on, aim, draft)


ATTACK: Final = Attack(ABOUT, _verdicts)
