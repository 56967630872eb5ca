"""Values that an app may have meant where it refuses one that was made up: an expression, a date, a file of a kind.

A document seldom says that a text is computed, or that a file is a picture. Each kind is sent once, in all the places
of made-up texts and then in each alone: the first request that is served is what attacks start from.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from buckler.drill.drafting.draft import Draft
from buckler.drill.drafting.upload import KINDS
from buckler.drill.plan.names import names_one
from buckler.drill.plan.route import MULTIPART, Slot

Kept = Mapping[Slot, object]
_TEXTS: Final = ("1+1", "7", "2030-01-02", "drill@example.com", "drill.txt", "https://example.com/")
_NUMBERS: Final = ("1", "2")
_MADE_UP: Final = re.compile(r"^drill|^d\d+$|example\.com")
_MOST_PLACES: Final = 3


def fitting(draft: Draft, free: tuple[Slot, ...]) -> Iterator[Kept]:
    """Values to put into a draft in place of what was made up; few, the likeliest first."""
    if draft.media == MULTIPART:
        for kind in KINDS[1:]:
            yield {Slot("form", (name,)): kind for name in draft.files}
    for slot in [slot for slot in free if names_one(slot.name) and _is_made_up(draft.get(slot))][:_MOST_PLACES]:
        # What names something may be a number, though the document says that it is a text.
        yield from ({slot: number} for number in _NUMBERS)
    places = [slot for slot in free if slot.place != "path" and _is_made_up(draft.get(slot))][:_MOST_PLACES]
    for among in [places, *([place] for place in places if len(places) > 1)]:
        for text in _TEXTS:
            if among:
                yield dict.fromkeys(among, text)


def kept_in(draft: Draft, kept: Kept) -> Draft:
    """The draft with these values."""
    for slot, value in kept.items():
        draft = draft.put(slot, value)
    return draft


def _is_made_up(value: object) -> bool:
    return isinstance(value, str) and bool(_MADE_UP.search(value))
