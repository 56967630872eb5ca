"""An issuer on loopback, owned by the test: it signs, publishes, rotates, falls silent, and lies."""

import asyncio
import hmac
import json
import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc.jwk import ECKey, OKPKey, RSAKey

from buckler import Issuer
from buckler.tokens.segments import encode

AUDIENCE = "https://notes.example"
NOW = 1_800_000_000


@lru_cache(8)
def rsa(bits: int = 2048, number: int = 0) -> RSAKey:
    """One of a few RSA keys, made once: `number` tells them apart."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that one of them is weak is the point
        return RSAKey.generate_key(bits, auto_kid=False)


@dataclass
class Signer:
    """A private key, and what is published of it."""

    kid: str | None
    key: Any
    alg: str
    more: dict[str, object] = field(default_factory=dict[str, object])

    def published(self) -> dict[str, object]:
        named = {} if self.kid is None else {"kid": self.kid}
        return {**self.key.as_dict(private=False), **named, "use": "sig", "alg": self.alg, **self.more}


def signer(kid: str | None, alg: str = "ES256", **more: object) -> Signer:
    kinds: dict[str, Any] = {"R": rsa, "P": rsa, "E": lambda: ECKey.generate_key("P-256", auto_kid=False)}
    make = (lambda: OKPKey.generate_key("Ed25519", auto_kid=False)) if alg[:2] == "Ed" else kinds[alg[0]]
    return Signer(kid, make(), alg, more)


@dataclass
class Provider:
    """What it publishes, and how often it was asked."""

    port: int = 0
    path: str = ""
    signers: list[Signer] = field(default_factory=lambda: [signer("k1")])
    asked: list[str] = field(default_factory=list[str])
    documents: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """Whole answers that are sent in the place of its own, by path."""
    down: bool = False
    silent: bool = False
    held: asyncio.Event | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return self.origin + self.path

    @property
    def fetches(self) -> int:
        return self.asked.count("/jwks")

    def agreed(self, **given: Any) -> Issuer:
        return Issuer(self.url, private=True, **{"audience": AUDIENCE, **given})

    def claims(self, **changes: object) -> dict[str, object]:
        """Those of a good token by RFC 9068; a change to None drops one."""
        claims = {"iss": self.url, "sub": "u-1", "aud": AUDIENCE, "client_id": "web", "iat": NOW, "exp": NOW + 600}
        return {name: value for name, value in ({**claims, "jti": "t-1"} | changes).items() if value is not None}

    def token(self, by: Signer | None = None, header: Mapping[str, object] | None = None, **changes: object) -> bytes:
        """A token that it signs; changes go into the claims."""
        by = by or self.signers[0]
        named = {} if by.kid is None else {"kid": by.kid}
        head = {"typ": "at+jwt", "alg": by.alg, **named, **(header or {})}
        return signed(head, self.claims(**changes), by.key)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
            self.asked.append(path)
            if self.silent:
                await asyncio.Event().wait()
            if self.held is not None:
                await self.held.wait()
            if not self.down:
                writer.write(self.documents.get(path) or self._document(path))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _document(self, path: str) -> bytes:
        if path == f"{self.path}/.well-known/openid-configuration":
            return answer({"issuer": self.url, "jwks_uri": f"{self.origin}/jwks"})
        if path == "/jwks":
            return answer({"keys": [each.published() for each in self.signers]})
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def answer(document: object) -> bytes:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body


def signed(header: Mapping[str, object], payload: Mapping[str, object] | bytes, key: Any) -> bytes:
    """A token with this header, whatever it says, by this key: a private one, or bytes for a shared secret."""
    text = segment(header) + b"." + encode(payload if isinstance(payload, bytes) else dumped(payload)).encode()
    return text + b"." + encode(signature(str(header.get("alg")), key, text)).encode()


def signature(alg: str, key: Any, text: bytes) -> bytes:
    """By the algorithm, or, where that goes with no such key, by what the key can do."""
    if isinstance(key, bytes):
        return hmac.digest(key, text, "sha256")
    private = key.private_key
    if isinstance(private, Ed25519PrivateKey):
        return private.sign(text)
    if isinstance(private, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(private.sign(text, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    digest = {"384": hashes.SHA384(), "512": hashes.SHA512()}.get(alg[2:], hashes.SHA256())
    filling = padding.PSS(padding.MGF1(digest), digest.digest_size) if alg[0] == "P" else padding.PKCS1v15()
    return bytes(private.sign(text, filling, digest))


def dumped(members: object) -> bytes:
    return json.dumps(members).encode()


def segment(members: object) -> bytes:
    return encode(dumped(members)).encode()


@asynccontextmanager
async def provider(path: str = "", **given: Any) -> AsyncIterator[Provider]:
    """An issuer at a free port."""
    stub = Provider(path=path, **given)
    server = await asyncio.start_server(stub.serve, "127.0.0.1", 0)
    stub.port = server.sockets[0].getsockname()[1]
    try:
        yield stub
    finally:
        server.close()
