"""Every flaw of Noteboard is in the flawed app, alone and among the others, and not in the mended one."""

import hashlib
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from fastapi.testclient import TestClient
from jwt.utils import base64url_encode

from tests.drill.targets.noteboard import FLAWS, create_app
from tests.drill.targets.noteboard.store import ADMIN, ADMIN_PASSWORD

PASSWORD = "green-Kettle-71-sings"
CASES = sorted(FLAWS)
Attack = Callable[["Board", pytest.MonkeyPatch], bool]


class Board(TestClient):
    """Somebody at a noteboard."""

    @property
    def state(self) -> Any:
        app: Any = self.app
        return app.state

    def register(self, email: str = "mira@example.com", password: str = PASSWORD, **more: Any) -> int:
        body = {"email": email, "password": password, "name": "Mira"} | more
        return self.post("/auth/register", json=body).status_code

    def login(self, email: str = "mira@example.com", password: str = PASSWORD) -> dict[str, str]:
        answer = self.post("/auth/login", json={"email": email, "password": password})
        return answer.json() if answer.status_code == 200 else {}

    def entered(self, email: str = "mira@example.com") -> dict[str, str]:
        """A new account's tokens."""
        assert self.register(email) == 202
        return self.login(email)

    def alive(self, token: str) -> bool:
        return self.get("/me", headers=bearer(token)).status_code == 200

    def note(self, token: str, path: str = "/notes") -> dict[str, Any]:
        answer = self.post(path, json={"title": "Plan", "text": "the cellar"}, headers=bearer(token))
        assert answer.status_code == 201
        return answer.json()

    def org(self, token: str) -> str:
        return self.post("/orgs", json={"name": "Bees"}, headers=bearer(token)).json()["id"]

    def forged(self, change: dict[str, Any], secret: str = "", alg: str = "HS256", **headers: str) -> str:
        """Mira's own token with other claims; a claim that is None is left out."""
        self.register()
        claims = jwt.decode(self.login()["access_token"], options={"verify_signature": False}) | change
        present = {name: value for name, value in claims.items() if value is not None}
        secret = secret or self.state.jwt_secret
        return jwt.encode(present, secret, alg, headers={"kid": "main"} | headers)

    def rules(self, token: str) -> bool:
        return self.post("/admin/users/nobody/disable", headers=bearer(token)).status_code == 404


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def two(board: Board) -> tuple[str, str]:
    return board.entered()["access_token"], board.entered("ole@example.com")["access_token"]


def export_without_signing_in(board: Board, _: Any) -> bool:
    note = board.note(board.entered()["access_token"])
    return "the cellar" in board.get(f"/notes/{note['id']}/export").text


def admin_list_for_everybody(board: Board, _: Any) -> bool:
    return ADMIN in board.get("/admin/users", headers=bearer(board.entered()["access_token"])).text


def notes_read_by_anybody(board: Board, _: Any) -> bool:
    mira, ole = two(board)
    return "the cellar" in board.get(f"/notes/{board.note(mira)['id']}", headers=bearer(ole)).text


def copies_of_anybodys_note(board: Board, _: Any) -> bool:
    mira, ole = two(board)
    body = {"note_id": board.note(mira)["id"]}
    return "the cellar" in board.post("/notes/copy", json=body, headers=bearer(ole)).text


def nested_note_of_another_org(board: Board, _: Any) -> bool:
    mira, ole = two(board)
    note = board.note(mira, f"/orgs/{board.org(mira)}/notes")
    return "the cellar" in board.get(f"/orgs/{board.org(ole)}/notes/{note['id']}", headers=bearer(ole)).text


def notes_changed_by_anybody(board: Board, _: Any) -> bool:
    mira, ole = two(board)
    path = f"/notes/{board.note(mira)['id']}"
    board.put(path, json={"title": "Ha"}, headers=bearer(ole))
    return board.get(path, headers=bearer(mira)).json()["title"] == "Ha"


