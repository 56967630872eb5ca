"""What became of one request, by the lines that a service wrote about it.

A line that is no JSON is passed over: libraries write such, and a log may have been cut anywhere. Nothing of a line
reaches the terminal but as plain text.
"""

import json
from collections.abc import Iterable
from typing import Any, Final, cast

from buckler.events import CATALOGUE
from buckler.redact import plain

_NO_LINE: Final = (
    "No line of {source} tells of request {request}. A request that is let in leaves one where access lines are on"
    " (BUCKLER_ACCESS_LOG=true); of many refusals in one second from one source, the first has a line and the rest"
    " are counted."
)


def story(lines: Iterable[str], request: str) -> list[str]:
    """What the lines say of this request, in their order; empty where they say nothing."""
    found = [line for line in map(_read, (each for each in lines if request in each)) if line is not None]
    of_it = [line for line in found if line.get("request_id") == request]
    return [text for place, line in enumerate(of_it) for text in _told(line, first=place == 0)]


def unknown(request: str, source: str) -> str:
    """What to say where there is no line, and why there may be none."""
    return _NO_LINE.format(source=plain(source), request=plain(request))


def _read(line: str) -> dict[str, Any] | None:
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def _told(line: dict[str, Any], *, first: bool) -> list[str]:
    texts: list[str] = []
    if first:
        who = f"by {line['who']}" if "who" in line else "by nobody known"
        texts.append(f"{_word(line, 'method')} {_word(line, 'path')} {who}, from {_word(line, 'client')}")
    return [plain(text) for text in (*texts, *(_event(line) if "event" in line else _access(line)))]


def _event(line: dict[str, Any]) -> list[str]:
    event = CATALOGUE.get(str(line["event"]))
    said = f"{_word(line, 'at')}  {line['event']}" + (f": {event.when}" if event is not None else "")
    if "refusal" not in line:
        return [said]
    by = f" by {line['by']}" if "by" in line else ""
    texts = [said, f"  Refused{by}: {_word(line, 'status')} {line['refusal']}"]
    texts += [f"  {words}: {line[name]}" for name, words in _FURTHER.items() if name in line]
    return texts


def _access(line: dict[str, Any]) -> list[str]:
    route = f"Let in at {line['route']}. " if "route" in line else "Not let in at any route. "
    return [f"{_word(line, 'at')}  {route}Answered {_word(line, 'status')} in {_word(line, 'ms')} ms."]


_FURTHER: Final = {"declared": "Declared at", "reason": "Because", "remedy": "Remedy"}


def _word(line: dict[str, Any], name: str) -> str:
    return str(line.get(name, "?"))
