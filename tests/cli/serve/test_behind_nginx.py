"""Behind a real nginx, one hop and two: who asks is who asked nginx, whatever it claims (ASVS 4.1.3)."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.cli.running import Running, serving
from tests.ports import free_port
from tests.waiting import wait_until

NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed here; .ci/run brings it")

APP = """
from fastapi import FastAPI, Request

from buckler import Buckler, Limit, Public

app = FastAPI()
Buckler(app)


@app.get("/me", dependencies=[Public("a test"), Limit("2/minute")])
async def me(request: Request) -> list[str]:
    return [request.client.host if request.client else "", request.url.scheme]
"""
MAIN = """
daemon off;
master_process off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Host $host;
    proxy_set_header Forwarded "";
    server {{
        listen 127.0.0.1:{port};
        # As where TLS ends here.
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header Host $host;
        proxy_set_header Forwarded "";
        proxy_set_header X-Forwarded-Proto https;
        location / {{ proxy_pass {next}; }}
    }}
    server {{
        listen unix:{folder}/inner.sock;
        location / {{ proxy_pass {app}; }}
    }}
}}
"""
FORGED = ("198.51.100.1", "198.51.100.2, 127.0.0.1", "garbage", '"', "unknown,", "127.0.0.9:80")


@contextmanager
def nginx(folder: Path, app: str, hops: int) -> Iterator[int]:
    """nginx in front of `app`, once or behind itself; the port where it listens."""
    port = free_port()
    following = app if hops == 1 else f"http://unix:{folder}/inner.sock"
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, port=port, next=following, app=app))
    with (folder / "nginx.log").open("wb") as log:
        process = subprocess.Popen([str(NGINX), "-c", folder / "nginx.conf", "-p", folder], stdout=log, stderr=log)
    try:
        wait_until(lambda: process.poll() is not None or answers(port), within=20)
        assert process.poll() is None, (folder / "nginx.log").read_text()
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def behind(folder: Path, hops: int) -> Iterator[tuple[Running, int]]:
    (folder / "app.py").write_text(APP)
    given = {"BUCKLER_BEHIND": str(hops)}
    with (
        serving(folder, "app:app", "--environment", "development", **given) as running,
        nginx(folder, running.plain.replace("localhost", "127.0.0.1"), hops) as port,
    ):
        yield running, port


def me(port: int, address: str, forged: str, field: str = "X-Forwarded-For") -> httpx2.Response:
    """Ask from one of this machine's many addresses, claiming another."""
    transport = httpx2.HTTPTransport(local_address=address)
    with httpx2.Client(transport=transport, timeout=20) as client:
        headers = {"Host": "localhost", field: forged, "X-Forwarded-Proto": "http"}
        return client.get(f"http://127.0.0.1:{port}/me", headers=headers)


@pytest.mark.parametrize("hops", [1, 2])
def test_the_true_address_is_in_the_app_the_limit_and_the_log(tmp_path: Path, hops: int) -> None:
    """A forged left end buys no fresh budget, and nobody pays for a neighbour behind the same proxy."""
    with behind(tmp_path, hops) as (running, port):
        answers = [me(port, "127.0.0.2", forged) for forged in FORGED]
        assert [each.status_code for each in answers] == [200, 200, 429, 429, 429, 429]
        assert answers[0].json() == ["127.0.0.2", "https"]
        neighbour = me(port, "127.0.0.3", "127.0.0.2", "Forwarded")
        assert neighbour.json() == ["127.0.0.3", "https"]
        with httpx2.Client(base_url=running.plain.replace("localhost", "127.0.0.1"), timeout=20) as past:
            assert past.get("/me", headers={"Host": "localhost"}).status_code == 400
        wait_until(lambda: "client-unclear" in running.logged, within=20)
        limited = [line for line in running.logged.splitlines() if "excess_rate_limit_exceeded" in line]
        assert limited
        assert all('"client":"127.0.0.2"' in line for line in limited)
