"""Routes of an account: register, sign in, sign out, a new password."""

import hmac
import secrets
import time
from typing import Annotated, Any, cast

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, StringConstraints

from tests.drill.targets.careful.budgets import Budget, GuessingBudget, address_of
from tests.drill.targets.careful.passwords import NOBODY, fits, hash_password, is_weak
from tests.drill.targets.careful.texts import Email, Key, Line, Password, Strict
from tests.drill.targets.noteboard.callers import SignedIn, unauthorized
from tests.drill.targets.noteboard.store import Code, Store, User
from tests.drill.targets.noteboard.tokens import BadToken, Tokens

AnyEmail = Annotated[str, StringConstraints(min_length=3, max_length=120, pattern="@")]


class Registration(Strict):
    """Who wants an account."""

    email: Email
    password: Password
    name: Line


class RegistrationAsTyped(Strict):
    """With the address as somebody typed it."""

    email: AnyEmail
    password: Password
    name: Line


class RegistrationOfAnything(Registration):
    """With whatever else a user has."""

    model_config = ConfigDict(extra="allow")


class RegistrationOfAnythingAsTyped(RegistrationAsTyped):
    """Both."""

    model_config = ConfigDict(extra="allow")


REGISTRATIONS = {
    (False, False): Registration,
    (False, True): RegistrationAsTyped,
    (True, False): RegistrationOfAnything,
    (True, True): RegistrationOfAnythingAsTyped,
}


class Login(Strict):
    """An address and a password."""

    email: Annotated[str, StringConstraints(max_length=120)]
    password: Password


class Refresh(Strict):
    """A refresh token."""

    refresh_token: Annotated[str, StringConstraints(max_length=4000)]


class Pair(BaseModel):
    """Two tokens."""

    access_token: str
    refresh_token: str
    token_type: str


class Passwords(Strict):
    """The old and the new one."""

    old: Password
    new: Password


class Forgotten(Strict):
    """Whose password is forgotten."""

    email: Email


class Reset(Strict):
    """A mailed code and the new password."""

    email: Email
    code: Key
    password: Password


class Said(BaseModel):
    """A sentence for a person."""

    message: str


