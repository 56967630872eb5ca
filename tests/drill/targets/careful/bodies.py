"""Bodies: received up to a size, and JSON only in a shape that every part of an app can bear."""

import json
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 32 * 1024
DEEPEST = 12
MOST_VALUES = 400


class Bodies:
    """Reads a body before the app does; answers 413 and 400 itself."""

    def __init__(self, app: ASGIApp, largest: int | None = LARGEST, shaped: bool = True) -> None:
        self.app = app
        self.largest = largest
        self.shaped = shaped

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Only requests over HTTP have bodies."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = await self._read(scope, receive)
        if body is None:
            await JSONResponse({"detail": "Too large"}, 413, {"Connection": "close"})(scope, receive, send)
        elif self.shaped and _is_json(scope) and body and not is_bearable(body):
            await JSONResponse({"detail": "Not a bearable JSON text"}, 400)(scope, receive, send)
        else:
            await self.app(scope, _again(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if self._is_beyond(int(announced) if announced.isdigit() and len(announced) < 19 else 2**63):
            return None
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if self._is_beyond(size):
                return None
            if not message.get("more_body"):
                return b"".join(parts)

    def _is_beyond(self, size: int) -> bool:
        return self.largest is not None and size > self.largest


def is_bearable(body: bytes) -> bool:
    """UTF-8, not deep, not of too many values, no name twice, no NaN, no NUL, no half of a surrogate pair."""
    try:
        if _depth(body) > DEEPEST or sum(map(body.count, (b",", b":"))) > MOST_VALUES:
            return False
        read = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse)
        text = json.dumps(read, ensure_ascii=False, allow_nan=False)
        text.encode("utf-8")
    except (ValueError, RecursionError):
        return False
    return "\\u0000" not in text


def _depth(body: bytes) -> int:
    depth = deepest = 0
    for byte in body:
        depth += (byte in b"[{") - (byte in b"]}")
        deepest = max(deepest, depth)
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _is_json(scope: Scope) -> bool:
    return b"json" in dict(scope["headers"]).get(b"content-type", b"").lower()


def _again(body: bytes, receive: Receive) -> Receive:
    """The body once more, as one message; then whatever else is received."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return waiting.pop() if waiting else await receive()

    return received
