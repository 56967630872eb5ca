"""An OpenAPI document (3.0 and 3.1) read into routes.

What it cannot read is left out and told; nothing that a document names is ever fetched.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit

from buckler.drill.plan.route import FORM, JSON, MULTIPART, Body, Place, Route, Slot
from buckler.drill.plan.schema import NO_SCHEMA, Schema, Schemas
from buckler.drill.plan.sound import TooLarge, made_sound

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_PATH: Final = re.compile(r"/(?!/)[^\x00-\x20\x7f]*\Z")
"""A path of a document begins with one slash (OpenAPI 3.1 section 4.8.8.1)."""
_VARIABLE: Final = re.compile(r"\{([^{}]{1,100})\}")
"""One of the address of a server, which has a value of its own."""
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
"""Names of header fields and cookies (RFC 9110 section 5.6.2)."""
_PREFERRED: Final = (JSON, FORM, MULTIPART)


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """How a caller may show who it is, as the document says."""

    name: str
    kind: str
    """`bearer`, `basic`, `cookie`, `header`, `query`, or what stands there."""
    field: str = ""
    """The name of the cookie, header or parameter."""
    token_url: str = ""
    """Where the password flow of OAuth2 asks for tokens."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a document says, and where to look its schemas up."""

    routes: tuple[Route, ...]
    schemas: Schemas
    schemes: tuple[SecurityScheme, ...] = ()
    title: str = ""
    told: tuple[str, ...] = ()
    """What was left out of it, and why."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out so far: some of it is seen as it is walked."""
        return (*self.told, *self.schemas.notes)


class Unreadable(ValueError):
    """What was given is no OpenAPI document. The text says why."""


def read_document(document: object, hidden: frozenset[str] = frozenset(), word: str = "") -> Document:
    """The routes of a document; those whose keys are in `hidden` are not shown to clients. Raises `Unreadable`.

    `word` tells the references of one document from those of another that is read for the same target.
    """
    if not isinstance(document, Mapping):
        raise Unreadable("This is no OpenAPI document: the outermost value of one is an object.")
    said = cast("Mapping[object, object]", document).get("openapi")
    version = str(said) if isinstance(said, str | float) else ""
    if not version.startswith("3."):
        raise Unreadable(f"openapi is {version[:20] or 'missing'!r}; documents of OpenAPI 3 are read here.")
    try:
        whole, notes = made_sound(cast("Mapping[object, object]", document), word)
    except TooLarge as large:
        raise Unreadable(f"This document is too large to be read: {large}.") from large
    schemas = Schemas(whole, word)
    schemes = tuple(_schemes(whole, schemas))
    prefix, left = _prefix(whole)
    routes = tuple(_routes(whole, schemas, prefix, hidden))
    return Document(routes, schemas, schemes, str(_within(whole, "info").get("title", "")), (*notes, *left))


