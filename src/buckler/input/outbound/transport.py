"""The transport that httpx2 sends through: every request is judged, every answer bounded (ASVS 15.3.2, 12.3.2).

1. The policy judges scheme, host, port, method and sizes before anything is looked up.
2. The connection is made to a judged address, with TLS against the host's name. No proxy, no redirect:
   an answer that leads elsewhere is refused here, whatever the client was told to follow.
3. An answer is taken as it is: compressed ones are refused, since a few bytes may unfold to gigabytes.
   Its length is counted while it is read; a declared length over the limit is refused at once.
4. One deadline holds for all of it.

What the request carries for the library alone (`extensions`: another name for TLS, another target)
is left behind, as is a `Host` line that differs from the URL.
"""

import ssl
from collections.abc import AsyncIterable, AsyncIterator, Generator
from contextlib import contextmanager
from typing import Final

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
        return httpx2.Response(answer.status, headers=answer.headers, stream=stream)

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
    """The body of an answer: no more bytes, and no longer, than agreed."""

    def __init__(self, answer: httpcore2.Response, deadline: Deadline, size: int) -> None:
        self._answer = answer
        self._deadline = deadline
        self._size = size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = self._answer.aiter_stream()
        seen = 0
        with _told():
            while (part := await self._deadline.run(lambda: anext(parts, None))) is not None:
                seen += len(part)
                if seen > self._size:
                    raise OutboundRefused("answer-too-large")
                yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


def _judge_answer(answer: httpcore2.Response, size: int) -> None:
    fields = {name.lower(): value for name, value in answer.headers}
    if (
        len(answer.headers) > _MOST_FIELDS
        or sum(len(name) + len(value) for name, value in answer.headers) > _LONGEST_HEAD
    ):
        raise OutboundRefused("answer-head-too-large")
    if answer.status == 101:
        raise OutboundRefused("answer-upgraded")
    if 300 <= answer.status < 400 and b"location" in fields:
        raise OutboundRefused("redirected")
    if fields.get(b"content-encoding", b"identity").strip().lower() not in (b"identity", b""):
        raise OutboundRefused("answer-encoded")
    length = fields.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > size:
        raise OutboundRefused("answer-too-large")


@contextmanager
def _told() -> Generator[None, None, None]:
    """In our own words what the library raises. Its own may quote the URL."""
    try:
        yield
    except httpcore2.ConnectError as error:
        # The pool of connections raises it again without its cause.
        by_tls = isinstance(error.__cause__ or error.__context__, ssl.SSLError)
        raise OutboundFailed("certificate" if by_tls else "unreachable") from error
    except httpcore2.LocalProtocolError as error:
        raise OutboundRefused("request-malformed") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException) as error:
        raise OutboundFailed("broken-off") from error
