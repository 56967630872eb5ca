"""Which of the things that are known a value may name: one's own first, and what stands where it is looked for.

1. What somebody made counts more than what it saw, what nobody else made more than what another did, what was made
   where it is looked for more than what was made elsewhere, and what is newer more than what is older.
2. Within another object, as a note of a team, what is known to stand there counts more than what may not.
3. An account is named as the app names the caller's own. One that the caller made for somebody else comes before it
   only where the request may end the account that it names.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from buckler.drill.objects.reading import Scalar
from buckler.drill.people.identity import Identity
from buckler.drill.plan.names import ACCOUNT_WORDS, names_apart, own_fields, plausible_fields, singular, stem
from buckler.drill.plan.route import Slot

PathValues = Mapping[str, object]
"""Values that were chosen already for the path before, by name."""
NO_GIVEN: Final[PathValues] = {}
_PASSWORD: Final = re.compile("passw|pwd|pw(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Known:
    """One object: whose, in which collection, and its fields."""

    by: str
    """The name of the identity that made or saw it."""
    collection: str
    fields: Mapping[str, Scalar]
    made: bool
    """Whether a request of `by` made it; else it was seen in an answer to `by`."""
    route: str = ""
    """The key of the route that told of it."""
    sent: frozenset[str] = frozenset()
    """The texts that the request of `by` held, where it made the object."""
    id: Scalar | None = field(init=False, compare=False)
    """What names it, where it has an id at all."""

    def __post_init__(self) -> None:
        """Look once for what is asked for often."""
        names = plausible_fields("id", self.collection)[:7]
        object.__setattr__(self, "id", next((self.fields[each] for each in names if each in self.fields), None))


@dataclass(frozen=True, slots=True)
class Sought:
    """A place that names one of something."""

    slot: Slot
    collection: str
    maker: str = ""
    """The key of the route that makes such things where the place looks for them, if there is one."""
    ends: bool = False
    """Whether the request may end an account that it names."""


def chosen(wanted: Sought, who: Identity, known: Sequence[Known], me: str, given: PathValues) -> Iterator[Scalar]:
    """Every value for a place, the best first. `me` is the key of the route that says who is calling."""
    if tells(given):
        yield from fitting(wanted, who, known, me, given)
    yield from _chosen(wanted, who, known, me, [each for each in _of(who, known) if _may_stand(each, given)])


def fitting(wanted: Sought, who: Identity, known: Sequence[Known], me: str, given: PathValues) -> Iterator[Scalar]:
    """As `chosen`, of what is known to stand within what was given."""
    yield from _chosen(wanted, who, known, me, [each for each in _of(who, known) if _stands(each, given)])


def tells(given: PathValues) -> bool:
    """Whether what was given has a name that other objects would carry too."""
    return any(names_apart(name) for name in given)


def _chosen(wanted: Sought, who: Identity, known: Sequence[Known], me: str, mine: Sequence[Known]) -> Iterator[Scalar]:
    slot, collection = wanted.slot, wanted.collection
    own = sorted((each for each in mine if each.made), key=lambda each: each.route != wanted.maker)
    account = _account(slot, collection, who, known, me)
    if account is None:
        yield from _named(slot, collection, own)
    else:
        by_id = not re.search("name|mail|login", slot.name.lower())
        made = [each for each in own if each.collection == collection and each.id is not None and by_id]
        first = [each for each in made if wanted.ends or not _signs_in(each)]
        yield from (each.id for each in first if each.id is not None)
        yield account
        yield from (each.id for each in made if each.id is not None and each not in first)
    yield from _named(slot, collection, _seen(mine, known))


def _signs_in(made: Known) -> bool:
    """Whether what was made is an account of somebody else: one that has a password, or is called a user."""
    return made.collection == "user" or any(_PASSWORD.search(name) for name in made.fields)


def _of(who: Identity, known: Sequence[Known]) -> Iterator[Known]:
    return (each for each in reversed(known) if each.by == who.name)


def _stands(one: Known, given: PathValues) -> bool:
    return all(str(one.fields.get(name)) == str(value) for name, value in given.items() if names_apart(name))


def _may_stand(one: Known, given: PathValues) -> bool:
    return all(str(one.fields.get(name, value)) == str(value) for name, value in given.items() if names_apart(name))


def _named(slot: Slot, collection: str, among: Iterable[Known]) -> Iterator[Scalar]:
    same, other = plausible_fields(slot.name, collection), own_fields(slot.name, collection)
    for each in among:
        names = same if each.collection == collection else other
        value = next((each.fields[name] for name in names if name in each.fields), None)
        if value is not None:
            yield value


def _seen(mine: Sequence[Known], known: Sequence[Known]) -> list[Known]:
    """What was only seen; what others made comes last."""
    seen = [each for each in mine if not each.made]
    if not seen:
        return []
    made = {(each.collection, str(each.id)) for each in known if each.made and each.by != seen[0].by}
    return sorted(seen, key=lambda each: (each.collection, str(each.id)) in made)


def _account(slot: Slot, collection: str, who: Identity, known: Sequence[Known], me: str) -> Scalar | None:
    """What names the caller's own account, where such a thing is asked for."""
    if (who.is_anybody and who.account is None) or not {collection, singular(stem(slot.name))} & ACCOUNT_WORDS:
        return None
    asked, account = slot.name.lower(), who.account
    if account is not None and "mail" in asked:
        return account.email or None
    if account is not None and ("name" in asked or "login" in asked):
        return account.name
    if account is not None and account.id:
        return account.id
    names = (slot.name, *own_fields(slot.name, collection), "id", "user_id", "uuid", "sub", "username")
    told = [each.fields for each in known if each.by == who.name and each.route == me]
    found = next((fields[name] for fields in told for name in names if name in fields), None)
    return found if found is not None else account.name if account is not None else None
