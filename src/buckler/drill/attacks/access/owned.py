"""Whose an object is, by what the app itself shows: fields that name the owner, and texts that only the owner sent."""

import re
from collections.abc import Iterable
from typing import Final

from buckler.drill.attacks.access.evidence import fields_in, tells_password
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.objects.choosing import Known
from buckler.drill.people.identity import Identity
from buckler.drill.plan.route import Slot
from buckler.drill.transport.answer import Answer

_OWNERS: Final = re.compile(
    r"owner|author|user|account|customer|creator|created_?by|member|sender|patient|employee|person|operator|client",
    re.IGNORECASE,
)
_SECRET: Final = re.compile(
    r"secret|password|passwd|token|private|ssn|card|iban|pin$|hash|salary|diagnos", re.IGNORECASE
)
_PRIVATE: Final = frozenset(
    (
        *("note", "message", "order", "invoice", "payment", "appointment", "prescription", "letter", "wallet", "card"),
        *("address", "ticket", "document", "file", "salary", "transaction", "booking", "cart", "leave", "session"),
        *("key", "job", "profile", "inbox", "mail", "account", "bill", "receipt", "reservation", "diary", "journal"),
        *("payslip", "statement", "transfer", "withdrawal", "deposit", "loan", "claim", "diagnosis", "vehicle"),
        *("todo", "task", "reminder", "expense", "budget", "contact"),
    )
)
_SHARED: Final = frozenset(
    (
        *("post", "comment", "review", "article", "product", "page", "topic", "event", "recipe", "menu", "question"),
        *("answer", "public", "forum", "wiki", "thread", "board", "blog", "category", "tag"),
    )
)
_LEAST: Final = 6
"""Characters of a text that stands nowhere by chance."""


def sounds_private(words: Iterable[str]) -> bool:
    """Whether names say that such a thing is one person's: a message does, an article does not."""
    parts = {part for word in words for part in re.split(r"[^a-z]+", word.lower())}
    parts |= {part[:-1] for part in parts if part.endswith("s")}
    return bool(parts & _PRIVATE) and not parts & _SHARED


def names_of(on: Engagement, who: Identity) -> frozenset[str]:
    """What an app calls somebody by: ids, the name to sign in with, the address."""
    account, told = who.account, on.pool.told_of_oneself(who)
    known = () if account is None else (account.name, account.id, account.email)
    said = tuple(str(told[name]) for name in ("id", "user_id", "uuid", "sub", "username", "email") if name in told)
    return frozenset(filter(None, (*known, *said)))


def owner_shown(on: Engagement, value: object, owner: Identity) -> str | None:
    """The name of a field that says that something is `owner`'s; None where none does."""
    mine = names_of(on, owner)
    return next((name for name, each in fields_in(value) if _OWNERS.search(name) and str(each) in mine), None)


def secret_shown(answer: Answer, texts: Iterable[str]) -> str | None:
    """The name of a secret-sounding field that holds a value which only its owner sent; None where there is none."""
    values = set(texts)
    for name, value in fields_in(answer.json()):
        if _SECRET.search(name) and str(value) in values and len(str(value)) > 3:
            return name
    return None


def private_value(answer: Answer, owner: Identity) -> str | None:
    """What the answer holds that only `owner` is: the password or an address. None where it holds neither."""
    account = owner.account
    if account is None:
        return None
    if tells_password(answer, account.password):
        return "the password"
    return "the e-mail address" if account.email and account.email in answer.text else None


def own_texts(on: Engagement, owner: Identity, draft: Draft, slot: Slot) -> tuple[str, ...]:
    """Texts that only the owner sent for the object that a request names, and that the request does not hold itself."""
    named, request = str(draft.get(slot)), draft.request()
    asked = f"{request.target} {request.body.decode('latin-1')}"
    made = (each for each in on.pool.made_by(owner) if named in map(str, each.fields.values()))
    return tuple(dict.fromkeys(text for each in made for text in texts_of(on, each) if text not in asked))


def texts_of(on: Engagement, made: Known) -> tuple[str, ...]:
    """What its owner sent for an object, and nobody else sent for anything."""
    others = {text for each in on.pool.objects if each.by != made.by for text in each.sent}
    return tuple(text for text in made.sent if len(text) >= _LEAST and text not in others)
