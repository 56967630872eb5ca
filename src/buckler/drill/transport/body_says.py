"""The status that a body tells where an app answers 200 to everything: `{"ok": false, "error": "not found"}`.

1. Only a small JSON object that says no and holds nothing else counts: what has an id, or any field of its own, is an
   object, whatever its `status` is.
2. A number of HTTP in it counts most, then its words. A no without either is a 400.
3. What holds a text that somebody sent for an object is that object: a payment that failed tells why in such fields.
4. `[{"error": "..."}, 404]` is what becomes of an answer that was written for another framework.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final, cast

_MOST: Final = 4096
"""Bytes. What is longer holds something."""
_YES: Final = frozenset(("ok", "success", "succeeded", "successful", "issuccess"))
_OUTCOMES: Final = frozenset(("status", "result", "outcome", "state"))
_NUMBERS: Final = frozenset(("code", "status", "statuscode", "httpstatus", "errorcode", "errno"))
_FAULTS: Final = frozenset(("error", "errors", "err", "fault"))
_WORDS: Final = frozenset(
    ("message", "msg", "detail", "details", "reason", "description", "errormessage", "errordescription")
)
_BESIDE: Final = frozenset(("path", "timestamp", "time", "requestid", "traceid", "type"))
_FRAME: Final = _YES | _OUTCOMES | _NUMBERS | _FAULTS | _WORDS | _BESIDE
_NO: Final = re.compile(
    r"(error|fail(ed|ure)?|ko|denied|forbidden|unauthori[sz]ed|not[ _]?found|invalid)", re.IGNORECASE
)
_PLAIN_NO: Final = re.compile(
    r"not found\b|n.t exist|not exist|no such|forbidden|not (authori[sz]ed|authenticated|allowed)|unauthori[sz]ed"
    r"|(access|permission) denied|not (logged|signed) in|(log|sign) ?in required"
    r"|(invalid|incorrect|wrong) (\w+ ){0,3}(token|credentials|password)",
    re.IGNORECASE,
)
"""What a lone message says that tells no."""
_MEANT: Final = tuple(
    (status, re.compile(words, re.IGNORECASE))
    for status, words in (
        (429, r"too (many|often)|rate.?limit|slow down"),
        (403, r"forbid|denied|permission|not[ _]allowed|not[ _]authori|privilege|not (yours|the owner)"),
        (
            401,
            r"unauth|authenticat|credential|(log(ged)?|sign(ed)?)[ _-]?in\b|token|(wrong|incorrect|invalid|bad) passw",
        ),
        (404, r"not[ _-]?found|no such|n.t exist|not exist|unknown|nothing"),
        (409, r"exist|taken|already|duplicate|conflict"),
    )
)
"""What words say, the first that fits."""


def meant_by(body: bytes) -> int | None:
    """The status that a body says was meant; None where it says nothing of the kind."""
    if len(body) > _MOST or body[:1] not in (b"{", b"["):
        return None
    try:
        said: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if isinstance(said, list):
        several = cast("list[object]", said)
        pair = len(several) == 2 and isinstance(several[0], Mapping)
        return _number(several[1]) if pair else None
    return _of(cast("Mapping[str, object]", said)) if isinstance(said, Mapping) else None


def holds_any(body: bytes, texts: Collection[str]) -> bool:
    """Whether a field of a small JSON object holds one of these texts, whole, and not for how it went."""
    try:
        said: object = json.loads(body)
    except (ValueError, RecursionError):
        return False
    fields = cast("Mapping[str, object]", said).items() if isinstance(said, Mapping) else ()
    told = (value for name, value in fields if _flat(name) not in _OUTCOMES | _YES | _NUMBERS)
    return any(text in texts and not any(shape.search(text) for _, shape in _MEANT) for text in _texts(list(told)))


def _of(said: Mapping[str, object]) -> int | None:
    fields = {_flat(name): value for name, value in said.items()}
    if any(name not in _FRAME and not _is_empty(value) for name, value in fields.items()):
        return None
    words = " ".join(_texts([value for name, value in fields.items() if name not in ("path", "type")]))
    number = next((found for name in _NUMBERS if (found := _number(fields.get(name))) is not None), None)
    if number is None and not _says_no(fields) and not (fields.keys() <= _WORDS and _PLAIN_NO.search(words)):
        return None
    return number or next((status for status, shape in _MEANT if shape.search(words)), 400)


def _says_no(fields: Mapping[str, object]) -> bool:
    no = any(fields.get(name) is False for name in _YES)
    outcome = any(isinstance(text := fields.get(name), str) and _NO.fullmatch(text) for name in _OUTCOMES)
    return no or outcome or any(not _is_empty(fields.get(name)) for name in _FAULTS)


def _number(value: object) -> int | None:
    """A status of HTTP, also as the first digits of a longer number: 40101."""
    if isinstance(value, bool) or not isinstance(value, int | str) or not re.fullmatch(r"[45]\d\d(\d\d)?", str(value)):
        return None
    return int(str(value)[:3])


def _is_empty(value: object) -> bool:
    return value is None or value is False or value in ("", 0) or (isinstance(value, Mapping | list) and not value)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    inner = cast("Mapping[str, object]", value).values() if isinstance(value, Mapping) else value
    for each in cast("list[object]", inner) if isinstance(value, list | Mapping) else ():
        yield from _texts(each)


def _flat(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())
