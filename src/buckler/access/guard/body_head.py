"""The beginning of a body, looked at before anybody reads it. Whoever reads then gets all of it, from the start."""

from collections import deque

from buckler.asgi import Message, Receive


class BodyHead:
    """Stands in the place of `receive`."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._held: deque[Message] = deque()
        self._is_whole = False

    async def first(self, count: int) -> bytes:
        """The first `count` bytes, or fewer where the body has fewer. May raise what reading a body raises."""
        found = b"".join(self._bodies())
        while len(found) < count and not self._is_whole:
            message = await self._receive()
            self._held.append(message)
            self._is_whole = message["type"] != "http.request" or not message.get("more_body", False)
            found += _body_of(message)
        return found[:count]

    async def __call__(self) -> Message:
        """The next message, as the app would have received it."""
        return self._held.popleft() if self._held else await self._receive()

    def _bodies(self) -> list[bytes]:
        return [_body_of(each) for each in self._held]


def _body_of(message: Message) -> bytes:
    body: bytes = message.get("body", b"") if message["type"] == "http.request" else b""
    return body
