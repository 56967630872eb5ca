"""The first message of TLS, written by hand, and what a server answers to it (RFC 5246 section 7.4).

By hand, because a library of today neither offers what was given up long ago, nor says what it left out.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from buckler.randomness import secret_bytes

VERSIONS: Final[Mapping[int, str]] = {0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2"}
TLS_1_2: Final = 0x0303
MODERN: Final = (0xC02B, 0xC02C, 0xC02F, 0xC030, 0xCCA8, 0xCCA9, 0x009E, 0x009F, 0xCCAA)
BROKEN: Final[Mapping[int, str]] = {
    0x0001: "NULL-MD5",
    0x0002: "NULL-SHA",
    0x003B: "NULL-SHA256",
    0xC006: "ECDHE-ECDSA-NULL-SHA",
    0xC010: "ECDHE-RSA-NULL-SHA",
    0xC015: "AECDH-NULL-SHA",
    0x0018: "ADH-RC4-MD5",
    0x0034: "ADH-AES128-SHA",
    0x003A: "ADH-AES256-SHA",
    0x00A6: "ADH-AES128-GCM-SHA256",
    0xC018: "AECDH-AES128-SHA",
    0xC019: "AECDH-AES256-SHA",
    0x0003: "EXP-RC4-MD5",
    0x0006: "EXP-RC2-CBC-MD5",
    0x0008: "EXP-DES-CBC-SHA",
    0x0009: "DES-CBC-SHA",
    0x0004: "RC4-MD5",
    0x0005: "RC4-SHA",
    0xC007: "ECDHE-ECDSA-RC4-SHA",
    0xC011: "ECDHE-RSA-RC4-SHA",
    0x000A: "DES-CBC3-SHA",
    0x0016: "EDH-RSA-DES-CBC3-SHA",
    0xC008: "ECDHE-ECDSA-DES-CBC3-SHA",
    0xC012: "ECDHE-RSA-DES-CBC3-SHA",
}
"""Without a cipher, without a certificate, or with one that is broken."""
LASTING: Final[Mapping[int, str]] = {
    0x009C: "AES128-GCM-SHA256",
    0x009D: "AES256-GCM-SHA384",
    0x003C: "AES128-SHA256",
    0x003D: "AES256-SHA256",
    0x002F: "AES128-SHA",
    0x0035: "AES256-SHA",
}
"""Whoever gets the key of the server reads what was recorded before."""
CBC: Final[Mapping[int, str]] = {
    0xC009: "ECDHE-ECDSA-AES128-SHA",
    0xC00A: "ECDHE-ECDSA-AES256-SHA",
    0xC013: "ECDHE-RSA-AES128-SHA",
    0xC014: "ECDHE-RSA-AES256-SHA",
    0xC023: "ECDHE-ECDSA-AES128-SHA256",
    0xC024: "ECDHE-ECDSA-AES256-SHA384",
    0xC027: "ECDHE-RSA-AES128-SHA256",
    0xC028: "ECDHE-RSA-AES256-SHA384",
    0x0033: "DHE-RSA-AES128-SHA",
    0x0039: "DHE-RSA-AES256-SHA",
    0x0067: "DHE-RSA-AES128-SHA256",
    0x006B: "DHE-RSA-AES256-SHA256",
}
"""Block ciphers whose paddings were read time and again."""
NAMES: Final = {**BROKEN, **LASTING, **CBC}

_ALERT: Final = 21
_HANDSHAKE: Final = 22
_SERVER_HELLO: Final = 2
_DONE: Final = 14
_GROUPS: Final = (29, 23, 24, 25)
_SIGNATURES: Final = (0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201)
_RENEGOTIATION: Final = 0x00FF


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said to it."""

    version: int = 0
    suite: int = 0
    alert: int = 0
    whole: bool = False
    """Whether the server went on to the end of its turn: then it agreed."""

    @property
    def words(self) -> str:
        """Version and suite, as OpenSSL calls them."""
        return f"{VERSIONS.get(self.version, hex(self.version))} with {NAMES.get(self.suite, hex(self.suite))}"


def client_hello(version: int, suites: Sequence[int], host: str) -> bytes:
    """The message in its record, offering these suites in this version at most."""
    offered = b"".join(struct.pack(">H", suite) for suite in (*suites, _RENEGOTIATION))
    extensions = b"" if version == min(VERSIONS) else _counted(b"".join(_extensions(version, host)))
    body = (
        struct.pack(">H", version)
        + secret_bytes(32)
        + b"\x00"  # no session to take up again
        + _counted(offered)
        + b"\x01\x00"  # no compression
        + extensions
    )
    message = b"\x01" + struct.pack(">I", len(body))[1:] + body
    return bytes((_HANDSHAKE,)) + struct.pack(">H", min(version, 0x0301)) + _counted(message)


def reply_in(data: bytes) -> Reply:
    """What stands in these bytes, as far as they came."""
    messages = b""
    for kind, content in _records(data):
        if kind == _ALERT and len(content) > 1:
            return Reply(alert=content[1])
        if kind == _HANDSHAKE:
            messages += content
    version = suite = 0
    whole = False
    for kind, content in _messages(messages):
        if kind == _SERVER_HELLO and len(content) > 37 + content[34]:
            version = int.from_bytes(content[:2])
            suite = int.from_bytes(content[35 + content[34] :][:2])
        whole = whole or kind == _DONE
    return Reply(version, suite, whole=whole and bool(version))


def is_over(data: bytes) -> bool:
    """Whether the server has said all that it will."""
    reply = reply_in(data)
    return reply.whole or bool(reply.alert)


def _extensions(version: int, host: str) -> Iterator[bytes]:
    if not _is_address(host):
        yield _extension(0, _counted(b"\x00" + _counted(host.encode("idna"))))
    yield _extension(10, _counted(b"".join(struct.pack(">H", group) for group in _GROUPS)))
    yield _extension(11, b"\x01\x00")
    yield _extension(23, b"")
    if version >= TLS_1_2:
        yield _extension(13, _counted(b"".join(struct.pack(">H", each) for each in _SIGNATURES)))


def _extension(number: int, content: bytes) -> bytes:
    return struct.pack(">H", number) + _counted(content)


def _counted(content: bytes) -> bytes:
    return struct.pack(">H", len(content)) + content


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 5:
        size = int.from_bytes(data[3:5])
        yield data[0], data[5 : 5 + size]
        data = data[5 + size :]


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 4 and len(data) >= 4 + int.from_bytes(data[1:4]):
        size = int.from_bytes(data[1:4])
        yield data[0], data[4 : 4 + size]
        data = data[4 + size :]


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
