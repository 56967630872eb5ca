"""Each flaw of the operators' tools is there where it is named, and nowhere else."""

import asyncio
import base64
import pickle
import re
import tempfile
import threading
import tomllib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from tests.drill.targets.tools import FLAWS, create_app, flawed_app, mended_app

PASSWORD = "seven green lanterns at dusk"
ADMIN = ("admin@tools.example", "Crowbar-and-lantern-77")

Attack = Callable[[FastAPI], bool]


def client_of(app: FastAPI, token: str = "") -> TestClient:
    """Somebody with a token, or without one."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return TestClient(app, "https://tools.example", raise_server_exceptions=False, headers=headers)


def signed_in(app: FastAPI, email: str, password: str) -> TestClient:
    """Whoever it is, signed in."""
    answer = client_of(app).post("/login", json={"email": email, "password": password})
    return client_of(app, answer.json()["token"])


def operator(app: FastAPI, name: str, **more: object) -> TestClient:
    """An operator who is signed in."""
    given = {"email": f"{name}@mail.example", "password": PASSWORD}
    assert client_of(app).post("/register", json={**given, "name": name, **more}).status_code in {202, 422}
    if more and client_of(app).post("/login", json=given).status_code != 200:
        client_of(app).post("/register", json={**given, "name": name})
    return signed_in(app, given["email"], PASSWORD)


def job(client: TestClient) -> int:
    """The id of a new job."""
    number: int = client.post("/jobs", json={"title": "rebuild"}).json()["id"]
    return number


def bob_changes(act: Callable[[TestClient, int], object], field: str) -> Attack:
    """Bob does something to Ada's job, and it is another one after."""

    def attack(app: FastAPI) -> bool:
        ada, bob = operator(app, "ada"), operator(app, "bob")
        number = job(ada)
        before = ada.get(f"/jobs/{number}").json()
        act(bob, number)
        return bool(ada.get(f"/jobs/{number}").json()[field] != before[field])

    return attack


def reads(app: FastAPI) -> bool:
    number = job(operator(app, "ada"))
    return operator(app, "bob").get(f"/jobs/{number}").status_code == 200


def listed(app: FastAPI) -> bool:
    job(operator(app, "ada"))
    return bool(operator(app, "bob").get("/jobs").json())


def disables(app: FastAPI) -> bool:
    operator(app, "ada")
    return operator(app, "bob").post("/admin/operators/2/disable").status_code == 200


def lives_on(app: FastAPI) -> bool:
    ada = operator(app, "ada")
    assert signed_in(app, *ADMIN).post("/admin/operators/2/disable").status_code == 200
    return ada.get("/jobs").status_code == 200


def role_by_change(app: FastAPI) -> bool:
    ada = operator(app, "ada")
    ada.patch("/me", json={"role": "admin"})
    return bool(ada.get("/me").json()["role"] == "admin")


def role_by_register(app: FastAPI) -> bool:
    return bool(operator(app, "ada", role="admin").get("/me").json()["role"] == "admin")


def says(path: str, sent: dict[str, str], told: str) -> Attack:
    """What is sent makes the answer tell something."""
    return lambda app: told in operator(app, "ada").post(path, json=sent).text


def log(app: FastAPI) -> bool:
    with client_of(app) as running:
        assert operator(app, "ada").get("/logs?name=app.log").json()["text"].startswith("started")
        del running
        return "root:" in operator(app, "ada").get("/logs?name=../../../../../etc/passwd").text


