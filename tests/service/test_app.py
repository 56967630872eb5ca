"""The reference service: notes are their owner's alone, the report needs its permission."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from buckler import ConfigurationError
from buckler.service.app import create_app
from buckler.service.notes import Notes

PASSWORD = "vivid-heron-counts-slowly"
ADA, EVE, ROOT = "ada@example.com", "eve@example.com", "root@example.com"
HARMLESS = (
    "Robert'); DROP TABLE note;--",
    "O'Brien & Søn <b>bold</b> <script>alert(1)</script>",
    "{{7*7}} ${jndi:ldap://x} ../../etc/passwd",
    "line\nbreak\ttab 👩‍👩‍👧",
    "x",
    "y" * 2000,
)


@dataclass
class Service:
    """The service, and what three people send with each request."""

    client: TestClient
    ada: dict[str, str]
    eve: dict[str, str]
    root: dict[str, str]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUCKLER_ENVIRONMENT", "development")
        patch.setenv("BUCKLER_ORIGIN", "https://localhost:8443")
        patch.setenv("BUCKLER_DATA", str(tmp_path_factory.mktemp("service")))
        app = create_app()
    with TestClient(app, base_url="https://localhost:8443", client=("127.0.0.1", 5000)) as client:
        code = app.buckler_of_app.accounts.first_administrator_code  # type: ignore[attr-defined]
        root = {"name": ROOT, "password": PASSWORD, "code": code}
        assert client.post("/auth/first-administrator", json=root).status_code == 201
        for name in (ADA, EVE):
            assert client.post("/auth/register", json={"name": name, "password": PASSWORD}).status_code == 201
        yield Service(client, *(signed_in(client, name) for name in (ADA, EVE, ROOT)))


def signed_in(client: TestClient, name: str) -> dict[str, str]:
    token = client.post("/auth/sign-in", json={"name": name, "password": PASSWORD}).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def keep(service: Service, who: dict[str, str], text: str = "a note") -> int:
    answer = service.client.post("/notes", json={"text": text}, headers=who)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def words(answer: object) -> bytes:
    """The body but for the name of the request."""
    body: dict[str, object] = answer.json()  # type: ignore[attr-defined]
    body.pop("request_id")
    return repr(sorted(body.items())).encode()


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_comes_back_unchanged(service: Service, text: str) -> None:
    """No text is altered or refused for what it looks like."""
    note = keep(service, service.ada, text)
    assert service.client.get(f"/notes/{note}", headers=service.ada).json() == {"id": note, "text": text}


def test_a_stranger_s_note_answers_as_a_missing_one(service: Service) -> None:
    """Reading and removing, for a stranger and for an administrator: 404 with the same words, and the note stays."""
    note, missing = keep(service, service.ada), 9_000_000_000_000_000_000
    for stranger in (service.eve, service.root):
        for method in ("GET", "DELETE"):
            theirs = service.client.request(method, f"/notes/{note}", headers=stranger)
            nobody = service.client.request(method, f"/notes/{missing}", headers=stranger)
            assert (theirs.status_code, nobody.status_code) == (404, 404)
            assert words(theirs) == words(nobody)
            assert {*theirs.headers} == {*nobody.headers}
    assert service.client.get(f"/notes/{note}", headers=service.ada).status_code == 200


def test_the_list_shows_one_s_own_notes_newest_first_page_by_page(service: Service) -> None:
    """Nobody else's is in it, and the pages join without gap or repetition."""
    mine = [keep(service, service.eve, f"note {number}") for number in range(5)]
    theirs = keep(service, service.ada)
    first = service.client.get("/notes", params={"size": 3}, headers=service.eve).json()
    rest = service.client.get("/notes", params={"size": 100, "cursor": first["next"]}, headers=service.eve).json()
    found = [note["id"] for note in first["items"] + rest["items"]]
    assert found[:5] == mine[::-1]
    assert theirs not in found


def test_a_removed_note_is_gone_and_its_number_is_not_given_again(service: Service) -> None:
    """204, then 404; a later note has a number of its own."""
    note = keep(service, service.ada)
    removed = service.client.delete(f"/notes/{note}", headers=service.ada)
    assert (removed.status_code, removed.content) == (204, b"")
    assert service.client.get(f"/notes/{note}", headers=service.ada).status_code == 404
    assert service.client.delete(f"/notes/{note}", headers=service.ada).status_code == 404
    assert keep(service, service.ada) > note


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": "y" * 2001},
        {"text": None},
        {"text": 5},
        {"text": ["x"]},
        {"text": "CANARY \u202e turned around"},
        {"text": "CANARY \0"},
        {"text": " \n "},
        {"text": "x", "owner": "CANARY"},
        {"text": "x", "id": 1},
        {"text": "x", "owner_id": "CANARY"},
        ["CANARY"],
        "CANARY",
    ],
)
def test_what_is_not_a_note_is_422_and_not_repeated(service: Service, body: object) -> None:
    """Identity never comes from the body, and the answer tells nothing of what was sent."""
    answer = service.client.post("/notes", json=body, headers=service.ada)
    assert answer.status_code == 422
    assert "CANARY" not in answer.text
    assert len(answer.content) < 2000


