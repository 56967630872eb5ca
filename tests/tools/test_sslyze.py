"""A scanner that is not ours judges TLS as it is served: by Mozilla's intermediate configuration, and for known holes.

Where it disagrees is said in decision 0039, and nothing else may be on its list.
"""

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncGenerator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from buckler.cli.serve.tls.context import tls_context
from buckler.cli.serve.tls.local_authority import LocalCertificate, local_certificate
from buckler.clock import SystemClock
from tests.cli.running import serving
from tests.house.tree import ROOT
from tests.proof import two_sided

SCANNER = ROOT / ".venv-scan" / "bin" / "sslyze"
pytestmark = pytest.mark.skipif(not SCANNER.exists(), reason="make test makes .venv-scan, where the scanner is")
_ISSUE = re.compile(r"^ +\* (\w+): (.+)$", re.MULTILINE)
OPENSSLS_OWN = {"X448", "secp521r1"}
"""Groups that OpenSSL takes beside Mozilla's three, and that are no weaker."""


async def findings(port: int, authority: Path) -> dict[str, str]:
    """What the scanner has against whatever listens on this port."""
    scan = await asyncio.create_subprocess_exec(
        SCANNER, "--mozilla_config=intermediate", f"--certinfo_ca_file={authority}", f"localhost:{port}",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    printed, _ = await asyncio.wait_for(scan.communicate(), 120)
    told = printed.decode()
    assert "SCANS COMPLETED" in told
    _, _, judgement = told.partition("COMPLIANCE AGAINST TLS CONFIGURATION")
    found = dict(_ISSUE.findall(judgement))
    assert found or "OK - Compliant" in judgement, judgement
    return found


@contextlib.asynccontextmanager
async def listening(tls: ssl.SSLContext) -> AsyncGenerator[int]:
    """A server that shakes hands with whoever comes."""

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


def lax(files: LocalCertificate) -> ssl.SSLContext:
    """A server that was left to speak whatever it can."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.load_cert_chain(files.certificate, files.key)
    return context


async def judged(tls: ssl.SSLContext, authority: Path) -> dict[str, str]:
    async with listening(tls) as port:
        return await findings(port, authority)


@pytest.mark.asvs("12.1.1", "12.1.2")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_the_scanner_finds_nothing_old_or_weak(tmp_path: Path) -> None:
    """Versions, suites and the holes that it knows; on the twin it finds both."""
    files = local_certificate(tmp_path, SystemClock())
    whole = await judged(tls_context(files.certificate, files.key), tmp_path / "ca.pem")
    twin = await judged(lax(files), tmp_path / "ca.pem")
    for name in ("tls_versions", "ciphers"):
        two_sided(lambda found, name=name: name in found, whole=whole, twin=twin)


@pytest.mark.heavy
async def test_the_running_server_is_as_mozilla_recommends(tmp_path: Path) -> None:
    """But for the groups of keys, which are OpenSSL's choice. Nothing stays behind that holds a connection."""
    with serving(tmp_path, "--environment", "development") as running:
        found = await findings(urlsplit(running.base).port or 443, running.authority)
        assert "Traceback" not in running.logged
    groups = set(re.findall(r"'(\w+)'", found.pop("tls_curves", "")))
    assert groups <= OPENSSLS_OWN
    assert found == {}
