"""Sessions: one sign-in each, a family of refresh tokens with an end (ASVS 7.2, 7.3, 7.4, 10.4.5, 10.4.8).

1. A refresh token is good once. Its successor takes its place in one conditional UPDATE, so of many that come at
   once one rotates; the others, for ten seconds or until the successor is used, get the same successor: two
   tabs of a browser do not sign each other out.
2. Any other return of a token that was ours is a replay: somebody has a copy. The family ends, with every
   descendant and every access token that came from it.
3. The absolute end, the moment of the sign-in, its strength and its scope never move. A session that nobody uses
   ends by itself before. The roles are those that the account has now.
4. Whoever may not refresh gets one answer, whatever was wrong.
5. An account has at most a hundred sessions: one more ends the oldest.
6. Whoever signs in again from a device that was there before gets a new session, and the one that the device had
   ends: no token from before the sign-in lives beside the new one (ASVS 7.2.4).

Caveat: a thief who uses a stolen token within the grace gets the same successor as its owner. He is found at the
next rotation, when the second of the two brings a token that was used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.asgi import Exchange
from buckler.clock import Clock
from buckler.errors import BucklerError
from buckler.events.journal import Journal
from buckler.identity.account_store import Account, AccountChanged, AccountStore
from buckler.identity.sessions import session_store as rows
from buckler.identity.sessions.callers import CLIENT, Callers
from buckler.identity.sessions.refresh_tokens import RefreshTokens
from buckler.identity.sessions.revocation_feed import RevocationFeed
from buckler.identity.sessions.session_secrets import Presented
from buckler.identity.sessions.session_store import SessionState
from buckler.identity.settings import AccountsSettings
from buckler.identity.sign_in.client_marks import agent_of, place_of
from buckler.principal import Principal
from buckler.randomness import identifier
from buckler.storage.database import Database
from buckler.tokens.jwt import InvalidToken

GRACE: Final = 10
"""Seconds for which the token before the last still brings the last."""


class RefreshRefused(BucklerError):
    """A refresh token that is not good. Its text never says why; `reason` does, for the event log alone."""

    def __init__(self, reason: str) -> None:
        super().__init__("The refresh token is not good.")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Begun:
    """What a client holds after a sign-in or a refresh."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    refresh_expires_in: int
    session_id: str


@dataclass(frozen=True, slots=True)
class Session:
    """A session as its owner sees it."""

    id: str
    created_at: int
    last_used_at: int
    expires_at: int
    agent: str
    place: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A session that is to begin."""

    account: Account
    secret: Presented
    client: str
    amr: Sequence[str] = ("pwd",)
    scope: str | None = None
    device_id: str | None = None
    signed_in: bool = False
    """Whether the log tells of a sign-in too."""
    former: str | None = None
    """The session that this one takes the place of, whoever's it was."""


