"""JSON is judged where the body is received (RFC 8259; ASVS 1.5.2, 2.2.1).

1. For `application/json`, `text/json` and every type ending in `+json`, whatever its parameters and case. The type is
   read as FastAPI reads it, and more widely: what it parses as JSON was judged here.
2. A `charset` other than UTF-8 is 415: RFC 8259 section 8.1 knows no other. So is it where some of a body comes: many
   clients name a type on every request.
3. The body is collected, within its limit (`edge/sizes.py`), judged by `input/json.py`, and handed to the app in one
   message. What is malformed is 400 with the rule that it breaks, never with what was sent.

4. More than 64 kB are judged in a thread, so that others are answered meanwhile: a megabyte costs 30 ms.

An empty body is left to the route, which knows whether it needs one.

Caveat: what an app reads as JSON by itself under another type, or from a WebSocket, is not judged.
"""

from functools import lru_cache
from typing import Final, Literal

from starlette.concurrency import run_in_threadpool

from buckler.asgi import Exchange, Message, Receive
from buckler.defence import Reception
from buckler.errors import Refusal
from buckler.input.json import MalformedJson, judge
from buckler.refused import Refused

CHARSET: Final = Refusal(415, "charset-unsupported", "JSON is UTF-8.", event="input_validation_fail")
_LONG: Final = 65_536
"""Bytes: judged within 2 ms."""
_UTF_8: Final = frozenset(("utf-8", "utf8", "us-ascii"))


class JsonBodies(Reception):
    """Hands on JSON bodies that have one meaning and a bounded cost."""

    name = "json-bodies"

    def receive(self, exchange: Exchange, receive: Receive) -> Receive:
        content_type = exchange.headers.get(b"content-type")
        if content_type is None or not (kind := _kind_of(content_type)):
            return receive
        is_read = False

        async def judged() -> Message:
            nonlocal is_read
            if is_read:
                return await receive()
            message = await receive()
            while not message.get("body") and message.get("more_body", False):
                message = await receive()
            if kind == "foreign" and message.get("body"):
                raise _refused(exchange, CHARSET, "charset", self)
            if message.get("more_body", False):
                message = await _collected(message, receive)
            if message["type"] == "http.request" and (body := message.get("body")):
                try:
                    if len(body) > _LONG:
                        await run_in_threadpool(judge, body)
                    else:
                        judge(body)
                except MalformedJson as error:
                    raise _refused(exchange, malformed(str(error)), error.rule, self) from None
            is_read = True
            return message

        return judged


def malformed(words: str) -> Refusal:
    """The answer to a body that is no JSON."""
    return Refusal(400, "json-malformed", f"This JSON cannot be taken. {words}", event="input_validation_fail")


async def _collected(message: Message, receive: Receive) -> Message:
    """The body that begins so, in one message; or the message that ended it early."""
    pieces: list[bytes] = [message.get("body", b"")]
    while message.get("more_body", False):
        message = await receive()
        if message["type"] != "http.request":
            return message
        pieces.append(message.get("body", b""))
    return {"type": "http.request", "body": b"".join(pieces), "more_body": False}


def _refused(exchange: Exchange, refusal: Refusal, rule: str, by: Reception) -> Refused:
    exchange.refusal, exchange.by = refusal, by
    exchange.reason = rule
    return Refused(refusal)


@lru_cache(maxsize=256)
def _kind_of(content_type: bytes) -> Literal["", "json", "foreign"]:
    """Nothing, JSON, or JSON in another charset. The type as `email.message` reads it, with which FastAPI chooses."""
    media_type, *parameters = content_type.decode("latin-1").lower().split(";")
    media_type = media_type.strip()
    if not media_type.endswith("+json") and media_type not in ("application/json", "text/json"):
        return ""
    named = [each.partition("=") for each in parameters]
    charsets = {value.strip().strip('"') for name, _, value in named if name.strip() == "charset"}
    return "json" if charsets <= _UTF_8 else "foreign"