def test_a_lone_surrogate_is_refused(service: Service) -> None:
    """A text that is no text ends in 4xx, never in a crash."""
    headers = service.ada | {"Content-Type": "application/json"}
    answer = service.client.post("/notes", content=b'{"text":"\\ud800"}', headers=headers)
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize(
    "note", ["0", "-1", "9223372036854775808", "1" + "0" * 30, "x", "1.5", "1;DROP", "%7B", "%EF%BC%91"]
)
def test_a_number_that_no_note_has_is_4xx(service: Service, note: str) -> None:
    """Nothing between the path and the database overflows or crashes."""
    for method in ("GET", "DELETE"):
        assert service.client.request(method, f"/notes/{note}", headers=service.ada).status_code in (400, 404, 422)


@pytest.mark.parametrize(
    "query",
    ["size=0", "size=101", "size=x", "cursor=x", "sort=owner", "sort=id,-owner", "owner.is=x", "sort=id&sort=id"],
)
def test_a_list_that_is_not_offered_is_422(service: Service, query: str) -> None:
    """The size of an answer, its order and its filters are chosen by the service, not by the caller."""
    assert service.client.get(f"/notes?{query}", headers=service.ada).status_code == 422


def test_a_list_is_sorted_and_searched_letter_for_letter(service: Service) -> None:
    """By the text, turned around, and by what stands in it: % is a percent sign."""
    keep(service, service.root, "b 100 %")
    keep(service, service.root, "a 100")
    asked = {"sort": "text"}, {"sort": "-text"}, {"text.contains": "%"}, {"text.contains": "_"}
    answers = [service.client.get("/notes", params=each, headers=service.root).json()["items"] for each in asked]
    told = [[note["text"] for note in answer] for answer in answers]
    assert told == [["a 100", "b 100 %"], ["b 100 %", "a 100"], ["b 100 %"], []]


def test_the_report_is_for_those_who_may(service: Service) -> None:
    """401 without a caller, 403 for a fresh account, 200 for the administrator."""
    assert service.client.get("/report").status_code == 401
    assert service.client.get("/report", headers=service.ada).status_code == 403
    answer = service.client.get("/report", headers=service.root)
    assert answer.status_code == 200
    assert set(answer.json()) == {"notes", "owners"}


def test_every_route_but_health_and_the_ways_in_needs_a_caller(service: Service) -> None:
    """What is public is a short list, and it is written down here."""
    paths = service.client.get("/openapi.json").json()["paths"]
    public = {path for path, methods in paths.items() for method in methods.values() if not method.get("security")}
    assert public == {
        "/health",
        "/.well-known/jwks.json",
        "/auth/register",
        "/auth/confirm",
        "/auth/reset",
        "/auth/reset/confirm",
        "/auth/first-administrator",
        "/auth/sign-in",
        "/auth/refresh",
        "/auth/token",
    }


def test_the_front_door_leads_to_the_console(service: Service) -> None:
    """Everybody: a browser goes on from there to the sign-in, and a client finds its way in the document."""
    answer = service.client.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    person = service.client.get("/", headers={"accept": "text/html"})
    assert (person.status_code, person.url.path) == (200, "/console/sign-in")
    assert "Sign in" in person.text


def test_the_notes_lie_in_a_file_of_their_owner_s_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mode 600, with its write-ahead log."""
    monkeypatch.setenv("BUCKLER_ENVIRONMENT", "development")
    monkeypatch.setenv("BUCKLER_DATA", str(tmp_path / "data"))
    with TestClient(create_app()):
        files = sorted((tmp_path / "data").glob("notes*"))
        assert [file.name for file in files] == ["notes.sqlite3", "notes.sqlite3-shm", "notes.sqlite3-wal"]
        assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)


@pytest.mark.parametrize("trap", ["link", "folder"])
async def test_notes_are_not_kept_where_somebody_else_leads_them(tmp_path: Path, trap: str) -> None:
    """Neither through a link nor in a folder that its group may write to."""
    folder, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    folder.mkdir(mode=0o700)
    if trap == "link":
        (folder / "notes.sqlite3").symlink_to(elsewhere)
    else:
        folder.chmod(0o770)
    with pytest.raises(ConfigurationError):
        async with Notes(folder / "notes.sqlite3").kept():
            pass
    assert not elsewhere.exists()
