"""Addresses: links to elsewhere, and the way back into our own site (ASVS 1.2.2, 1.3.6; WHATWG URL, RFC 3986).

`Url`, a complete address:
1. `https` alone unless `http` is asked for, so `javascript:` and `data:` have no place in a link.
2. No white space, control characters or backslashes: browsers drop or turn them, and the address
   that was checked would not be the one that is opened. No name and password: they are for show
   (`https://bank.example@evil.example/`).
3. Parsed by the browsers' own rules and kept as they write it: the host in small letters and
   punycode, paths percent-encoded, `0x7f.1` as 127.0.0.1. At most 2048 characters.

`ReturnPath`, for `?next=`: begins with one slash and stays here, in whatever reads it. No second
slash in a row, no backslash, no dot segments, no encoded slash or backslash at the begin.

Caveat: `Url` says that an address is well formed. Whether a server may fetch it is for `outbound`.
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
from buckler.input.faults import fault, listed, told_as
from buckler.input.settled import several, whole

LONGEST: Final = 2048
_SCHEMES: Final = frozenset(("https", "http", "wss", "ws"))
_REFUSED: Final = r"\x00-\x1f\x7f-\x9f\\\p{Z}\p{Cf}"
_REST: Final = rf"://[^{_REFUSED}/?#@]+(?:[/?#][^{_REFUSED}]*)?$"
_SEGMENT: Final = rf"[^{_REFUSED}/?#]"
_PATH: Final = rf"^/(?:(?:{_SEGMENT}+/)*{_SEGMENT}*)?(?:\?[^{_REFUSED}#]*)?(?:#[^{_REFUSED}]*)?$"
_DOTS: Final = re.compile(r"/(?:\.|%2e){1,2}(?=[/?#]|\Z)|\A/(?:%2f|%5c)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UrlRule:
    """What an address has to fit. Made by `url_of`."""

    schemes: frozenset[str]
    longest: int

    def __post_init__(self) -> None:
        whole("An address", longest=self.longest)
        if not self.schemes or not self.schemes <= _SCHEMES:
            raise ConfigurationError(
                f"The schemes {sorted(self.schemes)} cannot all be taken: of an address only the server behind it is"
                f" somebody else's, and other schemes run or read something here. Choose of {sorted(_SCHEMES)}."
            )
        if not 12 <= self.longest <= LONGEST:
            raise ConfigurationError(f"An address of at most {self.longest} characters: choose from 12 to {LONGEST}.")

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core.CoreSchema:
        schemes = sorted(self.schemes)
        taken = f"Write a complete address that begins with {listed(f'{each}://' for each in schemes)}"
        begin = f"(?i)^(?:{'|'.join(schemes)})"
        steps: list[core.CoreSchema] = [
            core.str_schema(strict=True, min_length=1, max_length=self.longest),
            told_as("url_scheme_refused", core.str_schema(strict=True, pattern=f"{begin}:"), taken),
            told_as("url", core.str_schema(strict=True, pattern=begin + _REST)),
            told_as("url", core.url_schema(allowed_schemes=schemes, host_required=True)),
            core.no_info_plain_validator_function(self._written),
        ]
        return core.chain_schema(steps, serialization=core.to_string_ser_schema())

    def __get_pydantic_json_schema__(self, schema: core.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        letters = "|".join("".join(f"[{it}{it.upper()}]" for it in scheme) for scheme in sorted(self.schemes))
        pattern = (
            rf"^(?:{letters})://[^\s\\/?#@\u0000-\u001f\u007f-\u009f]+(?:[/?#][^\s\\\u0000-\u001f\u007f-\u009f]*)?$"
        )
        scheme = "https" if "https" in self.schemes else min(self.schemes)
        example = f"{scheme}://example.com/"
        shown = {"pattern": pattern, **({"examples": [example]} if len(example) <= self.longest else {})}
        return {"type": "string", "format": "uri", "minLength": 1, "maxLength": self.longest, **shown}

    def _written(self, parsed: object) -> str:
        written = str(parsed)
        if len(written) > self.longest:
            raise PydanticKnownError("string_too_long", {"max_length": self.longest})
        return written


def url_of(*, schemes: Iterable[str] = ("https",), longest: int = LONGEST) -> UrlRule:
    """Addresses with other schemes or bounds than `Url`: `Annotated[str, url_of(schemes={"https", "http"})]`."""
    return UrlRule(several("url_of", "schemes", schemes), longest)


def _stay(path: str) -> str:
    if _DOTS.search(path.partition("?")[0].partition("#")[0]):
        raise fault("return_path")
    if path.isascii():
        return path
    written = quote(path, safe="/?#[]@!$&'()*+,;=:%-._~\"<>^`{|}")
    if len(written) > LONGEST:
        raise PydanticKnownError("string_too_long", {"max_length": LONGEST})
    return written


class _PathRule:
    """What a path of this site has to fit."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core.CoreSchema:
        steps: list[core.CoreSchema] = [
            core.str_schema(strict=True, min_length=1, max_length=LONGEST),
            told_as("return_path", core.str_schema(strict=True, pattern=_PATH)),
        ]
        return core.no_info_after_validator_function(_stay, core.chain_schema(steps))

    def __get_pydantic_json_schema__(self, schema: core.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        pattern = r"^/(?:[^\s\\/?#\u0000-\u001f\u007f-\u009f][^\s\\\u0000-\u001f\u007f-\u009f]*)?$"
        bounds: JsonSchemaValue = {"type": "string", "format": "uri-reference", "minLength": 1, "maxLength": LONGEST}
        return {**bounds, "pattern": pattern, "examples": ["/notes/7?page=2"]}


Url = Annotated[str, url_of()]
"""A complete https address, as browsers write it."""
ReturnPath = Annotated[str, _PathRule()]
"""A path of this site, with its query, to go back to."""
