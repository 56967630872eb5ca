"""How a caller may show what it was given, the likeliest way first."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from buckler.drill.people.entry import Shown
from buckler.drill.people.handed import Handed
from buckler.drill.plan.document import Document
from buckler.drill.transport.request import Fields

_CSRF_HEADERS: Final = {"xsrf-token": "X-XSRF-TOKEN", "csrftoken": "X-CSRFToken"}
"""The header that goes with a cookie of this name, in the frameworks that made it known."""
_SCHEMES: Final = ("Bearer", "Token", "JWT", "")


def declared(document: Document) -> Iterator[Shown]:
    """What the document says of it."""
    for scheme in document.schemes:
        if scheme.kind == "bearer":
            yield Shown()
        elif scheme.kind == "header" and scheme.field.lower() == "authorization":
            yield from (Shown(scheme=word) for word in _SCHEMES)
        elif scheme.kind == "header":
            yield Shown("header", scheme.field, "")
        elif scheme.kind == "cookie":
            yield Shown("cookie", scheme.field, "")
    yield from (
        Shown("header", slot.name, "")
        for route in document.routes
        for slot in route.parameters
        if slot.place == "header" and slot.name.lower() in ("x-api-key", "api-key", "x-auth-token", "x-token")
    )


def ways_to_show(document: Document, given: Handed) -> tuple[Shown, ...]:
    """Every way that fits what was given: what the document says first, then what is usual."""
    fitting = [_fitted(shown, given) for shown in (*declared(document), *_usual(given))]
    return tuple(dict.fromkeys(shown for shown in fitting if shown is not None))


def headers_for(shown: Shown, given: Handed, kept: Mapping[str, str]) -> Fields:
    """The header fields that show it; `kept` are cookies that were there before."""
    fields: list[tuple[str, str]] = []
    cookies = {**kept, **given.cookies}
    if shown.kind != "cookie":
        fields.append((shown.field, f"{shown.scheme} {given.token}".strip()))
    elif shown.field not in cookies and given.token:
        cookies[shown.field] = given.token
    if cookies and shown.kind == "cookie":
        fields.append(("Cookie", "; ".join(f"{name}={value}" for name, value in cookies.items())))
    csrf = given.csrf or next((value for name, value in cookies.items() if is_csrf(name)), "")
    if shown.csrf_header and csrf:
        fields.append((shown.csrf_header, csrf))
    return tuple(fields)


def csrf_header(document: Document, cookies: Mapping[str, str]) -> str:
    """The header in which an app that is used with cookies wants its token: as documented, else as usual."""
    for route in document.routes:
        for slot in route.parameters:
            if slot.place == "header" and is_csrf(slot.name):
                return slot.name
    name = next((name for name in cookies if is_csrf(name)), "")
    return _CSRF_HEADERS.get(name.lower(), "X-CSRF-Token")


def is_csrf(name: str) -> bool:
    """Whether a field, header or cookie of this name keeps other sites out."""
    lower = name.lower()
    return "csrf" in lower or "xsrf" in lower


def _usual(given: Handed) -> Iterator[Shown]:
    if given.token and given.is_key:
        yield Shown("header", "X-API-Key", "")
    if given.token:
        kind = given.token_type
        if kind and kind.lower() not in ("bearer", "access"):
            yield Shown(scheme=kind[:1].upper() + kind[1:])
        yield from (Shown(scheme=scheme) for scheme in _SCHEMES)
    if given.cookies:
        yield Shown("cookie", given.session_cookie, "")


def _fitted(shown: Shown, given: Handed) -> Shown | None:
    """The way with the places of what was given; None where it does not fit that."""
    if shown.kind == "cookie":
        if not given.cookies and not given.token:
            return None
        name = shown.field if shown.field in given.cookies or given.token else given.session_cookie
        return replace(shown, field=name, at=(), refresh_at=given.refresh_at, csrf_at=given.csrf_at)
    return replace(shown, at=given.at, refresh_at=given.refresh_at) if given.token else None
