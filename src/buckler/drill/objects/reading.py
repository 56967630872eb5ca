"""What an exchange says of objects: fields of JSON, what a form sent, and where links and `Location` lead."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, cast
from urllib.parse import parse_qsl, urlsplit

from buckler.drill.transport.answer import Answer, Exchange

Scalar = str | int | float

_MOST_ITEMS: Final = 50
"""Of one list."""
_MOST_LINKS: Final = 60
_DEEPEST: Final = 4
_LINK: Final = re.compile(r"""\b(?:href|src|action)\s*=\s*["']((?:/|https?:)[^"'#?\s]{1,300})""", re.IGNORECASE)

_OF_FRAMES: Final = frozenset(
    (
        *(
            "success",
            "ok",
            "status",
            "statuscode",
            "code",
            "message",
            "msg",
            "error",
            "errors",
            "detail",
            "type",
            "kind",
        ),
        *(
            "total",
            "count",
            "page",
            "pages",
            "perpage",
            "pagesize",
            "size",
            "limit",
            "offset",
            "next",
            "previous",
            "prev",
        ),
        *("hasnext", "hasmore", "cursor", "nextcursor", "timestamp", "time", "requestid", "traceid", "version"),
    )
)
"""What stands beside the objects in an answer that wraps them."""


def sent(exchange: Exchange) -> object:
    """The body of a request, as JSON or as the fields of a form."""
    media = (exchange.request.header("content-type") or "").partition(";")[0]
    if media.endswith("json"):
        return Answer(200, body=exchange.request.body).json()
    return dict(parse_qsl(exchange.request.body.decode("latin-1"))) if media.endswith("urlencoded") else {}


def located(exchange: Exchange) -> str:
    """The path that `Location` names, which says where the new thing is (RFC 9110 section 15.3.2); else nothing."""
    return urlsplit(exchange.answer.header("location") or "").path.rstrip("/")


def linked(answer: Answer) -> tuple[str, ...]:
    """The paths that a page leads to, each once."""
    return tuple(dict.fromkeys(path for _, _, path in links_in(answer)))[:_MOST_LINKS]


def links_in(answer: Answer) -> Iterator[tuple[int, int, str]]:
    """Every link of a page: where it begins and ends, and the path."""
    if answer.is_html:
        for found in _LINK.finditer(answer.text):
            yield found.start(), found.end(), urlsplit(found[1]).path


def objects(value: object, depth: int = 0) -> Iterator[Mapping[str, object]]:
    """The objects in an answer, from the outside in: itself, or those of a list, or of the lists that it holds.

    What only wraps others is none of them: `{"success": true, "code": 200, "data": {...}}`.
    """
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in cast("list[object]", value)[:_MOST_ITEMS]:
            yield from objects(item, depth + 1)
    elif isinstance(value, Mapping):
        item = cast("Mapping[str, object]", value)
        if not wraps(item):
            yield item
        for inner in item.values():
            if isinstance(inner, list | Mapping):
                yield from objects(cast("object", inner), depth + 1)


def made(answered: object, given: Mapping[str, Scalar]) -> Mapping[str, object] | None:
    """The object in an answer that a request made: the outermost, or one inside that repeats more of the request."""
    several = list(objects(answered))
    return max(several, key=lambda each: _repeated(each, given), default=None)


def _repeated(item: Mapping[str, object], given: Mapping[str, Scalar]) -> int:
    return sum(isinstance(value, str) and item.get(name) == value for name, value in given.items())


def wraps(item: Mapping[str, object]) -> bool:
    """Whether it holds others, and beside them only what says how it went."""
    inner = any(isinstance(value, list | Mapping) or value is None for value in item.values())
    return inner and all(_is_of_frame(name, value) for name, value in item.items())


def _is_of_frame(name: str, value: object) -> bool:
    if isinstance(value, list | Mapping) or value is None:
        return True
    said = re.sub(r"[^a-z]", "", name.lower()) in _OF_FRAMES
    return said and (name.lower() != "code" or isinstance(value, int) or str(value).isdigit())


def scalars(value: object) -> Iterator[tuple[str, Scalar]]:
    """The texts and numbers of one object."""
    if isinstance(value, Mapping):
        for name, each in cast("Mapping[str, object]", value).items():
            if isinstance(each, str | int | float) and not isinstance(each, bool):
                yield name, each