@contextmanager
def listener() -> Generator[tuple[str, list[str]]]:
    """A server on loopback, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing is written."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/canary", asked
        server.shutdown()
        thread.join()


def fetches(app: FastAPI) -> bool:
    with listener() as (url, asked):
        operator(app, "ada").post("/webhooks/try", json={"url": url})
        return asked == ["/canary"]


def fetches_pictures(app: FastAPI) -> bool:
    with listener() as (url, asked):
        assert operator(app, "ada").post("/pictures/fetch", json={"image_url": url}).status_code == 422
        return asked == ["/canary"]


def writes_elsewhere(app: FastAPI) -> bool:
    picture = BytesIO()
    Image.new("1", (1, 1)).save(picture, "PNG")
    with tempfile.TemporaryDirectory() as folder:
        elsewhere = Path(folder) / "canary.png"
        ada = operator(app, "ada")
        assert ada.post("/pictures", files={"picture": ("x.txt", b"x")}).status_code == 415
        sent = ada.post("/pictures", files={"picture": (str(elsewhere), picture.getvalue(), "image/png")})
        assert sent.status_code == 200
        return elsewhere.exists()


class Called:
    """Calls a function of its choice when it is unpickled."""

    def __reduce__(self) -> tuple[type[list[int]], tuple[tuple[int, ...]]]:
        return (list, ((1, 2, 3),))


def unpickles(app: FastAPI) -> bool:
    data = base64.b64encode(pickle.dumps(Called())).decode()
    return "3" in operator(app, "ada").post("/restore", json={"data": data}).text


def twice(app: FastAPI) -> bool:
    ada = operator(app, "ada")
    code = ada.post("/invitations").json()["code"]

    async def both() -> None:
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="https://tools.example") as client:
            headers = {"authorization": ada.headers["authorization"]}
            posts = [client.post("/invitations/redeem", json={"code": code}, headers=headers) for _ in range(4)]
            await asyncio.gather(*posts)

    asyncio.run(both())
    return bool(ada.get("/me").json()["credits"] > 10)


def guesses(app: FastAPI) -> bool:
    operator(app, "ada")
    client = client_of(app)
    client.post("/login/code", json={"email": "ada@mail.example"})
    sent = [{"email": "ada@mail.example", "code": f"x{number:03}"} for number in range(50)]
    codes = {client.post("/login/code/enter", json=each).status_code for each in sent}
    return codes == {401} and re.search(r"code is \d{4}$", app.state.mails[-1].text) is not None


def link_lets_in(app: FastAPI) -> bool:
    operator(app, "ada")
    client_of(app).post("/magic", json={"email": "ada@mail.example"})
    token = app.state.mails[-1].text.partition("token=")[2]
    as_bearer = client_of(app, token).get("/jobs").status_code == 200
    assert client_of(app).post("/magic/enter", json={"token": token}).status_code == 200
    return as_bearer


def trace(app: FastAPI) -> bool:
    ada = operator(app, "ada")
    answer = ada.get(f"/jobs/{job(ada)}/lines/99")
    return answer.status_code == 500 and "IndexError" in answer.text and "x-debug" in answer.headers


ATTACKS: dict[str, Attack] = {
    "alive-after-disabling": lives_on,
    "codes-of-four-digits": guesses,
    "debug-page": lambda app: "python" in client_of(app).get("/debug/vars").text,
    "docs-open": lambda app: client_of(app).get("/openapi.json").status_code == 200,
    "errors-tell-traces": trace,
    "export-without-end": lambda app: len(operator(app, "ada").get("/export?limit=1999").json()) == 1999,
    "formulas-are-code": says("/formulas", {"formula": "''.join(['ca', 'nary'])"}, "canary"),
    "invitations-used-twice": twice,
    "jobs-of-everybody": listed,
    "jobs-read-by-anybody": reads,
    "jobs-renamed-by-anybody": bob_changes(
        lambda bob, number: bob.post("/jobs/rename", json={"job_id": number, "title": "mine"}), "title"
    ),
    "jobs-stopped-by-anybody": bob_changes(lambda bob, number: bob.post(f"/jobs/{number}/stop"), "state"),
    "link-is-access-token": link_lets_in,
    "load-of-any-days": lambda app: operator(app, "ada").get("/load?days=5000").status_code == 200,
    "logs-by-any-path": log,
    "me-takes-any-field": role_by_change,
    "me-tells-secrets": lambda app: "password" in operator(app, "ada").get("/me").json(),
    "operators-disabled-by-anybody": disables,
    "operators-listed-to-anybody": lambda app: operator(app, "ada").get("/admin/operators").status_code == 200,
    "pictures-by-their-names": writes_elsewhere,
    "pictures-from-anywhere": fetches_pictures,
    "ping-by-shell": says("/ping", {"host": "; echo can$((40+2))ary"}, "can42ary"),
    "register-takes-any-field": role_by_register,
    "reports-are-templates": says("/reports/preview", {"template": "{{ 1337 * 1337 }}"}, "1787569"),
    "settings-are-pickles": unpickles,
    "thresholds-are-code": lambda app: (
        "canary"
        in operator(app, "ada").post("/watches", json={"thresholds": [{"readings": {"a": "'can' + 'ary'"}}]}).text
    ),
    "webhooks-anywhere": fetches,
    "yaml-makes-objects": says("/import", {"document": "!!python/object/apply:range [0, 3]"}, "settings"),
}


def test_every_flaw_is_told() -> None:
    """The file beside the app, the attacks and the app name the same flaws."""
    told = tomllib.loads(Path(__file__).with_name("tools.toml").read_text())
    assert set(told["flaws"]) == set(ATTACKS) == FLAWS
    assert all({"attacks", "route", "why"} <= set(flaw) for flaw in told["flaws"].values())


@pytest.mark.heavy_beyond(6)
@pytest.mark.parametrize("flaw", sorted(FLAWS))
def test_a_flaw_is_there_where_it_is_named(flaw: str) -> None:
    """Alone and among all others; neither in the mended app nor in one that has all the others."""
    attack = ATTACKS[flaw]
    assert attack(create_app(frozenset({flaw})))
    assert attack(flawed_app())
    assert not attack(create_app(FLAWS - {flaw}))
    assert not attack(mended_app())


def test_the_mended_tools_still_work() -> None:
    """What is refused is the attack, not the work."""
    app = mended_app()
    ada = operator(app, "ada")
    assert ada.post("/formulas", json={"formula": "2 * (3 + 4) / -7"}).json() == {"result": "-2.0"}
    assert ada.post("/watches", json={"thresholds": [{"readings": {"a": "2*3"}}]}).json() == {"values": ["6.0"]}
    assert ada.post("/import", json={"document": "a: 1\nb: [2, 3]"}).json() == {"settings": 2}
    assert ada.post("/import", json={"document": "a: &x 1\nb: *x"}).status_code == 422
    assert ada.post("/restore", json={"data": base64.b64encode(b'{"a": 1}').decode()}).json() == {"settings": 1}
    assert ada.post("/reports/preview", json={"template": "by {{ name }}"}).json() == {"text": "by ada"}
    code = ada.post("/invitations").json()["code"]
    assert ada.post("/invitations/redeem", json={"code": code}).json()["credits"] == 10
    assert ada.post("/invitations/redeem", json={"code": code}).status_code == 409
