"""The app without accounts, served and attacked as a stranger would; each test from an address of its own."""

import re
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path

import httpx2
import pytest

from tests.cli.running import Running, serving, surroundings

EXAMPLE = Path(__file__).parents[2] / "examples" / "edge_only.py"
ALWAYS = (
    "strict-transport-security",
    "x-content-type-options",
    "content-security-policy",
    "referrer-policy",
    "x-frame-options",
    "x-request-id",
)
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("guests")
    shutil.copy(EXAMPLE, folder)
    with serving(folder, "edge_only:app", "--environment", "development") as running:
        yield running


@pytest.fixture(scope="module")
def addresses() -> Iterator[str]:
    return (f"127.0.1.{number}" for number in count(1))


@pytest.fixture
def client(running: Running, addresses: Iterator[str]) -> Iterator[httpx2.Client]:
    """Somebody else each time, so that no test uses up another's budget."""
    trusted = ssl.create_default_context(cafile=str(running.authority))
    transport = httpx2.HTTPTransport(verify=trusted, local_address=next(addresses))
    with httpx2.Client(base_url=running.base, transport=transport, timeout=20) as client:
        yield client


def said(running: Running, request: bytes) -> bytes:
    """What the server answers to these bytes, over TLS."""
    trusted = ssl.create_default_context(cafile=str(running.authority))
    port = int(running.base.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        trusted.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        secure.sendall(request)
        return b"".join(iter(partial(secure.recv, 65536), b""))


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_it_does_what_it_says(client: httpx2.Client) -> None:
    """Texts come back as they were sent, a form is read, and the way back leads back."""
    entry = {"name": "O'Brien", "words": "<b>hi</b> {{7*7}} ../x"}
    answer = client.post("/entries", json=entry)
    assert (answer.status_code, answer.json()) == (201, entry)
    assert client.post("/votes", data={"choice": "oak"}).json() == "oak"
    answer = client.get("/back", params={"to": "/docs?x=1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/docs?x=1")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost@evil.example", "127.0.0.1, x"])
def test_a_foreign_host_is_400(client: httpx2.Client, host: str) -> None:
    """Whatever it begins with."""
    assert client.get("/docs", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    "head",
    [
        b"GET /docs HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET /docs HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"GET //evil.example/docs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET /x/../docs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET /%2e%2e/docs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET /docs%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET /docs\\..\\x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"POST /votes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /votes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    ],
    ids=[
        "no host",
        "two hosts",
        "slashes",
        "dots",
        "coded dots",
        "NUL",
        "backslash",
        "length and chunked",
        "two lengths",
    ],
)
def test_what_can_be_read_in_two_ways_is_400(running: Running, head: bytes) -> None:
    """As bytes on the wire, since no client would send them."""
    assert status(said(running, head)) == 400


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"name":"a","name":"b"}', b'{"name":NaN}', b"[" * 5000, b'{"name":"\\ud800"}', b'{"name":"\xff"}'],
    ids=["none", "cut", "twice", "NaN", "deep", "half a pair", "no UTF-8"],
)
def test_json_that_is_none_is_4xx(client: httpx2.Client, body: bytes) -> None:
    """Before the endpoint."""
    answer = client.post("/entries", content=body, headers=JSON)
    assert answer.status_code in (400, 422)
    assert "edge_only" not in answer.text


@pytest.mark.parametrize(
    "form",
    ["&".join(f"f{number}=1" for number in range(50_000)), "choice=a&" * 5000, "choice=" + "x" * 900_000],
    ids=["many", "the same", "long"],
)
def test_a_flood_of_fields_is_4xx(client: httpx2.Client, form: str) -> None:
    """Counted before they are read."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/votes", content=form.encode(), headers=headers).status_code in (400, 413, 422)


def test_a_body_over_the_route_s_own_size_is_413(running: Running, client: httpx2.Client) -> None:
    """By what is declared, unread; and by what comes."""
    declared = b"POST /entries HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 200000000\r\n\r\n"
    assert status(said(running, declared)) == 413
    assert client.post("/entries", content=(b"x" * 20_000 for _ in range(3)), headers=JSON).status_code == 413


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/%5cevil.example",
        "javascript:alert(1)",
        "/x/..//y",
    ],
)
def test_the_way_back_leads_nowhere_else(client: httpx2.Client, to: str) -> None:
    """422, and no Location."""
    answer = client.get("/back", params={"to": to})
    assert answer.status_code == 422
    assert "location" not in answer.headers


def test_every_status_carries_the_headers(client: httpx2.Client) -> None:
    """And none says what serves it."""
    asked = [
        client.get("/docs"),
        client.get("/nowhere"),
        client.put("/votes"),
        client.get("/docs", headers={"Host": "evil.example"}),
        client.post("/votes", data={"other": "x"}),
        client.get("/back", params={"to": "/"}),
        client.post("/votes", content=b"x" * 2_000_000),
        client.post("/votes", content=b"x", headers={"Content-Encoding": "gzip"}),
    ]
    assert [answer.status_code for answer in asked] == [200, 404, 405, 400, 422, 303, 413, 415]
    for answer in asked:
        assert [name for name in ALWAYS if name not in answer.headers] == [], answer.status_code
        assert "server" not in answer.headers


def test_a_forged_address_buys_no_second_budget(client: httpx2.Client) -> None:
    """Behind no proxy nobody is believed: one client, five entries a minute, however it calls itself."""
    names = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-For", "True-Client-IP", "CF-Connecting-IP")
    answers = [
        client.post("/entries", json={"name": "x"}, headers={name: f"203.0.113.{number}"})
        for number, name in enumerate(names)
    ]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "ratelimit" in answers[-1].headers


def test_nothing_is_kept(running: Running) -> None:
    """Of ours there are the keys and certificates of TLS in development, and nothing else."""
    kept = {path.relative_to(running.folder).as_posix() for path in running.folder.rglob("*") if path.is_file()}
    ours = {name for name in kept if not name.startswith("__pycache__/")} - {"edge_only.py", "printed", "logged"}
    assert ours
    assert all(re.fullmatch(r"data/tls/[\w.-]+", name) for name in ours), ours


BARE = """
import sys
for name in ("sqlalchemy", "alembic", "aiosqlite", "argon2", "httpx2", "PIL", "uvicorn", "httptools"):
    sys.modules[name] = None
from fastapi.testclient import TestClient
import edge_only
with TestClient(edge_only.app, base_url="https://localhost") as client:
    print(client.post("/votes", data={"choice": "oak"}).json(), client.get("/back?to=//evil").status_code)
"""


@pytest.mark.filterwarnings("default")
def test_it_needs_no_extra(tmp_path: Path) -> None:
    """Neither a database nor Argon2, a client or pictures: what an extra brings may be missing."""
    shutil.copy(EXAMPLE, tmp_path)
    environment = surroundings(BUCKLER_ENVIRONMENT="development", PYTHONPATH=str(tmp_path))
    source = BARE.replace('"httpx2", ', "")  # Starlette's test client is made of one
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["oak", "422"], done.stderr
    assert {path.name for path in tmp_path.iterdir()} - {"__pycache__"} == {"edge_only.py"}


def test_ours_are_ten_lines() -> None:
    """At most, of an app of its own."""
    code = EXAMPLE.read_text().split('"""', 2)[2].splitlines()
    ours = r"\b(buckler|Accepts|Buckler|Limit|Public|FormModel|Line|ReturnPath|StrictModel|Text)\b"
    assert 0 < len([line for line in code if re.search(ours, line)]) <= 10
