"""Where a page ended, as a text that the caller hands back.

1. A cursor is the order it belongs to and the values of the last row in it: bounded, of the columns' own kinds.
   What does not fit, or belongs to another order, is refused. What a row may hold fits, also an infinity, or a number
   that is wider than its column says: no row hides those behind it.
2. It is not signed. Its values only become parameters of a comparison in columns that the caller may sort by, over
   rows that the statement shows him anyway: a forged cursor is a page that begins elsewhere. (So a statement names
   the owner itself; a cursor is no permission.)

Caveat: whoever reads a cursor reads those values. They are of a row that its holder was shown.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from buckler.input.query.sorting import Order

LONGEST: Final = 4096
"""Characters. Three texts and the tie, each of a hundred characters that JSON writes with six bytes, fit."""
PATTERN: Final = "^[A-Za-z0-9_-]+$"
_LIST: Final = TypeAdapter(list[Any])


def write_cursor(order: Order, values: tuple[object, ...]) -> str:
    """The cursor behind a row with these values."""
    return urlsafe_b64encode(to_json([order.text, *values], inf_nan_mode="strings")).rstrip(b"=").decode()


def read_cursor(order: Order, cursor: str) -> tuple[object, ...] | None:
    """The values, or None for what is no cursor of this order."""
    try:
        found = _LIST.validate_python(from_json(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))))
        text, *values = found or [None]
        if text != order.text or len(values) != len(order.keys):
            return None
        return tuple(key.reads.validate_python(value) for key, value in zip(order.keys, values, strict=True))
    except (ValueError, ValidationError):
        return None
