"""The first page of whoever is signed in: `/console`, with what happened to the account lately (ASVS 7.5.2, 14.2.7)."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.console.agents import told_agent
from buckler.console.answering import Answering
from buckler.console.navigation import HOME
from buckler.console.page_routes import show_page
from buckler.console.surroundings import Surroundings
from buckler.console.view import require_caller

_SHOWN: Final = 8
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "authn_login_success": ("Signed in", "good"),
    "authn_login_fail": ("Sign-in failed", "bad"),
    "authn_password_change": ("Password changed", "warn"),
    "user_created": ("Account made", "accent"),
    "user_updated": ("Account changed", "warn"),
    "authn_token_reuse": ("A used token came again", "bad"),
}
"""What of the log its owner is shown first, in words and in which colour."""


class Overview:
    """The page."""

    def __init__(self, around: Surroundings, answering: Answering) -> None:
        self._opened = around.opened
        self._view = answering.view

    def routes(self) -> list[Route]:
        """One page."""
        return [show_page(HOME, self.page)]

    async def page(self, request: Request) -> Response:
        """Name, roles, sessions and the latest of the log."""
        who, opened = require_caller(request), self._opened()
        sessions = await opened.sessions.list(who.id)
        events = await opened.personal_data.latest(who.id, tuple(_WORDS), _SHOWN)
        here = next((each for each in sessions if each.id == who.session_id), None)
        context = {
            "roles": sorted(who.roles),
            "sessions": len(sessions),
            "here": here,
            "agent": told_agent(here.agent) if here is not None else None,
            "events": [(each, *_WORDS[each.event]) for each in events],
        }
        return self._view.page(request, "person/overview.html", context)
