"""Asking an issuer for its keys: metadata first, then the set it names (OpenID Connect Discovery; RFC 8414).

- Every request goes through `Outbound`: https, no redirect, the issuer's own host and port and no other, connected
  to at an address that was judged, 64 kB, and three seconds for all of it together.
- The set stands at the issuer's own origin, or where `jwks_uri=` of the agreement says: metadata leads nowhere else.
"""

from typing import Final, cast
from urllib.parse import urlunsplit

from buckler.clock import Clock
from buckler.input.outbound import Outbound, OutboundRefused, Resolver
from buckler.input.outbound.deadline import Deadline
from buckler.input.outbound.policy import PORTS
from buckler.oauth.foreign_keys import KeysUnfit
from buckler.oauth.issuer import Issuer
from buckler.oauth.jwks_checks import JwksMetadata
from buckler.tokens.claims import text

SECONDS: Final = 3.0
Document = dict[str, object]


class KeySource:
    """Where the keys of one issuer come from."""

    def __init__(self, issuer: Issuer, clock: Clock, metadata: JwksMetadata | None, resolver: Resolver | None) -> None:
        self._issuer = issuer
        self._clock = clock
        self._metadata = metadata
        place = issuer.keys_place
        host = place.hostname or ""
        self._outbound = Outbound(
            hosts={host},
            allow_private={host} if issuer.private else (),
            schemes=(place.scheme,),
            ports=(place.port or PORTS[place.scheme],),
            seconds=SECONDS,
            ssl_context=issuer.ssl_context,
            resolver=resolver,
            clock=clock,
        )

    async def read(self) -> Document:
        """The JWK set as it was sent. Raises `OutboundError`, `KeysUnfit`."""
        return await Deadline(self._clock, SECONDS).run(self._read)

    async def _read(self) -> Document:
        return await self._fetch(self._issuer.jwks_uri or await self._discover())

    async def _discover(self) -> str:
        try:
            document = await self._fetch(self._openid_place())
        except OutboundRefused as error:
            if error.code != "answer-status":
                raise
            document = await self._fetch(self._oauth_place())
        if self._metadata is not None and not self._metadata.names(document, self._issuer.url):
            raise KeysUnfit("metadata-of-another-issuer")
        found = text(document, "jwks_uri")
        if not found:
            raise KeysUnfit("metadata-without-keys")
        return found

    def _openid_place(self) -> str:
        """OpenID Connect Discovery section 4: after the path of the issuer."""
        return f"{self._issuer.url.removesuffix('/')}/.well-known/openid-configuration"

    def _oauth_place(self) -> str:
        """RFC 8414 section 3.1: before it."""
        place = self._issuer.place
        path = f"/.well-known/oauth-authorization-server{place.path.removesuffix('/')}"
        return urlunsplit((place.scheme, place.netloc, path, "", ""))

    async def _fetch(self, url: str) -> Document:
        return cast("Document", await self._outbound.fetch_json(url, dict))
