"""A server on loopback that keeps what it is sent, letter by letter, and answers as it is told."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Final

Fields = list[tuple[str, str]]
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@dataclass
class Asked:
    """One request."""

    method: str
    target: str
    headers: Fields
    body: bytes

    def header(self, name: str) -> str:
        """The first of this name; an empty text where there is none."""
        return next((value for field_name, value in self.headers if field_name.lower() == name), "")


Answers = Callable[[Asked], tuple[int, Fields, bytes]]


def fine(_asked: Asked) -> tuple[int, Fields, bytes]:
    """Whatever was asked."""
    return 200, [], b"ok"


@dataclass
class Counter:
    """What came in."""

    origin: str
    received: list[Asked] = field(default_factory=list)


@contextmanager
def serving(answers: Answers = fine) -> Generator[Counter]:
    """Serve for the block."""
    counter = Counter("")

    def answer(self: BaseHTTPRequestHandler) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        asked = Asked(self.command, self.path, list(self.headers.items()), body)
        counter.received.append(asked)
        status, fields, content = answers(asked)
        self.send_response(status)
        for name, value in (*fields, ("content-length", str(len(content)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else content)

    told = {"log_message": lambda *_: None, **{f"do_{method}": answer for method in METHODS}}
    server = HTTPServer(("127.0.0.1", 0), type("Handler", (BaseHTTPRequestHandler,), told))
    counter.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield counter
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
