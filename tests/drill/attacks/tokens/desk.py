"""An app with accounts and tokens of every kind: each flaw of tokens planted by its name, or none."""

import hmac
import secrets
import time
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from itertools import count
from typing import Annotated, Any
from urllib.request import urlopen

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from pydantic import BaseModel

STRONG = secrets.token_hex(32)
ISSUER, AUDIENCE = "https://desk.example", "desk"
LIVES = {"access": 900, "refresh": 7200}
ADMINISTRATOR = ("root", "Anvil-and-71-swallows")


@cache
def key_pair() -> RSAPrivateKey:
    """One for all tests: making another takes long."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def public_pem() -> str:
    """Its public half."""
    return key_pair().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class Person(BaseModel):
    """A name and a password."""

    username: str
    password: str


class Passwords(BaseModel):
    """The old and the new one."""

    current_password: str
    new_password: str


class Refresh(BaseModel):
    """A refresh token."""

    refresh_token: str


class Forgotten(BaseModel):
    """Whose password is forgotten."""

    username: str


class Pair(BaseModel):
    """Two tokens."""

    access_token: str
    refresh_token: str


class Key(BaseModel):
    """An API key."""

    api_key: str


@dataclass
class Desk:
    """What the app knows."""

    flaws: frozenset[str]
    people: dict[str, str] = field(default_factory=lambda: {ADMINISTRATOR[0]: ADMINISTRATOR[1]})
    disabled: set[str] = field(default_factory=set[str])
    sessions: dict[str, str] = field(default_factory=dict[str, str])
    """The newest refresh token of each session, by its id; the id begins with the name."""
    halved: set[str] = field(default_factory=set[str])
    """Sessions of which the access token has ended, and the refresh token has not."""
    mailed: dict[str, str] = field(default_factory=dict[str, str])
    numbers: "count[int]" = field(default_factory=lambda: count(1000))
    secret: str = STRONG

    def issue(self, sid: str) -> dict[str, str]:
        """The next two tokens of a session."""
        pair = {kind: self.signed(sid, kind) for kind in LIVES}
        self.sessions[sid] = pair["refresh"]
        return {"access_token": pair["access"], "refresh_token": pair["refresh"]}

    def signed(self, sid: str, kind: str) -> str:
        """One token."""
        now = int(time.time())
        claims = {"sub": sid.partition(":")[0], "sid": sid, "typ": kind, "iss": ISSUER, "aud": AUDIENCE, "iat": now}
        claims |= {"exp": now + LIVES[kind], "jti": secrets.token_hex(8)}
        if "public-key" in self.flaws:
            return jwt.encode(claims, key_pair(), "RS256")
        return jwt.encode(claims, self.secret, "HS256", headers={"kid": "main"})

    def claims(self, token: str) -> dict[str, Any]:
        """What a token says."""
        header = jwt.get_unverified_header(token)
        if "unsigned" in self.flaws and header["alg"] == "none":
            return jwt.decode(token, options={"verify_signature": False})
        if "public-key" in self.flaws and header["alg"] == "HS256":
            return _by_hmac(token, public_pem().encode())
        if "jku" in self.flaws and "jku" in header:
            urlopen(header["jku"]).read()  # noqa: S310 - that is the flaw
        if "jwk" in self.flaws and "jwk" in header:
            return self._strict(token, jwt.PyJWK(header["jwk"]).key, header["alg"])
        if "kid" in self.flaws and "UNION SELECT '" in header.get("kid", ""):
            return _by_hmac(token, header["kid"].split("'")[-2].encode())
        key = key_pair().public_key() if "public-key" in self.flaws else self.secret
        return self._strict(token, key, "RS256" if "public-key" in self.flaws else "HS256")

    def _strict(self, token: str, key: Any, algorithm: str) -> dict[str, Any]:
        timed = {"verify_exp": "expired" not in self.flaws}
        if "unbound" in self.flaws:
            return jwt.decode(token, key, [algorithm], options={"verify_aud": False, "verify_iss": False, **timed})
        return jwt.decode(
            token, key, [algorithm], audience=AUDIENCE, issuer=ISSUER,
            options={"require": ["exp", "sub", "aud", "iss"], **timed},
        )  # fmt: skip

    def read(self, token: str, kind: str) -> str:
        """The session of a token that is good."""
        if kind == "access" and token in self.mailed.values() and "mailed" in self.flaws:
            return next(iter(self.sessions))
        try:
            claims = self.claims(token)
        except (jwt.PyJWTError, ValueError, OSError) as error:
            raise HTTPException(401) from error
        sid = str(claims.get("sid"))
        if kind == "access" and sid in self.halved:
            raise HTTPException(401)
        if sid not in self.sessions or (claims.get("typ") != kind and "kinds" not in self.flaws):
            raise HTTPException(401)
        return sid

    def end(self, name: str, flaw: str = "") -> None:
        """End every session of somebody; with this flaw, for access tokens alone."""
        if flaw in self.flaws:
            self.halved |= {sid for sid in self.sessions if sid.partition(":")[0] == name}
            return
        self.sessions = {sid: token for sid, token in self.sessions.items() if sid.partition(":")[0] != name}


def _by_hmac(token: str, key: bytes) -> dict[str, Any]:
    signed, _, signature = token.rpartition(".")
    digest = hmac.new(key, signed.encode(), sha256).digest()
    if not hmac.compare_digest(digest, jwt.utils.base64url_decode(signature)):
        raise HTTPException(401)
    return jwt.decode(token, options={"verify_signature": False})


def signed_in(request: Request, authorization: Annotated[str, Header()] = "") -> str:
    """The session of whoever asks."""
    store: Desk = request.app.state.store
    sid = store.read(authorization.removeprefix("Bearer "), "access")
    if sid.partition(":")[0] in store.disabled and "disabled" not in store.flaws:
        raise HTTPException(401)
    return sid


Signed = Annotated[str, Depends(signed_in)]


def desk(*flaws: str, secret: str = STRONG, lines: list[str] | None = None) -> FastAPI:
    """The app with these flaws. Its letters are added to `lines`."""
    app, store = FastAPI(title="Desk"), Desk(frozenset(flaws), secret=secret)
    app.state.store = store
    _doors(app, store)
    _endings(app, store)
    _own(app, store)
    _others(app, store, lines if lines is not None else [])
    return app


def _doors(app: FastAPI, store: Desk) -> None:
    @app.post("/register", status_code=201)
    async def register(new: Person) -> dict[str, str]:
        if new.username in store.people:
            raise HTTPException(409)
        store.people[new.username] = new.password
        return {"id": new.username}

    @app.post("/login")
    async def login(who: Person) -> Pair:
        if store.people.get(who.username) != who.password or who.username in store.disabled:
            raise HTTPException(401)
        return Pair(**store.issue(f"{who.username}:{secrets.token_hex(8)}"))

    @app.post("/refresh")
    async def refresh(given: Refresh) -> Pair:
        sid = store.read(given.refresh_token, "refresh")
        if store.sessions[sid] != given.refresh_token and "replay" not in store.flaws and "kinds" not in store.flaws:
            if "descendants" not in store.flaws:
                del store.sessions[sid]
            raise HTTPException(401)
        if "unchanged" in store.flaws:
            return Pair(access_token=store.signed(sid, "access"), refresh_token=given.refresh_token)
        return Pair(**store.issue(sid))


def _endings(app: FastAPI, store: Desk) -> None:
    @app.post("/logout", status_code=204)
    async def logout(sid: Signed) -> None:
        if "logout-refresh" in store.flaws:
            store.halved.add(sid)
        elif "logout" not in store.flaws:
            del store.sessions[sid]

    @app.post("/logout-all", status_code=204)
    async def logout_all(sid: Signed) -> None:
        if "everywhere" not in store.flaws:
            store.end(sid.partition(":")[0], "everywhere-refresh")


def _own(app: FastAPI, store: Desk) -> None:
    @app.get("/me")
    async def me(sid: Signed) -> dict[str, str]:
        return {"username": sid.partition(":")[0]}

    @app.post("/me/password", status_code=204)
    async def change(passwords: Passwords, sid: Signed) -> None:
        name = sid.partition(":")[0]
        if store.people[name] != passwords.current_password:
            raise HTTPException(403)
        store.people[name] = passwords.new_password
        if "change" not in store.flaws:
            store.end(name, "change-refresh")

    @app.delete("/me", status_code=204)
    async def leave(sid: Signed) -> None:
        name = sid.partition(":")[0]
        del store.people[name]
        if "removed" not in store.flaws:
            store.end(name)


def _others(app: FastAPI, store: Desk, lines: list[str]) -> None:
    @app.post("/admin/users/{username}/disable", status_code=204)
    async def disable(username: str, sid: Signed) -> None:
        if sid.partition(":")[0] != ADMINISTRATOR[0]:
            raise HTTPException(403)
        store.disabled.add(username)

    @app.post("/api-keys", status_code=201)
    async def new_key(sid: Signed) -> Key:
        return Key(api_key=f"desk_{next(store.numbers)}" if "keys" in store.flaws else secrets.token_urlsafe(32))

    @app.post("/magic", status_code=202)
    async def magic(who: Forgotten) -> None:
        if who.username in store.people:
            store.mailed[who.username] = secrets.token_urlsafe(24)
            lines.append(f"to {who.username}: https://desk.example/magic/enter?token={store.mailed[who.username]}")

    @app.get("/public-key")
    async def public_key() -> Response:
        return Response(public_pem() if "public-key" in store.flaws else "", media_type="text/plain")
