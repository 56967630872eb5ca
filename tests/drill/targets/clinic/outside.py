"""What surrounds every request: headers, bounds of bodies, errors, where a request comes from."""

import json
import logging
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG = logging.getLogger("clinic")
LARGEST_BODY = 64 * 1024
PARTNER = "https://booking.clinic.example"
"""The one other site that may read with the visitor's session."""

Fields = list[tuple[bytes, bytes]]


def safe_fields(flawed: frozenset[str]) -> Fields:
    """The headers that every answer carries."""
    csp = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"
    fields = [
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"cache-control", b"public, max-age=300" if "pages-cached" in flawed else b"no-store"),
    ]
    if "framing" not in flawed:
        fields.append((b"x-frame-options", b"DENY"))
        csp += "; frame-ancestors 'none'"
    if "no-csp" not in flawed:
        fields.append((b"content-security-policy", csp.encode()))
    return fields


class SafeHeaders:
    """Adds the headers; the outermost of all."""

    def __init__(self, app: ASGIApp, *, fields: Fields, only_on_success: bool) -> None:
        self._app = app
        self._fields = fields
        self._only_on_success = only_on_success

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Complete the answer as it leaves."""

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers: Fields = list(message.get("headers", []))
                if not self._only_on_success or message["status"] == 200:
                    named = {name.lower() for name, _ in headers}
                    headers += [(name, value) for name, value in self._fields if name not in named]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, completed if scope["type"] == "http" else send)


class CrossOrigin:
    """Lets pages of other origins read: the partner's, or whoever asks."""

    def __init__(self, app: ASGIApp, *, everybody: bool) -> None:
        self._app = app
        self._everybody = everybody

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the preflight, and say on each answer who may read it."""
        origin = Headers(scope=scope).get("origin", "") if scope["type"] == "http" else ""
        if not origin or not (self._everybody or origin == PARTNER):
            await self._app(scope, receive, send)
            return
        allowed = [
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-allow-credentials", b"true"),
            (b"vary", b"Origin"),
        ]
        if scope["method"] == "OPTIONS":
            methods = [(b"access-control-allow-methods", b"GET"), (b"access-control-allow-headers", b"content-type")]
            await _answer(send, 200, "ok", [*allowed, *methods])
            return

        async def readable(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), *allowed]}
            await send(message)

        await self._app(scope, receive, readable)


class OwnPagesOnly:
    """Refuses what would change something and comes from another site, as the browser tells it."""

    def __init__(self, app: ASGIApp, *, forms_from_anywhere: bool, json_as_text: bool) -> None:
        self._app = app
        self._forms_from_anywhere = forms_from_anywhere
        self._json_as_text = json_as_text

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at Origin and Sec-Fetch-Site."""
        if scope["type"] == "http" and self._looked_at(scope) and not _from_here(Headers(scope=scope)):
            await _answer(send, 403, "This form belongs to another site.")
            return
        await self._app(scope, receive, send)

    def _looked_at(self, scope: Scope) -> bool:
        if scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            return False
        path: str = scope["path"]
        if path == "/api/messages":
            return not self._json_as_text
        return path.startswith("/api/") or not self._forms_from_anywhere


def _from_here(headers: Headers) -> bool:
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == headers.get("host")
    except ValueError:
        return False


class BoundedBodies:
    """Reads the body up to a bound, and only then lets the app begin."""

    def __init__(self, app: ASGIApp, *, largest: int = LARGEST_BODY) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what is larger."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parts: list[bytes] = []
        size, more = 0, True
        told = Headers(scope=scope).get("content-length", "0")
        if told.isascii() and told.isdigit() and (len(told) > 9 or int(told) > self._largest):
            await _answer(send, 413, "That is too large.")
            return
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            more = message.get("more_body", False)
            if size > self._largest:
                await _answer(send, 413, "That is too large.")
                return
        await self._app(scope, _replay(b"".join(parts), receive), send)


def _replay(body: bytes, receive: Receive) -> Receive:
    left = [body]

    async def replayed() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return replayed


class SafeErrors:
    """Tells whoever asked nothing of what went wrong; the log has it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a crash with 500."""
        began = False

        async def watched(message: Message) -> None:
            nonlocal began
            began = began or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:  # whatever it is, the answer is the same
            LOG.exception("a request failed")
            if began or scope["type"] != "http":
                raise
            await _answer(send, 500, "Something went wrong.")


async def _answer(send: Send, status: int, detail: str, fields: Fields | None = None) -> None:
    body = json.dumps({"detail": detail}).encode()
    length = (b"content-length", str(len(body)).encode())
    headers = [(b"content-type", b"application/json"), length, *(fields or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