class Sessions:
    """Begins sessions, carries them on, and ends them."""

    def __init__(
        self, settings: AccountsSettings, database: Database, store: AccountStore, tokens: RefreshTokens,
        callers: Callers, revocations: RevocationFeed, clock: Clock, events: Journal,
    ) -> None:  # fmt: skip
        self._lifetime, self._idle = settings.session_lifetime, settings.session_idle
        self._database = database
        self._store = store
        self._tokens = tokens
        self._callers = callers
        self._revocations = revocations
        self._clock = clock
        self._events = events

    async def begin(
        self, account: Account, exchange: Exchange | None, *, amr: Sequence[str] = ("pwd",), scope: str | None = None,
        device_id: str | None = None, signed_in: bool = False,
    ) -> Begun:  # fmt: skip
        """A session with tokens for an account that has just proved who it is. Raises `AccountChanged`.

        The session that the same device had before ends. `signed_in`: the log tells of a sign-in too.
        """
        first = self._tokens.first(identifier())
        opening = Opening(account, first, CLIENT, tuple(amr), scope, device_id, signed_in)
        state, present = await self.open(opening, exchange)
        return self._begun(state, present, first, exchange)

    async def open(self, opening: "Opening", exchange: Exchange | None) -> tuple[SessionState, Account]:
        """Keep a new session; its row, and the account as it is now. Raises `AccountChanged`."""
        account, now = opening.account, int(self._clock.now())
        state = SessionState(
            opening.secret.session_id, account.id, now, now, None, opening.amr, opening.scope, now,
            now + self._lifetime, opening.secret.digest, agent_of(exchange), place_of(exchange), opening.client,
            opening.device_id,
        )  # fmt: skip
        async with self._database.writing() as connection:
            present = await self._store.of_id(connection, account.id)
            if present is None or present.disabled_at is not None or present.version != account.version:
                # Fail closed: what ended its tokens meanwhile is not outrun by a sign-in that was under way.
                raise AccountChanged("The account changed.")
            over = await self._make_room(connection, account.id, opening.device_id, now)
            if opening.former is not None and opening.former not in over:
                await self._replace(connection, opening.former, exchange)
            await rows.keep(connection, state)
            self._note_begin(connection, state, over, exchange, signed_in=opening.signed_in)
        await self._revocations.refresh()
        return state, present

    async def _replace(self, connection: AsyncConnection, former: str, exchange: Exchange | None) -> None:
        """End the session that a browser had before, which may have been another person's."""
        state = await rows.find(connection, former)
        if state is not None and await self._end(connection, former, "signed in again"):
            about = {"account": state.account_id, "session": former, "reason": "signed in again"}
            self._events.note(connection, "session_ended", exchange, **about)

    def _note_begin(
        self, connection: AsyncConnection, state: SessionState, over: Mapping[str, str], exchange: Exchange | None, *,
        signed_in: bool,
    ) -> None:  # fmt: skip
        note, account, amr = self._events.note, state.account_id, list(state.amr)
        for ended, reason in over.items():
            note(connection, "session_ended", exchange, account=account, session=ended, reason=reason)
        note(connection, "session_created", exchange, account=account, session=state.id, amr=amr)
        if signed_in:
            note(connection, "authn_login_success", exchange, account=account, amr=amr)

    async def refresh(self, presented: str, exchange: Exchange | None) -> Begun:
        """The next tokens of a session. Raises `RefreshRefused`; the family of a replay has ended by then."""
        token = self._tokens.read(presented)
        if token is None:
            raise RefreshRefused("it is not a refresh token of ours")
        successors = self._tokens.successors(token)
        async with self._database.writing() as connection:
            turn = await self._turn(connection, token, successors, int(self._clock.now()))
            state = turn.state
            account = await self._store.of_id(connection, state.account_id) if state is not None else None
            self._note(connection, turn, exchange)
        await self._revocations.refresh()
        if turn.successor is None or state is None:
            raise RefreshRefused(turn.fault)
        if account is None or account.disabled_at is not None:
            raise RefreshRefused("its account is disabled")  # fail closed: whoever disabled it ends its sessions too
        self._events.emit("session_renewed", exchange, account=account.id, session=state.id, again=turn.again)
        try:
            return self._begun(state, account, turn.successor, exchange)
        except AccountChanged as error:
            raise RefreshRefused("its session ended meanwhile") from error

    async def end(
        self, session_id: str, reason: str, exchange: Exchange | None, *, account_id: str | None = None
    ) -> bool:
        """End a session and everything that came from it; whether it went on before.

        With `account_id` only if it is that account's: another's is as one that is not there.
        """
        async with self._database.writing() as connection:
            state = await rows.find(connection, session_id)
            if state is None or account_id not in (None, state.account_id):
                return False
            ended = await self._end(connection, session_id, reason)
            if ended:
                about = {"account": state.account_id, "session": session_id, "reason": reason}
                self._events.note(connection, "session_ended", exchange, **about)
        await self._revocations.apply()
        return ended

    async def expire(self, session_id: str) -> None:
        """End a session whose time is over, which nobody tells but its own end."""
        async with self._database.writing() as connection:
            await self._end(connection, session_id, "expired")
        await self._revocations.apply()

    async def log_out(self, who: Principal, exchange: Exchange | None) -> None:
        """End the session of a caller, and the token that it came with: both in one transaction, or neither.

        A request may be cut off at any step. A dead token beside a session that goes on would be half a logout.
        """
        async with self._database.writing() as connection:
            await self._revocations.add(connection, "token", who.credential_id, expires_at=who.expires_at)
            state = await rows.find(connection, who.session_id) if who.session_id else None
            is_own = state is not None and state.account_id == who.id
            ended = is_own and await self._end(connection, who.session_id, "logout")
            about = {"account": who.id, "jti": who.credential_id, "reason": "logout"}
            self._events.note(connection, "authn_token_revoked", exchange, **about)
            if ended:
                about = {"account": who.id, "session": who.session_id, "reason": "logout"}
                self._events.note(connection, "session_ended", exchange, **about)
        await self._revocations.apply()

    async def end_all(
        self, connection: AsyncConnection | None, account_id: str, reason: str, exchange: Exchange | None, *,
        but: str | None = None,
    ) -> int:  # fmt: skip
        """End the sessions of an account, and every access token it has; how many sessions there were.

        In the caller's transaction, who then awaits `RevocationFeed.apply` after it; with None in one of its own.
        The session `but` goes on, and needs a refresh.
        """
        if connection is not None:
            return await self._end_all(connection, account_id, reason, exchange, but)
        async with self._database.writing() as own:
            ended = await self._end_all(own, account_id, reason, exchange, but)
        await self._revocations.apply()
        return ended

    async def list(self, account_id: str) -> "list[Session]":
        """The sessions of an account that go on, the newest first; no more than it may have.

        There can be more where the operator made idle sessions last longer than when they began.
        """
        now = int(self._clock.now())
        async with self._database.reading() as connection:
            found = await rows.live(connection, account_id, now=now, idle=self._idle)
        return [Session(*(getattr(each, name) for name in _SHOWN)) for each in found[: rows.MOST]]

    async def _turn(
        self, connection: AsyncConnection, token: Presented, successors: Sequence[Presented], now: int
    ) -> "_Turn":
        """One step of the family, or why there is none."""
        session_id, newest = token.session_id, successors[0]
        rotated = await rows.rotate(connection, session_id, token.digest, newest.digest, now=now, idle=self._idle)
        state = await rows.find(connection, session_id)
        if state is None:
            return _Turn(None, None, "its session is not known")
        if rotated:
            return _Turn(state, newest)
        if state.ended_at is not None:
            return _Turn(state, None, "its session has ended", "session_use_after_expire")
        if state.expires_at <= now or state.last_used_at <= now - self._idle:
            await self._end(connection, session_id, "expired")
            return _Turn(state, None, "its session is over", "session_expired")
        same = next((each for each in successors if each.digest == state.current_digest), None)
        # Both ways: a clock that was set back must not hold the grace open until it has caught up.
        if same is not None and abs(now - (state.rotated_at or 0)) < GRACE:
            return _Turn(state, same, again=True)
        # Fail closed: it was ours, and it is neither the last nor the one before: there are two of it.
        await self._end(connection, session_id, "replay")
        return _Turn(state, None, "it was used before", "authn_token_reuse")

    async def _make_room(
        self, connection: AsyncConnection, account_id: str, device_id: str | None, now: int
    ) -> dict[str, str]:
        """End what the device had, and the oldest of too many; which ended, and why."""
        found = await rows.live(connection, account_id, now=now, idle=self._idle)
        same = [each for each in found if device_id is not None and each.device_id == device_id]
        oldest = [each for each in found if each not in same][rows.MOST - 1 :]
        over = {each.id: "signed in again" for each in same} | {each.id: "too many" for each in oldest}
        for session_id, reason in over.items():
            await self._end(connection, session_id, reason)
        return over

    async def _end(self, connection: AsyncConnection, session_id: str, reason: str) -> bool:
        await self._revocations.add(connection, "session", session_id)
        return await rows.end(connection, session_id, reason, int(self._clock.now()))

    async def _end_all(
        self, connection: AsyncConnection, account_id: str, reason: str, exchange: Exchange | None, but: str | None
    ) -> int:
        await self._revocations.outdate(connection, account_id)
        now = int(self._clock.now())
        ended = await rows.end_of_account(connection, account_id, reason, now, but)
        about = {"account": account_id, "sessions": ended, "reason": reason}
        self._events.note(connection, "authn_token_revoked", exchange, **about)
        return ended

    def _begun(self, state: SessionState, account: Account, token: Presented, exchange: Exchange | None) -> Begun:
        now = self._clock.now()
        try:
            access, claims = self._callers.issue(
                account,
                exchange,
                session_id=state.id,
                auth_time=state.auth_time,
                acr=state.acr or "",
                amr=state.amr,
                scope=state.scope,
                ends=state.expires_at,
            )
        except InvalidToken as error:
            raise AccountChanged("It ended while it began.") from error
        left = min(state.expires_at, int(now) + self._idle) - int(now)
        return Begun(access, self._tokens.text(token), claims.expires_at - claims.issued_at, max(left, 1), state.id)

    def _note(self, connection: AsyncConnection, turn: "_Turn", exchange: Exchange | None) -> None:
        if turn.event is not None and turn.state is not None:
            about = {"account": turn.state.account_id, "session": turn.state.id}
            self._events.note(connection, turn.event, exchange, **about)


@dataclass(frozen=True, slots=True)
class _Turn:
    """What a refresh token came to."""

    state: SessionState | None
    successor: Presented | None
    fault: str = ""
    event: str | None = None
    again: bool = False
    """Whether the successor was handed out before."""


_SHOWN: Final = tuple(each.name for each in fields(Session))
