"""What was answered is kept: over a second start, and over a kill in the middle."""

import signal
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import httpx2
import pytest

from tests.cli.running import Running, serving, start

PASSWORD = "vivid-heron-counts-slowly"
FEW = 4
"""Calls from one address, below what registering and signing in allow a client a minute."""


def caller(running: Running, number: int) -> httpx2.Client:
    """A client with an address of its own on this machine."""
    trusted = ssl.create_default_context(cafile=str(running.authority))
    transport = httpx2.HTTPTransport(verify=trusted, local_address=f"127.0.{1 + number // 250}.{1 + number % 250}")
    return httpx2.Client(base_url=running.base, transport=transport, timeout=20)


def account(name: str) -> dict[str, str]:
    return {"name": f"{name}@example.com", "password": PASSWORD}


def test_the_second_start_has_the_same_data_and_asks_nothing(tmp_path: Path) -> None:
    """Same authority, same accounts, same notes, tokens still good; no code once there is an administrator."""
    with serving(tmp_path) as first:
        authority = first.authority.read_bytes()
        with first.client() as client:
            claim = account("root-of-all") | {"code": first.code}
            assert client.post("/auth/first-administrator", json=claim).status_code == 201
            token = client.post("/auth/sign-in", json=account("root-of-all")).json()["access_token"]
            bearer = {"Authorization": f"Bearer {token}"}
            note = client.post("/notes", json={"text": "kept"}, headers=bearer).json()["id"]
        port = first.base.rpartition(":")[2]
        assert first.end() == 0
    with serving(tmp_path, "--port", port, "--http-port", "0") as second, second.client() as client:
        assert second.authority.read_bytes() == authority
        assert "One-time code" not in second.printed
        assert "made:" not in second.printed
        assert client.get(f"/notes/{note}", headers=bearer).json()["text"] == "kept"
        assert client.post("/auth/sign-in", json=account("root-of-all")).status_code == 200


def test_a_fresh_code_is_printed_until_there_is_an_administrator(tmp_path: Path) -> None:
    """Each start without one has a code of its own. Meanwhile nothing in the data folder is open to other users."""
    codes: list[str] = []
    for _ in range(2):
        with serving(tmp_path) as running:
            codes.append(running.code)
            for path in (tmp_path / "data", *(tmp_path / "data").rglob("*")):
                assert path.suffix == ".pem" or path.stat().st_mode & 0o077 == 0, path
    assert codes[0] != codes[1]


def register_until_it_dies(running: Running, callers: Iterator[int], answered: list[str], enough: int) -> None:
    """Register without pause; whoever sees enough answers kills the service under everybody's hands."""
    while True:
        number = next(callers)
        with caller(running, number) as client:
            for turn in range(FEW):
                try:
                    answer = client.post("/auth/register", json=account(f"walker-{number}-{turn}"))
                except httpx2.TransportError:
                    return
                assert answer.status_code == 201, answer.text
                answered.append(f"walker-{number}-{turn}")
                if len(answered) == enough:
                    running.process.send_signal(signal.SIGKILL)


@pytest.mark.heavy
def test_a_kill_while_accounts_register_loses_none_that_was_answered(tmp_path: Path) -> None:
    """Four clients register at once, the process is killed with -9, and every account that was answered signs in."""
    running, answered, callers = start(tmp_path), list[str](), count()
    try:
        with ThreadPoolExecutor(4) as pool:
            work = [pool.submit(register_until_it_dies, running, callers, answered, 24) for _ in range(4)]
            for each in work:
                each.result(60)
    finally:
        code = running.end(signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert len(answered) >= 24
    with serving(tmp_path) as again:
        for first in range(0, len(answered), FEW):
            with caller(again, first) as client:
                for name in answered[first : first + FEW]:
                    assert client.post("/auth/sign-in", json=account(name)).status_code == 200, name
