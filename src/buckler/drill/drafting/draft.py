"""A request in parts, of which one can be exchanged; put together only when it is sent."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast
from urllib.parse import quote, urlencode

from buckler.drill.drafting.upload import TEXT, Upload
from buckler.drill.plan.route import FORM, JSON, MULTIPART, PARAMETER, Place, Route, Slot, as_sent
from buckler.drill.plan.schema import Schemas
from buckler.drill.transport.request import Fields, Request

_BOUNDARY: Final = "buckler-drill-7f3c"
ABSENT: Final = object()
"""Put into a slot, it leaves the value out."""

Value = tuple[Place, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """A request to one route: `values` of path, query, header and cookie; `body` is a JSON value or a form."""

    route: Route
    values: Mapping[Value, object] = field(default_factory=dict[Value, object])
    body: object = ABSENT
    media: str = JSON
    more: Fields = ()
    """Header fields beside."""

    def put(self, slot: Slot, value: object) -> "Draft":
        """The same with another value in one place; `ABSENT` leaves it out."""
        if slot.place in ("body", "form"):
            return replace(self, body=_put(self.body, slot.way, value))
        return replace(self, values={**self.values, (slot.place, slot.name): value})

    def get(self, slot: Slot) -> object:
        """What stands there; `ABSENT` where nothing does."""
        if slot.place not in ("body", "form"):
            return self.values.get((slot.place, slot.name), ABSENT)
        found = self.body
        for step in slot.way:
            if isinstance(found, Mapping):
                found = cast("Mapping[str, object]", found).get(step, ABSENT)
            elif isinstance(found, list) and step.isdigit() and int(step) < len(cast("list[object]", found)):
                found = cast("list[object]", found)[int(step)]
            else:
                return ABSENT
        return found

    def with_body(self, body: object) -> "Draft":
        """The same with another body."""
        return replace(self, body=body)

    def request(self) -> Request:
        """What is sent."""
        path = as_sent(PARAMETER.sub(self._in_path, self.route.path))
        cookies = "; ".join(f"{name}={_text(value)}" for name, value in self._of("cookie"))
        headers = tuple((name, _text(value)) for name, value in self._of("header"))
        media, body = self._encoded()
        return Request(
            self.route.method,
            path,
            _urlencoded(self._of("query")),
            (
                *headers,
                *((("Cookie", cookies),) if cookies else ()),
                *((("Content-Type", media),) if media else ()),
                *self.more,
            ),
            body,
        )

    def _in_path(self, found: re.Match[str]) -> str:
        return quote(_text(self.values.get(("path", found[1]), "1")), safe="", errors="surrogatepass")

    def _of(self, place: Place) -> Iterator[tuple[str, object]]:
        for (where, name), value in self.values.items():
            if where == place and value is not ABSENT and value is not None:
                yield name, value

    def _encoded(self) -> tuple[str, bytes]:
        if self.body is ABSENT:
            return "", b""
        if isinstance(self.body, bytes):
            return self.media, self.body
        if self.media == FORM:
            return FORM, _urlencoded(_form(self.body)).encode()
        if self.media == MULTIPART:
            return f"{MULTIPART}; boundary={_BOUNDARY}", _multipart(self.body, self.files)
        if self.media == JSON or self.media.endswith("+json"):
            return self.media, json.dumps(self.body).encode("utf-8", "surrogatepass")
        return self.media, _text(self.body).encode("utf-8", "surrogatepass")

    @property
    def files(self) -> frozenset[str]:
        """The fields of a multipart body that are files."""
        schemas = () if self.route.body is None else (self.route.body.schema,)
        several = [cast("Mapping[str, Any]", each.get("properties") or {}) for each in schemas]
        properties = {name: cast("object", each) for known in several for name, each in known.items()}
        return frozenset(
            name
            for name, each in properties.items()
            if isinstance(each, Mapping) and _is_file(cast("Mapping[str, Any]", each))
        )


def _is_file(schema: Mapping[str, Any]) -> bool:
    """Whether a field is a file, or a list of them."""
    inner: object = schema.get("items")
    if isinstance(inner, Mapping):
        return _is_file(cast("Mapping[str, Any]", inner))
    return schema.get("format") == "binary" or bool(schema.get("contentMediaType"))


def slots_of(route: Route, schemas: Schemas) -> tuple[Slot, ...]:
    """Every place for a value in a request to this route: parameters, and each leaf of the body."""
    if route.body is None:
        return route.parameters
    place: Place = "form" if route.body.media in (FORM, MULTIPART) else "body"
    leaves = tuple(Slot(place, way, schema) for way, schema in schemas.leaves(route.body.schema))
    return (*route.parameters, *leaves)


def _put(body: object, way: tuple[str, ...], value: object) -> object:
    if not way:
        return value
    step, rest = way[0], way[1:]
    if isinstance(body, list) and step.isdigit():
        items = list(cast("list[object]", body)) or [ABSENT]
        place = min(int(step), len(items) - 1)
        items[place] = _put(items[place], rest, value)
        return [each for each in items if each is not ABSENT]
    known = dict(cast("Mapping[str, object]", body)) if isinstance(body, Mapping) else {}
    put = _put(known.get(step, ABSENT), rest, value)
    if put is ABSENT:
        known.pop(step, None)
    else:
        known[step] = put
    return known


def _form(body: object) -> Iterator[tuple[str, object]]:
    if isinstance(body, Mapping):
        yield from cast("Mapping[str, object]", body).items()


def _urlencoded(fields: Iterator[tuple[str, object]]) -> str:
    pairs = [(name, _text(each)) for name, value in fields for each in _several(value)]
    return urlencode(pairs, errors="surrogatepass")


def _several(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def _multipart(body: object, files: frozenset[str]) -> bytes:
    parts: list[bytes] = []
    for name, value in _form(body):
        for each in _several(value) if name in files else [value]:
            head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
            content = each.content if isinstance(each, Upload) else _text(each).encode("utf-8", "surrogatepass")
            if name in files or isinstance(each, Upload):
                file = each if isinstance(each, Upload) else TEXT
                head += f'; filename="{_quoted(file.name)}"\r\nContent-Type: {file.media}'
            parts.append(f"{head}\r\n\r\n".encode("utf-8", "surrogatepass") + content + b"\r\n")
    return b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode()


def _quoted(name: str) -> str:
    """As browsers write names of fields and files (HTML section 4.10.21.8)."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
