"""Where one is signed in, and ending it: `/console/sessions` (ASVS 7.4.2, 7.5.2)."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.asgi import exchange_of
from buckler.console.agents import told_agent
from buckler.console.answering import Answering
from buckler.console.navigation import HOME, SIGN_IN
from buckler.console.page_routes import show_page, take_form
from buckler.console.surroundings import Surroundings
from buckler.console.view import require_caller
from buckler.identity.routes.cookie_session import fields_of_end

SESSIONS: Final = f"{HOME}/sessions"
_REASON: Final = "ended by its owner"


class SessionList:
    """The page, and its buttons."""

    def __init__(self, around: Surroundings, answering: Answering) -> None:
        self._opened = around.opened
        self._answering = answering
        self._view = answering.view

    def routes(self) -> list[Route]:
        """The list; one to end, all the others, and all; the devices to forget."""
        return [
            show_page(SESSIONS, self.page),
            take_form(f"{SESSIONS}/end-others", self.end_others),
            take_form(f"{SESSIONS}/end-all", self.end_all),
            take_form(f"{SESSIONS}/forget-devices", self.forget_devices),
            take_form(f"{SESSIONS}/{{session_id}}/end", self.end),
        ]

    async def page(self, request: Request) -> Response:
        """Every session that goes on, the newest first, and the devices that are known."""
        who, opened = require_caller(request), self._opened()
        sessions = await opened.sessions.list(who.id)
        devices = await opened.personal_data.devices(who.id)
        sessions.sort(key=lambda each: each.id != who.session_id)  # the newest first, but this one before all
        context = {
            "sessions": [(each, told_agent(each.agent), each.id == who.session_id) for each in sessions],
            "devices": [(each, told_agent(each.agent)) for each in devices],
        }
        return self._view.page(request, "person/sessions.html", context)

    async def end(self, request: Request) -> Response:
        """End one. Of somebody else's the page says what it says of one that is gone."""
        who = require_caller(request)
        if not await self._answering.pressed(request):
            return self._view.to(request, SESSIONS, "stale")
        session_id = request.path_params["session_id"]
        ended = await self._opened().sessions.end(
            session_id, _REASON, exchange_of(request.scope), account_id=who.id
        )  # fmt: skip
        if ended and session_id == who.session_id:
            return self._view.to(request, SIGN_IN, "signed-out", fields_of_end())
        return self._view.to(request, SESSIONS, "session-ended" if ended else "session-gone")

    async def end_others(self, request: Request) -> Response:
        """End all but this one."""
        who = require_caller(request)
        if not await self._answering.pressed(request):
            return self._view.to(request, SESSIONS, "stale")
        end_all, exchange = self._opened().sessions.end_all, exchange_of(request.scope)
        await end_all(None, who.id, _REASON, exchange, but=who.session_id)
        return self._view.to(request, SESSIONS, "others-ended")

    async def end_all(self, request: Request) -> Response:
        """End every one, this too."""
        who = require_caller(request)
        if not await self._answering.pressed(request):
            return self._view.to(request, SESSIONS, "stale")
        await self._opened().sessions.end_all(None, who.id, "logout everywhere", exchange_of(request.scope))
        return self._view.to(request, SIGN_IN, "everywhere", fields_of_end())

    async def forget_devices(self, request: Request) -> Response:
        """Know none of the devices any more."""
        who = require_caller(request)
        if not await self._answering.pressed(request):
            return self._view.to(request, SESSIONS, "stale")
        await self._opened().personal_data.forget_devices(who.id, exchange_of(request.scope))
        return self._view.to(request, SESSIONS, "devices")
