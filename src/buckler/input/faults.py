"""What is told about a value that is not taken: one catalogue, in words that repeat nothing of it.

Pydantic's own complaints stay where they say enough (`string_too_long`, `greater_than_equal`). The
rest is here, so that an answer may tell the words: a kind of this catalogue never quotes the value.
Where a rule knows more (its bounds, the kinds it takes) it says so in words of its own.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, LiteralString

from pydantic_core import PydanticCustomError
from pydantic_core import core_schema as core

FAULTS: Final[Mapping[str, LiteralString]] = MappingProxyType(
    {
        "archive_encrypted": "The archive is encrypted, so nobody can see what is in it",
        "archive_link": "The archive holds a link or a device",
        "archive_malformed": "The archive is not put together as one archive and nothing else",
        "archive_name": "The archive holds a name that leads elsewhere, or one that comes twice",
        "archive_nested": "The archive holds another archive",
        "archive_ratio": "The archive unfolds to much more than its own size",
        "archive_too_large": "The archive holds too much",
        "date_beyond": "No calendar holds this time",
        "date_form": "Write year, month and day, as in 2026-01-31, or with time and offset, as in 2026-01-31T12:00:00Z",
        "email_address": "Write one e-mail address, such as ada@example.com, and nothing beside it",
        "errors_too_many": "More than 1,000 things in it do not fit",
        "file_name": "A file name has no separators, colons, quotes, control or direction characters,"
        " and neither begins nor ends with a dot, a dash or a space",
        "file_name_ending": "A file name with this ending is not taken here",
        "file_name_reserved": "This file name belongs to a device on some systems",
        "filter_unknown": "This list has no such parameter",
        "fraction": "Write a fraction as two whole numbers of at most 40 digits, such as 1/3",
        "html_too_complex": "The text has too much markup, or formatting that is never closed",
        "html_too_long": "The text is too long once its markup is written out",
        "identifier": "An identifier is 32 hexadecimal digits in small letters",
        "moment": "Write date, time and offset as RFC 3339 does, such as 2030-01-31T12:00:00Z",
        "line_characters": "Write one line: it has a line end or tab, a control, direction or hidden character,"
        " or a stack of accents that no script has",
        "money": "Write the amount as text with digits and at most one point, such as '12.50'",
        "password_length": "The length is not within its bounds",
        "password_text": "Write a text of whole characters",
        "raw_row": "An answer is never made of a database row or another object: write out each field that may"
        " leave, such as Answer(id=row.id, title=row.title)",
        "return_path": "Write a path of this site, such as /notes/7?page=2",
        "sort_unknown": "This list is not sorted by that",
        "text_blank": "There is nothing to be read in it",
        "text_characters": "It has a control, direction or hidden character, or a stack of accents that no script has",
        "text_nul": "A text has no NUL character",
        "upload_animated": "The picture has more than one frame",
        "upload_disguised": "The file can be read as another kind of file too",
        "upload_empty": "The file is empty",
        "upload_encoding": "The text is not UTF-8; save it as that",
        "upload_end": "The file breaks off before its end, or goes on after it",
        "upload_extension": "The ending of the file's name does not fit what is in the file",
        "upload_json": "The file is no JSON that has one meaning",
        "upload_kind": "The file is of no kind that is taken here",
        "upload_media_type": "The declared content type does not fit what is in the file",
        "upload_missing": "A file is expected here",
        "upload_picture": "The picture cannot be read",
        "upload_pixels": "The picture has too many pixels",
        "upload_text": "The text has control characters",
        "upload_too_large": "The file is too large",
        "url": "Write a complete address, such as https://example.com/page, without a name or password in it",
        "url_scheme_refused": "The address begins with a scheme that is not taken here",
        "username": "This is not a name for an account",
        "uuid_key": "Write the key as five groups of hexadecimal digits in small letters",
        "whole_number": "Write a whole number in digits: no sign but a minus, no zero in front, no point, no space",
        "value_too_nested": "It has more than 10,000 objects and lists in it",
    }
)


class Words(str):
    """Words of a rule, as the context of an error carries them: an app's own error of the same kind has none."""

    __slots__ = ()


def fault(kind: LiteralString, words: str | None = None) -> PydanticCustomError:
    """The error of this kind, in the words of the rule where it has some; they too repeat nothing of the value."""
    if words is None:
        return PydanticCustomError(kind, FAULTS[kind])
    return PydanticCustomError(kind, "{words}", {"words": Words(words)})


def told_as(kind: LiteralString, schema: core.CoreSchema, words: str | None = None) -> core.CoreSchema:
    """`schema`, whose every complaint is told as this one: the words of a pattern are for machines."""
    context: dict[str, str | int | float] = {"words": Words(words or FAULTS[kind])}
    return core.custom_error_schema(
        schema, custom_error_type=kind, custom_error_message="{words}", custom_error_context=context
    )


def listed(names: Iterable[str]) -> str:
    """`a, b or c`, for words that say what is taken."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last
