"""Every flaw of the rota is in the flawed app, alone and among the others, and not in the mended one."""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.drill.targets.rota import FIRST, FLAWS, create_app


class Rota(TestClient):
    """The three who work here."""

    def token(self, name: str) -> str:
        answer = self.post("/api/login", json={"username": name, "password": FIRST[name]}).json()
        return str(answer["data"]["session"]["token"])

    def as_(self, name: str, method: str, path: str, **sent: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token(name)}"}
        return self.request(method, path, headers=headers, follow_redirects=False, **sent)

    def shift(self) -> str:
        made = self.as_("greta", "POST", "/api/shifts", json={"task": "the late watch"}).json()
        return f"/api/shifts/{made['data']['shift']['id']}"

    def message(self) -> str:
        led = self.as_("greta", "POST", "/messages", data={"text": "bring the lamp"})
        assert (led.status_code, led.headers["location"]) == (303, "/messages")
        return f"/messages/{self.as_('greta', 'GET', '/messages').json()[0]['id']}"


def _changes(rota: Rota) -> bool:
    path = rota.shift()
    rota.as_("hanno", "PUT", path, json={"task": "nothing at all"})
    return "nothing at all" in rota.as_("greta", "GET", path).text


def _lists(rota: Rota) -> bool:
    rota.message()
    return "bring the lamp" in rota.as_("hanno", "GET", "/messages").text


ATTACKS: Mapping[str, Callable[[Rota], bool]] = {
    "messages-of-everybody": _lists,
    "messages-read-by-anybody": lambda rota: "bring the lamp" in rota.as_("hanno", "GET", rota.message()).text,
    "shifts-changed-by-anybody": _changes,
    "shifts-read-by-anybody": lambda rota: "the late watch" in rota.as_("hanno", "GET", rota.shift()).text,
    "tokens-are-names": lambda rota: rota.token("greta") == "greta",
}


@pytest.mark.parametrize("name", sorted(FLAWS))
def test_a_flaw_is_where_it_is_planted_and_nowhere_else(name: str) -> None:
    """Alone, among the others, and not where none is."""
    assert ATTACKS[name](Rota(create_app(frozenset({name}))))
    assert ATTACKS[name](Rota(create_app()))
    assert not ATTACKS[name](Rota(create_app(frozenset())))


def test_a_no_is_told_in_the_body_of_a_200() -> None:
    """To strangers, for what is not there, and for what was not understood."""
    rota = Rota(create_app(frozenset()))
    nobody = rota.get("/api/me")
    assert (nobody.status_code, nobody.json()) == (200, {"ok": False, "error": "not signed in"})
    assert rota.as_("greta", "GET", "/api/shifts/7").json() == {"ok": False, "error": "no such thing"}
    assert rota.as_("greta", "GET", "/api/shifts/x").json()["ok"] is False


def test_the_list_names_every_flaw() -> None:
    """And nothing else."""
    listed = tomllib.loads(Path(__file__).with_name("rota.toml").read_text())
    assert set(listed["flaws"]) == set(ATTACKS) == FLAWS
