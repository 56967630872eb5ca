"""What is told about a value that is not taken: one catalogue, in words that repeat nothing of it.

Pydantic's own complaints stay where they say enough (`string_too_long`, `greater_than_equal`). The
rest is here, so that an answer may tell the words: a kind of this catalogue never quotes the value.
"""

from collections.abc import Mapping
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
        "email_address": "Write one e-mail address, such as ada@example.com, and nothing beside it",
        "file_name": "A file name has no separators, colons, quotes, control or direction characters,"
        " and neither begins nor ends with a dot, a dash or a space",
        "file_name_ending": "A file name with this ending is not taken here",
        "file_name_reserved": "This file name belongs to a device on some systems",
        "html_too_long": "The text is too long once its markup is written out",
        "identifier": "An identifier is 32 hexadecimal digits in small letters",
        "moment": "Write date, time and offset as RFC 3339 does, such as 2030-01-31T12:00:00Z",
        "money": "Write the amount as text with digits and at most one point, such as '12.50'",
        "password_length": "The length of the password is not within its bounds",
        "password_text": "A password is a text of whole characters",
        "raw_row": "An answer is never made of a database row or another object: write out each field that may"
        " leave, such as Answer(id=row.id, title=row.title)",
        "return_path": "Write a path of this site, such as /notes/7?page=2",
        "text_blank": "There is nothing to be read in it",
        "text_characters": "It has a control, direction or hidden character, or a stack of accents that no script has",
        "upload_animated": "The picture has more than one frame",
        "upload_disguised": "The file can be read as another kind of file too",
        "upload_empty": "The file is empty",
        "upload_extension": "The ending of the file's name does not fit what is in the file",
        "upload_kind": "The file is of no kind that is taken here",
        "upload_media_type": "The declared content type does not fit what is in the file",
        "upload_missing": "A file is expected here",
        "upload_picture": "The picture cannot be read",
        "upload_pixels": "The picture has too many pixels",
        "upload_too_large": "The file is too large",
        "url": "Write a complete address, such as https://example.com/page, without a name or password in it",
        "url_scheme_refused": "The address begins with a scheme that is not taken here",
        "username": "This is not a name for an account",
        "uuid_key": "Write the key as five groups of hexadecimal digits in small letters",
    }
)


def fault(kind: LiteralString) -> PydanticCustomError:
    """The error of this kind."""
    return PydanticCustomError(kind, FAULTS[kind])


def told_as(kind: LiteralString, schema: core.CoreSchema) -> core.CoreSchema:
    """`schema`, whose every complaint is told as this one: the words of a pattern are for machines."""
    return core.custom_error_schema(schema, custom_error_type=kind, custom_error_message=FAULTS[kind])
