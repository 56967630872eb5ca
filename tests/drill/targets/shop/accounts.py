"""Routes of an account: register, sign in by form or for a session, API keys, a new password."""

import hmac
import secrets
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import PlainTextResponse
from fastapi.security import OAuth2PasswordRequestForm
from pydantic import BaseModel, Field, StringConstraints

from tests.drill.targets.careful.budgets import Budget, GuessingBudget, address_of
from tests.drill.targets.careful.passwords import NOBODY, fits, hash_password, is_weak
from tests.drill.targets.careful.texts import Email, Key, Line, Password, Strict
from tests.drill.targets.shop import tokens
from tests.drill.targets.shop.callers import SignedIn, by_session, session_of
from tests.drill.targets.shop.store import WELCOME_COUPON, Coupon, Store, User, new_id

Username = Annotated[str, StringConstraints(to_lower=True, min_length=2, max_length=40, pattern=r"^[A-Za-z0-9_.-]+$")]
HALF_A_DAY = 12 * 3600
Preferences = Annotated[dict[Key, bool | int | Line], Field(max_length=40)]


class Registration(Strict):
    """Who wants an account."""

    username: Username
    email: Email
    password: Password


class Token(BaseModel):
    """As OAuth2 has it."""

    access_token: str
    token_type: str = "bearer"


class Login(Strict):
    """A name and a password."""

    username: Annotated[str, StringConstraints(max_length=120)]
    password: Password


class SessionId(BaseModel):
    """What goes into X-Session."""

    session_id: str


class NewKey(BaseModel):
    """What goes into X-API-Key."""

    api_key: str


class Forgotten(Strict):
    """Whose password is forgotten."""

    username: Username


class Reset(Strict):
    """A mailed code and the new password."""

    username: Username
    code: Key
    password: Password


class Me(BaseModel):
    """What one is told of oneself."""

    username: str
    email: str
    referral_code: str
    wallet_id: str


