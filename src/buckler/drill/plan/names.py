"""What names say of each other: `note_id` is the id of one of `notes`."""

import re
from functools import lru_cache
from typing import Final

from buckler.drill.plan.route import Route, Slot

_IDS: Final = (
    "id",
    "_id",
    "uuid",
    "uid",
    "guid",
    "pk",
    "key",
    "slug",
    "code",
    "number",
    "ref",
    "reference",
    "name",
    "username",
)
_ONE_OF: Final = re.compile(r"(?:(?i:[_-](?:u?u?ids?|guids?|pk))|(?<=[a-z])I[dD]s?|(?<=^user)ids?)$")
"""How the name of a value ends that names one of something: `note_id`, `noteId`, `X-Note-Id`, `note_ids`."""
_SAYS_OF: Final = re.compile(r"[_-](key|slug|code|name|number|ref|title)$", re.IGNORECASE)
"""How else, where it is known already that something is named."""
_PARTED: Final = re.compile(r"-|(?<=[a-z])(?=[A-Z])")
_SELF: Final = frozenset(("id", "_id", "uuid", "uid", "ids"))

_CALLED = "user account member person people customer profile employee username email login operator patient student"
ACCOUNT_WORDS: Final = frozenset((*_CALLED.split(), "colleague", "subscriber", "staff"))
"""What apps call the accounts of those who sign in."""
_SIDES: Final = frozenset(("source", "target", "from", "to", "sender", "receiver", "recipient", "destination"))
"""The two ends of a transfer: each is one of what the route before the last word keeps, as in /wallet/transfer."""
RECEIVING: Final = frozenset(("target", "to", "receiver", "recipient", "destination"))
"""The end that gains by it."""
_OWNING: Final = frozenset(("owner", "author", "creator", "assignee"))
"""What an account is called where something is its own."""
_KEPT: Final = frozenset(("wallet", "account", "balance", "card", "purse", "pot"))
_SHOWN: Final = frozenset(("code", "number", "pin", "slug", "coupon", "voucher", "ref", "reference"))
"""What names one of something where it is acted upon, as in /coupons/redeem."""
_WHOSE: Final = frozenset(("username", "user_name", "login_name"))
_CHANGES: Final = re.compile(r"change|update|edit|^set|role|grant|promote|demote|disable|suspend|ban\b", re.IGNORECASE)
_MANY: Final = frozenset(("people", "staff", "data", "media"))
_ONE: Final = ("ss", "status", "campus", "bonus", "virus", "corpus", "census", "analysis", "diagnosis")
"""How words end that are one thing, though an s stands last."""

_FOR_OPERATORS: Final = re.compile(
    r"(^|[^a-z])(debug|internal|admins?|metrics|prometheus|env|environ|config|settings|dump|backup|export|trace|profiler?"
    r"|actuator|console|shell|sql|phpinfo|server-?info|status/all|test|seed|reset-db|cron|jobs?|queue|celery|flower)([^a-z]|$)",
    re.IGNORECASE,
)


def stem(name: str) -> str:
    """What an id is of, as far as its name says: `note` for `note_id` and `note`; nothing for `id`."""
    if name.lower() in _SELF:
        return ""
    bare = name[2:] if name[:2].lower() == "x-" else name
    of = _ONE_OF.sub("", bare)
    if of != bare:
        # Paths say it with hyphens: /credit-cards, `credit_card_id`, `creditCardId`.
        of = _PARTED.sub("_", of)
    return _SAYS_OF.sub("", of).lower()


def names_one(name: str) -> bool:
    """Whether a value of this name names one of something."""
    return name.lower() in _SELF or bool(_ONE_OF.search(name))


def names_apart(name: str) -> bool:
    """Whether a name says by itself what it is of: `org_id` does, `id` and `slug` do not."""
    return name.lower() not in _SELF and name.lower() not in _IDS


def singular(word: str) -> str:
    """The word for one of them, roughly: `notes`, `categories`, `boxes`."""
    lower = word.lower()
    if lower.endswith("ies") and len(lower) > 4:
        return lower[:-3] + "y"
    if lower.endswith(("ses", "xes", "ches", "shes")):
        return lower[:-2]
    return lower[:-1] if lower.endswith("s") and not lower.endswith(_ONE) else lower


def is_plural(word: str) -> bool:
    """Whether a part of a path names many of a thing, roughly."""
    lower = word.lower()
    return lower in _MANY or (lower.endswith("s") and not lower.endswith(_ONE))


