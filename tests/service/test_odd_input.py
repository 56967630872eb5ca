"""Everything odd into every place of every operation, and everything harmless unchanged through it.

Two apps: the reference service, and one that takes each field type in each place. No answer is a 5xx, none lacks the
headers, no refusal repeats what was sent, and nothing is taken that its type should not let in. Where everything with
everything would take minutes, each place gets every so manieth text, another one first each time.
"""

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, cycle, product
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI

from buckler.service.app import create_app
from tests.corpora import odd
from tests.corpora.harmless import HARMLESS
from tests.corpora.naughty import NAUGHTY
from tests.service.kinds import ALLOWED, KINDS, app_of_all_kinds, taken
from tests.wire import Answer, Lifespan, ask

PASSWORD = "seven green lanterns at dusk"
PEOPLE = tuple(f"{name}@example.com" for name in ("ada", "bob", "cleo", "dana", "emil", "finn", "gwen", "hugo"))
NAMED = ("name", "username")
"""The fields that say who it is."""
HEADERS = ("strict-transport-security", "x-content-type-options", "content-security-policy", "referrer-policy")
JSON = [("content-type", "application/json")]
FORM = [("content-type", "application/x-www-form-urlencoded")]


@dataclass
class Asked:
    """An app, asked each time from another address, by accounts that take turns."""

    app: FastAPI
    host: str
    tokens: list[str] = field(default_factory=list)
    turn: Iterator[int] = field(default_factory=lambda: count(1))

    async def ask(self, method: str, target: str, *, token: bool | str = False, **given: Any) -> Answer:
        number = next(self.turn)
        client = (f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 1)
        bearer = self.tokens[number % len(self.tokens)] if token is True else token or None
        return await ask(self.app, method, target, **{"client": client, "token": bearer, "host": self.host, **given})


