"""Sites and people for tests in a real browser: one Chromium for each file of tests, one loop for all that it needs.

A file of tests begins with `pytestmark = in_browser`, and asks for (`conftest.py`):

- `bed`: sites are laid into it, and lie there until the file ends.
  `site = await bed.serve(make)` serves the app that `make(origin)` makes, over TLS, in this very process, as
  `https://app.example.test:PORT`; `host=` names another. `site.at("/notes")` is a URL of it.
- `person`: a new browser context, with no cookie yet, that ends with the test. `page`: a page of it.
  `async with bed.person() as another:` is somebody else.
- `evil`: the attacker's site, `https://evil.test:PORT`, and `sibling`: one under a name beside ours,
  `https://sibling.example.test:PORT`. `evil.show("/", html)` puts a page there and returns its URL; `evil.answers`
  does so with any status and headers; `evil.received` holds every request that came.

Every name leads to this machine, and the certificate is one that the browser takes without a warning, so that cookies,
caches and `Clear-Site-Data` work as they do for a visitor.
"""

import asyncio
import contextlib
import hashlib
import json
import shutil
import socket
from base64 import b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from inspect import isawaitable
from pathlib import Path
from typing import Any, Final

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from playwright.async_api import Browser, BrowserContext, async_playwright

from buckler.asgi import ASGIApp, Receive, Scope, Send
from tests.waiting import wait_until_async

CHROMIUM: Final = shutil.which("chromium")
OURS: Final = "app.example.test"
SIBLING: Final = "sibling.example.test"
EVIL: Final = "evil.test"

in_browser: Final = [
    pytest.mark.skipif(CHROMIUM is None, reason="NO BROWSER: install Debian's chromium (.ci/run does)"),
    pytest.mark.asyncio(loop_scope="module"),
]
"""The mark of a file of tests that needs one."""

Make = Callable[[str], ASGIApp | Awaitable[ASGIApp]]
"""From the origin that it will have to the app."""


@dataclass(frozen=True)
class Site:
    """What is served."""

    origin: str
    app: Any

    @property
    def host(self) -> str:
        """Name and port."""
        return self.origin.removeprefix("https://")

    def at(self, path: str = "/") -> str:
        """A URL of it."""
        return self.origin + path


@dataclass
class Received:
    """A request that somebody's site got."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Pages:
    """A site of somebody who serves what he likes and remembers what he gets."""

    origin: str = ""
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    """Status, headers and body, by path. A path that is not here answers 204."""
    received: list[Received] = field(default_factory=list)

    def show(self, path: str, html: str, **headers: str) -> str:
        """Put a page there; its URL. An underscore in the name of a header is a dash."""
        return self.answer(path, 200, html, content_type="text/html; charset=utf-8", **headers)

    def redirect(self, path: str, to: str, status: int = 302) -> str:
        """Lead on from there; its URL."""
        return self.answer(path, status, location=to)

    def answer(self, path: str, status: int, body: str = "", **headers: str) -> str:
        """Any answer; its URL."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = status, named, body.encode()
        return self.origin + path

    def got(self, path: str) -> list[Received]:
        """What came for this path, whatever its query."""
        return [each for each in self.received if each.target.partition("?")[0] == path]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.received.append(_told(scope, body))
        status, headers, content = self.answers.get(scope["path"], (204, {}, b""))
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        if status != 204:
            raw.append((b"content-length", b"%d" % len(content)))
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": content})


def _told(scope: Scope, body: bytes) -> Received:
    query = scope["query_string"].decode()
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Received(scope["method"], scope["path"] + ("?" + query if query else ""), headers, body)


class _Served(uvicorn.Server):
    """Ends when it is told, and leaves the signals of the test run alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class Bed:
    """A browser, and the sites that it can visit. Made by `bed_in`."""

    def __init__(self, browser: Browser, certificate: tuple[Path, Path]) -> None:
        self.browser = browser
        self._certificate = certificate
        self._served: list[tuple[_Served, asyncio.Task[None], socket.socket]] = []

    async def serve(self, make: Make, host: str = OURS) -> Site:
        """Serve what `make` makes under a port of its own, until the bed is gone."""
        taken = socket.create_server(("127.0.0.1", 0), backlog=256)
        origin = f"https://{host}:{taken.getsockname()[1]}"
        made = make(origin)
        app = await made if isawaitable(made) else made
        certificate, key = map(str, self._certificate)
        server = _Served(
            uvicorn.Config(
                app,
                ssl_certfile=certificate,
                ssl_keyfile=key,
                lifespan="auto" if isinstance(app, Pages) else "on",
                http="httptools",
                ws="websockets-sansio",
                log_config=None,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        task = asyncio.create_task(server.serve([taken]))
        self._served.append((server, task, taken))
        await wait_until_async(lambda: server.started or task.done(), within=30)
        assert server.started, f"{host} did not start: {task}"
        return Site(origin, app)

    async def strangers(self, host: str = EVIL) -> Pages:
        """A site that holds no page yet."""
        pages = Pages()

        def make(origin: str) -> ASGIApp:
            pages.origin = origin
            return pages

        await self.serve(make, host)
        return pages

    @asynccontextmanager
    async def person(self, **given: Any) -> AsyncGenerator[BrowserContext]:
        """Somebody with a browser: no cookie, nothing stored. `given` goes to Playwright's `new_context`."""
        context = await self.browser.new_context(viewport={"width": 1200, "height": 900}, **given)
        context.set_default_timeout(10_000)
        try:
            yield context
        finally:
            await context.close()

    async def end(self) -> None:
        """Stop every site."""
        for server, _, _ in self._served:
            server.should_exit = True
        await asyncio.gather(*(task for _, task, _ in self._served))
        for _, _, taken in self._served:
            taken.close()


@asynccontextmanager
async def bed_in(folder: Path, arguments: Iterable[str] = ()) -> AsyncGenerator[Bed]:
    """A bed whose certificate lies in `folder`."""
    certificate, digest = _certificate(folder)
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        own = await playwright.chromium.launch_persistent_context(
            str(_profile(folder)),
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-background-networking",
                "--short-reporting-delay",
                "--host-resolver-rules=MAP * 127.0.0.1",
                f"--ignore-certificate-errors-spki-list={digest}",
                *arguments,
            ],
        )
        assert own.browser is not None
        bed = Bed(own.browser, certificate)
        stack.push_async_callback(bed.end)
        stack.push_async_callback(own.close)
        yield bed


def _profile(folder: Path) -> Path:
    """A profile in which other sites' pages may use cookies that allow it (`SameSite=None`), as many people's do.

    Chromium's own default would stop the attacks before our defences are asked.
    """
    made = folder / "profile"
    (made / "Default").mkdir(parents=True)
    kept = {"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}
    (made / "Default" / "Preferences").write_text(json.dumps(kept))
    return made


def _certificate(folder: Path) -> tuple[tuple[Path, Path], str]:
    """One for all the names, its key, and the digest by which the browser knows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test bed")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.DNSName(each) for each in ("*.example.test", "example.test", EVIL)])
    signed = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    files = folder / "bed.pem", folder / "bed.key"
    files[0].write_bytes(signed.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return files, b64encode(hashlib.sha256(public).digest()).decode()
