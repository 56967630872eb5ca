"""Going on without a password: `/auth/refresh` (RFC 6749 section 6).

Whoever may not gets one answer, the same bytes, whatever was wrong.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field

from buckler.access.declarations.declaring import Limit, Public
from buckler.asgi import exchange_of
from buckler.identity.opened import Opened
from buckler.identity.routes.members import Taken, Tokens
from buckler.identity.routes.refusing import UNSTORED, problems, refusing
from buckler.identity.sessions.session_secrets import LENGTH
from buckler.identity.sessions.sessions import Begun, RefreshRefused


class Refreshing(Taken):
    """A session that goes on."""

    # What it is made of is judged where it is read: all that are not good get the same answer.
    refresh_token: Annotated[str, Field(max_length=4 * LENGTH)]


class RefreshRoutes:
    """The endpoint. It turns what happens inside into answers, and decides nothing."""

    def __init__(self, opened: Callable[[], Opened]) -> None:
        self._opened = opened

    def add_to(self, router: APIRouter) -> None:
        """Its one route."""
        router.add_api_route(
            "/auth/refresh",
            self.refresh,
            methods=["POST"],
            dependencies=[Public("the refresh token is the credential"), Limit("300/minute", told=False)],
            responses=problems(401),
        )

    async def refresh(self, body: Refreshing, request: Request, response: Response) -> Tokens:
        """The next access token and the next refresh token. The one that was sent is used up."""
        response.headers.update(UNSTORED)
        exchange = exchange_of(request.scope)
        with refusing():
            try:
                begun = await self._opened().sessions.refresh(body.refresh_token, exchange)
            except RefreshRefused as error:
                if exchange is not None:
                    exchange.reason = error.reason
                raise
        return tokens_of(begun)


def tokens_of(begun: Begun) -> Tokens:
    """What the client gets of it."""
    return Tokens(
        access_token=begun.access_token,
        expires_in=begun.expires_in,
        refresh_token=begun.refresh_token,
        refresh_expires_in=begun.refresh_expires_in,
    )
