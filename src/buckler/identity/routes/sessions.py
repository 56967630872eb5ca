"""The caller's sessions: `/auth/sessions`, `/auth/logout`, `/auth/logout-everywhere` (ASVS 7.4.1, 7.4.3, 7.5.2).

A caller whom another issuer vouches for has none here, and its token is the issuer's to end: a logout says so. What
that issuer writes into a token never names anything of ours that is to end.
"""

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from buckler.access.callers.session_cookie import csrf_token_of
from buckler.access.declarations.declaring import Requires
from buckler.asgi import exchange_of
from buckler.errors import Refusal
from buckler.identity.opened import Opened
from buckler.identity.routes.cookie_session import CsrfToken, forgetting
from buckler.identity.routes.members import Moment, ShownName
from buckler.identity.routes.refusing import problems
from buckler.identity.sessions.session_store import MOST
from buckler.identity.sessions.sessions import Session
from buckler.principal import Principal
from buckler.refused import Refused

MISSING: Final = Refusal(404, "no-such-session", "You have no session of this id.", event=None)
ELSEWHERE: Final = Refusal(
    403, "ended-elsewhere", "Another issuer gave you this token, and it alone ends it: sign out there.", event=None
)
_NEVER: Final = 2**53
SessionId = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class OwnSession(BaseModel):
    """One sign-in of the caller."""

    id: SessionId
    current: bool
    """Whether it is the one that asks."""
    agent: ShownName
    """What the client called itself."""
    place: Annotated[str, Field(max_length=64, pattern=r"^[0-9a-z.:/]*$")]
    """The network from which it signed in."""
    created_at: Moment
    last_used_at: Moment
    expires_at: Moment


class CurrentSession(BaseModel):
    """The session that asks."""

    id: SessionId | None
    """None where the token is another issuer's."""
    name: ShownName
    expires_at: Moment | None
    """When it is over, whatever happens: of a token, when that one is."""
    csrf_token: CsrfToken | None
    """For `X-CSRF-Token`, where it is kept in a cookie."""


class OwnSessions(BaseModel):
    """Every session of the caller that goes on, the newest first."""

    sessions: Annotated[list[OwnSession], Field(max_length=MOST)]


class SessionRoutes:
    """The endpoints. They turn what happens inside into answers, and decide nothing."""

    def __init__(self, opened: Callable[[], Opened]) -> None:
        self._opened = opened

    def add_to(self, router: APIRouter) -> None:
        """Its routes."""
        router.add_api_route("/auth/session", self.current, methods=["GET"])
        router.add_api_route("/auth/sessions", self.own, methods=["GET"])
        router.add_api_route("/auth/sessions/{session_id}", self.end, methods=["DELETE"], status_code=204)
        for path, endpoint in (("/auth/logout", self.logout), ("/auth/logout-everywhere", self.logout_everywhere)):
            router.add_api_route(path, endpoint, methods=["POST"], status_code=204, responses=problems(403))

    async def current(self, who: Annotated[Principal, Requires()], request: Request) -> CurrentSession:
        """The session that asks. Pages that are loaded anew learn the token of their forms here."""
        exchange = exchange_of(request.scope)
        token = csrf_token_of(exchange) if exchange is not None else ""
        return CurrentSession(
            id=who.session_id or None,
            name=who.name,
            expires_at=int(who.expires_at) if who.expires_at < _NEVER else None,
            csrf_token=token or None,
        )

    async def own(self, who: Annotated[Principal, Requires()]) -> OwnSessions:
        """Where the caller is signed in."""
        found = await self._opened().sessions.list(who.id)
        return OwnSessions(sessions=[shown_session(each, who) for each in found])

    async def end(
        self, session_id: Annotated[SessionId, Path()], who: Annotated[Principal, Requires()], request: Request
    ) -> None:
        """End one session of the caller. One of somebody else is as one that is not there."""
        exchange = exchange_of(request.scope)
        if not await self._opened().sessions.end(session_id, "ended by its owner", exchange, account_id=who.id):
            raise Refused(MISSING)

    async def logout(self, who: Annotated[Principal, Requires()], request: Request, response: Response) -> None:
        """End this session and all its tokens, here, on every worker, and after a restart."""
        _require_own(who)
        exchange = exchange_of(request.scope)
        await self._opened().sessions.log_out(who, exchange)
        forgetting(exchange, response.headers)

    async def logout_everywhere(
        self, who: Annotated[Principal, Requires()], request: Request, response: Response
    ) -> None:
        """End every session of the caller, this one too."""
        _require_own(who)
        exchange = exchange_of(request.scope)
        await self._opened().sessions.end_all(None, who.id, "logout everywhere", exchange)
        forgetting(exchange, response.headers)


def _require_own(who: Principal) -> None:
    if who.issuer:
        raise Refused(ELSEWHERE)


def shown_session(session: Session, who: Principal) -> OwnSession:
    """A session for the caller whose it is."""
    return OwnSession(
        id=session.id,
        current=session.id == who.session_id,
        agent=session.agent,
        place=session.place,
        created_at=session.created_at,
        last_used_at=session.last_used_at,
        expires_at=session.expires_at,
    )
