"""Whether two answers say the same, whatever they repeat of what was sent, or came to the same."""

import re
from collections.abc import Iterable
from typing import Final, cast

from buckler.drill.transport.answer import Answer
from buckler.drill.transport.written import forms_of

Signature = tuple[object, ...]
_DEEPEST: Final = 6
"""Levels of JSON that are compared."""


def same_outcome(control: Answer, attacked: Answer) -> bool:
    """Whether an attack came to what the control came to: being led elsewhere instead is being turned away."""
    if not attacked.worked or control.leads_on != attacked.leads_on:
        return False
    return not control.leads_on or _place(control) == _place(attacked)


def _place(answer: Answer) -> str:
    """Where it leads, whatever ids stand in it."""
    return re.sub(r"[^/]*\d[^/]*", "0", (answer.header("location") or "").partition("?")[0])


def exactly(answer: Answer, payloads: Iterable[object]) -> Signature:
    """Status and body, without what was sent."""
    return (answer.meant, answer.header("location") or "", _without(answer.text, payloads))


def roughly(answer: Answer, payloads: Iterable[object]) -> Signature:
    """Status and shape: lists by their length, values by their kind."""
    found = answer.json()
    if found is not None:
        return (answer.meant, repr(_shape(found, 0)))
    text = re.sub(r"[\w\-+/=:.]*\d[\w\-+/=:.]*", "0", _without(answer.text, payloads))
    return (answer.meant, text)


def _without(text: str, payloads: Iterable[object]) -> str:
    for payload in payloads:
        for form in sorted(forms_of(str(payload), repr), key=len, reverse=True):
            if form:
                text = text.replace(form, "§")
    return text


def _shape(value: object, depth: int) -> object:
    if depth > _DEEPEST:
        return "..."
    if isinstance(value, list):
        items = cast("list[object]", value)
        return [len(items), *sorted({repr(_shape(each, depth + 1)) for each in items})]
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {name: _shape(each, depth + 1) for name, each in sorted(fields.items())}
    return type(value).__name__
