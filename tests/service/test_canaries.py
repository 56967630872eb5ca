"""What is secret is written nowhere, whatever is sent, however it ends, and wherever one looks (ASVS 16.2.5).

Every input of the reference service bears a canary of its own, and every secret is one. Then all that it wrote is
searched: answers, its streams, each column of each table, each byte of its folder, the letters.
`tests/service/visitor.py` says beside each canary where it may come up; anything else fails.
"""

import asyncio
import logging
import signal
import sqlite3
from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from buckler.events import lines
from buckler.events import log as log_module
from buckler.identity.accounts import DATABASE_FILE
from buckler.identity.installation.foundation import open_vault
from buckler.identity.installation.log_key_row import find_log_key
from buckler.identity.installation.secret_place import SecretPlace
from buckler.identity.installation.signing_keys import SigningKeys
from buckler.randomness import secret_text
from buckler.storage.database import Database
from tests.cli.running import start
from tests.cli.serve.tls.issued import brought
from tests.clocks import FakeClock
from tests.edge.test_safe_errors import make_app
from tests.faults.test_kills import FAULTS
from tests.identity.mail.test_smtp import Mailbox, post_office
from tests.ports import free_port
from tests.proof import two_sided_async
from tests.service.canaries import Aviary
from tests.service.documented import document_of_the_service
from tests.service.visitor import LOGGED, NOTED, STEPS, Visitor, quoted
from tests.stage import protect
from tests.twins.twin import Twin
from tests.wire import ask

ROOT = Path(__file__).parents[2]
MAIL_PASSWORD = "Cnry-mail-9d41c0aa7e"


class Office(Mailbox):
    """A mail server that knows the password above, and says no as long as it is told to."""

    def authenticate(self, *given: Any) -> Any:
        answer = super().authenticate(*given)
        answer.success = True
        return answer


@pytest.mark.heavy_beyond(1)
@pytest.mark.parametrize("environment", ["production", "development"])
async def test_a_canary_comes_up_only_where_it_may(tmp_path: Path, environment: str) -> None:
    """All ways in and all ways to fail; and the search would have found one.

    In development the author reads in the log what broke. Every route of the document is gone through in production,
    and in development where FAULTS is set.
    """
    aviary, broken = Aviary(), ("stderr",) if environment == "development" else ()
    document = document_of_the_service(tmp_path / "document")
    async with _visited(tmp_path, aviary, environment) as visitor:
        visitor.broken = broken
        tokens = await _lives(visitor)
        await _fails(visitor, tokens)
        await visitor.ask("GET", "/openapi.json")
        await visitor.ask("GET", "/metrics")
        if environment == "production" or FAULTS:
            assert await visitor.every_route(document, (None, tokens["root"])) > 40
    _look_into_files(tmp_path, aviary)  # first: whoever opens a database folds its log away
    await _mind_kept_secrets(tmp_path, aviary)
    _look_into_columns(tmp_path / "data", aviary)
    leaks = aviary.leaks()
    assert not leaks, "\n".join(leaks)
    _is_awake(aviary)


@asynccontextmanager
async def _visited(folder: Path, aviary: Aviary, environment: str) -> AsyncIterator[Visitor]:
    """The service in a process of its own, which is killed at the end: what it keeps stays as it lies."""
    office, (certificate, options), port = Office(), _brought(folder), free_port()
    for name, secret in (("mail", MAIL_PASSWORD), ("master", secret_text(48))):
        (folder / name).write_text(secret)
        (folder / name).chmod(0o600)
        aviary.mind(f"secret of {name}", secret)
    async with post_office(office) as mail:
        said = {
            "BUCKLER_ENVIRONMENT": environment,
            "BUCKLER_ORIGIN": f"https://localhost:{port}",
            "BUCKLER_MASTER_SECRET_FILE": str(folder / "master"),
            "BUCKLER_REGISTRATION": "verified",
            "BUCKLER_PASSWORD_FORM": "true",
            "BUCKLER_MAIL": f"smtp://mailer@127.0.0.1:{mail}",
            "BUCKLER_MAIL_FROM": "noreply@shop.example",
            "BUCKLER_MAIL_PASSWORD_FILE": str(folder / "mail"),
            "BUCKLER_ACCESS_LOG": "true",
            "PYTHONPATH": str(ROOT),
        }
        ports = ("--port", str(port), "--http-port", "0")
        running = await asyncio.to_thread(
            lambda: start(folder, "tests.service.canary_app:app", *ports, *options, **said)
        )
        try:
            yield Visitor(running, certificate, office, aviary)
        finally:
            await asyncio.to_thread(running.end, signal.SIGKILL)


