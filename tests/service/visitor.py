"""Somebody who leaves a canary in everything that one can send, and in everything that is secret."""

import json
import re
import ssl
from collections.abc import Mapping
from contextlib import suppress
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import websockets
from websockets.exceptions import WebSocketException

from tests.cli.running import Running
from tests.identity.mail.test_smtp import Mailbox
from tests.service.canaries import Aviary
from tests.waiting import wait_until_async

NAMES = ("answer*/auth/*", "accounts:account.name*", "accounts:account.email*", "bytes:buckler.db*", "letter")
"""Where the name of an account may be: its owner and administrators read it, and letters go there."""
STEPS = "answer * /auth/"
ISSUED = (f"{STEPS}sign-in", f"{STEPS}token", f"{STEPS}refresh", f"{STEPS}me/password")
"""The answers that give tokens."""
NOTED = ("answer * /notes*", "notes:note.text", "bytes:notes.sqlite3*")
LOGGED = ("stderr", "accounts:event.body", "bytes:buckler.db*")
_MAY_BE = {"/notes text": NOTED}


_FORWARDING = frozenset({"forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"})
_AT_HAND = frozenset({"/auth/first-administrator"})
"""Whoever comes through a proxy does not sit at the machine."""


class Visitor:
    """Comes from ever new addresses, and each of its header fields bears a canary."""

    def __init__(self, running: Running, certificate: Path, mailbox: Mailbox, aviary: Aviary) -> None:
        self._running, self.mailbox, self.aviary = running, mailbox, aviary
        self._trusted = ssl.create_default_context(cafile=str(certificate))
        self.broken: tuple[str, ...] = ()
        """Where the text of an exception may be."""
        self._numbers = iter(range(1, 60_000))
        self._client: httpx2.AsyncClient | None = None
        self.noise = self._noise()

    def _newcomer(self) -> httpx2.AsyncClient:
        """A client at an address that nobody had before."""
        number = next(self._numbers)
        transport = httpx2.AsyncHTTPTransport(verify=self._trusted, local_address=f"127.1.{number >> 8}.{number & 255}")
        return httpx2.AsyncClient(base_url=self._running.base, transport=transport, timeout=30)

    def _noise(self) -> dict[str, str]:
        plant = self.aviary.plant
        agent = plant(
            "user agent", "answer*/auth/sessions*", "answer*/auth/me/export*", "accounts:session.agent",
            "accounts:device.agent", "bytes:buckler.db*", "letter",
        )  # fmt: skip
        return {
            "user-agent": agent,
            "cookie": f"{plant('cookie name')}={plant('cookie')}",
            "referer": f"https://{plant('referer')}.example/?{plant('referer query')}",
            "forwarded": f"for={plant('forwarded')};host={plant('forwarded host')}",
            "x-forwarded-for": plant("x-forwarded-for"),
            "x-forwarded-host": plant("x-forwarded-host"),
            "x-real-ip": plant("x-real-ip"),
            "x-request-id": plant("x-request-id"),
            "x-api-key": plant("api key"),
            "accept-language": plant("language"),
            plant("field name"): plant("field"),
        }

    async def ask(
        self, method: str, path: str, token: str | None = None, *, sink: str = "",
        headers: Mapping[str, str] | None = None, **more: Any,
    ) -> httpx2.Response:  # fmt: skip
        """One request; its answer is a sink, named by `sink` where the path bears a canary."""
        noise = {name: self.noise[name] for name in self.noise if name not in _FORWARDING or path not in _AT_HAND}
        sent = {**noise, **({} if token is None else {"authorization": f"Bearer {token}"}), **(headers or {})}
        # An exception ends its connection, a moment after the answer.
        client = self._newcomer() if self._client is None or path.startswith("/crash") else self._client
        try:
            answer = await client.request(method, path, headers=sent, **more)
        finally:
            if client is not self._client:
                await client.aclose()
        told = b"".join(b"%s: %s\n" % each for each in answer.headers.raw) + answer.content
        self.aviary.sinks.append((f"answer {method} {sink or path}", told))
        return answer

    async def post(self, path: str, token: str | None = None, **members: Any) -> httpx2.Response:
        return await self.ask("POST", path, token, json=members)

    def password(self, name: str) -> str:
        """A password that the rules take."""
        return self.aviary.plant(f"password {name}", after=" hums in the mine")

    def address(self, name: str) -> str:
        return self.aviary.plant(f"address {name}", *NAMES, after="@example.com")

    def keep(self, answer: httpx2.Response) -> dict[str, Any]:
        """Mind every token of an answer that gives some."""
        assert answer.status_code == 200, answer.text
        given = dict(answer.json())
        for name in ("access_token", "refresh_token", "device_token"):
            if token := given.get(name):
                self.aviary.mind(name, token, *ISSUED)
                self.aviary.mind(f"end of {name}", token[-30:], *ISSUED)
        return given

    async def code(self, kind: str) -> str:
        """The newest code of the letters, and no letter waits any more."""
        found = list[str]()

        def came() -> bool:
            for each in self.mailbox.taken:
                letter = message_from_bytes(bytes(each.content or b""), policy=default)
                part = letter.get_body(("plain",))
                text = part.get_content() if part is not None else ""
                self.aviary.sinks.append(("letter", f"{letter}".encode() + text.encode()))
                found.extend(re.findall(r"^\s*((?:[0-9A-Z]{5,6}-){4}[0-9A-Z]{5,6})\s*$", text, re.MULTILINE))
            self.mailbox.taken.clear()
            return bool(found)

        await wait_until_async(came, within=20)
        for text in (found[-1], found[-1].replace("-", "")):
            self.aviary.mind(f"code to {kind}", text, "letter")
        return found[-1]

    async def every_route(self, document: Mapping[str, Any], tokens: tuple[str | None, ...]) -> int:
        """Each operation of the document with canaries for all it takes, well-formed and not; how many requests.

        Those that end the tokens come last.
        """
        asked = 0
        for path, operations in sorted(document["paths"].items(), key=lambda each: "logout" in each[0]):
            for method, operation in operations.items():
                for token in tokens:
                    async with self._newcomer() as self._client:
                        await self._operation(method.upper(), path, operation, document, token)
                    self._client = None
                    asked += 1
        return asked

    async def _operation(
        self, method: str, path: str, operation: Mapping[str, Any], document: Mapping[str, Any], token: str | None
    ) -> None:
        plant = self.aviary.plant
        at = re.sub(r"\{(\w+)\}", lambda name: plant(f"path {name[1]}", *LOGGED), path)
        query = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
        at += "?" + "&".join(f"{name}={plant(f'query {name}')}" for name in (*query, plant("query name")))
        content = operation.get("requestBody", {}).get("content", {})
        sink = re.sub(r"\{\w+\}", "*", path)
        if "application/json" not in content:
            fields = {name: plant(f"form {name}") for name in ("username", "password", "number", "client_secret")}
            sent = {"data": fields} if content else {}
            await self.ask(method, at, token, sink=sink, **sent)
            return
        names = _members(content["application/json"]["schema"], document)
        body = {name: plant(f"{path} {name}", *_MAY_BE.get(f"{path} {name}", ())) for name in names}
        # Whoever sends a member that is not known is told its name.
        for sent in (body, {**body, plant("member", f"answer {method} {sink}"): plant("unknown member")}):
            await self.ask(method, at, token, sink=sink, json=sent)
        cut = json.dumps({**body, "text": plant("malformed")})[:-1].encode()
        await self.ask(method, at, token, sink=sink, content=cut, headers={"content-type": "application/json"})

    async def speak(self) -> None:
        """A WebSocket whose first message breaks its endpoint; one to where there is none; one with a bad token."""
        plant, base = self.aviary.plant, self._running.base.replace("https", "wss")
        headers = {**self.noise, "authorization": f"Bearer {plant('bearer of a socket')}"}
        del headers["user-agent"]
        for path, sent in (("/speak", self.noise | {"cookie": "a=b"}), (f"/{plant('socket path', *LOGGED)}", headers)):
            fields = {name: value for name, value in sent.items() if name != "user-agent"}
            with suppress(WebSocketException, OSError):
                query = plant("socket query")
                async with websockets.connect(
                    f"{base}{path}?{query}", ssl=self._trusted, additional_headers=fields
                ) as socket:
                    await socket.send(plant("message", *self.broken))
                    await socket.recv()


def _members(schema: Mapping[str, Any], document: Mapping[str, Any]) -> list[str]:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    whole = document["components"]["schemas"][name] if name else schema
    return list(whole.get("properties", {}))


def quoted(text: str) -> str:
    """For a path."""
    return quote(text, safe="")
