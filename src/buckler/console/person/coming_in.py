"""Signing in and out: `/console/sign-in`, `/console/sign-out`.

Whoever fails to sign in reads one sentence, whatever was wrong (ASVS 6.3.8). Nothing that was typed but the name comes
back, and where to go afterwards is a path of this site (ASVS 1.2.2).
"""

from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.access.callers.session_cookie import cookie_value
from buckler.asgi import Exchange, exchange_of
from buckler.console.answering import Answering, FormPage
from buckler.console.forms import Filled
from buckler.console.navigation import FIRST, HOME, SIGN_IN
from buckler.console.page_routes import show_to_all, take_form, take_from_anybody
from buckler.console.sentences import SENTENCES
from buckler.console.surroundings import Surroundings
from buckler.console.view import caller_of, root_of
from buckler.identity.routes.cookie_session import fields_of_end, fields_of_session
from buckler.identity.routes.members import Code, Name
from buckler.identity.routes.refusing import CODE
from buckler.identity.sessions.browser_sessions import COOKIE as SESSION
from buckler.identity.sign_in.entrance import Tried
from buckler.identity.sign_in.known_devices import COOKIE
from buckler.identity.sign_in.throttle import CodeRequired
from buckler.input.models import FormModel
from buckler.input.passwords import Password
from buckler.input.urls import LONGEST, ReturnPath

SIGN_OUT: Final = f"{HOME}/sign-out"
_WHY: Final = "whoever signs in has no session yet"
_RETURN: Final[TypeAdapter[str]] = TypeAdapter(ReturnPath)
_AGAIN: Final = "Enter the newest code that was mailed, and the password once more."


class SigningIn(FormModel):
    """Somebody who says who it is."""

    name: Name
    password: Password
    code: Code | None = None
    """What was mailed, where that was asked for."""
    to: Annotated[str, Field(max_length=LONGEST)] = HOME
    """Where to go afterwards."""
    step: Annotated[str, Field(max_length=8)] = ""
    """`code` where the mailed code was asked for."""


_PAGE: Final = FormPage("person/sign_in.html", SigningIn, own=False)


class ComingIn:
    """The pages. They turn what happens inside into answers, and decide nothing."""

    def __init__(self, around: Surroundings, answering: Answering) -> None:
        self._opened = around.opened
        self._answering = answering
        self._view = answering.view

    def routes(self) -> list[Route]:
        """No limit stands at the door: the throttle knows whom it must let past."""
        return [
            show_to_all(SIGN_IN, self.sign_in, _WHY),
            take_from_anybody(SIGN_IN, self.try_in, _WHY),
            take_form(SIGN_OUT, self.sign_out),
        ]

    async def sign_in(self, request: Request) -> Response:
        """The form; where nobody administrates yet, whoever sits at this machine is led to become the first.

        Whoever is signed in is led home, but for somebody whom a page sent here: that may want a fresh sign-in.
        """
        to, exchange = request.query_params.get("to"), exchange_of(request.scope)
        shows, is_in = await self._session(exchange)
        if is_in and to is None:
            return self._view.to(request, HOME)
        way = _way(to or HOME, request)
        if to is not None and way == HOME and await self._opened().registration.awaits_first(exchange):
            return self._view.to(request, FIRST)
        ended = shows and not is_in and "said" not in request.query_params
        context = {"said": SENTENCES["session-over"], "said_kind": "warn"} if ended else None
        return self._answering.show(request, _PAGE, context, Filled({"to": way}))

    async def try_in(self, request: Request) -> Response:
        """Name and password, and the code where one was mailed."""

        async def act(form: SigningIn) -> Response:
            tried = Tried(
                form.name, form.password.reveal(), request.cookies.get(COOKIE),
                form.code.reveal().strip() if form.code is not None else None,
            )  # fmt: skip
            try:
                came = await self._opened().entrance.come_in_by_browser(tried, exchange_of(request.scope))
            except CodeRequired:
                return self._ask_code(request, form)
            fields = fields_of_session(came.session, came.device)
            return self._view.to(request, _way(form.to, request), headers=fields)

        return await self._answering.submit(request, _PAGE, act)

    async def sign_out(self, request: Request) -> Response:
        """End this session, on every worker, and have the browser forget what it kept of it (ASVS 14.3.1)."""
        who = caller_of(request)
        if who is None or not await self._answering.pressed(request):
            return self._view.to(request, HOME, "stale")
        await self._opened().sessions.log_out(who, exchange_of(request.scope))
        return self._view.to(request, SIGN_IN, "signed-out", fields_of_end())

    async def _session(self, exchange: Exchange | None) -> tuple[bool, bool]:
        """Whether a session is shown, and whether it goes on. The guard looks at none on a page for anybody."""
        value = cookie_value(exchange, SESSION.encode("ascii")) if exchange is not None else None
        if value is None:
            return False, False
        sessions = self._opened().browser_sessions
        return True, (sessions.recall(value) or await sessions.authenticate(value)) is not None

    def _ask_code(self, request: Request, form: SigningIn) -> Response:
        filled: Filled[Any] = Filled({"name": form.name, "to": _way(form.to, request), "step": "code"})
        if form.code is not None:
            filled = filled.wrong(_AGAIN, "code")
        self._answering.tell(request, CODE)
        return self._view.page(request, _PAGE.template, {"form": filled}, status=403)


def _way(to: str, request: Request) -> str:
    """Where to go, from where the app is served: home, unless it is a path of ours."""
    try:
        way, root = _RETURN.validate_python(to), root_of(request)
    except ValidationError:
        return HOME
    return way.removeprefix(root) or "/" if way == root or way.startswith(f"{root}/") else way