def _one_of(part: str) -> str:
    """The word for one of what a part of a path names, written as ids of it are."""
    return singular(part).replace("-", "_")


def acted_on(route: Route) -> str:
    """What a route like `/notes/copy` does something with: one of what the part before its last word names, or none."""
    if len(route.segments) < 2 or route.method == "GET":
        return ""
    before, last = route.segments[-2:]
    acts = not last.startswith("{") and not is_plural(last)
    return _one_of(before) if acts and (is_plural(before) or before.lower() in _KEPT) else ""


def of_collection(route: Route) -> str:
    """What a route keeps: its last fixed part that stands before a parameter, or the last at all."""
    segments = route.segments
    if route.method == "POST" and is_plural("".join(segments[-2:-1])) and acted_on(route):
        return acted_on(route)
    fixed = [
        part
        for place, part in enumerate(segments)
        if not part.startswith("{") and (place + 1 == len(segments) or segments[place + 1].startswith("{"))
    ]
    return _one_of(fixed[-1]) if fixed else ""


def referred(route: Route, slot: Slot) -> str | None:
    """The collection that a value in this place names one of; None where it names nothing."""
    if slot.place == "path":
        return _before(route, slot.name)
    name = slot.name
    if name.lower() in _SELF:
        return acted_on(route) or of_collection(route)
    if names_one(name):
        word = singular(stem(name))
        return "user" if word in _OWNING else word
    if slot.place == "query" and name.lower() in ACCOUNT_WORDS | _OWNING and _takes_an_id(slot):
        return "user"
    if slot.place in ("body", "form") and name.lower() in _WHOSE and _is_about_somebody(route):
        return "user"
    by_its_end = name.lower() in _SHOWN or (name.lower() in _SIDES and acted_on(route) in _KEPT)
    return acted_on(route) or None if by_its_end and slot.place in ("body", "form") else None


def names_an_account(name: str) -> bool:
    """Whether a value of this name says whose something is: `author`, `owner_id`."""
    return bool({name.lower(), stem(name)} & (ACCOUNT_WORDS | _OWNING))


def _takes_an_id(slot: Slot) -> bool:
    """Whether a number or a UUID stands there, as the document says: `owner=7` names one, `owner=ada` may not."""
    several = (slot.schema, *(slot.schema.get("anyOf") or ()), *(slot.schema.get("oneOf") or ()))
    return any(each.get("type") == "integer" or each.get("format") == "uuid" for each in several)


def _is_about_somebody(route: Route) -> bool:
    """Whether a name in the body says whose account is meant, and not what a new one shall be called."""
    changes = bool(_CHANGES.search("/".join(route.segments[-1:])))
    return route.method in ("PUT", "PATCH", "DELETE") or (route.method == "POST" and changes)


@lru_cache(4096)
def plausible_fields(name: str, collection: str) -> tuple[str, ...]:
    """The names under which an object may carry what a place of this name asks for, the likeliest first."""
    own = stem(name)
    named = [name] if name.lower() not in _SELF else []
    last = collection.rpartition("_")[2]  # A credit card may be told as `card_id`.
    joined = [
        f"{word}{suffix}"
        for word in dict.fromkeys((collection, own, last))
        if word
        for suffix in ("_id", "Id", "_uuid")
    ]
    return tuple(dict.fromkeys([*named, *joined, "id", *_IDS]))


@lru_cache(4096)
def own_fields(name: str, collection: str) -> tuple[str, ...]:
    """The names under which something else may tell one of a collection: `clinic`, `clinic_id`, `clinicId`."""
    plain = {*_SELF, *_IDS}
    word = collection.replace("-", "_")
    named = [name] if name.lower() not in plain and name.lower() not in _SIDES else []
    told = [f"{word}_{name}"] if name.lower() in plain and name.lower() not in _SELF else []
    return tuple(dict.fromkeys([*named, *told, f"{word}_id", f"{word}Id", f"{word}_uuid", word]))


def _before(route: Route, name: str) -> str | None:
    segments = route.segments
    for place, part in enumerate(segments):
        if part.startswith("{") and f"{{{name}}}" in part:
            fixed = [each for each in segments[:place] if not each.startswith("{")]
            named = singular(stem(name))
            if named and any(_one_of(each) == named for each in fixed[:-1]) and not is_plural(fixed[-1]):
                # What stands between says which of them: /notes/private/{note_id}.
                return named
            return _one_of(fixed[-1]) if fixed else named
    return None


def is_for_operators(words: str) -> bool:
    """Whether words say that something is for those who run the app."""
    return bool(_FOR_OPERATORS.search(words))
