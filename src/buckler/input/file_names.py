"""Names of files: as they come in, and as an answer offers them (ASVS 5.3.2, 5.4.1, 5.4.2).

`FileName`, a name to show and to offer again; the place where a file is kept is never made of it:
1. 1 to 255 bytes of UTF-8, in NFC: what file systems of today hold.
2. No separator of any system, no colon (drives, streams), no quotes and wildcards, no control,
   direction or hidden characters, no zero-width spaces or soft hyphens either: `invoice.pdf` may
   not be an `exe` read from the right.
3. Begins with no dot (hidden), dash (an option) or space; ends with no dot or space (Windows drops
   them, and the ending that was checked is not the one that stays).
4. No device of Windows, with whatever ending: CON, NUL, COM1.
5. With `endings`, only those: the last ending decides, and what it promises is not what is in it.

`content_disposition` writes the header for any name, also an old one that is no `FileName`: an
ASCII stand-in in quotes and, where that is not the name itself, `filename*` (RFC 6266, RFC 8187).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import quote

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticKnownError
from pydantic_core import core_schema as core

from buckler.errors import ConfigurationError
from buckler.input.faults import fault, told_as
from buckler.input.settled import several
from buckler.input.texts import line_of

MOST_BYTES: Final = 255
_REFUSED: Final = r'/\\:*?"<>|\x{ad}\x{200b}\x{2060}'
"""No part of a name; the last three show nothing, and no script is written with them."""
_NAME: Final = rf"^[^{_REFUSED}.\s\-~](?:[^{_REFUSED}]*[^{_REFUSED}.\s])?$"
_DEVICES: Final = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3]) *(?:\..*)?", re.IGNORECASE
)
_ENDING: Final = re.compile(r"[a-z0-9]{1,16}(?:\.[a-z0-9]{1,16})?")
_UNSAFE: Final = re.compile(r'[^\x20-\x7e]|["\\%/:*?<>|]')
_STRAY: Final = re.compile("[\x00-\x1f\x7f-\x9f/\\\\\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class FileNameRule:
    """What a file name has to fit. Made by `file_name_of`."""

    endings: frozenset[str]
    """In small letters and without the dot; empty for any."""

    def __post_init__(self) -> None:
        for ending in self.endings:
            if not _ENDING.fullmatch(ending):
                bare = ending.lstrip(".*").lower()
                raise ConfigurationError(
                    f"No file name ends in {ending!r}: give endings in small letters without the dot, as in"
                    f" endings={{{bare if _ENDING.fullmatch(bare) else 'pdf'!r}}}."
                )

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core.CoreSchema:
        name = line_of(longest=MOST_BYTES).__get_pydantic_core_schema__(source, handler)
        formed = told_as("file_name", core.str_schema(strict=True, pattern=_NAME))
        return core.no_info_after_validator_function(self._judge, core.chain_schema([name, formed]))

    def __get_pydantic_json_schema__(self, schema: core.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        bounds: JsonSchemaValue = {"type": "string", "minLength": 1, "maxLength": MOST_BYTES}
        ending = min(self.endings, default="pdf")
        return {**bounds, "pattern": _shown(self.endings), "examples": [f"report.{ending}"]}

    def _judge(self, name: str) -> str:
        if len(name.encode()) > MOST_BYTES:
            raise PydanticKnownError("string_too_long", {"max_length": MOST_BYTES})
        if _DEVICES.fullmatch(name):
            raise fault("file_name_reserved")
        if self.endings and not name.lower().endswith(tuple(f".{ending}" for ending in self.endings)):
            raise fault("file_name_ending")
        return name


def file_name_of(*, endings: Iterable[str]) -> FileNameRule:
    """File names with these endings alone: `Annotated[str, file_name_of(endings={"pdf", "png"})]`."""
    return FileNameRule(several("file_name_of", "endings", endings))


FileName = Annotated[str, FileNameRule(frozenset())]
"""A file name with whatever ending."""


def content_disposition(name: str, *, inline: bool = False) -> str:
    """The value of `Content-Disposition` that offers a file under `name`, whatever is in it."""
    kind = "inline" if inline else "attachment"
    offered = _STRAY.sub("_", name)[:MOST_BYTES].strip(" .") or "file"
    stand_in = _UNSAFE.sub("_", offered)
    if stand_in == offered:
        return f'{kind}; filename="{offered}"'
    return f"{kind}; filename=\"{stand_in}\"; filename*=UTF-8''{quote(offered, safe='!#$&+-.^_`|~')}"


def _shown(endings: frozenset[str]) -> str:
    refused = r"/\\:*?\u0022<>|\u0000-\u001f\u007f-\u009f\u00ad\u200b\u2060\u2028-\u202e\u2066-\u2069"
    if not endings:
        return rf"^[^{refused}.\s\-~](?:[^{refused}]*[^{refused}.\s])?$"
    letters = (
        "".join(f"[{it}{it.upper()}]" if it.isalpha() else rf"[{it}]" for it in each) for each in sorted(endings)
    )
    return rf"^[^{refused}.\s\-~][^{refused}]*\.(?:{'|'.join(letters)})$"
