"""Access and refresh tokens: JWTs, signed with HS256 by a key that their header names."""

import time
from dataclasses import dataclass
from typing import Any

import jwt
from jwt.types import Options

from tests.drill.targets.noteboard.store import Session, Store, User, new_id

ISSUER = "https://noteboard.example"
AUDIENCE = "noteboard"
MINUTES = {"access": 15, "refresh": 60 * 24 * 7}
CLAIMS = ["sub", "sid", "jti", "typ", "role", "iss", "aud", "iat", "exp"]


class BadToken(Exception):
    """It is none of ours, or no more."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a token speaks of."""

    user: User
    sid: str
    role: str


class Tokens:
    """Issues tokens and reads them."""

    def __init__(self, store: Store, flawed: frozenset[str]) -> None:
        self.store = store
        self.flawed = flawed
        self._secret_of = self._secret_spliced if "kid-in-a-query" in flawed else self._secret_bound

    def issue(self, user: User, sid: str | None = None) -> dict[str, str]:
        """A pair of tokens: of a new session, or the next of one that goes on."""
        sid = sid or new_id()
        session = self.store.sessions.setdefault(sid, Session(user.id))
        session.newest = new_id()
        return {
            "access_token": self._sign(user, sid, new_id(), "access"),
            "refresh_token": self._sign(user, sid, session.newest, "refresh"),
            "token_type": "bearer",
        }

    def caller(self, token: str) -> Caller:
        """Whose access token it is."""
        return self._read(token, "access")[0]

    def refresh(self, token: str) -> dict[str, str]:
        """The next pair. A refresh token that comes a second time was stolen from somebody: the session ends."""
        caller, jti = self._read(token, "refresh")
        if jti != self.store.sessions[caller.sid].newest and "refresh-works-twice" not in self.flawed:
            del self.store.sessions[caller.sid]
            raise BadToken
        return self.issue(caller.user, caller.sid)

    def _sign(self, user: User, sid: str, jti: str, typ: str) -> str:
        now = int(time.time())
        about = {"sub": user.id, "sid": sid, "jti": jti, "typ": typ, "role": user.role}
        when = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 60 * MINUTES[typ]}
        return jwt.encode(about | when, self._secret_bound("main"), "HS256", headers={"kid": "main"})

    def _read(self, token: str, typ: str) -> tuple[Caller, str]:
        try:
            claims = self._verified(token)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise BadToken from error
        user = self.store.users.get(str(claims.get("sub")))
        sid = str(claims.get("sid"))
        session = self.store.sessions.get(sid)
        if user is None or session is None or session.user_id != user.id:
            raise BadToken
        if claims.get("typ") != typ and "refresh-as-access" not in self.flawed:
            raise BadToken
        return Caller(user, sid, str(claims.get("role"))), str(claims.get("jti"))

    def _verified(self, token: str) -> dict[str, Any]:
        if len(token) > 4000:
            raise BadToken
        header = jwt.get_unverified_header(token)
        if "unsigned-tokens" in self.flawed and str(header["alg"]).lower() == "none":
            return jwt.decode(token, options={"verify_signature": False})
        secret = self._secret_of(str(header.get("kid", "main")))
        timed = "expired-tokens" not in self.flawed
        if "claims-not-bound" in self.flawed:
            lenient: Options = {"verify_aud": False, "verify_iss": False, "verify_exp": timed}
            return jwt.decode(token, secret, algorithms=["HS256"], options=lenient)
        strict: Options = {"require": CLAIMS, "verify_exp": timed}
        return jwt.decode(token, secret, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER, options=strict)

    def _secret_bound(self, kid: str) -> str:
        return self._one(self.store.keys.execute("SELECT secret FROM jwt_keys WHERE kid = ?", (kid,)).fetchone())

    def _secret_spliced(self, kid: str) -> str:
        return self._one(self.store.keys.execute(f"SELECT secret FROM jwt_keys WHERE kid = '{kid}'").fetchone())  # noqa: S608

    @staticmethod
    def _one(row: tuple[str] | None) -> str:
        if row is None:
            raise BadToken
        return row[0]
