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
    if not answer.is_html:
        return ()
    links: list[str] = _LINK.findall(answer.text)
    return tuple(dict.fromkeys(urlsplit(each).path for each in links))[:_MOST_LINKS]


def objects(value: object, depth: int = 0) -> Iterator[Mapping[str, object]]:
    """The objects in an answer, from the outside in: itself, or those of a list, or of the lists that it holds."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in cast("list[object]", value)[:_MOST_ITEMS]:
            yield from objects(item, depth + 1)
    elif isinstance(value, Mapping):
        item = cast("Mapping[str, object]", value)
        yield item
        for inner in item.values():
            if isinstance(inner, list | Mapping):
                yield from objects(cast("object", inner), depth + 1)


def scalars(value: object) -> Iterator[tuple[str, Scalar]]:
    """The texts and numbers of one object."""
    if isinstance(value, Mapping):
        for name, each in cast("Mapping[str, object]", value).items():
            if isinstance(each, str | int | float) and not isinstance(each, bool):
                yield name, each
