"""Signing in: `/auth/sign-in`, and the OAuth2 password form at `/auth/token`.

Whoever fails to sign in gets one answer, the same bytes, whatever was wrong (ASVS 6.3.8).
"""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from buckler.access.declarations import Limit, Public
from buckler.asgi import exchange_of
from buckler.clock import Clock
from buckler.identity.members import BEARER, Name, Taken
from buckler.identity.opened import Opened
from buckler.identity.password_form import SCHEMA, FormRefused, read_form
from buckler.identity.routes.refusing import UNSTORED, problems, refusing
from buckler.identity.settings import AccountsSettings
from buckler.identity.sign_in import SignInFailed
from buckler.input.passwords import Password
from buckler.tokens.checks import LONGEST_TOKEN
from buckler.tokens.jwt import LONGEST_LIFE


class SigningIn(Taken):
    """Somebody who says who it is."""

    name: Name
    password: Password


class SignedIn(BaseModel):
    """A sign-in that is complete, with its access token."""

    status: Literal["complete"] = "complete"
    access_token: Annotated[str, Field(max_length=LONGEST_TOKEN, pattern=r"^[A-Za-z0-9_.-]+$")]
    token_type: Literal["bearer"] = BEARER
    expires_in: Annotated[int, Field(ge=1, le=LONGEST_LIFE, json_schema_extra={"format": "int32"})]


class SignInRoutes:
    """The endpoints. They turn what happens inside into answers, and decide nothing."""

    def __init__(self, settings: AccountsSettings, clock: Clock, opened: Callable[[], Opened]) -> None:
        self._lifetime = settings.token_lifetime
        self._takes_form = settings.password_form
        self._clock = clock
        self._opened = opened

    def add_to(self, router: APIRouter) -> None:
        """Both ways to try a password, with one budget."""
        guesses = Limit("10/minute", told=False)
        router.add_api_route(
            "/auth/sign-in",
            self.sign_in,
            methods=["POST"],
            dependencies=[Public("whoever signs in has no token yet"), guesses],
            responses=problems(401, 503),
        )
        if self._takes_form:
            router.add_api_route(
                "/auth/token",
                self.token,
                methods=["POST"],
                response_model=None,
                dependencies=[Public("whoever signs in has no token yet"), guesses],
                responses={200: _TOKEN_ANSWER, 400: _OAUTH_ANSWER, **problems(503)},
                openapi_extra={"requestBody": SCHEMA},
            )

    async def sign_in(self, body: SigningIn, request: Request, response: Response) -> SignedIn:
        """Sign in with name and password."""
        response.headers.update(UNSTORED)
        with refusing():
            token, _ = await self._signed_in(body.name, body.password.reveal(), request, None)
        return SignedIn(access_token=token, expires_in=self._lifetime)

    async def token(self, request: Request) -> JSONResponse:
        """The OAuth2 password form, for the Authorize button of the docs page."""
        try:
            form = await read_form(request)
            with refusing(SignInFailed):
                token, scope = await self._signed_in(form.name, form.password, request, form.scope)
        except FormRefused as error:
            return _oauth_error(error.code, str(error))
        except SignInFailed as error:
            return _oauth_error("invalid_grant", str(error))
        answer = {"access_token": token, "token_type": BEARER, "expires_in": self._lifetime}
        return JSONResponse(answer if scope is None else {**answer, "scope": scope}, headers=UNSTORED)

    async def _signed_in(
        self, name: str, password: str, request: Request, scope: frozenset[str] | None
    ) -> tuple[str, str | None]:
        """A token, and the scope it was cut to."""
        opened, exchange = self._opened(), exchange_of(request.scope)
        account = await opened.sign_in.check(name, password, exchange)
        granted = None if scope is None else " ".join(sorted(opened.callers.granted(account, scope)))
        if granted == "":
            raise FormRefused("invalid_scope", "The account has nothing of this scope.")
        token = opened.callers.issue(account, self._clock.now(), exchange, granted)
        opened.sign_in.note_success(account, exchange)
        return token, granted


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
