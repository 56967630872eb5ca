"""Answers in a row, as they came over one connection (RFC 9112 sections 4 and 6)."""

import re
from collections.abc import Iterator
from typing import Final

from buckler.drill.transport.answer import Answer
from buckler.drill.transport.request import Fields

_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})(?: [^\r\n]*)?")
_END: Final = b"\r\n\r\n"
_NO_BODY: Final = (204, 304)


def answers_in(data: bytes, seconds: float = 0.0) -> tuple[Answer, ...]:
    """Every answer that has at least a whole head; its body as far as it came. Interim ones are left out."""
    return tuple(_read(data, seconds))


def _read(data: bytes, seconds: float) -> Iterator[Answer]:
    while (end := data.find(_END)) >= 0:
        first, *lines = data[:end].split(b"\r\n")
        data = data[end + len(_END) :]
        status = _STATUS.fullmatch(first)
        if status is None:
            return
        if status[1].startswith(b"1"):
            continue
        headers = tuple(_field(line) for line in lines)
        body, data = _body(int(status[1]), headers, data)
        yield Answer(int(status[1]), headers, body, seconds)


def _field(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name, value.strip()


def _body(status: int, headers: Fields, data: bytes) -> tuple[bytes, bytes]:
    """The body, and what follows it."""
    said = {name.lower(): value for name, value in headers}
    if status in _NO_BODY:
        return b"", data
    if said.get("transfer-encoding", "").lower() == "chunked":
        return _chunks(data)
    length = said.get("content-length", "")
    return (data[: int(length)], data[int(length) :]) if length.isdecimal() else (data, b"")


def _chunks(data: bytes) -> tuple[bytes, bytes]:
    body = b""
    while (end := data.find(b"\r\n")) >= 0:
        try:
            size = int(data[:end].partition(b";")[0], 16)
        except ValueError:
            break
        body += data[end + 2 : end + 2 + size]
        data = data[end + 2 + size + 2 :]
        if not size:
            return body, data
    return body, b""
