"""JSON as a service may take it: one meaning, bounded cost (RFC 8259; I-JSON, RFC 7493; ASVS 1.5.2, 15.3.7).

1. UTF-8 without a byte order mark (RFC 8259 section 8.1).
2. Before anything is parsed: at most 100,000 commas and brackets, at most 64 brackets deep. Those inside strings
   do not count.
3. One strict parse: no member twice, no `NaN` or `Infinity`, no number that is infinite or has more than 400
   digits, no half of a surrogate pair, nothing after the value.

A text that passes has one reading, so every parser behind this one reads the same.

Caveat: what the members mean is not judged here. The parser is Python's own, which is what FastAPI parses with.
"""

import re
from json import JSONDecodeError, JSONDecoder
from typing import Any, Final

from buckler.errors import BucklerError

MOST_MEMBERS: Final = 100_000
"""Commas and brackets: each begins a member, and a million members cost a second and hundreds of megabytes."""
DEEPEST: Final = 64
LONGEST_NUMBER: Final = 400
"""Characters. The largest double has 309 digits; reading a number takes the square of its digits."""
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_BLANKS: Final = " \t\n\r"
"""What may stand around a value (RFC 8259 section 2)."""
_STRINGS: Final = re.compile(rb'"[^"]*"?')
"""Every string of a text without escaped quotes, or the rest of one in which a string does not end."""
_BUT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_HALF: Final = re.compile(r"\\u[dD](?:[89abAB]..(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..\\u[dD])[c-fC-F])")
"""An escape that is half of a surrogate pair (RFC 8259 section 7), in a text without escaped backslashes."""


class MalformedJson(BucklerError):
    """What makes a text no JSON. `rule` names it for the log; the words are for whoever sent it."""

    def __init__(self, rule: str, words: str) -> None:
        super().__init__(words)
        self.rule = rule


def judge(body: bytes) -> None:
    """Raise `MalformedJson` where `body` is no JSON that has one meaning and a bounded cost."""
    brackets = body.count(b"[") + body.count(b"{")
    if brackets > DEEPEST or brackets + body.count(b",") > MOST_MEMBERS:
        _bound(_without_strings(body))
    try:
        text = body.decode().strip(_BLANKS)
        _, end = _parse(text)
    except UnicodeDecodeError:
        raise MalformedJson("encoding", "It is not UTF-8.") from None
    except JSONDecodeError as error:
        raise _explained(body, error) from None
    if end != len(text):
        raise MalformedJson("syntax", f"It goes on after its value, at character {end}.")
    if "\\u" in text and _HALF.search(text.replace(r"\\", "__")) is not None:
        raise MalformedJson("surrogate", "A string has half of a surrogate pair.")


def _without_strings(body: bytes) -> bytes:
    """What is left of a text without its strings. Where a backslash stands outside of one the parse ends anyway."""
    if b"\\" in body:
        body = body.replace(rb"\\", b"").replace(rb"\"", b"")
    return _STRINGS.sub(b"", body)


def _bound(structure: bytes) -> None:
    """Judge the text without its strings."""
    brackets = structure.translate(None, _BUT_BRACKETS)
    if structure.count(b",") + brackets.count(b"[") + brackets.count(b"{") > MOST_MEMBERS:
        raise MalformedJson("members", f"It has more than {MOST_MEMBERS:,} members.")
    for _ in range(DEEPEST):
        if not brackets:
            return
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    if brackets:
        raise MalformedJson("depth", f"Its brackets do not close, or are more than {DEEPEST} deep.")


def _explained(body: bytes, error: JSONDecodeError) -> MalformedJson:
    if body.startswith(_BYTE_ORDER_MARK):
        return MalformedJson("encoding", "It begins with a byte order mark.")
    return MalformedJson("syntax", f"It breaks off, or is no JSON, at character {error.pos}.")


def _single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJson("duplicate", "An object has a member twice.")
    return members


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise _long()
    return int(digits)


def _finite(digits: str) -> float:
    if len(digits) > LONGEST_NUMBER:
        raise _long()
    number = float(digits)
    if number - number != 0:
        raise MalformedJson("number", "A number is too large.")
    return number


def _long() -> MalformedJson:
    return MalformedJson("number", f"A number has more than {LONGEST_NUMBER} characters.")


def _no_number(_: str) -> object:
    raise MalformedJson("number", "NaN and Infinity are no JSON.")


_parse: Final = JSONDecoder(
    object_pairs_hook=_single, parse_int=_whole, parse_float=_finite, parse_constant=_no_number
).raw_decode
