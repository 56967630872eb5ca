"""From an account to a token, and from a token back to a caller (ASVS 7.4.1, 8.2.1, 8.3.2).

The rights of a caller are those of the roles in the token, cut to its scope: asking for a scope
never gives more than the account has. `"*"` in a scope asks for everything, and so is worth
nothing to an account that has not everything.
"""

from typing import Final

from buckler.access.roles import Roles
from buckler.asgi import Exchange
from buckler.events import EventLog
from buckler.identity.account_store import Account
from buckler.identity.revoked_tokens import RevokedTokens
from buckler.principal import Principal
from buckler.tokens.cache import VerifiedTokens
from buckler.tokens.claims import Claims
from buckler.tokens.jwt import AccessTokens, InvalidToken

CLIENT: Final = "first-party"
"""The `client_id` of tokens for our own clients (RFC 9068 section 2.2)."""
_REMEMBERED: Final = 65_536


class Callers:
    """Issues tokens, tells who is behind them, and ends them."""

    def __init__(
        self, tokens: AccessTokens, verified: VerifiedTokens, revoked: RevokedTokens, roles: Roles, events: EventLog
    ) -> None:
        self._tokens = tokens
        self._verified = verified
        self._recall = verified.recall
        self._revoked = revoked
        self._roles = roles
        self._events = events
        self._principals: dict[str, Principal] = {}

    def issue(self, account: Account, now: float, exchange: Exchange | None, scope: str | None = None) -> str:
        """An access token for an account that has just signed in."""
        token, claims = self._tokens.issue(
            subject=account.id,
            name=account.name,
            client_id=CLIENT,
            roles=account.roles,
            auth_time=int(now),
            scope=scope,
        )
        self._events.emit("authn_token_created", exchange, account=account.id, jti=claims.token_id, client_id=CLIENT)
        return token

    def granted(self, account: Account, scope: frozenset[str]) -> frozenset[str]:
        """What of `scope` the account may have."""
        return self._cut(account.roles, scope)

    def recall(self, token: bytes) -> Principal | None:
        """The caller behind a token verified before and still good, or None. Never waits."""
        claims = self._recall(token)
        if claims is None:
            return None
        return self._principals.get(claims.token_id) or self._remember(claims)

    def authenticate(self, token: bytes) -> Principal | None:
        """The caller behind a token, or None."""
        try:
            claims = self._verified.verify(token)
        except InvalidToken:
            return None
        return self._principals.get(claims.token_id) or self._remember(claims)

    async def end(self, token_id: str, expires_at: float, exchange: Exchange | None, reason: str) -> None:
        """End a token before its time."""
        await self._revoked.end(token_id, expires_at)
        self._principals.pop(token_id, None)
        self._events.emit("authn_token_revoked", exchange, jti=token_id, reason=reason)

    def _remember(self, claims: Claims) -> Principal:
        if len(self._principals) >= _REMEMBERED:
            del self._principals[next(iter(self._principals))]
        principal = self._principals[claims.token_id] = self._principal(claims)
        return principal

    def _principal(self, claims: Claims) -> Principal:
        return Principal(
            id=claims.subject,
            name=claims.name,
            roles=claims.roles,
            permissions=self._cut(claims.roles, claims.scope),
            credential_id=claims.token_id,
            expires_at=claims.expires_at,
        )

    def _cut(self, roles: frozenset[str], scope: frozenset[str] | None) -> frozenset[str]:
        permissions = self._roles.permissions(roles)
        if scope is None:
            return permissions
        return scope if "*" in permissions else permissions & scope
