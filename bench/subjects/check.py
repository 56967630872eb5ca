"""The bare Ed25519 check as a subject: what refusing a forged token must cost at least."""

from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.exchange import ASGIApp, Receive, Request, Scope, Send
from bench.subject import Call, Expected, Subject
from bench.subjects.people import Person


def check(people: Sequence[Person], tokens: Sequence[str]) -> Subject:
    """Checks one signature a request, finds it bad, and answers 401 with nothing else."""
    calls = [Call(Request(person.address, token), Expected(401)) for person, token in zip(people, tokens, strict=True)]
    return Subject("check", "one bare Ed25519 check", _app(tokens), calls)


def _app(tokens: Sequence[str]) -> ASGIApp:
    own, stranger = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    verify = own.public_key().verify
    signed = {f"Bearer {token}".encode(): token.rpartition(".")[0].encode() for token in tokens}
    work = {line: (stranger.sign(text), text) for line, text in signed.items()}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - the shape of ASGI
        try:
            verify(*work[scope["headers"][-1][1]])
        except InvalidSignature:
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    return app
