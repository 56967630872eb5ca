"""What must be otherwise once a finding is mended, as an expression over `control` and `attack`.

The first that fits: the app broke; it was slow; it let in whom it must not; it refused unlike it refuses others;
what was sent came back in a field or in the body; the body tells something that no control tells.
Where none does, the finding is about many requests and not about one, and the status is all there is to compare.
"""

import json
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final, cast
from urllib.parse import parse_qsl, unquote_plus

from buckler.drill.attack import Finding
from buckler.drill.reports.repeating.literal import literal
from buckler.drill.transport.answer import Answer
from buckler.drill.transport.request import Request

_SLOW: Final = 1.0
"""Seconds below which a difference is chance."""
_COMPARED: Final = 4000
"""Characters of a body."""
_SHORTEST: Final = 2
_LONGEST: Final = 80
_COUNTED: Final = frozenset(("content-length", "date", "etag"))
_CHANCE: Final = re.compile(r"[0-9a-fA-F-]{12,}|\d{6,}|\d{4}-\d\d-\d\d")
"""What is another one each time: ids, times."""


def difference(finding: Finding) -> str:
    """The expression; it is false while the attack works."""
    attacked = finding.attacked.answer
    if attacked.broke:
        return "attack.status_code < 500"
    found = _slow(finding) or _let_in(finding) or _refused_otherwise(finding)
    return found or _came_back(finding) or _told(finding) or f"attack.status_code != {attacked.status}"


def _slow(finding: Finding) -> str:
    usual = max((each.answer.seconds for each in finding.control), default=0.0)
    taken = finding.attacked.answer.seconds
    if taken < _SLOW or taken < 3 * usual:
        return ""
    return f"attack.elapsed.total_seconds() < {max(2 * usual, _SLOW / 2):.1f}"


def _let_in(finding: Finding) -> str:
    """Another caller than whom it worked for, or a request that was refused in another form."""
    if not finding.attacked.answer.worked:
        return ""
    other = any(each.who != finding.attacked.who and each.answer.worked for each in finding.control)
    refused = any(400 <= each.answer.status < 500 and not each.answer.limited for each in finding.control)
    return "not attack.is_success" if other or refused else ""


def _refused_otherwise(finding: Finding) -> str:
    attacked, first = finding.attacked.answer, finding.control[0].answer
    if attacked.status < 400 or first.status < 400 or attacked.status == first.status:
        return ""
    return "attack.status_code == control.status_code"


def _came_back(finding: Finding) -> str:
    """What only the attack sent, in a field or in the body of the answer."""
    answer = finding.attacked.answer
    sent = sorted(_only_there(finding), key=len, reverse=True)
    for name, value in answer.headers:
        new = not any(value in each.answer.all(name) for each in finding.control)
        if new and name.lower() not in _COUNTED and any(text in value for text in sent):
            return f"attack.headers.get({literal(name)}) != {literal(value)}"
    text = next((text for text in sent if text in answer.text), None)
    return "" if text is None else f"{literal(text[:_LONGEST])} not in attack.text"


def _only_there(finding: Finding) -> set[str]:
    before = {value for each in finding.control for value in _values(each.request)}
    return {value for value in _values(finding.attacked.request) if value not in before and len(value) > _SHORTEST}


def _values(request: Request) -> Iterator[str]:
    yield from (unquote_plus(part) for part in request.path.split("/"))
    yield from (value for _, value in parse_qsl(request.query, keep_blank_values=True))
    yield from (value for name, value in request.headers if name.lower() not in ("cookie", "authorization"))
    try:
        yield from _leaves(json.loads(request.body), 8)
    except (ValueError, RecursionError):
        yield from (value for _, value in parse_qsl(request.body.decode("latin-1")[:_COMPARED]))


def _leaves(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list) and depth:
        members = cast("dict[str, object]", value).values() if isinstance(value, dict) else cast("list[object]", value)
        for each in members:
            yield from _leaves(each, depth - 1)


def _told(finding: Finding) -> str:
    """The longest text that the answer to the attack has and no other; what is another each time does not count."""
    attacked, first = finding.attacked.answer, finding.control[0].answer
    texts = [text for text in _added(first, attacked) if not any(text in each.answer.text for each in finding.control)]
    longest = max(texts, key=len, default="")
    return f"{literal(longest)} not in attack.text" if longest else ""


def _added(before: Answer, after: Answer) -> Iterator[str]:
    one, other = (re.findall(r"\w+|\W", answer.text[:_COMPARED]) for answer in (before, after))
    for kind, _, _, start, end in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        text = "".join(other[start:end]).strip()[:_LONGEST]
        if kind in ("insert", "replace") and len(text) >= _SHORTEST and not _CHANCE.search(text):
            yield text
