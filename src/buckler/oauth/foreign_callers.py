"""The port through which a token of another issuer becomes a caller. An `Authenticator`; opens nothing, keeps no file.

Where accounts of our own stand beside it, a token goes to whoever its `iss` names, and to nobody else: what one
refuses, the other is not asked about.
"""

from collections.abc import Sequence
from hashlib import sha256
from math import ceil

from buckler.access.callers.authenticator import Authenticator, NotAccepted
from buckler.access.declarations.roles import Roles
from buckler.clock import Clock
from buckler.defence import Defence, only
from buckler.errors import ConfigurationError, Refusal
from buckler.events import EventLog
from buckler.input.outbound import Resolver
from buckler.metrics import Tally
from buckler.oauth.foreign_checks import FOREIGN_CHECKS
from buckler.oauth.foreign_memory import ForeignMemory
from buckler.oauth.foreign_principals import ForeignPrincipals
from buckler.oauth.foreign_tokens import Entry, ForeignTokens
from buckler.oauth.issuer import Issuer
from buckler.oauth.issuer_keys import IssuerKeys, KeysUnreachable
from buckler.oauth.jwks_checks import JWKS_CHECKS, JwksAge, JwksCoolDown, JwksMetadata, JwksStrength
from buckler.oauth.key_source import KeySource
from buckler.principal import Principal
from buckler.tokens.jwt import InvalidToken

UNREACHABLE = Refusal(
    503,
    "issuer-unreachable",
    "Nobody can tell now whether this token is good: its issuer does not show its keys.",
    event="authn_token_invalid",
)


def issuer_defences() -> tuple[Defence, ...]:
    """Every defence of foreign tokens. All of them: only a twin in the tests leaves one out."""
    return (*FOREIGN_CHECKS, *JWKS_CHECKS)


class ForeignCallers(Authenticator):
    """Callers with tokens of the issuers that were named."""

    def __init__(
        self,
        issuers: Sequence[Issuer],
        roles: Roles | None,
        clock: Clock,
        events: EventLog,
        defences: Sequence[Defence],
        resolver: Resolver | None = None,
    ) -> None:
        self.urls = frozenset(each.url for each in issuers)
        if len(self.urls) != len(issuers):
            raise ConfigurationError("issuers=: one of them stands there twice; say all about an issuer in one place.")
        self._entries = [Entry(each, _keys(each, clock, events, defences, resolver)) for each in issuers]
        self._tokens = ForeignTokens(self._entries, clock, defences)
        self._principals = ForeignPrincipals(roles)
        self._memory = ForeignMemory(clock)

    def issuer_of(self, token: bytes) -> str | None:
        """The `iss` that a token names, believed by nobody."""
        return self._tokens.issuer_of(token)

    def recall(self, token: bytes) -> Principal | None:
        """The caller behind a token that was verified before and is still good. Never waits."""
        return self._memory.recall(token)

    async def authenticate(self, token: bytes) -> Principal | None:
        """The caller behind a token. Raises `NotAccepted`, with the answer 503 where nobody can tell."""
        try:
            verified = await self._tokens.verify(token)
        except InvalidToken as error:
            raise NotAccepted(error.reason) from error
        except KeysUnreachable as error:
            wait = b"%d" % max(1, ceil(error.wait))
            refusal = UNREACHABLE.with_headers((b"retry-after", wait))
            raise NotAccepted(f"the keys of its issuer cannot be had: {error.code}", refusal) from error
        entry = verified.entry
        principal = self._principals.caller(entry.issuer, verified.claims, sha256(token).digest())
        self._memory.remember(token, entry.keys, verified.key, principal)
        return principal

    async def open(self) -> None:
        """Nothing: keys are asked for when the first token comes, so that no issuer holds up a start."""

    async def why_not_ready(self) -> str | None:
        """Nothing: an issuer that is away would take every process of ours out at once, and help nobody."""
        return None

    def measure(self, tally: Tally | None) -> None:
        """Nothing but what the edge and the guard measure."""

    async def close(self) -> None:
        """End what is being asked."""
        for entry in self._entries:
            await entry.keys.close()


def _keys(
    issuer: Issuer, clock: Clock, events: EventLog, defences: Sequence[Defence], resolver: Resolver | None
) -> IssuerKeys:
    source = KeySource(issuer, clock, only(JwksMetadata, defences), resolver)
    strength, cool_down, age = only(JwksStrength, defences), only(JwksCoolDown, defences), only(JwksAge, defences)
    return IssuerKeys(issuer.url, source, clock, events, strength, cool_down, age)
