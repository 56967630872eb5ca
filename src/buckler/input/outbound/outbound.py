"""Requests to others, as an agreement that is made once and held on every request.

    partner = Outbound(hosts={"api.partner.example"})
    rates = await partner.fetch_json("https://api.partner.example/rates", Rates)

`hosts` has no default: either the few that are needed (ASVS 13.2.4), or "public" where the user
names the address, as with webhooks. A host inside our own network is named in `allow_private`.
"""

import ssl
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Final, Literal, TypeVar, final

from pydantic import TypeAdapter, ValidationError

from buckler.clock import Clock, SystemClock
from buckler.errors import ConfigurationError
from buckler.input.byte_counts import bytes_in
from buckler.input.json import MalformedJson, judge
from buckler.input.outbound.errors import OutboundRefused
from buckler.input.outbound.policy import agree
from buckler.input.outbound.resolving import JudgedResolver, Resolver, SystemResolver

if TYPE_CHECKING:
    import httpx2

Answer = TypeVar("Answer")

_ANSWER_BYTES: Final = 64 * 1024
_SECONDS: Final = 3.0
_AGENT: Final = "buckler"


@final
class Outbound:
    """Where our requests may go, and what we take for an answer.

    `answer_bytes` bounds the body of an answer (a number, or "1 MB"), `seconds` the whole exchange.
    `ssl_context` is for an authority of your own; one that does not check certificates and names cannot be given.
    """

    def __init__(
        self,
        *,
        hosts: Iterable[str] | Literal["public"],
        allow_private: Iterable[str] = (),
        schemes: Iterable[str] = ("https",),
        ports: Iterable[int] | None = None,
        answer_bytes: int | str = _ANSWER_BYTES,
        seconds: float = _SECONDS,
        ssl_context: ssl.SSLContext | None = None,
        resolver: Resolver | None = None,
        clock: Clock | None = None,
    ) -> None:
        size = _size(answer_bytes)
        if not isinstance(seconds, int | float) or not 0 < seconds <= 3600:  # pyright: ignore[reportUnnecessaryIsInstance] - others write it
            raise ConfigurationError(
                f"Outbound: seconds={seconds!r}: no answer would come, or none would end; give a number above 0 and at"
                " most 3600, an hour."
            )
        self._policy = agree(hosts, allow_private, schemes, ports)
        self._context = _judged(ssl_context)
        self._resolver = JudgedResolver(resolver or SystemResolver(), self._policy.private)
        self._clock = clock or SystemClock()
        self._size = size
        self._seconds = seconds

    def client(self) -> "httpx2.AsyncClient":
        """A client to be closed by its owner. It keeps no cookie of others and reads nothing of the environment."""
        import httpx2  # the extra is there: the constructor has asked

        from buckler.input.outbound.transport import SafeTransport

        transport = SafeTransport(
            self._policy, self._resolver, self._context, self._clock, size=self._size, seconds=self._seconds
        )
        refusing = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        return httpx2.AsyncClient(
            transport=transport, trust_env=False, timeout=None, cookies=refusing, headers={"User-Agent": _AGENT}
        )

    async def fetch_json(self, url: str, model: type[Answer], *, headers: Mapping[str, str] | None = None) -> Answer:
        """What stands at `url`, fitted to `model`. Raises `OutboundError` for everything else."""
        import httpx2

        async with self.client() as client:
            try:
                answer = await client.get(url, headers={"Accept": "application/json", **(headers or {})})
            except httpx2.InvalidURL:
                # Without its cause, which quotes the URL.
                raise OutboundRefused("url-malformed") from None
            except UnicodeError:
                # The same: it quotes what cannot be written, which may be a credential.
                raise OutboundRefused("request-malformed") from None
        return _read(answer, model)


def _size(answer_bytes: object) -> int:
    try:
        return bytes_in(answer_bytes)
    except ConfigurationError as error:
        raise ConfigurationError(f"Outbound: answer_bytes: {error}") from None


def _read(answer: "httpx2.Response", model: type[Answer]) -> Answer:
    if not answer.is_success:
        raise OutboundRefused("answer-status")
    media = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json" and not (media.startswith("application/") and media.endswith("+json")):
        raise OutboundRefused("answer-media-type")
    try:
        judge(answer.content)
    except MalformedJson:
        raise OutboundRefused("answer-malformed") from None
    try:
        return TypeAdapter(model).validate_json(answer.content)
    except ValidationError:
        # Without its cause, which quotes the answer.
        raise OutboundRefused("answer-unfit") from None


def _judged(given: ssl.SSLContext | None) -> ssl.SSLContext:
    try:
        import httpx2
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "Outbound needs httpx2, which is not installed: pip install 'buckler[outbound]'."
        ) from error
    context = given or _usual_context(httpx2.create_ssl_context)
    if context.verify_mode is not ssl.CERT_REQUIRED or not context.check_hostname:
        raise ConfigurationError(
            "Outbound: this ssl_context does not check the certificate and its name, so anybody on the way could"
            " answer; use ssl.create_default_context(cafile=...) with your own authority."
        )
    return context


@cache
def _usual_context(create: Callable[..., ssl.SSLContext]) -> ssl.SSLContext:
    """One for all that bring none: reading the authorities of the world takes 20 ms."""
    return create(trust_env=False)
