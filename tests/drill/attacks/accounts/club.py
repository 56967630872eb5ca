"""A club with accounts, mailed codes and gift cards: each flaw planted by its name, or none. Letters go into a log."""

import hmac
import secrets
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from hashlib import pbkdf2_hmac
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel, Field

SLOWLY = 20_000
"""Rounds of a hash that takes long enough to be measured, and no longer."""


class Person(BaseModel):
    """Who wants an account."""

    username: str
    email: str
    password: str


class Login(BaseModel):
    """A name and a password."""

    username: str
    password: str


class Asking(BaseModel):
    """Whose code is asked for."""

    email: str


class Reset(BaseModel):
    """A mailed code and the new password."""

    email: str
    code: str
    new_password: str


class Passwords(BaseModel):
    """The old and the new one."""

    old_password: str
    new_password: str


class Entering(BaseModel):
    """A mailed code, for those without their password at hand."""

    email: str
    code: str


class Token(BaseModel):
    """What goes into `Authorization`."""

    access_token: str


class Card(BaseModel):
    """A gift card."""

    number: str
    pin: Annotated[str, Field(pattern=r"^[0-9]{4}$")]


class NewCard(BaseModel):
    """What it is to be worth."""

    worth: int = Field(10, ge=1, le=100)


@dataclass
class Member:
    """Somebody with an account."""

    name: str
    email: str
    hashed: bytes
    wrong: int = 0


@cache
def hashed(password: str) -> bytes:
    """Kept, so that a test which is not about time does not take any."""
    return slowly(password)


def slowly(password: str) -> bytes:
    """As much work each time."""
    return pbkdf2_hmac("sha256", password.encode(), b"club", SLOWLY)


@dataclass
class Club:
    """What the app knows, and the log in which its letters stand."""

    flaws: frozenset[str]
    log: list[str]
    members: dict[str, Member] = field(default_factory=dict[str, Member])
    tokens: dict[str, str] = field(default_factory=dict[str, str])
    codes: dict[str, str] = field(default_factory=dict[str, str])
    cards: dict[str, str] = field(default_factory=dict[str, str])
    tries: Counter[str] = field(default_factory=Counter[str])
    known: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def plain(self, name: str) -> str:
        """One spelling of a name."""
        if "look-alikes" in self.flaws:
            return name
        plain = unicodedata.normalize("NFKC", name).strip().casefold()
        if not plain.isascii():
            raise HTTPException(422, "Letters and digits, please.")
        return plain

    def spend(self, *keys: str, most: int = 6) -> None:
        """Count a try for each of these, or refuse it."""
        if any(self.tries[key] >= most for key in keys):
            raise HTTPException(429, "Too many tries.", {"Retry-After": "900"})
        self.tries.update(keys)

    def by_email(self, email: str) -> Member | None:
        """The member with this address."""
        return next((each for each in self.members.values() if each.email == email), None)

    def mail(self, to: str, text: str) -> None:
        """Send a letter."""
        self.log.append(f"letter to {to}: {text}")

    def judge(self, password: str, name: str) -> None:
        """Refuse a password that is tried first."""
        if "weak" not in self.flaws and (len(password) < 10 or name in password):
            raise HTTPException(422, "Choose a better password.")

    def enter(self, name: str) -> Token:
        """Let somebody in."""
        token = secrets.token_urlsafe(24)
        self.tokens[token] = name
        return Token(access_token=token)


def _address(request: Request, club: Club) -> str:
    forwarded = request.headers.get("x-forwarded-for") if "forwarded" in club.flaws else None
    return forwarded or (request.client.host if request.client else "")


def signed_in(request: Request, authorization: Annotated[str, Header()] = "") -> Member:
    """Who asks."""
    club: Club = request.app.state.club
    member = club.members.get(club.tokens.get(authorization.removeprefix("Bearer "), ""))
    if member is None:
        raise HTTPException(401)
    return member


Me = Annotated[Member, Depends(signed_in)]


def club_app(*flaws: str, log: list[str]) -> FastAPI:
    """The app with these flaws."""
    app, club = FastAPI(title="Club"), Club(frozenset(flaws), log)
    app.state.club = club
    for part in (_register, _login, _own, _ways_back, _codes, _cards):
        part(app, club)
    return app


def _register(app: FastAPI, club: Club) -> None:
    @app.post("/register", status_code=202)
    async def register(new: Person) -> dict[str, str]:
        name = club.plain(new.username)
        club.judge(new.password, name)
        if name not in club.members:
            club.members[name] = Member(name, new.email.lower(), hashed(new.password))
        elif "register-tells" in club.flaws:
            raise HTTPException(409, "This name is taken.")
        return {"detail": "Unless the name was taken, you can sign in."}


