"""Signing in: `/auth/sign-in`, and the OAuth2 password form at `/auth/token`.

Whoever fails to sign in gets one answer, the same bytes, whatever was wrong (ASVS 6.3.8).
"""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.datastructures import MutableHeaders

from buckler.access.declarations.declaring import Public
from buckler.asgi import exchange_of
from buckler.clock import Clock
from buckler.identity.opened import Opened
from buckler.identity.routes.cookie_session import SignedInByCookie, keeping
from buckler.identity.routes.members import Name, Taken, Tokens
from buckler.identity.routes.password_form import SCHEMA, FormRefused, read_form
from buckler.identity.routes.refresh import tokens_of
from buckler.identity.routes.refusing import UNSTORED, problems, refusing
from buckler.identity.sessions.session_secrets import LENGTH, PATTERN
from buckler.identity.settings import LONGEST_SESSION, AccountsSettings
from buckler.identity.sign_in.devices import LENGTH as DEVICE_LENGTH
from buckler.identity.sign_in.devices import Device
from buckler.identity.sign_in.entrance import NothingGranted, Tried
from buckler.identity.sign_in.known_devices import COOKIE, cookie_of
from buckler.identity.sign_in.sign_in import SignInFailed
from buckler.identity.sign_in.throttle import CodeRequired
from buckler.input.passwords import Password, password_of
from buckler.tokens.checks import LONGEST_TOKEN
from buckler.tokens.jwt import LONGEST_LIFE

_LONGEST_CODE: Final = 64
_FETCHED: Final = "sec-fetch-site"
"""Browsers say with each request where it comes from; nothing else does (Fetch Metadata Request Headers)."""

# Of another length or with another letter it is no token of ours: one that is not known is no reason to refuse.
DeviceToken = Annotated[str, Field(max_length=DEVICE_LENGTH, pattern=r"^[A-Za-z0-9_-]*$")]


class SigningIn(Taken):
    """Somebody who says who it is."""

    name: Name
    password: Password
    device: DeviceToken | None = None
    """What an earlier sign-in answered, where there is no browser to keep the cookie."""
    code: Annotated[Password, password_of(longest=_LONGEST_CODE)] | None = None
    """What was mailed, where the answer was `code-required`."""
    session: Literal["tokens", "cookie"] = "tokens"
    """How the session is kept: by the client, in tokens, or by its browser, in a cookie that no script reads."""


class SignedIn(Tokens):
    """A sign-in that is complete, with its tokens."""

    status: Literal["complete"] = "complete"
    device: DeviceToken | None = None
    """Send it with later sign-ins: what strangers do then does not keep this device out. Browsers get a cookie."""


class SignInRoutes:
    """The endpoints. They turn what happens inside into answers, and decide nothing."""

    def __init__(self, settings: AccountsSettings, clock: Clock, opened: Callable[[], Opened]) -> None:
        self._takes_form = settings.password_form
        self._clock = clock
        self._opened = opened

    def add_to(self, router: APIRouter) -> None:
        """Both ways to try a password. No limit stands at the door: the throttle knows whom it must let past."""
        router.add_api_route(
            "/auth/sign-in",
            self.sign_in,
            methods=["POST"],
            dependencies=[Public("whoever signs in has no token yet")],
            responses=problems(401, 429, 503),
        )
        if self._takes_form:
            router.add_api_route(
                "/auth/token",
                self.token,
                methods=["POST"],
                response_model=None,
                dependencies=[Public("whoever signs in has no token yet")],
                responses={200: _TOKEN_ANSWER, 400: _OAUTH_ANSWER, **problems(429, 503)},
                openapi_extra={"requestBody": SCHEMA},
            )

    async def sign_in(self, body: SigningIn, request: Request, response: Response) -> SignedIn | SignedInByCookie:
        """Sign in with name and password. `session: "cookie"` keeps it in a cookie in the place of tokens."""
        response.headers.update(UNSTORED)
        code = body.code.reveal() if body.code is not None else None
        tried = Tried(body.name, body.password.reveal(), body.device or request.cookies.get(COOKIE), code)
        entrance, exchange = self._opened().entrance, exchange_of(request.scope)
        with refusing():
            if body.session == "cookie":
                came_in = await entrance.come_in_by_browser(tried, exchange)
                return keeping(came_in.session, response.headers, came_in.device)
            came = await entrance.come_in(tried, exchange)
        device = came.device
        told = None if device is None or _keeps_cookie(request, response.headers, device) else device.token
        return SignedIn(**tokens_of(came.begun).model_dump(), device=told)

    async def token(self, request: Request) -> JSONResponse:
        """The OAuth2 password form, for the Authorize button of the docs page."""
        try:
            form = await read_form(request)
            tried = Tried(form.name, form.password, request.cookies.get(COOKIE), None, form.scope)
            with refusing(SignInFailed, CodeRequired, NothingGranted):
                came = await self._opened().entrance.come_in(tried, exchange_of(request.scope))
        except FormRefused as error:
            return _oauth_error(error.code, str(error))
        except NothingGranted as error:
            return _oauth_error("invalid_scope", str(error))
        except (SignInFailed, CodeRequired) as error:
            return _oauth_error("invalid_grant", str(error))
        answer = tokens_of(came.begun).model_dump()
        told = JSONResponse(answer if came.scope is None else {**answer, "scope": came.scope}, headers=UNSTORED)
        if came.device is not None:
            _keeps_cookie(request, told.headers, came.device)
        return told


def _keeps_cookie(request: Request, headers: MutableHeaders, device: Device) -> bool:
    """Give a browser its token where no script reads it; whether it was one."""
    is_browser = _FETCHED in request.headers
    if is_browser:
        headers.append("set-cookie", cookie_of(device.token))
    return is_browser


def _oauth_error(code: str, description: str) -> JSONResponse:
    return JSONResponse({"error": code, "error_description": description}, 400, UNSTORED)


_TOKEN_ANSWER: Final[dict[str, Any]] = {
    "description": "An access token (RFC 6749 section 5.1)",
    "content": {
        "application/json": {
            "schema": {
                "title": "TokenAnswer",
                "type": "object",
                "required": ["access_token", "token_type", "expires_in"],
                "properties": {
                    "access_token": {"type": "string", "maxLength": LONGEST_TOKEN, "pattern": "^[A-Za-z0-9_.-]+$"},
                    "token_type": {"type": "string", "enum": ["bearer"]},
                    "expires_in": {"type": "integer", "format": "int32", "minimum": 1, "maximum": LONGEST_LIFE},
                    "refresh_token": {"type": "string", "maxLength": LENGTH, "pattern": PATTERN},
                    "refresh_expires_in": {
                        "type": "integer",
                        "format": "int32",
                        "minimum": 1,
                        "maximum": LONGEST_SESSION,
                    },
                    "scope": {"type": "string", "maxLength": LONGEST_TOKEN, "pattern": r"^[\x21\x23-\x5b\x5d-\x7e ]*$"},
                },
            }
        }
    },
}
_OAUTH_ANSWER: Final[dict[str, Any]] = {
    "description": "The form or the credentials are not good (RFC 6749 section 5.2)",
    "content": {
        "application/json": {
            "schema": {
                "title": "OAuthError",
                "type": "object",
                "required": ["error"],
                "properties": {
                    "error": {"type": "string", "maxLength": 40, "pattern": "^[a-z_]+$"},
                    "error_description": {
                        "type": "string",
                        "maxLength": 200,
                        "pattern": r"^[\x20\x21\x23-\x5b\x5d-\x7e]*$",
                    },
                },
            }
        }
    },
}
