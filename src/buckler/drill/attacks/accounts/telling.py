"""Whether answers about somebody who is there differ from those about nobody.

1. There are two answers of each kind, asked in turn. What differs within a kind tells nothing: it is a time, an id or a
   counter. What is the same within each kind and differs between them tells.
2. What was sent is taken out of the bodies first: names are repeated, and tell nothing.
"""

import re
from collections.abc import Iterable
from typing import Final

from buckler.drill.attacks.alike import exactly
from buckler.drill.people.handed import cookies_of
from buckler.drill.transport.answer import Answer, Exchange

_LOOSE: Final = frozenset(("date", "content-length", "etag", "set-cookie", "server-timing", "x-process-time"))
"""Headers that differ by themselves; cookies are compared by their names."""
_WORD: Final = re.compile(r"[\w.~-]{16,}|[^\W_]+|[\W_]")
"""What is long and has no blank is one word: a code or a token, whatever signs stand in it."""
Pair = tuple[Exchange, Exchange]


def difference(known: Pair, unknown: Pair, payloads: Iterable[object]) -> str | None:
    """What tells the two kinds apart, in a few words; None where nothing does."""
    sent = tuple(payloads)
    (one, two), (three, four) = ((each.answer for each in pair) for pair in (known, unknown))
    if one.status == two.status != three.status == four.status:
        return f"status {one.status} and {three.status}"
    if one.status != two.status or three.status != four.status:
        return None
    if _names(one) == _names(two) != _names(three) == _names(four):
        return "the headers"
    return _bodies([_words(each, sent) for each in (one, two)], [_words(each, sent) for each in (three, four)])


def _names(answer: Answer) -> frozenset[str]:
    fields = {name.lower() for name, _ in answer.headers} - _LOOSE
    return frozenset(
        {each for each in fields if "ratelimit" not in each} | {f"cookie {each}" for each in cookies_of(answer)}
    )


def _words(answer: Answer, sent: tuple[object, ...]) -> list[str]:
    _, where, text = exactly(answer, sent)
    return _WORD.findall(f"{where}\n{text}")


def _bodies(known: list[list[str]], unknown: list[list[str]]) -> str | None:
    (one, two), (three, four) = known, unknown
    if len(one) != len(two) or len(three) != len(four):
        return None
    if len(one) != len(three):
        return f"the text: {_shown(one)} and {_shown(three)}"
    for a, b, c, d in zip(one, two, three, four, strict=True):
        if a == b != c == d:
            return f"the text: {_shown(one)} and {_shown(three)}"
    return None


def _shown(words: list[str]) -> str:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", "".join(words))).strip()
    return repr(re.sub(r"[\w-]{16,}", "...", text)[:80])