class Accounts:
    """The routes, with what they need."""

    def __init__(self, store: Store, tokens: Tokens, mail: list[dict[str, str]], flawed: frozenset[str]) -> None:
        self.store = store
        self.tokens = tokens
        self.mail = mail
        self.flawed = flawed
        self.guessing = GuessingBudget()
        self.registering = Budget(30, 3600)
        self.mailing = Budget(10, 3600)
        self.mails_of_one = Budget(5, 3600)
        self.codes = GuessingBudget(pair=5, account=10)

    def router(self) -> APIRouter:
        """All of them."""
        router = APIRouter(prefix="/auth", tags=["accounts"])
        router.post("/register", status_code=202, response_model=Said)(self._register())
        router.post("/login", response_model=Pair)(self.login)
        router.post("/refresh", response_model=Pair)(self.refresh)
        router.post("/logout", status_code=204)(self.logout)
        router.post("/password", status_code=204)(self.change)
        router.post("/forgot", status_code=202, response_model=Said)(self.forgot)
        router.post("/reset", status_code=204)(self.reset)
        return router

    def _register(self) -> Any:
        model = REGISTRATIONS["register-takes-a-role" in self.flawed, "look-alike-addresses" in self.flawed]

        async def register(given: model, request: Request) -> Said:  # pyright: ignore
            """An account for whoever has none. The answer does not tell who has one."""
            return self._let_in(cast("Registration | RegistrationAsTyped", given), address_of(request))

        return cast("Any", register)

    def _let_in(self, new: Registration | RegistrationAsTyped, address: str) -> Said:
        self.registering.take(address)
        self._judge(new.password, new.email, new.name)
        user = User(new.email, new.name, hash_password(new.password))
        for field, value in (new.model_extra or {}).items():
            if field in User.__slots__:
                setattr(user, field, value)
        return self._welcome(user)

    def _welcome(self, user: User) -> Said:
        if self.store.by_email(user.email) is None:
            self.store.add(user)
        elif "register-tells-who-is-here" in self.flawed:
            raise HTTPException(409, "This address is registered already")
        return Said(message="Welcome. Unless you had an account before, you can sign in with this password.")

    def _judge(self, password: str, *names: str) -> None:
        if "weak-passwords" not in self.flawed and is_weak(password, *names):
            raise HTTPException(422, "Choose a password of at least 10 characters that nobody would guess")

    async def login(self, who: Login, request: Request) -> dict[str, str]:
        """A pair of tokens for an address and its password."""
        email = who.email if "look-alike-addresses" in self.flawed else who.email.lower()
        address = address_of(request)
        self.guessing.check(email, address)
        user = self.store.by_email(email)
        if user is None and "login-quicker-for-nobody" in self.flawed:
            self.guessing.fail(email, address)
            raise self._refused(user)
        right = fits(who.password, user.password_hash if user else NOBODY)
        if user is None or not right or user.disabled:
            self.guessing.fail(email, address)
            raise self._refused(user)
        self.guessing.succeed(email, address)
        return self.tokens.issue(user)

    def _refused(self, user: User | None) -> HTTPException:
        if "login-tells-who-is-here" in self.flawed:
            return HTTPException(401, "Wrong password" if user else "No such user")
        return HTTPException(401, "Wrong address or password", headers={"WWW-Authenticate": "Bearer"})

    async def refresh(self, given: Refresh) -> dict[str, str]:
        """The next pair for a refresh token."""
        try:
            return self.tokens.refresh(given.refresh_token)
        except BadToken as error:
            raise unauthorized() from error

    async def logout(self, caller: SignedIn) -> None:
        """End this session."""
        if "alive-after-logout" not in self.flawed:
            self.store.sessions.pop(caller.sid, None)

    async def change(self, passwords: Passwords, caller: SignedIn, request: Request) -> None:
        """A new password. Everybody who was signed in with the old one signs in again."""
        user, address = caller.user, address_of(request)
        self.guessing.check(user.email, address)
        if not fits(passwords.old, user.password_hash):
            self.guessing.fail(user.email, address)
            raise HTTPException(403, "That is not your password")
        self._judge(passwords.new, user.email, user.name)
        user.password_hash = hash_password(passwords.new)
        if "alive-after-password-change" not in self.flawed:
            self.store.end_sessions(user.id)

    async def forgot(self, who: Forgotten, request: Request) -> Said:
        """Mail a code, if there is such an account."""
        self.mailing.take(address_of(request))
        user = self.store.by_email(who.email)
        code = secrets.token_urlsafe(24)
        if user is not None and not self.mails_of_one.is_spent(who.email):
            self.mails_of_one.spend(who.email)
            self.store.codes[user.id] = Code(code, time.monotonic() + 900)
            self.mail.append({"to": user.email, "subject": "A new password", "text": f"Your code: {code}"})
        if user is None and "forgot-tells-who-is-here" in self.flawed:
            raise HTTPException(404, "Nobody has this address")
        return Said(message="If this is the address of an account, a code is on its way.")

    async def reset(self, reset: Reset, request: Request) -> None:
        """A new password for a mailed code, which works once."""
        address = address_of(request)
        self.codes.check(reset.email, address)
        user = self.store.by_email(reset.email)
        kept = self.store.codes.get(user.id) if user else None
        expected = kept.code if kept and kept.until > time.monotonic() else secrets.token_urlsafe(24)
        if user is None or not hmac.compare_digest(expected.encode(), reset.code.encode()):
            self.codes.fail(reset.email, address)
            raise HTTPException(400, "This code is wrong or too old")
        self._judge(reset.password, user.email, user.name)
        del self.store.codes[user.id]
        user.password_hash = hash_password(reset.password)
        self.store.end_sessions(user.id)
