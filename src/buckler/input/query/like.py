"""Looking for a text inside a text: `%`, `_` and the escape character stand for themselves (ASVS 1.2.4).

Unescaped they are the caller's own pattern: `%` matches every row, and a chain of them costs the database time
that grows with each. A text that is too long, or has a NUL, is refused with 422 and never reaches the database.

Caveat: SQLite does not tell a from A here, PostgreSQL does. A look inside texts reads every row that the other
conditions leave: name the owner too.
"""

from typing import TYPE_CHECKING, Any, Final

from buckler.errors import ConfigurationError, Refusal
from buckler.input.query.columns import LONGEST_TEXT, describe
from buckler.refused import Refused

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, SQLColumnExpression

_UNFIT: Final = Refusal(
    422, "invalid-input", f"A text to look for has at most {LONGEST_TEXT} characters and no NUL.", event=None
)


def contains(column: "SQLColumnExpression[Any]", text: str) -> "ColumnElement[bool]":
    """Whether the column's text has `text` in it, letter for letter."""
    return _text_column(column).contains(_fit(text), autoescape=True)


def starts_with(column: "SQLColumnExpression[Any]", text: str) -> "ColumnElement[bool]":
    """Whether the column's text begins with `text`, letter for letter."""
    return _text_column(column).startswith(_fit(text), autoescape=True)


def _text_column(column: "SQLColumnExpression[Any]") -> "SQLColumnExpression[Any]":
    if not describe("contains", column).is_text:
        raise ConfigurationError(f"{column}: only a text is looked into.")
    return column


def _fit(text: str) -> str:
    # NUL is no text to PostgreSQL, half a surrogate pair is none to any database.
    if len(text) > LONGEST_TEXT or "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Refused(_UNFIT)
    return text
