"""Runs the blocks of one document, in order, in one folder of their own."""

import os
import re
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path

from tests.house.blocks_apart import run_apart
from tests.house.documents import PARSED, Block
from tests.house.tree import ROOT, clean_environment
from tests.ports import free_port
from tests.waiting import wait_until

LIMIT = 120
"""Seconds a block may take."""
FOUND_ONLY = {
    "PYTEST_ADDOPTS": "--collect-only -p pytest_asyncio.plugin",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}
"""Our own tests that a page names are found and imported, and not run: the run that reads the page runs them anyway."""


class BlockError(Exception):
    """A block that does not do what its page says."""


@dataclass(slots=True)
class Page:
    """A document being run. Its blocks share a folder, a data folder and the service they started."""

    folder: Path
    program: str = ""
    server: "subprocess.Popen[bytes] | None" = None
    port: int = 0
    http_port: int = 0
    programs: tuple[Path, ...] = ()
    """Folders of programs that stand before those of the environment in its PATH."""

    def run(self, block: Block) -> None:
        """Run one block, or raise `BlockError`."""
        if objection := block.objection():
            raise BlockError(objection)
        if "skip" in block.attributes:
            return
        if name := block.attributes.get("file"):
            _write(self.folder / name, block.text)
        if block.language in PARSED:
            self._parse(block)
        elif block.language == "python":
            self._run_python(block)
        elif "serve" in block.attributes:
            self._serve(block)
        elif block.language != "text":
            self._run_shell(block)

    def stop(self) -> None:
        """End the service that the page started: asked once, after a while again, and then not asked any more."""
        if self.server is not None:
            for number, within in ((signal.SIGTERM, 2), (signal.SIGTERM, 13), (signal.SIGKILL, None)):
                _signal(self.server, number)
                with suppress(subprocess.TimeoutExpired):
                    self.server.wait(within)
                    break
            self.server = None

    def _parse(self, block: Block) -> None:
        try:
            PARSED[block.language](block.text)
        except ValueError as error:
            raise BlockError(f"this is not {block.language}: {error}") from error

    def _run_python(self, block: Block) -> None:
        self.program = self.program + block.text if "continues" in block.attributes else block.text
        name = block.attributes.get("file", f"block_{block.line}.py")
        _write(self.folder / name, self.program)
        more = {"BUCKLER_ENVIRONMENT": "development"} | (
            {"PYTHONPATH": str(ROOT)} if "root" in block.attributes else {}
        )
        python = _python_of(block.attributes.get("env"))
        code, output = run_apart(name, self.folder, self._environment() | more, LIMIT, python)
        expected = block.attributes.get("raises")
        if expected is None and code:
            raise BlockError(output)
        if expected is not None and not (code and re.search(rf"^(\w+\.)*{expected}\b", output, re.MULTILINE)):
            raise BlockError(f"it does not raise {expected}:\n{output}")

    def _run_shell(self, block: Block) -> None:
        script, expected = _typed(block.text) if block.language == "console" else (block.text, [])
        more = FOUND_ONLY if "root" in block.attributes else {}
        done = self._finish(["bash", "-euc", self.at_our_ports(script)], self._place(block), more)
        missing = [line for line in expected if line not in done.stdout]
        if done.returncode or missing:
            raise BlockError(f"exit {done.returncode}; lines that did not come: {missing}\n{done.stdout}")

    def _serve(self, block: Block) -> None:
        self.stop()
        self.port, self.http_port = free_port(), free_port()
        log = self.folder / "server.log"
        with log.open("wb") as output:
            self.server = subprocess.Popen(
                ["bash", "-euc", self.at_our_ports(block.text)],
                cwd=self._place(block),
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        server, port = self.server, self.port
        wait_until(lambda: server.poll() is not None or _answers(port), within=60)
        if server.poll() is not None:
            raise BlockError(f"the server ended:\n{log.read_text(encoding='utf-8', errors='replace')}")

    def _finish(self, command: list[str], folder: Path, more: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command,
            cwd=folder,
            env={**self._environment(), **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT,
            check=False,
        )

    def _environment(self) -> dict[str, str]:
        ports = {"PORT": self.port, "HTTP_PORT": self.http_port, "UVICORN_PORT": self.port}
        chosen = {name: str(port) for name, port in ports.items() if port}
        clean = clean_environment()
        path = os.pathsep.join((*map(str, self.programs), clean["PATH"]))
        return clean | {"PATH": path, "BUCKLER_DATA": str(self.folder / "data")} | chosen

    def _place(self, block: Block) -> Path:
        return ROOT if "root" in block.attributes else self.folder

    def at_our_ports(self, text: str) -> str:
        """The text with the free ports of this run in place of those that a reader would use."""
        if not self.port:
            return text
        if "--port" not in text:
            text = re.sub(r"\bbuckler serve\b", "buckler serve --port 0 --http-port 0", text)
        text = re.sub(r"(\bHTTP_PORT=|--http-port[ =])\d+", rf"\g<1>{self.http_port}", text)
        text = re.sub(r"\b(localhost|127\.0\.0\.1):8080\b", rf"\g<1>:{self.http_port}", text)
        text = re.sub(r"(\bPORT=|--port[ =])\d+", rf"\g<1>{self.port}", text)
        return re.sub(r"\b(localhost|127\.0\.0\.1):(8443|8000|9443)\b", rf"\g<1>:{self.port}", text)


@contextmanager
def opened(folder: Path, *programs: Path) -> Iterator[Page]:
    """A page to run; what it started ends with it."""
    page = Page(folder, programs=programs)
    try:
        yield page
    finally:
        page.stop()


def _signal(server: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    """Signal the shell and what it started; it may have ended already."""
    with suppress(ProcessLookupError):
        os.killpg(server.pid, number)


def _python_of(name: str | None) -> str:
    """The Python of an environment: the one that runs the tests, or that of `.venv-NAME`."""
    if name is None:
        return sys.executable
    python = ROOT / f".venv-{name}" / "bin" / "python"
    if not python.exists():
        raise BlockError(f"env={name}: there is no such environment; run: make .venv-{name}/.ready")
    return str(python)


def _typed(text: str) -> tuple[str, list[str]]:
    """What a console session types, and the lines it shows; `...` stands for any lines."""
    lines = text.splitlines()
    typed = [line[2:] for line in lines if line.startswith(("$ ", "> "))]
    shown = [line for line in lines if line.strip() not in {"", "..."} and not line.startswith(("$ ", "> "))]
    return "\n".join(typed) + "\n", shown


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _answers(port: int) -> bool:
    """Whether something speaks HTTP there, with TLS or without."""
    unverified = ssl.create_default_context()
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    secure = HTTPSConnection("localhost", port, timeout=5, context=unverified)
    return any(_asks(connection) for connection in (secure, HTTPConnection("localhost", port, timeout=5)))


def _asks(connection: HTTPConnection) -> bool:
    try:
        connection.request("GET", "/")
        return connection.getresponse().status > 0
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
