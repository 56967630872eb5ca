"""From an account to a token, and from a token back to a caller (ASVS 7.4.1, 8.2.1, 8.3.2).

The rights of a caller are those of the roles in the token, cut to its scope: asking for a scope
never gives more than the account has. `"*"` in a scope asks for everything, and so is worth
nothing to an account that has not everything.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final

from buckler.access.callers.authenticator import NotAccepted
from buckler.access.declarations.roles import Roles
from buckler.asgi import Exchange
from buckler.events.journal import Journal
from buckler.grants import held_of
from buckler.identity.account_store import Account
from buckler.identity.sessions.revocation_feed import RevocationFeed
from buckler.principal import Principal
from buckler.tokens.cache import VerifiedTokens
from buckler.tokens.claims import Claims
from buckler.tokens.jwt import AccessTokens, InvalidToken

CLIENT: Final = "first-party"
"""The `client_id` of tokens for our own clients (RFC 9068 section 2.2)."""


class Rights:
    """What a caller may do, by the roles and the scope that a token names."""

    def __init__(self, roles: Roles) -> None:
        self._roles = roles

    def caller(self, claims: Claims) -> Principal:
        """The caller whom the claims of a good token name."""
        return Principal(
            id=claims.subject,
            name=claims.name,
            roles=claims.roles,
            permissions=self.cut(claims.roles, claims.scope),
            credential_id=claims.token_id,
            expires_at=claims.expires_at,
            session_id=claims.session_id,
            authenticated_at=claims.auth_time,
            account_version=claims.version,
        )

    def cut(self, roles: frozenset[str], scope: frozenset[str] | None) -> frozenset[str]:
        """The permissions of `roles`, as far as `scope` goes; None does not cut."""
        permissions = self._roles.permissions(roles)
        return permissions if scope is None else held_of(scope, permissions)


class Callers:
    """Issues tokens, tells who is behind them, and ends them."""

    def __init__(
        self,
        tokens: AccessTokens,
        verified: VerifiedTokens[Principal],
        revocations: RevocationFeed,
        rights: Rights,
        events: Journal,
    ) -> None:
        self._tokens = tokens
        self._verified = verified
        self.recall: Callable[[bytes], Principal | None] = verified.recall
        """The caller behind a token verified before and still good, or None. Never waits."""
        self._revocations = revocations
        self._rights = rights
        self._events = events

    def issue(
        self, account: Account, exchange: Exchange | None, *, session_id: str, auth_time: int, amr: Sequence[str],
        acr: str = "", scope: str | None = None, ends: float = math.inf,
    ) -> tuple[str, Claims]:  # fmt: skip
        """An access token of a session, which it does not outlive. Raises `InvalidToken` where that has ended.

        It is verified at once: this process knows it then, and its first use is not held up by a
        neighbour's failed checks.
        """
        token, claims = self._tokens.issue(
            subject=account.id,
            name=account.name,
            client_id=CLIENT,
            roles=account.roles,
            auth_time=auth_time,
            scope=scope,
            session_id=session_id,
            version=account.version,
            acr=acr,
            amr=amr,
            ends=ends,
        )
        self._verified.verify(token.encode("ascii"))
        self._events.emit("authn_token_created", exchange, account=account.id, jti=claims.token_id, client_id=CLIENT)
        return token, claims

    def granted(self, account: Account, scope: frozenset[str]) -> frozenset[str]:
        """What of `scope` the account may have."""
        return self._rights.cut(account.roles, scope)

    async def authenticate(self, token: bytes) -> Principal:
        """The caller behind a token. Raises `NotAccepted`, whose reason is for the event log alone.

        Where it is not sure what others ended, the database is asked first; its error, where it is lost, is raised.
        """
        if self._revocations.is_stale:
            await self._revocations.refresh()
        try:
            return self._verified.verify(token)
        except InvalidToken as error:
            raise NotAccepted(error.reason) from error

    async def end(self, token_id: str, expires_at: float, exchange: Exchange | None, reason: str) -> None:
        """End a token before its time."""
        await self._revocations.end_token(
            token_id,
            expires_at,
            lambda connection: self._events.note(
                connection, "authn_token_revoked", exchange, jti=token_id, reason=reason
            ),
        )
