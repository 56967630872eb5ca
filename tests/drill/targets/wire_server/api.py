"""What the server answers: a small API of items, and the bytes of an answer."""

import json
import secrets
import sys
from dataclasses import dataclass, field
from http import HTTPStatus

from tests.drill.targets.wire_server.reading import Head

MOST_ITEMS = 100

DOCUMENT: dict[str, object] = {
    "openapi": "3.1.0",
    "info": {"title": "Items", "version": "0.3"},
    "paths": {
        "/items": {
            "get": {"summary": "The items", "responses": {"200": {"description": "A list of names"}}},
            "post": {
                "summary": "Add one",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}},
                },
                "responses": {"201": {"description": "Added"}, "422": {"description": "No item"}},
            },
        },
        "/visit": {"get": {"summary": "Remember the visitor", "responses": {"200": {"description": "A cookie"}}}},
        "/old": {"get": {"summary": "Where the items were", "responses": {"308": {"description": "Elsewhere"}}}},
    },
    "components": {
        "schemas": {
            "Item": {
                "type": "object",
                "required": ["name"],
                "additionalProperties": False,
                "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 60}},
            }
        }
    },
}
"""What there is; a file for whoever asks by URL, as the server itself only tells it where docs-open is flawed."""

SAFE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
    "cache-control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, what is told, and fields beyond the usual ones."""

    status: int
    told: object
    fields: dict[str, str] = field(default_factory=dict[str, str])

    def as_bytes(self, *, banner: bool, close: bool) -> bytes:
        """As it is sent."""
        body = json.dumps(self.told).encode()
        fields = {"content-type": "application/json", "content-length": str(len(body)), **SAFE, **self.fields}
        if banner:
            fields["server"] = f"tinyhttp/0.3 Python/{sys.version.split()[0]}"
        if close:
            fields["connection"] = "close"
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class Api:
    """The items, as long as the server runs."""

    def __init__(self, flawed: frozenset[str], own_url: str) -> None:
        self._flawed = flawed
        self._own_url = own_url
        self._items: list[str] = []

    def answer(self, head: Head, body: bytes, *, scheme: str) -> Answer:
        """What is said to a request."""
        path = head.path.partition("?")[0]
        if path == "/items" and head.method == "POST":
            return self._add(body)
        hidden = path == "/openapi.json" and "docs-open" not in self._flawed
        if hidden or path not in {"/items", "/visit", "/old", "/openapi.json"}:
            return Answer(404, {"detail": "Not found."})
        if head.method != "GET":
            return Answer(405, {"detail": "Not so."}, {"allow": "GET, POST" if path == "/items" else "GET"})
        if path == "/openapi.json":
            return Answer(200, DOCUMENT)
        if path == "/visit":
            return Answer(200, {"detail": "Welcome."}, {"set-cookie": _cookie(scheme)})
        if path == "/old":
            host = (head.values("host") or [""])[0]
            site = f"{scheme}://{host}" if "host-in-redirect" in self._flawed else self._own_url
            return Answer(308, {"detail": "Elsewhere."}, {"location": f"{site}/items"})
        return Answer(200, self._items)

    def _add(self, body: bytes) -> Answer:
        try:
            item = json.loads(body)
            name = item["name"]
            good = set(item) == {"name"} and isinstance(name, str) and 0 < len(name) <= 60 and name.isprintable()
        except (ValueError, RecursionError, TypeError, KeyError):
            good, name = False, ""
        if not good:
            return Answer(422, {"detail": "That is no item."})
        self._items = [*self._items, name][-MOST_ITEMS:]
        return Answer(201, {"name": name})


def _cookie(scheme: str) -> str:
    visit = secrets.token_urlsafe(24)
    if scheme == "https":
        return f"__Host-visit={visit}; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Lax"
    return f"visit={visit}; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax"
