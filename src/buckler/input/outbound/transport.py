"""The transport that httpx2 sends through: every request is judged, every answer bounded (ASVS 15.3.2, 12.3.2).

1. The policy judges scheme, host, port, method and sizes before anything is looked up.
2. The connection is made to a judged address, with TLS against the host's name. No proxy, no redirect:
   an answer that leads elsewhere is refused here, whatever the client was told to follow.
3. An answer is taken as it is: compressed ones are refused, since a few bytes may unfold to gigabytes.
   Every value of every `Content-Encoding` line is judged, and the library, which could decode, sees none.
   Its length is counted while it is read, and so are its parts, each of which costs more than its bytes;
   a declared length over the limit is refused at once.
4. One deadline holds for all of it.

What the request carries for the library alone (`extensions`: another name for TLS, another target)
is left behind, as is a `Host` line that differs from the URL.
"""

import asyncio
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Generator, Iterable
from contextlib import contextmanager
from typing import Final

import h11
import httpcore2
import httpx2

from buckler.clock import Clock
from buckler.input.outbound.deadline import Deadline
from buckler.input.outbound.errors import OutboundFailed, OutboundRefused
from buckler.input.outbound.network import PinnedNetwork
from buckler.input.outbound.policy import Policy, judge_head
from buckler.input.outbound.resolving import JudgedResolver

_MOST_FIELDS: Final = 100
_LONGEST_HEAD: Final = 16384
_FREE_PARTS: Final = 1000
_USUAL_PART: Final = 64
"""Bytes: an answer may have a thousand smaller parts than that."""
_PIECE: Final = 64 * 1024
"""Bytes that are gathered from small parts before they are handed on."""
_TOGETHER: Final = 200
"""Parts that are gathered at most: some milliseconds."""
_CODING: Final = b"content-encoding"
_SET_BY_US: Final = (b"host", b"accept-encoding")


class SafeTransport(httpx2.AsyncBaseTransport):
    """One pool of connections under one policy."""

    def __init__(
        self,
        policy: Policy,
        resolver: JudgedResolver,
        context: ssl.SSLContext,
        clock: Clock,
        *,
        size: int,
        seconds: float,
    ) -> None:
        self._policy = policy
        self._clock = clock
        self._size = size
        self._seconds = seconds
        self._pool = httpcore2.AsyncConnectionPool(ssl_context=context, network_backend=PinnedNetwork(resolver))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        asked = self._judged(request)
        deadline = Deadline(self._clock, self._seconds)
        with _told():
            answer = await deadline.run(lambda: self._pool.handle_async_request(asked))
        stream = _Bounded(answer, deadline, self._size)
        try:
            _judge_answer(answer, self._size)
        except OutboundRefused:
            await stream.aclose()
            raise
        plain = [(name, value) for name, value in answer.headers if name.lower() != _CODING]
        return httpx2.Response(answer.status, headers=plain, stream=stream)

    async def aclose(self) -> None:
        await self._pool.aclose()

    def _judged(self, request: httpx2.Request) -> httpcore2.Request:
        url = request.url
        if url.userinfo:
            raise OutboundRefused("credentials-in-url")
        host = url.raw_host.decode("ascii")
        self._policy.judge_place(url.scheme, host, url.port)
        fields = [(name, value) for name, value in request.headers.raw if name.lower() not in _SET_BY_US]
        fields = [(b"Host", url.netloc), (b"Accept-Encoding", b"identity"), *fields]
        judge_head(request.method, url.raw_path, fields)
        if not isinstance(request.stream, AsyncIterable):
            raise OutboundRefused("request-malformed")
        place = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        return httpcore2.Request(request.method, place, headers=fields, content=request.stream)


class _Bounded(httpx2.AsyncByteStream):
    """The body of an answer: no more bytes, no more parts, and no longer, than agreed."""

    def __init__(self, answer: httpcore2.Response, deadline: Deadline, size: int) -> None:
        self._answer = answer
        self._deadline = deadline
        self._bytes_left = size
        self._parts_left = _FREE_PARTS + size // _USUAL_PART

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = self._answer.aiter_stream()
        with _told():
            while piece := await self._deadline.run(lambda: self._gather(parts)):
                yield piece

    async def _gather(self, parts: AsyncIterator[bytes]) -> bytes:
        """The next parts together: the time is looked at once for all of them."""
        gathered = bytearray()
        until = self._parts_left - _TOGETHER
        await asyncio.sleep(0)  # parts that are here already would never let others have their turn
        async for part in parts:
            self._bytes_left -= len(part)
            self._parts_left -= 1
            if self._bytes_left < 0 or self._parts_left < 0:
                raise OutboundRefused("answer-too-large")
            gathered += part
            if len(gathered) >= _PIECE or (gathered and self._parts_left <= until):
                break
        return bytes(gathered)

    async def aclose(self) -> None:
        await self._answer.aclose()


def _judge_answer(answer: httpcore2.Response, size: int) -> None:
    fields = [(name.lower(), value) for name, value in answer.headers]
    if (
        len(answer.headers) > _MOST_FIELDS
        or sum(len(name) + len(value) for name, value in answer.headers) > _LONGEST_HEAD
    ):
        raise OutboundRefused("answer-head-too-large")
    if answer.status == 101:
        raise OutboundRefused("answer-upgraded")
    if 300 <= answer.status < 400 and b"location" in dict(fields):
        raise OutboundRefused("redirected")
    if not all(map(_is_plain, _values(fields, _CODING))):
        raise OutboundRefused("answer-encoded")
    for length in _values(fields, b"content-length"):
        if not length.isdigit() or int(length) > size:
            raise OutboundRefused("answer-too-large")


def _values(fields: Iterable[tuple[bytes, bytes]], wanted: bytes) -> list[bytes]:
    """Of every line of that name: one of them may say otherwise than the others."""
    return [value for name, value in fields if name == wanted]


def _is_plain(codings: bytes) -> bool:
    return all(coding.strip().lower() in (b"identity", b"") for coding in codings.split(b","))


@contextmanager
def _told() -> Generator[None, None, None]:
    """In our own words what the library raises. Its own may quote the URL."""
    try:
        yield
    except httpcore2.ConnectError as error:
        # The pool of connections raises it again without its cause.
        by_tls = isinstance(error.__cause__ or error.__context__, ssl.SSLError)
        raise OutboundFailed("certificate" if by_tls else "unreachable") from error
    except (httpcore2.LocalProtocolError, h11.LocalProtocolError):
        # Without its cause, which quotes the line, and the credential in it.
        raise OutboundRefused("request-malformed") from None
    except httpcore2.ProtocolError:
        # Without its cause, which quotes the answer.
        raise OutboundFailed("broken-off") from None
    except (httpcore2.NetworkError, httpcore2.TimeoutException) as error:
        raise OutboundFailed("broken-off") from error
