"""Each laxness of the server is there where it is named, and nowhere else."""

import asyncio
import ssl
import tomllib
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.drill.targets.wire_server import FLAWS, TLS_FLAWS, Identity, Times, make_identity, serving

QUICK = Times(head=0.05, body=0.05)
LONGER = 0.4
"""More than the server waits, where it does not wait for ever."""

Attack = Callable[[str, Identity], Awaitable[bool]]


async def send(url: str, raw: str, context: ssl.SSLContext | None = None) -> str:
    """Send exactly this, and read until the server ends or nothing comes for a while."""
    port = urlsplit(url).port
    name = "localhost" if context else None
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
    got = b""
    try:
        writer.write(raw.replace("HOST", f"Host: {urlsplit(url).netloc}").encode("latin-1"))
        async with asyncio.timeout(LONGER):
            while more := await reader.read(4096):
                got += more
        return got.decode("latin-1") + "[end]"
    except TimeoutError:
        return got.decode("latin-1")
    finally:
        writer.close()


def trusting(identity: Identity) -> ssl.SSLContext:
    """What a client does that checks everything."""
    return ssl.create_default_context(cafile=identity.authority)


def sent(raw: str, *told: str) -> Attack:
    """The answer tells all of it."""

    async def attack(url: str, _: Identity) -> bool:
        answer = await send(url, raw.replace("\n", "\r\n").replace("<LF>", "\n"))
        return all(each in answer for each in told)

    return attack


def waits(raw: str) -> Attack:
    """The server still waits when it should have ended."""

    async def attack(url: str, _: Identity) -> bool:
        return await send(url, raw.replace("\n", "\r\n")) == ""

    return attack


async def refused_by_client(url: str, identity: Identity) -> bool:
    """A client that checks certificates does not want to."""
    try:
        await send(url, "", trusting(identity))
    except ssl.SSLCertVerificationError:
        return True
    return False


async def old_tls(url: str, identity: Identity) -> bool:
    """A client of TLS 1.1 gets in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        return "200 OK" in await send(url, "GET /items HTTP/1.1\r\nHOST\r\nConnection: close\r\n\r\n", context)
    except (ssl.SSLError, ConnectionError):
        return False


POST = "POST /items HTTP/1.1\nHOST\nConnection: close\nContent-Type: application/json\n"
ITEM = '{"name":"a"}'
ATTACKS: dict[str, Attack] = {
    "any-host": sent("GET /items HTTP/1.1\nHost: evil.example\nHost: other.example\nConnection: close\n\n", "200 OK"),
    "banner": sent("GET /nothing HTTP/1.1\nHOST\nConnection: close\n\n", "tinyhttp/0.3 Python/3."),
    "bare-line-feeds": sent("GET /items HTTP/1.1<LF>HOST\nConnection: close\n\n", "200 OK"),
    "certificate-expired": refused_by_client,
    "certificate-self-signed": refused_by_client,
    "docs-open": sent("GET /openapi.json HTTP/1.1\nHOST\nConnection: close\n\n", "/items"),
    "folded-headers": sent("GET /items HTTP/1.1\nHOST\nX-Odd: a\n b\nConnection: close\n\n", "200 OK"),
    "host-in-redirect": sent("GET /old HTTP/1.1\nHost: evil.example\n\n", "://evil.example/items"),
    "length-and-chunks": sent(
        f"{POST}Content-Length: 4\nTransfer-Encoding: chunked\n\nc\n{ITEM}\n0\n\n", "201 Created"
    ),
    "odd-chunks": sent(f"{POST}Transfer-Encoding: chunked\n\n0x0c;a=b\n{ITEM}<LF>0\n\n", "201 Created"),
    "odd-header-names": sent("GET /items HTTP/1.1\nHOST\nX Odd : a\nConnection: close\n\n", "200 OK"),
    "old-tls": old_tls,
    "plain-http": sent("GET /visit HTTP/1.1\nHOST\nConnection: close\n\n", "200 OK", "set-cookie: visit="),
    "slow-bodies": waits(f"{POST}Content-Length: 12\n\n{{"),
    "slow-heads": waits("GET /items HTTP/1.1\nHost"),
    "two-lengths": sent(f"{POST}Content-Length: 12\nContent-Length: 2\n\n{ITEM}", "201 Created"),
}


def test_every_flaw_is_told() -> None:
    """The file beside the server, the attacks and the server name the same flaws."""
    told = tomllib.loads(Path(__file__).with_name("wire_server.toml").read_text())
    assert set(told["flaws"]) == set(ATTACKS) == FLAWS
    assert all({"attacks", "route", "why"} <= set(flaw) for flaw in told["flaws"].values())


@pytest.mark.parametrize("flaw", sorted(FLAWS))
async def test_a_flaw_is_there_where_it_is_named(flaw: str, tmp_path: Path) -> None:
    """Alone and among all others; neither in the mended server nor in one that has all the others."""
    found: list[bool] = []
    certificates = {"certificate-expired", "certificate-self-signed"}
    others = FLAWS - (certificates if flaw in certificates else {flaw})
    for flawed in (frozenset({flaw}), FLAWS, others, frozenset[str]()):
        identity = make_identity(tmp_path, flawed)
        async with serving(flawed, times=QUICK, identity=identity if flaw in TLS_FLAWS else None) as url:
            found.append(await ATTACKS[flaw](url, identity))
    assert found == [True, True, False, False]


async def test_the_mended_server_answers(tmp_path: Path) -> None:
    """Over TLS, again and again on one connection, with chunks and with a length."""
    identity = make_identity(tmp_path, frozenset())
    chunks = f"{POST.replace('Connection: close', 'X-Odd: b')}Transfer-Encoding: chunked\n\nc\n{ITEM}\n0\n\n"
    raw = f"{chunks}{POST}Content-Length: 12\n\n{ITEM}".replace("\n", "\r\n")
    async with serving(frozenset(), identity=identity) as url:
        answer = await send(url, raw, trusting(identity))
        assert answer.count("201 Created") == 2
        assert "Location: " not in answer
        assert f"location: {url}/" in await send(url, "GET /items HTTP/1.1\r\nHOST\r\n\r\n")


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("GET /items HTTP/1.1\nHOST\nX-Long: " + "a" * 9000 + "\n\n", 431),
        (f"{POST}Content-Length: 70000\n\n", 413),
        (f"{POST}Content-Length: 2000000\n\n" + "a" * 2_000_000, 413),
        (f"{POST}Content-Length: +1\n\n", 400),
        (f"{POST}Transfer-Encoding: gzip, chunked\n\n", 501),
        ("GET http://evil.example/ HTTP/1.1\nHOST\n\n", 400),
        ("GET /items HTTP/1.0\n\n", 400),
        (f"{POST}Content-Length: 1\n\n[", 422),
    ],
)
async def test_what_is_odd_is_refused(raw: str, status: int) -> None:
    """And the connection ends."""
    async with serving(frozenset()) as url:
        answer = await send(url, raw.replace("\n", "\r\n"))
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert answer.endswith("[end]")
