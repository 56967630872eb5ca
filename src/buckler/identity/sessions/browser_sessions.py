"""Sessions of browsers: a cookie that no script reads in the place of tokens (ASVS 3.3, 7.2, 7.3; RFC 6265).

1. The cookie is opaque: the id of the session, a secret of 256 bits, and a tag over both that we alone can make. The
   database keeps a digest. What we did not make is never looked up, and never adopted as a session.
2. Each sign-in makes a new one, and so does a new password: the one that the browser had before ends, whoever's it
   was. A cookie that somebody planted before a sign-in is worth nothing after it.
3. A session ends by itself as those with tokens do: when nobody uses it, and after its lifetime in any case. Use is
   noted once a minute, so a session may end a minute early and never late.
4. Who is behind a cookie is remembered for a minute, in this process. What was ended meanwhile is refused at once, by
   the same memory as for tokens. A right that was taken is gone with the next request; one that was given is there
   within the minute.
5. The cookie ends with the browser. The session is one of those that its owner sees and ends.

Caveat: whoever reads the cookie on the owner's machine has the session until it ends.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from buckler.access.callers.session_cookie import cookie_value, csrf_token_for
from buckler.asgi import Exchange
from buckler.clock import Clock
from buckler.identity.account_store import Account, AccountStore
from buckler.identity.sessions import session_store as rows
from buckler.identity.sessions.callers import Rights
from buckler.identity.sessions.revocation_feed import RevocationFeed
from buckler.identity.sessions.session_secrets import SessionSecrets
from buckler.identity.sessions.session_store import SessionState
from buckler.identity.sessions.sessions import Opening, Sessions
from buckler.principal import Principal
from buckler.randomness import identifier
from buckler.storage.database import Database
from buckler.tokens.revocation import Revocations
from buckler.tokens.vault import Vault

COOKIE: Final = "__Host-buckler-session"
CLIENT: Final = "browser"
"""What rows of these sessions say for a client."""
NOTED: Final = 60
"""Seconds between two looks at the row of a session that is in use."""
_MOST: Final = 65_536
_PURPOSE: Final = "session cookie"
_COOKIE: Final = COOKIE.encode("ascii")
_SET: Final = f"{COOKIE}=%s; Path=/; Secure; HttpOnly; SameSite=Lax"
_ENDED: Final = f"{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"


@dataclass(frozen=True, slots=True)
class CookieSession:
    """What a browser holds after a sign-in."""

    value: str = field(repr=False)
    session_id: str
    expires_in: int
    """Seconds until it ends, if nobody uses it."""

    @property
    def set_cookie(self) -> str:
        """The field that gives it to the browser."""
        return _SET % self.value

    @property
    def csrf_token(self) -> str:
        """The token of its forms."""
        return csrf_token_for(self.value.encode("ascii"))


def ended_cookie() -> str:
    """The field that takes the cookie from the browser."""
    return _ENDED


@dataclass(frozen=True, slots=True)
class _Known:
    """Whoever is behind a cookie, and until when that needs no other look."""

    until: float
    generation: int
    principal: Principal


class BrowserSessions:
    """Begins sessions of browsers, and tells who is behind their cookies."""

    def __init__(
        self, sessions: Sessions, vault: Vault, database: Database, store: AccountStore, rights: Rights,
        feed: RevocationFeed, ended: Revocations | None, clock: Clock, idle: int,
    ) -> None:  # fmt: skip
        self._sessions = sessions
        self._secrets = SessionSecrets(vault, _PURPOSE)
        self._database = database
        self._store = store
        self._rights = rights
        self._feed = feed
        # Without the defence, one that nobody tells anything.
        self._ended = Revocations(clock) if ended is None else ended
        self._now: Callable[[], float] = clock.now
        self._idle = idle
        self._known: dict[bytes, _Known] = {}

    async def begin(
        self, account: Account, exchange: Exchange | None, *, device_id: str | None = None, signed_in: bool = False
    ) -> CookieSession:
        """A session for an account that has just proved who it is. Raises `AccountChanged`.

        The one that the browser had before ends. `signed_in`: the log tells of a sign-in too.
        """
        secret = self._secrets.first(identifier())
        opening = Opening(
            account, secret, CLIENT, device_id=device_id, signed_in=signed_in, former=self._former(exchange)
        )
        state, _ = await self._sessions.open(opening, exchange)
        left = min(state.expires_at, state.created_at + self._idle) - state.created_at
        return CookieSession(self._secrets.text(secret), state.id, left)

    def recall(self, value: bytes) -> Principal | None:
        """Whoever is behind a cookie that was looked at before, if nothing ended since. Never waits."""
        key = sha256(value).digest()
        known, ended, now = self._known.get(key), self._ended, self._now()
        if known is None or not ended.fresh_from <= now <= ended.fresh_until:
            return None  # fail closed: somebody may have ended it unseen
        # Before it, too: a clock that was set back says nothing of how long ago somebody looked.
        timely = known.until - NOTED <= now < min(known.until, known.principal.expires_at)
        if not timely or (known.generation != ended.generation and self._is_ended(known.principal)):
            del self._known[key]
            return None
        return known.principal

    async def authenticate(self, value: bytes) -> Principal | None:
        """Whoever is behind a cookie, by the row of its session; None for one that is not good. Notes that it is used.

        Raises whatever the database does.
        """
        presented = self._secrets.read(value.decode("ascii")) if value.isascii() else None
        if presented is None:
            return None
        if self._feed.is_stale:
            await self._feed.refresh()
        generation, now = self._ended.generation, self._now()
        async with self._database.reading() as connection:
            state = await rows.find(connection, presented.session_id)
            account = await self._store.of_id(connection, state.account_id) if state is not None else None
        if state is None or account is None or account.disabled_at is not None:
            return None
        if not hmac.compare_digest(state.current_digest, presented.digest):
            return None
        noted, principal = await self._note_use(state, int(now)), self._principal(state, account)
        if noted is None or self._is_ended(principal):
            return None
        self._remember(value, _Known(min(now, noted) + NOTED, generation, principal))
        return principal

    async def _note_use(self, state: SessionState, now: int) -> int | None:
        """When this use, or one within the last minute, was noted; None where the session is over or ended."""
        if state.ended_at is not None or state.client_id != CLIENT:
            return None
        if state.expires_at <= now or state.last_used_at <= now - self._idle:
            # Kept as over: a clock that is set back gives no life to what was refused.
            await self._sessions.expire(state.id)
            return None
        if abs(now - state.last_used_at) < NOTED:
            return state.last_used_at
        async with self._database.writing() as connection:
            return now if await rows.touch(connection, state.id, now=now, idle=self._idle) else None

    def _principal(self, state: SessionState, account: Account) -> Principal:
        roles = frozenset(account.roles)
        return Principal(
            id=account.id,
            name=account.name,
            roles=roles,
            permissions=self._rights.cut(roles, None),
            credential_id=state.id,
            expires_at=state.expires_at,
            session_id=state.id,
            authenticated_at=state.auth_time,
            account_version=account.version,
        )

    def _is_ended(self, who: Principal) -> bool:
        return self._ended.is_ended(who.credential_id, who.session_id, who.id, who.account_version)

    def _remember(self, value: bytes, known: _Known) -> None:
        if len(self._known) >= _MOST:
            del self._known[next(iter(self._known))]
        self._known[sha256(value).digest()] = known

    def _former(self, exchange: Exchange | None) -> str | None:
        """The session whose cookie came along; only one that we made."""
        value = cookie_value(exchange, _COOKIE) if exchange is not None else None
        presented = self._secrets.read(value.decode("ascii")) if value is not None else None
        return presented.session_id if presented is not None else None
