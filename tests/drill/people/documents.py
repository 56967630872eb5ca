"""OpenAPI documents of well-known shapes, written short: a line for each route."""

import re
from collections.abc import Mapping
from typing import Any

from buckler.drill.plan.document import Document, read_document

MEDIA = {"json": "application/json", "form": "application/x-www-form-urlencoded"}
BEARER = {"type": "http", "scheme": "bearer"}


def password_flow(url: str) -> dict[str, Any]:
    """The scheme of FastAPI's tutorial."""
    return {"type": "oauth2", "flows": {"password": {"scopes": {}, "tokenUrl": url}}}


def document(*lines: str, scheme: Mapping[str, Any] | None = None) -> Document:
    """The document with these routes, each as `POST /login json name password -> token`.

    A `!` before the method asks for a credential; `user.name` is a field within another, and `name?` may be left out.
    """
    paths: dict[str, dict[str, Any]] = {}
    for line in lines:
        asked, _, answered = line.partition("->")
        method, path, *rest = asked.removeprefix("!").split()
        paths.setdefault(path, {})[method.lower()] = _operation(
            path, rest, answered.split(), secured=line.startswith("!")
        )
    schemes = {} if scheme is None else {"securitySchemes": {"scheme": dict(scheme)}}
    return read_document({"openapi": "3.1.0", "info": {"title": "t"}, "paths": paths, "components": schemes})


def _operation(path: str, asked: list[str], answered: list[str], *, secured: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"responses": {"200": {"content": {MEDIA["json"]: {"schema": _schema(answered)}}}}}
    found["parameters"] = [_parameter("path", name) for name in re.findall(r"{(\w+)}", path)]
    if secured:
        found["security"] = [{"scheme": []}]
    if asked and asked[0] == "query":
        found["parameters"] += [_parameter("query", name) for name in asked[1:]]
    elif asked:
        found["requestBody"] = {"content": {MEDIA[asked[0]]: {"schema": _schema(asked[1:])}}}
    return found


def _parameter(place: str, name: str) -> dict[str, Any]:
    return {"in": place, "name": name, "required": True, "schema": {"type": "string"}}


def _schema(names: list[str]) -> dict[str, Any]:
    whole: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
    for name in names:
        inner = whole
        *outer, last = name.rstrip("?").split(".")
        for step in outer:
            inner["required"] = sorted({*inner["required"], step})
            inner = inner["properties"].setdefault(step, {"type": "object", "properties": {}, "required": []})
        inner["properties"][last] = {"type": "string"}
        if not name.endswith("?"):
            inner["required"].append(last)
    return whole if names else {}