def register_takes_a_role(board: Board, _: Any) -> bool:
    board.register(role="admin")
    return board.rules(board.login().get("access_token", ""))


def profile_takes_a_role(board: Board, _: Any) -> bool:
    board.patch("/me", json={"role": "admin"}, headers=bearer(board.entered()["access_token"]))
    return board.rules(board.login()["access_token"])


def me_shows_the_hash(board: Board, _: Any) -> bool:
    return "password_hash" in board.get("/me", headers=bearer(board.entered()["access_token"])).json()


def board_of_any_org(board: Board, _: Any) -> bool:
    mira, ole = two(board)
    org = board.org(mira)
    board.note(mira, f"/orgs/{org}/notes")
    return "the cellar" in board.get("/board", headers=bearer(ole) | {"X-Org": org}).text


def method_override(board: Board, _: Any) -> bool:
    mira, ole = two(board)
    path = "/admin/users/" + board.get("/me", headers=bearer(mira)).json()["id"]
    assert board.delete(path, headers=bearer(ole)).status_code == 403
    board.post(path, headers=bearer(ole) | {"X-HTTP-Method-Override": "DELETE"})
    return not board.alive(mira)


def hidden_state(board: Board, _: Any) -> bool:
    return ADMIN in board.get("/internal/state").text


def docs_open(board: Board, _: Any) -> bool:
    return board.get("/docs").status_code == board.get("/openapi.json").status_code == 200


def list_of_everybodys_notes(board: Board, _: Any) -> bool:
    mira, ole = two(board)
    board.note(mira)
    return "the cellar" in board.get("/notes", headers=bearer(ole)).text


def unsigned_tokens(board: Board, _: Any) -> bool:
    _, claims, _ = board.forged({"role": "admin"}).split(".")
    header = base64url_encode(b'{"alg":"NonE","typ":"JWT"}').decode()
    return board.rules(f"{header}.{claims}.")


def kid_in_a_query(board: Board, _: Any) -> bool:
    mine = "m" * 40
    return board.rules(board.forged({"role": "admin"}, mine, kid=f"x' UNION SELECT '{mine}' --"))


def weak_secret(board: Board, _: Any) -> bool:
    return board.rules(board.forged({"role": "admin"}, "a-string-secret-at-least-256-bits-long"))


def expired_tokens(board: Board, _: Any) -> bool:
    return board.alive(board.forged({"exp": int(time.time()) - 3600}))


def claims_not_bound(board: Board, _: Any) -> bool:
    assert board.alive(board.forged({}))
    claims: list[dict[str, Any]] = [{"aud": "other"}, {"iss": "other"}, {"aud": None, "iss": None}, {"exp": None}]
    return all(board.alive(board.forged(change)) for change in claims)


def refresh_as_access(board: Board, _: Any) -> bool:
    return board.alive(board.entered()["refresh_token"])


def alive_after_logout(board: Board, _: Any) -> bool:
    token = board.entered()["access_token"]
    assert board.post("/auth/logout", headers=bearer(token)).status_code == 204
    return board.alive(token)


def refresh_works_twice(board: Board, _: Any) -> bool:
    used = {"refresh_token": board.entered()["refresh_token"]}
    following = board.post("/auth/refresh", json=used).json()["access_token"]
    again = board.post("/auth/refresh", json=used).status_code == 200
    assert board.alive(following) is again
    return again


def alive_after_password_change(board: Board, _: Any) -> bool:
    token = board.entered()["access_token"]
    change = {"old": PASSWORD, "new": "brown-Ladder-52-leans"}
    assert board.post("/auth/password", json=change, headers=bearer(token)).status_code == 204
    return board.alive(token)


def alive_after_removal(board: Board, _: Any) -> bool:
    token = board.entered()["access_token"]
    assert board.delete("/me", headers=bearer(token)).status_code == 204
    assert not board.login()
    return board.alive(token)