def _brought(folder: Path) -> tuple[Path, tuple[str, ...]]:
    options = brought(folder / "tls", "localhost")
    return Path(options[1]), options


async def _lives(to: Visitor) -> dict[str, str]:
    """Somebody comes, signs in, goes on, changes everything and leaves; the token of an administrator and another."""
    root, ada, new = to.address("root"), to.address("ada"), to.address("ada's next")
    words = [to.password(name) for name in ("root", "first", "second", "third")]
    code = to._running.code
    to.aviary.mind("one-time code", code, "stdout")
    answer = await to.post("/auth/first-administrator", name=root, password=words[0], code=code)
    assert answer.status_code == 201, answer.text
    await to.post("/auth/register", name=ada)
    answer = await to.post("/auth/confirm", code=await to.code("confirm"), password=words[1])
    assert answer.status_code == 201, answer.text
    given = to.keep(await to.post("/auth/sign-in", name=ada, password=words[1]))
    to.aviary.mind("device", given["device"], f"{STEPS}sign-in")
    given = to.keep(await to.post("/auth/refresh", refresh_token=given["refresh_token"]))
    answer = await to.post("/auth/me/password", given["access_token"], current=words[1], new=words[2])
    token = to.keep(answer)["access_token"]
    await to.post("/auth/me/address", token, password=words[2], address=new)
    answer = await to.post("/auth/me/address/confirm", token, code=await to.code("address"))
    assert answer.status_code == 204, answer.text
    await to.post("/auth/reset", name=new)
    answer = await to.post("/auth/reset/confirm", code=await to.code("reset"), password=words[3])
    assert answer.status_code == 204, answer.text
    tokens = [
        to.keep(await to.post("/auth/sign-in", name=n, password=w)) for n, w in ((root, words[0]), (new, words[3]))
    ]
    for path in ("/auth/me", "/auth/me/export", "/auth/sessions"):
        assert (await to.ask("GET", path, tokens[1]["access_token"])).status_code == 200
    await _keeps_notes(to, tokens[1]["access_token"])
    return {"root": tokens[0]["access_token"], "ada": tokens[1]["access_token"], "name": new}


async def _keeps_notes(to: Visitor, token: str) -> None:
    note = to.aviary.plant("note", *NOTED)
    assert (await to.post("/notes", token, text=note)).status_code == 201
    sought = f"/notes?text.contains={quoted(note)}"
    await to.ask("GET", sought, token, sink="/notes found")
    await to.ask("GET", f"/notes?cursor={to.aviary.plant('cursor')}", token, sink="/notes cursor")


async def _fails(to: Visitor, tokens: dict[str, str]) -> None:
    """Wrong passwords and tokens, hosts, methods and bodies; an endpoint that breaks; a mail server that says no."""
    plant = to.aviary.plant
    for name in (tokens["name"], f"{plant('unknown name')}@example.com", to.password("as a name")):
        await to.post("/auth/sign-in", name=name, password=to.password("wrong"), device=plant("device token"))
    await to.ask("GET", "/auth/me", plant("bearer"))
    await to.ask("GET", f"/auth/me?access_token={plant('token in the query')}", tokens["ada"])
    await to.ask("GET", "/auth/me", headers={"authorization": f"Basic {plant('basic')}"})
    await to.ask("GET", "/health", headers={"host": f"{plant('host', 'stderr')}.example"})
    await to.ask("POST", "/auth/sign-in", headers={"origin": f"https://{plant('origin')}.example"}, json={})
    await to.ask(plant("method", *LOGGED).upper(), "/health", sink="odd method")
    await to.ask("GET", f"/{plant('path', *LOGGED)}", sink="nowhere")
    await to.ask("POST", "/crash", json={"text": plant("what broke", *to.broken)})
    bad = {"sent": (plant("file name") + ".png", plant("file").encode(), f"image/{plant('file type')}")}
    await to.ask("POST", "/picture", files=bad)
    await to.ask("POST", "/form", data={"number": plant("form"), plant("form name"): "1"})
    await to.ask("POST", "/notes", tokens["ada"], content=b"\xff" + plant("not utf-8").encode())
    await to.ask("POST", "/auth/sign-in", content=f'{{"name": "{plant("cut json")}"'.encode())
    await to.speak()
    to.mailbox.answers |= {"data": f"550 no {plant('answer of the mail server')}"}
    await to.post("/auth/reset", name=tokens["name"])