class Accounts:
    """The routes, with what they need."""

    def __init__(self, store: Store, mail: list[dict[str, str]], flawed: frozenset[str]) -> None:
        self.store = store
        self.mail = mail
        self.flawed = flawed
        self.guessing = GuessingBudget()
        self.registering = Budget(30, 3600)
        self.mailing = Budget(10, 3600)
        self.mails_of_one = Budget(5, 3600)
        self.codes = GuessingBudget(pair=5, account=10)

    def router(self) -> APIRouter:
        """All of them."""
        router = APIRouter(tags=["accounts"])
        router.post("/register", status_code=202)(self.register)
        router.post("/token")(self.token)
        router.get("/public-key", response_class=PlainTextResponse)(self.public_key)
        router.get("/.well-known/jwks.json")(self.jwks)
        router.post("/session", status_code=201)(self.begin)
        router.delete("/session", status_code=204)(self.end)
        router.post("/api-keys", status_code=201)(self.new_key)
        router.post("/password-reset", status_code=202)(self.forgot)
        router.post("/password-reset/confirm", status_code=204)(self.reset)
        router.get("/me", response_model=Me)(self.me)
        endless = "fields-without-end" in self.flawed
        router.put("/me/preferences")(self.prefer_anything if endless else self.prefer)
        return router

    async def register(self, new: Registration, request: Request) -> dict[str, str]:
        """An account for whoever has none. The answer does not tell who has one."""
        if "register-without-a-limit" not in self.flawed:
            self.registering.take(address_of(request))
        self._judge(new.password, new.username, new.email)
        user = User(new.username, new.email, hash_password(new.password))
        if new.username not in self.store.users:
            self.store.users[user.username] = user
            coupon = Coupon(new_id(), user.username, WELCOME_COUPON)
            self.store.coupons[coupon.code] = coupon
        return {"message": "Welcome. Unless the name was taken, you can sign in with this password."}

    def _judge(self, password: str, *names: str) -> None:
        if is_weak(password, *names):
            raise HTTPException(422, "Choose a password of at least 10 characters that nobody would guess")

    async def token(self, form: Annotated[OAuth2PasswordRequestForm, Depends()], request: Request) -> Token:
        """An access token for a name and its password."""
        sid = self._sign_in(form.username, form.password, address_of(request))
        return Token(access_token=tokens.sign(self.store.sessions[sid][0], sid))

    async def begin(self, login: Login, request: Request) -> SessionId:
        """A session for a client that keeps no tokens; its id goes into X-Session."""
        return SessionId(session_id=self._sign_in(login.username, login.password, address_of(request)))

    async def end(self, caller: SignedIn, sid: Annotated[str | None, Depends(by_session)]) -> None:
        """Sign out: everywhere, unless one session is named."""
        if sid is None:
            self.store.end_sessions(caller.username)
        elif session_of(self.store, sid) == caller.username:
            del self.store.sessions[sid]

    def _sign_in(self, name: str, password: str, address: str) -> str:
        name = name[:120].lower()
        careful = "login-without-a-budget" not in self.flawed
        if careful:
            self.guessing.check(name, address)
        user = self.store.users.get(name)
        right = fits(password[:128], user.password_hash if user else NOBODY)
        if user is None or not right:
            self.guessing.fail(name, address)
            raise HTTPException(401, "Incorrect username or password", headers={"WWW-Authenticate": "Bearer"})
        self.guessing.succeed(name, address)
        sid = self.store.next_id("sessions")
        self.store.sessions[sid] = (user.username, time.monotonic() + HALF_A_DAY)
        return sid

    async def public_key(self) -> PlainTextResponse:
        """What verifies our tokens, as PEM."""
        return PlainTextResponse(tokens.public_pem())

    async def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """What verifies our tokens, as a set of JWKs."""
        return {"keys": [tokens.public_jwk()]}

    async def new_key(self, caller: SignedIn) -> NewKey:
        """An API key, which is shown once."""
        if sum(name == caller.username for name in self.store.api_keys.values()) >= 10:
            raise HTTPException(409, "You have enough keys")
        key = f"shop_{self.store.next_id('api-keys')}"
        self.store.api_keys[key] = caller.username
        return NewKey(api_key=key)

    async def forgot(self, who: Forgotten, request: Request) -> dict[str, str]:
        """Mail a code, if there is such an account."""
        limited = "reset-mails-without-a-limit" not in self.flawed
        if limited:
            self.mailing.take(address_of(request))
        user, code = self.store.users.get(who.username), secrets.token_urlsafe(24)
        if user is not None and not (limited and self.mails_of_one.is_spent(who.username)):
            self.mails_of_one.spend(who.username)
            self.store.reset_codes[user.username] = (code, time.monotonic() + 900)
            self.mail.append({"to": user.email, "subject": "A new password", "text": f"Your code: {code}"})
        return {"message": "If there is such an account, a code is on its way."}

    async def reset(self, reset: Reset, request: Request) -> None:
        """A new password for a mailed code, which works once."""
        address = address_of(request)
        self.codes.check(reset.username, address)
        user = self.store.users.get(reset.username)
        code, until = self.store.reset_codes.get(reset.username, ("", 0.0))
        expected = code if until > time.monotonic() else secrets.token_urlsafe(24)
        if user is None or not hmac.compare_digest(expected.encode(), reset.code.encode()):
            self.codes.fail(reset.username, address)
            raise HTTPException(400, "This code is wrong or too old")
        self._judge(reset.password, user.username, user.email)
        del self.store.reset_codes[user.username]
        user.password_hash = hash_password(reset.password)
        self.store.end_sessions(user.username)
        self.store.void_keys(user.username)

    async def me(self, caller: SignedIn) -> User:
        """Who I am."""
        return caller

    async def prefer(self, preferences: Preferences, caller: SignedIn) -> dict[str, int]:
        """How the shop is to look."""
        caller.preferences = dict(preferences)
        return {"kept": len(preferences)}

    async def prefer_anything(self, preferences: dict[str, Any], caller: SignedIn) -> dict[str, int]:
        """How the shop is to look."""
        caller.preferences = preferences
        return {"kept": len(preferences)}
