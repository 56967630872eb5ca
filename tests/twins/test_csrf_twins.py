"""What a page of another site makes a browser send: without the defence, and it alone, it is done."""

import pytest
from fastapi import FastAPI

from tests.twins.test_twins import prove
from tests.wire import ask, knock

COOKIE = ("cookie", "__Host-session=alice")
EVIL = [("origin", "https://evil.test"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]
FORM = ("content-type", "application/x-www-form-urlencoded")


@pytest.mark.asvs("3.5.1")
async def test_csrf() -> None:
    """A form of a foreign page signs its visitor in to the account of a stranger."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "POST", "/signing-in", headers=[*EVIL, FORM], body=b"name=mallory")
        return answer.body == b'"signed in"'

    await prove("csrf", attack)


@pytest.mark.asvs("3.5.1", "4.4.2")
async def test_csrf_of_a_handshake() -> None:
    """A foreign page opens a WebSocket with the cookie of its visitor, and reads what it says."""

    async def attack(app: FastAPI) -> bool:
        met = await knock(app, "/live", headers=[("origin", "https://evil.test"), COOKIE])
        return any(each.get("text") == "alice" for each in met.messages)

    await prove("csrf", attack)


@pytest.mark.asvs("3.5.1", "3.5.2")
@pytest.mark.parametrize(
    "sent",
    [
        ([FORM], b"to=mallory"),
        ([("content-type", "text/plain")], b'{"to": "mallory"}'),
        ([("content-type", "multipart/form-data; boundary=b")], b"--b--\r\n"),
        ([], b""),
    ],
    ids=["form", "text", "multipart", "nothing"],
)
async def test_csrf_token(sent: tuple[list[tuple[str, str]], bytes]) -> None:
    """A form that somebody planted in one of our own pages, or a page behind what says nothing of where it is."""

    async def attack(app: FastAPI) -> bool:
        headers, body = sent
        by = [("origin", "https://api.example.test"), ("sec-fetch-site", "same-origin"), COOKIE]
        return (await ask(app, "POST", "/transfer", headers=[*by, *headers], body=body)).body == b'"alice"'

    await prove("csrf-token", attack)