async def _mind_kept_secrets(folder: Path, aviary: Aviary) -> None:
    """What the installation itself keeps secret: the private halves of its keys. And no hash is shown."""
    aviary.mind("hash of a password", "$argon2")
    data = folder / "data"
    database = Database(data / DATABASE_FILE)
    await database.open()
    try:
        async with database.reading() as connection:
            vault = await open_vault(connection, SecretPlace(data, None, folder / "master", development=True))
            assert vault is not None
            for key in await SigningKeys(vault, FakeClock()).restore(connection):
                aviary.mind("signing key", key.private_bytes())
            log_key = await find_log_key(connection, vault)
            assert log_key is not None
            aviary.mind("log key", log_key._key)
    finally:
        await database.close()


def _look_into_files(folder: Path, aviary: Aviary) -> None:
    """What the service wrote to its streams and into its folder, as it lies there."""
    data = folder / "data"
    for name, sink in (("logged", "stderr"), ("printed", "stdout")):
        aviary.sinks.append((sink, (folder / name).read_bytes()))
    found = [path for path in sorted(data.rglob("*")) if path.is_file()]
    aviary.sinks += [(f"bytes:{path.relative_to(data)}", path.read_bytes()) for path in found]


def _look_into_columns(data: Path, aviary: Aviary) -> None:
    for name, file in (("accounts", DATABASE_FILE), ("notes", "notes.sqlite3")):
        with closing(sqlite3.connect(data / file)) as connection:
            tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                found = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a name of its own
                rows = found.fetchall()
                for at, (column, *_) in enumerate(found.description):
                    content = b"\n".join(_bytes(row[at]) for row in rows)
                    aviary.sinks.append((f"{name}:{table}.{column}", content))


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _is_awake(aviary: Aviary) -> None:
    """Canaries that may come up did, and one that is laid anywhere is found, however it is written."""
    seen = {bird.name for bird, _ in aviary.found()}
    for name in ("address ada", "note", "user agent", "path", "access_token", "one-time code"):
        assert name in seen, f"{name} was never sent"
    kinds = ("answer", "stderr", "stdout", "accounts:event.body", "bytes:buckler.db-wal", "letter")
    laid = [next((sink, told) for sink, told in aviary.sinks if sink.startswith(kind)) for kind in kinds]
    ways = (MAIL_PASSWORD.encode(), MAIL_PASSWORD.upper().encode(), MAIL_PASSWORD.encode().hex().encode())
    coded = [b64encode(b"x" * shift + MAIL_PASSWORD.encode() + b"y") for shift in range(3)]
    aviary.minded = [each for each in aviary.minded if each.name == "secret of mail"]
    aviary.planted = {}
    for way in (*ways, *coded, urlsafe_b64encode(MAIL_PASSWORD.encode())):
        aviary.sinks = [(sink, told + b"x" + way) for sink, told in laid]
        assert aviary.leaks() == sorted(f"secret of mail in {sink}" for sink, _ in laid), way


@pytest.mark.asvs("16.2.5")
async def test_a_token_in_the_query_reaches_no_line(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin writes a path with its query, as access logs do."""
    caplog.set_level(logging.DEBUG)

    def whole_target(exchange: Any) -> dict[str, object]:
        query = exchange.scope["query_string"].decode()
        return lines.about(exchange) | {"path": f"{exchange.scope['path']}?{query}"}

    async def attack(about: Any) -> bool:
        monkeypatch.setattr(log_module, "about", about)
        caplog.clear()
        aviary = Aviary()
        token = aviary.plant("token in the query")
        answer = await ask(protect(make_app()), "GET", f"/crash?access_token={token}")
        assert answer.status == 500
        aviary.sinks.append(("log", caplog.text.encode()))
        return bool(aviary.leaks())

    await two_sided_async(attack, whole=lines.about, twin=whole_target)


async def test_the_search_finds_what_a_validator_sends_back() -> None:
    """The twin is without the defence that keeps values out of answers."""

    async def attack(kind: type[Any] | None) -> bool:
        aviary = Aviary()
        sent = {"number": aviary.plant("number"), "colour": aviary.plant("colour")}
        app = protect(make_app()) if kind is None else protect(make_app(), kind=kind, without="safe-errors")
        answer = await ask(app, "POST", "/body", json_body=sent)
        aviary.sinks.append(("answer", answer.body))
        return bool(aviary.leaks())

    await two_sided_async(attack, whole=None, twin=Twin)