def _prefix(document: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """The path of the first server that is named: paths stand below it (OpenAPI 3.1 section 4.8.5). With notes."""
    server = next(iter(cast("list[object]", document.get("servers") or [])), None)
    if not isinstance(server, Mapping):
        return "", ()
    known = cast("Mapping[str, Any]", server)
    url = _VARIABLE.sub(lambda name: str(_within(_within(known, "variables"), name[1]).get("default", "")), _url(known))
    try:
        path = urlsplit(url).path.rstrip("/")
    except ValueError:
        path = "?"
    path = path if path.startswith("/") or not path else f"/{path.lstrip('./')}".rstrip("/")
    if not path or (_PATH.match(path) and not re.search("[?#{}]", path)):
        return path, ()
    return "", (f"the document: servers 0 has {url[:60]!r}, below which nothing can stand, and is left out",)


def _url(server: Mapping[str, Any]) -> str:
    url = server.get("url", "")
    return url if isinstance(url, str) else ""


def _routes(document: Mapping[str, Any], schemas: Schemas, prefix: str, hidden: frozenset[str]) -> Iterator[Route]:
    secures = bool(document.get("security")) or any(
        isinstance(operation, Mapping) and "security" in operation
        for item in _within(document, "paths").values()
        if isinstance(item, Mapping)
        for operation in cast("Mapping[str, object]", item).values()
    )
    for path, found in _within(document, "paths").items():
        if not _PATH.match(str(path)):
            # Whatever it is, it is no path: put behind the host it could name another one.
            continue
        item = schemas.resolve(found)
        shared = item.get("parameters", ())
        for method in _METHODS:
            operation = item.get(method)
            if isinstance(operation, Mapping):
                said = cast("Mapping[str, Any]", operation)
                needs = _needs(said, document) if secures else None
                yield _route(method.upper(), prefix + str(path), said, shared, schemas, needs, hidden)


def _route(
    method: str,
    path: str,
    operation: Mapping[str, Any],
    shared: object,
    schemas: Schemas,
    secured: bool | None,
    hidden: frozenset[str],
) -> Route:
    answers, media = _answers(operation, schemas)
    return Route(
        method=method,
        path=path,
        parameters=tuple(_parameters((shared, operation.get("parameters", ())), schemas)),
        body=_body(operation, schemas),
        answers=answers,
        secured=secured,
        documented=f"{method} {path}" not in hidden,
        name=str(operation.get("operationId", "")),
        summary=str(operation.get("summary", "")),
        tags=tuple(str(tag) for tag in operation.get("tags") or ()),
        media=media,
    )


def _needs(operation: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Whether a credential is asked for; an empty requirement among others makes it optional."""
    asked = operation.get("security", document.get("security", ()))
    several = cast("Sequence[object]", asked) if isinstance(asked, list) else ()
    return bool(several) and all(bool(each) for each in several)


def _parameters(lists: tuple[object, ...], schemas: Schemas) -> Iterator[Slot]:
    found: dict[tuple[str, str], Slot] = {}
    for several in lists:
        for each in cast("Sequence[object]", several) if isinstance(several, list | tuple) else ():
            said = schemas.resolve(each)
            place, name = str(said.get("in", "")), str(said.get("name", ""))
            if place in ("header", "cookie") and not _TOKEN.match(name):
                schemas.notes[f"the document: a {place} cannot be called {name[:40]!r}, and is left out"] = None
            elif place in ("path", "query", "header", "cookie") and name:
                schema = dict(schemas.choices(said.get("schema", _content_schema(said)))[0])
                if "example" in said:
                    schema.setdefault("example", said["example"])
                required = bool(said.get("required")) or place == "path"
                found[place, name] = Slot(cast("Place", place), (name,), schema, required)
    yield from found.values()


def _content_schema(said: Schema) -> object:
    content = said.get("content")
    first = (
        next(iter(cast("Mapping[str, Any]", content).values()), NO_SCHEMA)
        if isinstance(content, Mapping)
        else NO_SCHEMA
    )
    return cast("Mapping[str, Any]", first).get("schema", NO_SCHEMA) if isinstance(first, Mapping) else NO_SCHEMA


def _body(operation: Mapping[str, Any], schemas: Schemas) -> Body | None:
    said = schemas.resolve(operation.get("requestBody", NO_SCHEMA))
    content = said.get("content")
    if not isinstance(content, Mapping) or not content:
        return None
    kinds = cast("Mapping[str, Any]", content)
    media = next((each for each in _PREFERRED if each in kinds), next(iter(kinds)))
    schema = dict(schemas.resolve(_within(kinds, media).get("schema", NO_SCHEMA)))
    example = _within(kinds, media).get("example")
    if example is not None:
        schema.setdefault("example", example)
    return Body(media.partition(";")[0].strip().lower(), schema, bool(said.get("required")))


def _answers(operation: Mapping[str, Any], schemas: Schemas) -> tuple[Mapping[str, Schema], str]:
    answers: dict[str, Schema] = {}
    good = ""
    for status, found in _within(operation, "responses").items():
        content = _within(schemas.resolve(found), "content")
        media = JSON if JSON in content else next(iter(content), "")
        answers[str(status)] = schemas.resolve(_within(content, media).get("schema", NO_SCHEMA)) if media else NO_SCHEMA
        if str(status).startswith("2") and not good:
            good = media
    return answers, good


def _schemes(document: Mapping[str, Any], schemas: Schemas) -> Iterator[SecurityScheme]:
    for name, found in _within(_within(document, "components"), "securitySchemes").items():
        said = schemas.resolve(found)
        kind, place = str(said.get("type", "")), str(said.get("in", ""))
        if kind == "http":
            yield SecurityScheme(name, str(said.get("scheme", "")).lower())
        elif kind == "apiKey":
            yield SecurityScheme(name, place, str(said.get("name", "")))
        elif kind == "oauth2":
            flow = _within(_within(said, "flows"), "password")
            yield SecurityScheme(name, "bearer", token_url=str(flow.get("tokenUrl", "")))
        elif kind == "openIdConnect":
            yield SecurityScheme(name, "bearer")


def _within(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = found.get(name)
    return cast("Mapping[str, Any]", inner) if isinstance(inner, Mapping) else NO_SCHEMA
