"""Fields that a body does not offer: which of a record are tried, and with which values."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, cast

from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import Identity
from buckler.drill.plan.names import ACCOUNT_WORDS, of_collection
from buckler.drill.plan.route import Route, Slot
from buckler.drill.plan.schema import NO_SCHEMA, Schema
from buckler.drill.plan.unsaid import UNSAID

_POWER: Final = (
    "role",
    "is_admin",
    "is_superuser",
    "admin",
    "is_staff",
    "verified",
    "is_verified",
    "balance",
    "credits",
)
"""Fields that give power or money, the likeliest first."""
_RIGHTS: Final = 5
"""How many of them are rights."""
_LISTS: Final = ("roles", "permissions", "scopes", "groups")
"""Lists of words, each of which is a right."""
_PRICES: Final = re.compile(r"^(unit_?)?(price|total|amount|cost|fee|discount)(_cents)?$", re.IGNORECASE)
_OWNERS: Final = re.compile(
    r"^(owner|user|author|account|customer|tenant|org|created_?by|person|member)(_?id)?$", re.IGNORECASE
)
_OF_THE_APP: Final = re.compile(
    r"^(id|uuid|_id|self|href|url|link|next|token|access_token|detail|message|api_key)$|_at$|^(created|updated)_?(at|on)?$",
    re.IGNORECASE,
)
_HARMFUL: Final = re.compile(
    r"disabled|locked|archived|banned|deleted|suspended|blocked|active|enabled|expire|passw", re.IGNORECASE
)
"""What would keep the account out that is to show what became of it."""
_DEEPEST: Final = 2
"""How often a body is wrapped in one name, as in `{"note": {…}}`."""
_NUMBER: Final = 133700
_PRICE: Final = 1


def extras(
    on: Engagement, route: Route, draft: Draft, record: Mapping[str, object], who: Identity
) -> Mapping[str, object]:
    """What is put into the body besides, the likeliest to matter first."""
    offered = offered_by(on, route)
    body: Mapping[str, object] = _fields_of(draft, _held(on, route)[0]) if offered else {}
    elsewhere = _offered_beside(on, route)
    found: dict[str, object] = {}
    for name in likeliest_first(record):
        known = name in offered or name in body or _OF_THE_APP.search(name)
        if not known and (name not in elsewhere or gives_power(name)):
            found[name] = another(on, name, record[name], who)
    if of_collection(route) in ACCOUNT_WORDS and "role" in offered:
        found["role"] = another(on, "role", "", who)
    return {name: value for name, value in found.items() if value is not None}


def at_the_door(on: Engagement, route: Route, record: Mapping[str, object], who: Identity) -> Mapping[str, object]:
    """The same for a new account, with fields that give power though nobody saw them; those of its record first."""
    offered = offered_by(on, route)
    known = {**dict.fromkeys(_POWER[:4], False), "role": "", **record}
    told = {name: each for name, each in known.items() if isinstance(each, bool | int | float) or gives_power(name)}
    seen_first = sorted(likeliest_first(told), key=lambda name: name not in record)
    chosen = [name for name in seen_first if not _OF_THE_APP.search(name) and not _HARMFUL.search(name)]
    # A form may offer a choice of roles to whoever comes, but never the one of those who run the app.
    chosen = [name for name in chosen if name not in offered or is_a_right(name)]
    made = {name: another(on, name, told[name], who) for name in chosen}
    return {name: value for name, value in made.items() if value is not None}


def offered_by(on: Engagement, route: Route) -> frozenset[str]:
    """The fields that the document names for a body; none where it leaves them open."""
    if route.body is None or UNSAID in route.body.schema:
        return frozenset()
    return frozenset(_held(on, route)[1])


def _held(on: Engagement, route: Route) -> tuple[tuple[str, ...], Mapping[str, object]]:
    """The fields of a body, and the way to them: nothing, or the one name that all of them stand below."""
    schemas = on.setting.document.schemas
    way: tuple[str, ...] = ()
    fields: Mapping[str, Schema] = schemas.fields(route.body.schema if route.body is not None else NO_SCHEMA)
    while len(fields) == 1 and len(way) < _DEEPEST:
        ((name, only),) = fields.items()
        below = schemas.fields(only)
        if not below:
            break
        way, fields = (*way, name), below
    return way, fields


def with_more(on: Engagement, draft: Draft, more: Mapping[str, object]) -> Draft:
    """The draft with these fields beside those that its body has."""
    way, _ = _held(on, draft.route)
    for name, value in more.items():
        draft = draft.put(Slot("body", (*way, name)), value)
    return draft


def _fields_of(draft: Draft, way: tuple[str, ...]) -> Mapping[str, object]:
    """The fields of a body that stand at the end of a way; none where it is something else."""
    body: object = draft.get(Slot("body", way)) if way else draft.body
    return cast("Mapping[str, object]", body) if isinstance(body, Mapping) else {}


def gives_power(name: str) -> bool:
    """Whether a field of this name is the app's to set: a right, money, a price, or whose it is."""
    return name.lower() in (*_POWER, *_LISTS) or bool(_PRICES.search(name) or _OWNERS.search(name))


def is_a_right(name: str) -> bool:
    """Whether a field of this name says what somebody may do, which nobody says of oneself."""
    return name.lower() in (*_POWER[:_RIGHTS], *_LISTS)


def likeliest_first(names: Iterable[str]) -> list[str]:
    """The names, those of fields that give power first."""
    return sorted(
        names, key=lambda name: _POWER.index(name.lower()) if name.lower() in _POWER else 90 - gives_power(name)
    )


def another(on: Engagement, name: str, value: object, who: Identity) -> object:
    """A value of the same kind that the app would not have chosen; None where there is none."""
    if name.lower() == "role":
        return _more_powerful(on, value)
    if isinstance(value, tuple):
        return [_more_powerful(on, "")] if name.lower() in _LISTS else None
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return _PRICE if _PRICES.search(name) and value != _PRICE else _NUMBER
    if _OWNERS.search(name):
        other = next((each for each in on.cast.people if each != who and each.account is not None), None)
        return (other.account.id or other.account.name) if other is not None and other.account is not None else None
    return f"{value}-drill" if isinstance(value, str) else None


def _more_powerful(on: Engagement, value: object) -> str:
    """A role that gives more: the administrator's, one that the document names for such a field, or the usual word."""
    administrator, own = on.cast.administrator, str(value)
    role = ""
    if administrator is not None:
        role = administrator.role or str(on.pool.told_of_oneself(administrator).get("role", ""))
    named = [role] if role else _roles_named(on)
    usual = "ADMIN" if own.isupper() else "Admin" if own.istitle() else "admin"
    others = [each for each in named if each != own]
    return next((each for each in others if "admin" in each.lower()), next(iter(others), usual))


def _roles_named(on: Engagement) -> list[str]:
    """What the document lets stand in fields that are called role."""
    schemas = on.setting.document.schemas
    bodies = (route.body.schema for route in on.routes if route.body is not None)
    answers = (schema for route in on.routes for schema in route.answers.values())
    fields = (schemas.fields(each).get("role", {}) for each in (*bodies, *answers))
    return [str(each) for field in fields for each in schemas.choices(field)[0].get("enum", ())]


def _offered_beside(on: Engagement, route: Route) -> frozenset[str]:
    """Fields that another body of the same collection offers: whoever may set them there gains nothing here."""
    same = [each for each in on.routes if of_collection(each) == of_collection(route)]
    return frozenset(name for each in same for name in offered_by(on, each))