@pytest.fixture
async def service(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("BUCKLER_ENVIRONMENT", "development")
    monkeypatch.setenv("BUCKLER_ORIGIN", "https://localhost:8443")
    monkeypatch.setenv("BUCKLER_DATA", str(tmp_path / "data"))
    made = Asked(create_app(), "localhost")
    async with Lifespan(made.app):
        for name in PEOPLE:
            who = {"name": name, "password": PASSWORD}
            assert (await made.ask("POST", "/auth/register", json_body=who)).status == 201
            answer = await made.ask("POST", "/auth/sign-in", json_body=who)
            made.tokens.append(json.loads(answer.body)["access_token"])
        yield made


@pytest.fixture(scope="module")
def kinds() -> Asked:
    return Asked(app_of_all_kinds(), "api.example.test")


def sound(answer: Answer, sent: str = "", kind: str = "") -> None:
    """What holds for every answer, whatever was asked."""
    assert answer.error is None, ascii(sent)
    assert 200 <= answer.status < 500, (answer.status, ascii(sent))
    assert answer.status != 429, "what a limit refuses is not asked at all"
    assert [name for name in HEADERS if not answer.values(name)] == [], (answer.status, ascii(sent))
    if answer.status >= 400:
        # What takes OAuth's form answers in OAuth's words (RFC 6749 section 5.2).
        told = ("application/problem+json", *(("application/json",) if "form" in kind else ()))
        assert answer.header("content-type") in told, (answer.status, ascii(sent))
        assert not repeats(answer.body.decode(), sent), ascii(sent)


def repeats(answer: str, sent: str) -> bool:
    """Whether an answer tells a text of some length, in any of the ways it could be written."""
    return len(sent) >= 12 and any(form in answer for form in (sent, json.dumps(sent)[1:-1], quote(encoded(sent))))


def encoded(text: str) -> bytes:
    """Also what is no text: half a surrogate pair becomes bytes that are no UTF-8."""
    return text.encode("utf-8", "surrogatepass")


def some(place: int, step: int) -> tuple[str, ...]:
    """Every `step`th of the naughty texts, another one first for each place."""
    return NAUGHTY[place % step :: step]


async def test_every_type_in_a_body_takes_only_what_it_should(kinds: Asked) -> None:
    """Every fourth text into every type as JSON."""
    for number, name in enumerate(KINDS):
        for text in some(number, 4):
            body = json.dumps({"value": text}).encode()
            answer = await kinds.ask("POST", f"/json/{name}", headers=JSON, body=body)
            sound(answer, text)
            if answer.status == 200:
                assert ALLOWED[name](taken(answer.body)), (name, ascii(text))


@pytest.mark.parametrize("place", ["form", "path", "query", "header", "cookie"])
async def test_every_type_elsewhere_takes_only_what_it_should(kinds: Asked, place: str) -> None:
    """Every eighth text in every other place."""
    for number, name in enumerate(KINDS):
        for text in some(number, 8):
            answer = await send(kinds, place, name, text)
            sound(answer, text)
            if answer.status == 200:
                assert ALLOWED[name](taken(answer.body)), (place, name, ascii(text))


async def send(app: Asked, place: str, name: str, text: str) -> Answer:
    coded = quote(encoded(text), safe="")
    if place == "form":
        return await app.ask("POST", f"/form/{name}", headers=FORM, body=f"value={coded}".encode())
    if place == "path":
        return await app.ask("GET", f"/path/{name}/{coded}")
    if place == "query":
        return await app.ask("GET", f"/query/{name}?value={coded}")
    line = ("value", encoded(text)) if place == "header" else ("cookie", b"value=" + encoded(text))
    return await app.ask("GET", f"/{place}/{name}", headers=[line])


async def test_every_type_meets_json_of_another_kind(kinds: Asked) -> None:
    """Numbers, truth, nothing, lists and mappings where a text was to stand, and the other way round."""
    for name, value in product(KINDS, odd.VALUES):
        answer = await kinds.ask("POST", f"/json/{name}", headers=JSON, body=b'{"value":' + value + b"}")
        sound(answer)
        if answer.status == 200:
            assert ALLOWED[name](taken(answer.body)), (name, value)
        more = await kinds.ask("POST", f"/json/{name}", headers=JSON, body=b'{"value":"x","more":' + value + b"}")
        assert more.status in (400, 422), (name, value)


async def test_a_list_meets_everything_in_everything_it_takes(kinds: Asked) -> None:
    """In the order, the size, the cursor, the filters, and names that it does not have."""
    names = ("sort", "size", "cursor", "name", "name.in", "name.contains", "name.starts_with", "worth.from", "x.y")
    for number, name in enumerate(names):
        for text in some(number, 5):
            answer = await kinds.ask("GET", f"/things?{name}={quote(encoded(text), safe='')}")
            sound(answer, text)
            if name in ("cursor", "x.y"):
                assert answer.status in (414, 422), (name, ascii(text))
    for text in some(0, 5):
        sound(await kinds.ask("GET", f"/things?{quote(encoded(text), safe='')}=1"), text)


async def test_no_body_that_is_no_json_is_taken(service: Asked, kinds: Asked) -> None:
    """By any operation that takes JSON; and none that says it is something else."""
    for body in odd.NO_JSON:
        for target in ("/json/line", "/json/text", "/json/count"):
            answer = await kinds.ask("POST", target, headers=JSON, body=body)
            sound(answer)
            assert answer.status >= 400, body[:40]
        for target in ("/notes", "/auth/sign-in", "/auth/register", "/auth/first-administrator"):
            answer = await service.ask("POST", target, token=target == "/notes", headers=JSON, body=body)
            sound(answer)
            assert answer.status >= 400, body[:40]
    for kind in odd.TYPES:
        answer = await service.ask("POST", "/notes", token=True, headers=[("content-type", kind)], body=b'{"text":"x"}')
        sound(answer)
        assert answer.status in ((201,) if kind.lower() == "application/json" else (400, 415, 422, 201)), kind


async def test_no_target_and_no_field_brings_an_operation_down(service: Asked) -> None:
    """Whatever a server would hand on, for a list, a note and the way in."""
    for rest, target in product(("notes", "notes/1", "health", "auth/me"), odd.TARGETS):
        sound(await service.ask("GET", target.replace("{rest}", rest), token=True))
    for path, line in product(("/notes", "/health", "/auth/me"), odd.FIELDS):
        host = None if line[0] == "host" else "localhost"
        sound(await service.ask("GET", path, token=line[0] != "authorization", headers=[line], host=host))


async def test_every_operation_of_the_service_meets_every_text(service: Asked) -> None:
    """In every parameter and every field that its document names; passwords cost time, so they meet some.

    People take turns, so that nobody has too many wrong passwords.
    """
    people = cycle(PEOPLE)
    answer = await service.ask("GET", "/openapi.json")
    document = json.loads(answer.body)
    places = list(places_of(document))
    assert len(places) >= 15
    for number, (method, path, kind, name, base) in enumerate(places):
        for text in some(number, 20 if path.startswith("/auth/") else 4):
            who = next(people)
            fields = {key: who if key in NAMED else value for key, value in base.items()}
            sound(await reach(service, method, path, kind, name, text, fields), text, kind)


def places_of(document: dict[str, Any]) -> Iterator[tuple[str, str, str, str, dict[str, str]]]:
    """Every parameter and every field of every operation: method, path, where, name, the other fields."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", ()):
                yield method.upper(), path, parameter["in"], parameter["name"], {}
            for kind, content in operation.get("requestBody", {}).get("content", {}).items():
                names = list(resolved(document, content["schema"]).get("properties", {}))
                base = {name: PASSWORD if name == "password" else "ada" for name in names}
                yield from ((method.upper(), path, kind, name, base) for name in names)


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    where = schema.get("$ref", "").rpartition("/")[2]
    return dict(document["components"]["schemas"][where]) if where else schema


async def reach(
    service: Asked, method: str, path: str, kind: str, name: str, text: str, base: dict[str, str]
) -> Answer:
    coded = quote(encoded(text), safe="")
    token = not path.startswith("/auth/") or path == "/auth/me"
    if kind == "path":
        return await service.ask(method, path.replace("{" + name + "}", coded), token=token)
    if kind == "query":
        return await service.ask(method, f"{path}?{name}={coded}", token=token)
    if kind == "application/json":
        return await service.ask(method, path, token=token, headers=JSON, body=json.dumps(base | {name: text}).encode())
    fields = "&".join(f"{key}={coded if key == name else quote(value)}" for key, value in base.items())
    return await service.ask(method, path, token=token, headers=FORM, body=fields.encode())


async def test_harmless_texts_are_kept_and_come_back_as_they_are(service: Asked) -> None:
    """Of every script and trade: in their composed form (NFC), letter for letter, alone and in the list."""
    for token, text in zip(cycle(service.tokens), HARMLESS, strict=False):
        kept = await service.ask("POST", "/notes", token=token, json_body={"text": text})
        assert kept.status == 201, (ascii(text), kept.body)
        found = await service.ask("GET", f"/notes/{json.loads(kept.body)['id']}", token=token)
        assert json.loads(found.body)["text"] == unicodedata.normalize("NFC", text), ascii(text)


async def test_harmless_texts_are_found_again(service: Asked) -> None:
    """By what stands in them, letter for letter."""
    for token, text in zip(cycle(service.tokens), HARMLESS[::2], strict=False):
        composed = unicodedata.normalize("NFC", text)
        await service.ask("POST", "/notes", token=token, json_body={"text": text})
        asked = f"/notes?text.contains={quote(composed, safe='')}"
        answer = await service.ask("GET", asked, token=token)
        assert composed in [note["text"] for note in json.loads(answer.body)["items"]], ascii(text)


@pytest.mark.parametrize("name", ["line", "text"])
async def test_harmless_texts_pass_every_place_where_text_is_taken(kinds: Asked, name: str) -> None:
    """One line or several, by JSON, form and query."""
    for text in HARMLESS:
        if name == "line" and (set(text) & set("\n\t") or not text.strip()):
            continue
        body = json.dumps({"value": text}).encode()
        answers = [
            await kinds.ask("POST", f"/json/{name}", headers=JSON, body=body),
            await send(kinds, "form", name, text),
            await send(kinds, "query", name, text),
        ]
        assert [answer.status for answer in answers] == [200] * 3, ascii(text)
        assert {taken(answer.body) for answer in answers} == {unicodedata.normalize("NFC", text)}
