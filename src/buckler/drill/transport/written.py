"""How a text may be written in a request or an answer: as it is, in an address, a form, JSON, or a page.

Letters and digits of ASCII are themselves in all of them.
"""

import html
import json
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import product
from typing import Final
from urllib.parse import quote, quote_plus

_LEFT_BY_SCRIPTS: Final = "!'()*~"
"""What `encodeURIComponent` leaves as it is."""
_QUOTATION: Final = (
    ("&quot;", "&#x27;"),
    ("&#34;", "&#39;"),
    ("&quot;", "&#39;"),
    ("&quot;", "&#039;"),
    ("&quot;", "&apos;"),
)
"""The signs " and ', as libraries for pages write them."""
_SOLIDUS: Final = ("/", "&#x2F;", "&#x2f;", "&#47;")
_IN_SCRIPT: Final = (re.compile("[<>&']"), re.compile("[<>&']|\\\\\""), re.compile("[<>&'+/]|\\\\\""))
"""What JSON within a page writes by numbers; the sign " stands behind its stroke."""
_SIGN: Final = re.compile(r"[^A-Za-z0-9]")
_PERCENT: Final = re.compile(r"%[0-9A-F]{2}")


_MOST_FOR_A_SIGN: Final = 14
"""Characters that one sign comes to: `&#x1F600;`, whose first is `\\u0026`."""


def forms_of(text: str, *others: Callable[[str], str]) -> frozenset[str]:
    """Every way that it may be written; `others` write it in more.

    Each also as its bytes in UTF-8 are read one by one, which is how bodies are looked through.
    """
    forms = {text, *(other(text) for other in others)}
    if not (text.isascii() and text.isalnum()):
        forms |= {written for each in {*_in_addresses(text), *_in_pages(text)} for written in _in_json(each)}
    return frozenset(forms | {form.encode("utf-8", "surrogatepass").decode("latin-1") for form in forms})


class Written:
    """A text, to be found in others in whichever form it stands there."""

    def __init__(self, text: str) -> None:
        self._text = text
        # A run of letters and digits stands in each form: only where it is, those have to be looked for.
        self._core = max(_SIGN.split(text), key=len)

    @cached_property
    def forms(self) -> frozenset[str]:
        """All of them, made when they are asked for."""
        return forms_of(self._text)

    @property
    def most(self) -> int:
        """No form of it has more characters."""
        return len(self._text) + (_MOST_FOR_A_SIGN - 1) * len(_SIGN.findall(self._text))

    def may_stand_in(self, text: str) -> bool:
        """Whether it is worth a look."""
        return self._core in text


def _in_addresses(text: str) -> Iterator[str]:
    raw = text.encode("utf-8", "surrogatepass")
    for form in (quote(raw, safe=""), quote(raw), quote_plus(raw), quote(raw, safe=_LEFT_BY_SCRIPTS)):
        yield form
        yield _PERCENT.sub(lambda found: found[0].lower(), form)


def _in_pages(text: str) -> Iterator[str]:
    yield text
    signs = html.escape(text, quote=False)
    yield signs
    for (double, single), solidus in product(_QUOTATION, _SOLIDUS):
        yield signs.replace('"', double).replace("'", single).replace("/", solidus)
    for number in ("&#{};", "&#x{:x};", "&#x{:X};"):
        yield _by_number(number, _SIGN, text)


def _in_json(text: str) -> Iterator[str]:
    yield text
    for is_ascii in (True, False):
        form = json.dumps(text, ensure_ascii=is_ascii)[1:-1]
        yield from (form, form.replace("/", "\\/"))
        # A text in JSON that is itself a part of one.
        within = (text.replace("/", "\\/"), form, form.replace("/", "\\/"))
        yield from (json.dumps(each, ensure_ascii=is_ascii)[1:-1] for each in within)
    for signs, number in product(_IN_SCRIPT, ("\\u{:04x}", "\\u{:04X}")):
        yield _by_number(number, signs, json.dumps(text)[1:-1])


def _by_number(number: str, signs: re.Pattern[str], text: str) -> str:
    """Each of these signs by its number."""
    return signs.sub(lambda found: number.format(ord(found[0][-1])), text)
