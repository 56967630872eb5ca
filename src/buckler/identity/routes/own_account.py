"""The caller's own account: `/auth/me`, `/auth/logout`."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from buckler.access.declarations import Requires
from buckler.asgi import exchange_of
from buckler.identity.members import MOST_WORDS, AccountId, ShownName, Word
from buckler.identity.opened import Opened
from buckler.principal import Principal


class Me(BaseModel):
    """The caller, as the token says."""

    id: AccountId
    name: ShownName
    roles: Annotated[list[Word], Field(max_length=MOST_WORDS)]
    permissions: Annotated[list[Word], Field(max_length=MOST_WORDS)]


class OwnAccountRoutes:
    """The endpoints."""

    def __init__(self, opened: Callable[[], Opened]) -> None:
        self._opened = opened

    def add_to(self, router: APIRouter) -> None:
        """Its routes."""
        router.add_api_route("/auth/me", self.me, methods=["GET"])
        router.add_api_route("/auth/logout", self.logout, methods=["POST"], status_code=204)

    async def me(self, who: Annotated[Principal, Requires()]) -> Me:
        """Who is calling, and what that caller may do."""
        return Me(id=who.id, name=who.name, roles=sorted(who.roles), permissions=sorted(who.permissions))

    async def logout(self, who: Annotated[Principal, Requires()], request: Request) -> None:
        """End this access token, here and after a restart."""
        callers = self._opened().callers
        await callers.end(who.credential_id, who.expires_at, exchange_of(request.scope), "logout")