def alive_after_disabling(board: Board, _: Any) -> bool:
    token = board.entered()["access_token"]
    me = board.get("/me", headers=bearer(token)).json()["id"]
    admin = bearer(board.login(ADMIN, ADMIN_PASSWORD)["access_token"])
    assert board.post(f"/admin/users/{me}/disable", headers=admin).status_code == 204
    assert not board.login()
    return board.alive(token)


def told(board: Board, path: str, known: dict[str, str], unknown: dict[str, str]) -> bool:
    answers = [board.post(path, json=body) for body in (known, unknown)]
    return len({(answer.status_code, answer.text) for answer in answers}) == 2


def login_tells_who_is_here(board: Board, _: Any) -> bool:
    board.register()
    return told(board, "/auth/login", *({"email": f"{who}@example.com", "password": "wrong"} for who in ("mira", "x")))


def register_tells_who_is_here(board: Board, _: Any) -> bool:
    board.register()
    bodies = ({"email": f"{who}@example.com", "password": PASSWORD, "name": "Em"} for who in ("mira", "other"))
    return told(board, "/auth/register", *bodies)


def forgot_tells_who_is_here(board: Board, _: Any) -> bool:
    board.register()
    return told(board, "/auth/forgot", *({"email": f"{who}@example.com"} for who in ("mira", "other")))


def login_quicker_for_nobody(board: Board, patch: pytest.MonkeyPatch) -> bool:
    board.register()
    hashed: list[int] = []
    real = hashlib.scrypt

    def counted(password: bytes, **more: Any) -> bytes:
        hashed.append(1)
        return real(password, **more)

    patch.setattr(hashlib, "scrypt", counted)
    board.login(password="wrong")
    known = len(hashed)
    board.login("nobody@example.com")
    return (known, len(hashed)) == (1, 1)


def weak_passwords(board: Board, _: Any) -> bool:
    weak = ("12345678", "mira@example.com", "a", "Password123!", "aaaaaaaaaaaa", "qwertyuiop")
    taken = [board.register(f"mira{number}@example.com", password) == 202 for number, password in enumerate(weak)]
    assert len(set(taken)) == 1
    return taken[0]


def look_alike_addresses(board: Board, _: Any) -> bool:
    board.register()
    for look_alike in ("Mira@example.com", "mira@example.com "):
        board.register(look_alike, "brown-Ladder-52-leans")
        if not board.login(look_alike, "brown-Ladder-52-leans"):
            return False
    return True


ATTACKS: dict[str, Attack] = {name: globals()[name.replace("-", "_")] for name in CASES}


@pytest.mark.heavy_beyond(6)
@pytest.mark.parametrize("name", CASES)
def test_a_flaw_is_there_alone_and_among_the_others(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each attack succeeds where its flaw is."""
    assert ATTACKS[name](Board(create_app(frozenset({name}))), monkeypatch)
    assert ATTACKS[name](Board(create_app()), monkeypatch)


@pytest.mark.parametrize("name", CASES)
def test_a_flaw_is_mended(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each attack fails where no flaw is."""
    assert not ATTACKS[name](Board(create_app(frozenset())), monkeypatch)


def test_the_list_names_every_flaw() -> None:
    """And nothing else."""
    listed = tomllib.loads(Path(__file__).with_name("noteboard.toml").read_text())
    assert set(listed["flaws"]) == FLAWS


def test_a_mailed_code_works_once() -> None:
    """The way back to an account, and the sessions that it ends."""
    board = Board(create_app(frozenset()))
    token = board.entered()["access_token"]
    board.post("/auth/forgot", json={"email": "mira@example.com"})
    code = board.state.mail[0]["text"].split()[-1]
    body = {"email": "mira@example.com", "code": code, "password": "brown-Ladder-52-leans"}
    assert [board.post("/auth/reset", json=body).status_code for _ in range(2)] == [204, 400]
    assert not board.alive(token)
    assert board.login(password="brown-Ladder-52-leans")
