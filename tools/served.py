"""The reference service in a folder that is thrown away, with people in it, for whoever attacks it from outside."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import Final

ROOT: Final = Path(__file__).parents[1]
BUCKLER: Final = str(Path(sys.executable).with_name("buckler"))
POLICY: Final = ROOT / "docs" / "policy" / "reference-service.json"
PEOPLE: Final = {"reader": "reader", "reader-2": "reader", "analyst": "analyst", "admin": "admin"}
"""Accounts by name, each with its role."""
_READY: Final = b"Stop with Ctrl-C."
_START: Final = 60.0
_END: Final = 20.0


@dataclass(frozen=True, slots=True)
class Served:
    """A service that listens on loopback."""

    origin: str
    authority: Path
    """The certificate that it is trusted by."""
    options: Path
    """Who there is and how one signs in, as `buckler drill --options` reads it."""
    passwords: Mapping[str, str]
    """By the name that one signs in with."""


@contextmanager
def served(folder: Path) -> Generator[Served]:
    """Start it at free ports, with its data in `folder`, and stop it after the block."""
    port, plain = _free_port(), _free_port()
    environment = {**_without_settings(), "BUCKLER_ENVIRONMENT": "development", "BUCKLER_DATA": str(folder / "data")}
    passwords = {f"{name}@example.com": token_urlsafe(18) for name in PEOPLE}
    options = folder / "people.toml"
    options.write_text("\n".join((f'[target]\nplain = "http://localhost:{plain}"\n', *_people(passwords))), "utf-8")
    _let_in(folder, environment, passwords)
    command = [BUCKLER, "serve", "--port", str(port), "--http-port", str(plain)]
    log = folder / "log"
    with log.open("wb") as lines:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=lines, stderr=subprocess.STDOUT)
    try:
        _wait(server, log)
        yield Served(f"https://localhost:{port}", folder / "data" / "tls" / "ca.pem", options, passwords)
    finally:
        server.terminate()
        server.wait(_END)


def _people(passwords: Mapping[str, str]) -> Generator[str]:
    yield '[sign_in]\nroute = "POST /auth/sign-in"\nmedia = "json"\nname_field = "name"\npassword_field = "password"'
    yield 'token = "access_token"\nshow = "bearer"\n'
    for (name, role), (address, password) in zip(PEOPLE.items(), passwords.items(), strict=True):
        yield f'[[identities]]\nname = "{name}"\nrole = "{role}"\nusername = "{address}"\npassword = "{password}"'
        yield f"administrator = {'true' if role == 'admin' else 'false'}\n"


def _let_in(folder: Path, environment: Mapping[str, str], passwords: Mapping[str, str]) -> None:
    """Make the accounts. The database is there from the first on."""
    for role, (address, password) in zip(PEOPLE.values(), passwords.items(), strict=True):
        command = [BUCKLER, "users", "add", address, "--role", role]
        said = f"{password}\n"
        subprocess.run(command, cwd=folder, env=environment, input=said, text=True, check=True, capture_output=True)


def _without_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("BUCKLER_")}


def _wait(server: "subprocess.Popen[bytes]", log: Path) -> None:
    """Until it says that it is ready: its sockets are there before its certificate is."""
    until = time.monotonic() + _START
    while time.monotonic() < until and server.poll() is None:
        if _READY in log.read_bytes():
            return
        time.sleep(0.1)
    raise SystemExit(f"The service did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
