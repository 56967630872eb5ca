"""The line is run by a shell, and what arrives is what the drill sent."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from buckler.drill.reports.repeating.curl import curl_line
from buckler.drill.reports.repeating.pieces import wire
from buckler.drill.transport.request import Request
from tests.drill.reports.repeating.counter import Asked, serving

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="NO CURL: install Debian's curl")

TOKEN = "eyJ.a-b_c"
PASSWORD = 'it\'s "7" `green` $lanterns!'
NAMES = frozenset(("TOKEN", "PASSWORD", "TOKEN_OF_ADA"))
ENVIRONMENT = {
    "TOKEN": TOKEN,
    "PASSWORD": PASSWORD,
    "TOKEN_OF_ADA": "ada's",
    "HOME": "/nobody",
    "PATH": os.environ["PATH"],
}
EVERY_BYTE = bytes(range(256))


def arrived(request: Request, *, shell: str = "sh", folder: Path | None = None) -> Asked:
    """What the server got when the line was run."""
    with serving() as counter:
        line = curl_line(request, counter.origin, NAMES)
        assert "\n" not in line
        ended = subprocess.run([shell, "-c", line], env=ENVIRONMENT, capture_output=True, timeout=30, cwd=folder)
        assert ended.returncode == 0, ended.stderr
    assert len(counter.received) == 1
    return counter.received[0]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"name": "ada"}',
        b"@/etc/hostname",
        b"it's; $(id) `id` \\ %s %d ! $HOME ${7*7}",
        b"two\nlines\n\n",
        EVERY_BYTE,
        "snow ☃".encode(),
        b'{"note": "' + b"a" * 300_000 + b'"}',
        b"[" * 100_000 + b"]" * 100_000,
        b"-n " * 200 + b"\x00",
        b"%n'%n'" * 100,
    ],
    ids=["none", "json", "at", "shell", "lines", "bytes", "snow", "long", "deep", "dashes", "formats"],
)
@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_body_arrives_byte_by_byte(body: bytes, shell: str) -> None:
    """Whatever a shell would make of it."""
    asked = arrived(Request("POST", "/notes", headers=(("Content-Type", "text/plain"),), body=body), shell=shell)
    assert asked.body == body
    assert asked.header("content-type") == "text/plain"


@pytest.mark.parametrize("body", [b'{"password": "$PASSWORD"}', b"\x00$PASSWORD\xff"])
def test_a_secret_is_filled_in_as_it_is(body: bytes) -> None:
    """Also one that is full of what a shell reads; it stands nowhere in the line."""
    request = Request("POST", "/login", "next=$HOME", (("Authorization", "Bearer $TOKEN"), ("X-Key", "$TOKEN2")), body)
    assert PASSWORD not in curl_line(request, "http://localhost", NAMES)
    asked = arrived(request)
    assert asked.body == body.replace(b"$PASSWORD", PASSWORD.encode())
    assert (asked.header("authorization"), asked.header("x-key")) == (f"Bearer {TOKEN}", f"{TOKEN}2")
    assert asked.target == "/login?next=$HOME"


def test_the_longest_name_is_meant() -> None:
    """`$TOKEN_OF_ADA` is not `$TOKEN` with a tail."""
    assert arrived(Request("GET", "/", headers=(("X-Key", "a$TOKEN_OF_ADA"),))).header("x-key") == "aada's"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_the_method_arrives(method: str) -> None:
    """HEAD too, whose answer has no body to wait for."""
    assert arrived(Request(method, "/a")).method == method


@pytest.mark.parametrize(
    "target",
    [
        "/files/../../etc/passwd",
        "/a/./b",
        "/a[1-3]{x,y}",
        "/a%2F..%00?q=%27",
        "/caf\xe9",
        "/a#b",
        "/?q='\"$(id)",
        "/" + "a" * 900,
    ],
)
def test_the_target_arrives_as_it_was_sent(target: str) -> None:
    """Nothing is tidied up on the way."""
    path, _, query = target.partition("?")
    assert arrived(Request("GET", path, query)).target == target


def test_fields_arrive_in_their_order() -> None:
    """Several of one name, an empty one, and bytes beyond ASCII."""
    sent = (
        ("X-Forwarded-For", "1.1.1.1"),
        ("X-Forwarded-For", "2.2.2.2"),
        ("X-Empty", ""),
        ("X-Name", "caf\xe9"),
        ("Host", "evil.test"),
    )
    asked = arrived(Request("GET", "/", headers=sent))
    own = ("user-agent", "accept")
    got = [(name, value) for name, value in asked.headers if name.lower() not in own]
    assert sorted(got) == sorted(sent)
    assert wire("caf\xe9") == b"caf\xe9"


def test_a_body_without_a_type_gets_none() -> None:
    """What the tool would add by itself is taken away, and a length that is right is its own affair."""
    asked = arrived(Request("POST", "/", headers=(("Content-Length", "4"),), body=b"a=1&"))
    assert "content-type" not in {name.lower() for name, _ in asked.headers}
    assert asked.body == b"a=1&"


def test_nothing_of_what_was_sent_runs(tmp_path: Path) -> None:
    """A target's own words, or an attack on a shell, leave no trace on the machine of whoever repeats it."""
    bad = "$(touch x) `touch x` ; touch x # '; touch x; ' \"; touch x; \""
    request = Request("GET", f"/{bad}", bad, (("X-A", bad), ("X-B", f"{bad}$TOKEN")), f"{bad}\n$TOKEN".encode())
    with serving() as counter:
        line = curl_line(request, counter.origin, NAMES)
        subprocess.run(["sh", "-c", line], env=ENVIRONMENT, capture_output=True, timeout=30, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_body_that_cannot_be_told_is_not_invented() -> None:
    """What is long and never the same is left out, and the line says so."""
    noise = bytes((number * number + number // 7) % 251 for number in range(40_000))
    line = curl_line(Request("POST", "/a", body=noise), "http://localhost", NAMES)
    assert len(line) < 200
    assert "40000 bytes" in line