def _login(app: FastAPI, club: Club) -> None:
    @app.post("/login")
    async def login(who: Login, request: Request) -> Token:
        name, address = club.plain(who.username), _address(request, club)
        member = club.members.get(name)
        if member is not None and member.wrong >= 5 and "locks" in club.flaws:
            raise HTTPException(423, "This account is locked.")
        if "guessing" not in club.flaws and "locks" not in club.flaws and (name, address) not in club.known:
            by_name = () if club.flaws & {"forwarded", "addresses"} else (name,)
            club.spend(f"{name} {address}", *by_name)
        if member is None and "login-tells" in club.flaws:
            raise HTTPException(401, "Nobody has this name.")
        hash_of = slowly if "quick" in club.flaws or "timed" in club.flaws else hashed
        right = (member is not None or "quick" not in club.flaws) and hmac.compare_digest(
            hash_of(who.password), member.hashed if member is not None else b""
        )
        if member is None or not right:
            if member is not None:
                member.wrong += 1
            raise HTTPException(401, "The name or the password is wrong.")
        club.known.add((name, address))
        return club.enter(name)


def _own(app: FastAPI, club: Club) -> None:
    @app.get("/me")
    async def me(member: Me) -> dict[str, str]:
        return {"username": member.name}

    @app.post("/me/password", status_code=204)
    async def change(passwords: Passwords, member: Me) -> None:
        if not hmac.compare_digest(hashed(passwords.old_password), member.hashed):
            raise HTTPException(403, "That is not your password.")
        club.judge(passwords.new_password, member.name)
        member.hashed = hashed(passwords.new_password)


def _ways_back(app: FastAPI, club: Club) -> None:
    @app.post("/forgot", status_code=202)
    async def forgot(who: Asking, request: Request) -> dict[str, str]:
        member, code = club.by_email(who.email), secrets.token_urlsafe(24)
        if member is None and "forgot-tells" in club.flaws:
            raise HTTPException(404, "Nobody has this address.")
        if member is not None:
            club.codes[code] = member.name
            host = request.headers.get("x-forwarded-host", "") if "host" in club.flaws else ""
            club.mail(who.email, f"https://{host or 'club.example'}/reset?code={code}")
            if "told" in club.flaws:
                return {"detail": "A code is on its way.", "code": code}
        return {"detail": "If we know this address, a code is on its way."}

    @app.post("/reset", status_code=204)
    async def reset(given: Reset) -> None:
        name = club.codes.get(given.code, "")
        if name not in club.members or club.members[name].email != given.email:
            raise HTTPException(400, "This code is wrong or was used.")
        club.judge(given.new_password, name)
        if "twice" not in club.flaws:
            del club.codes[given.code]
        club.members[name].hashed = hashed(given.new_password)


def _codes(app: FastAPI, club: Club) -> None:
    @app.post("/login/code", status_code=202)
    async def ask_code(who: Asking) -> dict[str, str]:
        member = club.by_email(who.email)
        if member is not None:
            code = f"{secrets.randbelow(10_000):04}" if "short" in club.flaws else secrets.token_hex(8)
            club.codes[f"in {member.name}"] = code
            club.mail(who.email, f"Your code is {code}")
        return {"detail": "If we know this address, a code is on its way."}

    @app.post("/login/code/enter")
    async def enter_code(given: Entering) -> Token:
        member = club.by_email(given.email)
        if "short" not in club.flaws:
            club.spend(f"code {given.email}")
        if member is None or not hmac.compare_digest(club.codes.get(f"in {member.name}", "?"), given.code):
            raise HTTPException(401, "That code is not good.")
        return club.enter(member.name)


def _cards(app: FastAPI, club: Club) -> None:
    @app.post("/gift-cards", status_code=201)
    async def buy(_: NewCard, member: Me) -> Card:
        card = Card(number=f"{secrets.randbelow(10**12):012}", pin=f"{secrets.randbelow(10**4):04}")
        club.cards[card.number] = card.pin
        return card

    @app.post("/gift-cards/balance")
    async def balance(card: Card, member: Me) -> dict[str, int]:
        if "pins" not in club.flaws:
            club.spend(f"card {member.name}")
        if club.cards.get(card.number) != card.pin:
            raise HTTPException(403, "The number or the PIN is wrong.")
        return {"worth": 10}
