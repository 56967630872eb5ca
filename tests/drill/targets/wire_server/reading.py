"""Reading requests from a connection: as the standard says, or as it comes."""

import asyncio
import re
from dataclasses import dataclass

LARGEST_HEAD = 8 * 1024
LARGEST_BODY = 64 * 1024

_END = re.compile(rb"\r?\n\r?\n")
_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_TARGET = re.compile(rb"([A-Z]{1,20}) (/[!-~]*) HTTP/1\.1")
_NAME = re.compile(rb"[A-Za-z0-9-]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,5}")


class Refused(Exception):
    """What is not read further; the connection ends."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Head:
    """The first part of a request."""

    method: str
    path: str
    fields: tuple[tuple[str, str], ...]

    def values(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for each, value in self.fields if each == name]


class Wire:
    """One connection, and what of it was not read yet."""

    def __init__(self, reader: asyncio.StreamReader, flawed: frozenset[str]) -> None:
        self._reader = reader
        self._flawed = flawed
        self._left = b""

    async def head(self) -> Head | None:
        """The next head, or nothing where the other side ended."""
        while (end := _END.search(self._left)) is None:
            if len(self._left) > LARGEST_HEAD:
                raise Refused(431, "The head is too large.")
            if not await self._more():
                return None
        raw, self._left = self._left[: end.end()], self._left[end.end() :]
        if len(raw) > LARGEST_HEAD:
            raise Refused(431, "The head is too large.")
        if _BARE.search(raw) and "bare-line-feeds" not in self._flawed:
            raise Refused(400, "A line does not end as lines end.")
        return self._parsed(re.split(rb"\r?\n", raw.rstrip(b"\r\n")))

    def _parsed(self, lines: list[bytes]) -> Head:
        line = _TARGET.fullmatch(lines[0])
        if line is None:
            raise Refused(400, "The first line is none of HTTP/1.1.")
        fields: list[tuple[str, str]] = []
        for each in lines[1:]:
            if each[:1] in {b" ", b"\t"}:
                if "folded-headers" not in self._flawed or not fields:
                    raise Refused(400, "A field goes on in a second line.")
                fields[-1] = (fields[-1][0], f"{fields[-1][1]} {each.strip().decode('latin-1')}")
                continue
            fields.append(self._field(each))
        return Head(line[1].decode(), line[2].decode(), tuple(fields))

    def _field(self, line: bytes) -> tuple[str, str]:
        name, colon, value = line.partition(b":")
        if "odd-header-names" in self._flawed:
            name = name.strip() or b"-"
        elif not (colon and _NAME.fullmatch(name) and _VALUE.fullmatch(value)):
            raise Refused(400, "That is no field of a head.")
        return name.decode("latin-1").lower(), value.strip().decode("latin-1")

    async def body(self, head: Head) -> bytes:
        """The body, as long as the head says."""
        lengths, codings = head.values("content-length"), head.values("transfer-encoding")
        if lengths and codings and "length-and-chunks" not in self._flawed:
            raise Refused(400, "Two ways to say how long the body is.")
        if len(lengths) > 1 and "two-lengths" not in self._flawed:
            raise Refused(400, "Two lengths.")
        if codings:
            if [it.lower() for it in codings] != ["chunked"]:
                raise Refused(501, "Only chunked is known.")
            return await self._chunks()
        if not lengths:
            return b""
        if not (lengths[0].isascii() and lengths[0].isdigit()):
            raise Refused(400, "That is no length.")
        if len(lengths[0]) > 9 or int(lengths[0]) > LARGEST_BODY:
            raise Refused(413, "The body is too large.")
        return await self._exactly(int(lengths[0]))

    async def forget(self) -> None:
        """Let in what still comes, and keep nothing of it."""
        self._left = b""
        while await self._reader.read(65536):
            pass

    async def _chunks(self) -> bytes:
        lax = "odd-chunks" in self._flawed
        body = b""
        while True:
            line = await self._line(lax)
            try:
                size = int(line.partition(b";")[0], 16) if lax else int((_SIZE.fullmatch(line) or [b"-"])[0], 16)
            except ValueError:
                raise Refused(400, "That is no size of a chunk.") from None
            if len(body) + size > LARGEST_BODY or size < 0:
                raise Refused(413, "The body is too large.")
            body += await self._exactly(size)
            if await self._line(lax):
                raise Refused(400, "A chunk does not end where it says.")
            if size == 0:
                return body

    async def _line(self, lax: bool) -> bytes:
        while (at := self._left.find(b"\n")) < 0:
            if len(self._left) > LARGEST_HEAD or not await self._more():
                raise Refused(400, "A line without an end.")
        line, self._left = self._left[:at], self._left[at + 1 :]
        if not line.endswith(b"\r") and not lax:
            raise Refused(400, "A line does not end as lines end.")
        return line.removesuffix(b"\r")

    async def _exactly(self, size: int) -> bytes:
        while len(self._left) < size:
            if not await self._more():
                raise Refused(400, "The body ended early.")
        body, self._left = self._left[:size], self._left[size:]
        return body

    async def _more(self) -> bool:
        got = await self._reader.read(4096)
        self._left += got
        return bool(got)
