"""Tokens: JWTs signed with RS256; the public key is there for whoever wants to verify them."""

import hashlib
import hmac
import json
import time
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm
from jwt.utils import base64url_decode

ISSUER = "https://shop.example"
AUDIENCE = "shop"
SECONDS = 900


class BadToken(Exception):
    """It is none of ours, or no more."""


@cache
def private_key() -> rsa.RSAPrivateKey:
    """One for the process: making another takes long."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem() -> str:
    """The public key as it is handed out."""
    return private_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def public_jwk() -> dict[str, Any]:
    """The same as a JWK."""
    return {
        **RSAAlgorithm.to_jwk(private_key().public_key(), as_dict=True),
        "use": "sig",
        "alg": "RS256",
        "kid": "shop",
    }


def sign(username: str, sid: str) -> str:
    """An access token."""
    now = int(time.time())
    claims = {"sub": username, "sid": sid, "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + SECONDS}
    return jwt.encode(claims, private_key(), "RS256", headers={"kid": "shop"})


def verified(token: str, flawed: frozenset[str]) -> dict[str, Any]:
    """The claims of a token of ours."""
    try:
        if len(token) > 4000:
            raise BadToken
        if "public-key-as-secret" in flawed and str(jwt.get_unverified_header(token)["alg"]).startswith("HS"):
            return _claims_of_hmac(token, public_pem().encode())
        return jwt.decode(
            token,
            private_key().public_key(),
            algorithms=["RS256"],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": ["sub", "sid", "iss", "aud", "iat", "exp"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadToken from error


def _claims_of_hmac(token: str, key: bytes) -> dict[str, Any]:
    """With the one key that there is, whatever the header says it is."""
    signed, _, signature = token.rpartition(".")
    expected = hmac.new(key, signed.encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(expected, base64url_decode(signature)):
        raise BadToken
    claims = json.loads(base64url_decode(signed.partition(".")[2]))
    if claims["exp"] < time.time():
        raise BadToken
    return dict(claims)
