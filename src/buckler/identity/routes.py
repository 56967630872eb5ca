"""The routes of the accounts, under `/auth`.

Whoever fails to sign in gets one answer, the same bytes, whatever was wrong (ASVS 6.3.8). Answers
with a token are stored by nobody (RFC 6749 section 5.1).
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from buckler.access.declarations import Accepts, Limit, Public, Requires
from buckler.access.openapi import PROBLEM
from buckler.access.roles import Roles
from buckler.asgi import exchange_of
from buckler.clock import Clock
from buckler.errors import BucklerError, Refusal
from buckler.identity.account_store import NameTaken
from buckler.identity.answers import BEARER, Claiming, Created, Me, Registering, SignedIn, SigningIn
from buckler.identity.opened import Opened
from buckler.identity.password_form import SCHEMA, FormRefused, read_form
from buckler.identity.passwords import WeakPassword
from buckler.identity.registration import ClaimRefused, RegistrationClosed
from buckler.identity.settings import AccountsSettings
from buckler.identity.shedding import Busy
from buckler.identity.sign_in import SignInFailed
from buckler.input.usernames import InvalidUsername
from buckler.principal import Principal
from buckler.refused import Refused
from buckler.tokens.checks import LONGEST_TOKEN
from buckler.tokens.jwt import LONGEST_LIFE

BUSY: Final = Refusal(
    503, "busy", "Too many sign-ins at once; try again in a moment.", ((b"retry-after", b"%d" % Busy.RETRY_AFTER),)
)
FAILED: Final = Refusal(
    401, "sign-in-failed", "Name or password is wrong.", ((b"www-authenticate", b"Bearer"),), event="authn_login_fail"
)
LARGEST_BODY: Final = "8 kB"
"""Nobody signs in with a megabyte, but a body of so many unknown members costs half a second: one error for each."""
_UNSTORED: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_PUBLISHED: Final = {"Cache-Control": "public, max-age=300"}
_REFUSALS: Final[tuple[tuple[type[BucklerError], Refusal], ...]] = (
    (Busy, BUSY),
    (SignInFailed, FAILED),
    (NameTaken, Refusal(409, "name-taken", "Another account has this name, or one that looks the same.")),
    (RegistrationClosed, Refusal(403, "registration-closed", "Registration is closed here.")),
    (ClaimRefused, Refusal(403, "claim-refused", "The code is not good here.", event="authz_fail")),
)
_EXPLAINED: Final[tuple[tuple[type[BucklerError], str], ...]] = (
    (WeakPassword, "weak-password"),
    (InvalidUsername, "invalid-name"),
)


class AccountRoutes:
    """The endpoints. They turn what happens inside into answers, and decide nothing."""

    def __init__(self, settings: AccountsSettings, roles: Roles, clock: Clock, opened: Callable[[], Opened]) -> None:
        self._lifetime = settings.token_lifetime
        self._takes_form = settings.password_form
        self._has_administrator = settings.administrator in roles
        self._clock = clock
        self._opened = opened

    def router(self) -> APIRouter:
        """Every route that these settings have."""
        router = APIRouter(tags=["accounts"], dependencies=[Accepts(max_body=LARGEST_BODY)])
        guesses = Limit("10/minute", told=False)  # one budget for both ways to try a password
        self._add_registering(router)
        self._add_signing_in(router, guesses)
        router.add_api_route("/auth/me", self.me, methods=["GET"])
        router.add_api_route("/auth/logout", self.logout, methods=["POST"], status_code=204)
        router.add_api_route(
            "/.well-known/jwks.json",
            self.keys,
            methods=["GET"],
            response_class=JSONResponse,
            dependencies=[Public("the public keys that verify our tokens")],
        )
        return router

    async def register(self, body: Registering, request: Request) -> Created:
        """Make an account."""
        with _refusing():
            registration = self._opened().registration
            exchange = exchange_of(request.scope)
            account = await registration.register(body.name, body.password.reveal(), exchange)
        return Created(id=account.id, name=account.name)

    async def claim(self, body: Claiming, request: Request) -> Created:
        """Become the first administrator, with the code that the start printed, from the same machine."""
        with _refusing():
            registration = self._opened().registration
            code, password = body.code.reveal(), body.password.reveal()
            account = await registration.claim(code, body.name, password, exchange_of(request.scope))
        return Created(id=account.id, name=account.name)

    async def sign_in(self, body: SigningIn, request: Request, response: Response) -> SignedIn:
        """Sign in with name and password."""
        response.headers.update(_UNSTORED)
        with _refusing():
            token, _ = await self._signed_in(body.name, body.password.reveal(), request, None)
        return SignedIn(access_token=token, expires_in=self._lifetime)

    async def token(self, request: Request) -> JSONResponse:
        """The OAuth2 password form, for the Authorize button of the docs page."""
        try:
            form = await read_form(request)
            with _refusing(SignInFailed):
                token, scope = await self._signed_in(form.name, form.password, request, form.scope)
        except FormRefused as error:
            return _oauth_error(error.code, str(error))
        except SignInFailed as error:
            return _oauth_error("invalid_grant", str(error))
        answer = {"access_token": token, "token_type": BEARER, "expires_in": self._lifetime}
        return JSONResponse(answer if scope is None else {**answer, "scope": scope}, headers=_UNSTORED)

    async def me(self, who: Annotated[Principal, Requires()]) -> Me:
        """Who is calling, and what that caller may do."""
        return Me(id=who.id, name=who.name, roles=sorted(who.roles), permissions=sorted(who.permissions))

    async def logout(self, who: Annotated[Principal, Requires()], request: Request) -> None:
        """End this access token, here and after a restart."""
        callers = self._opened().callers
        await callers.end(who.credential_id, who.expires_at, exchange_of(request.scope), "logout")

    async def keys(self) -> JSONResponse:
        """The public keys that verify our tokens (RFC 7517 section 5)."""
        return JSONResponse(self._opened().ring.document(), headers=_PUBLISHED)

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

    def _add_registering(self, router: APIRouter) -> None:
        router.add_api_route(
            "/auth/register",
            self.register,
            methods=["POST"],
            status_code=201,
            dependencies=[Public("whoever registers has no account yet"), Limit("5/minute", told=False)],
            responses=_problems(403, 409, 503),
        )
        if self._has_administrator:
            router.add_api_route(
                "/auth/first-administrator",
                self.claim,
                methods=["POST"],
                status_code=201,
                dependencies=[Public("the one-time code is the credential"), Limit("5/minute", told=False)],
                responses=_problems(403, 409, 503),
            )

    def _add_signing_in(self, router: APIRouter, guesses: Any) -> None:
        router.add_api_route(
            "/auth/sign-in",
            self.sign_in,
            methods=["POST"],
            dependencies=[Public("whoever signs in has no token yet"), guesses],
            responses=_problems(401, 503),
        )
        if self._takes_form:
            router.add_api_route(
                "/auth/token",
                self.token,
                methods=["POST"],
                response_model=None,
                dependencies=[Public("whoever signs in has no token yet"), guesses],
                responses={200: _TOKEN_ANSWER, 400: _OAUTH_ANSWER, **_problems(503)},
                openapi_extra={"requestBody": SCHEMA},
            )


@contextmanager
def _refusing(*passing: type[BucklerError]) -> Generator[None]:
    """Turn what the inside says no with into the refusal that leaves, except for `passing`."""
    try:
        yield
    except BucklerError as error:
        if isinstance(error, passing):
            raise
        for kind, refusal in _REFUSALS:
            if isinstance(error, kind):
                raise Refused(refusal) from error
        for kind, code in _EXPLAINED:
            if isinstance(error, kind):
                raise Refused(Refusal(422, code, str(error), event="input_validation_fail")) from error
        raise


def _oauth_error(code: str, description: str) -> JSONResponse:
    return JSONResponse({"error": code, "error_description": description}, 400, _UNSTORED)


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    schema = {"$ref": f"#/components/schemas/{PROBLEM}"}
    content = {"application/problem+json": {"schema": schema}}
    return {status: {"description": _WORDS[status], "content": content} for status in statuses}


_WORDS: Final = {
    401: "Name or password is wrong",
    403: "Not open to this caller",
    409: "The name is taken",
    503: "Too many passwords are being checked; Retry-After says when to come back",
}
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
