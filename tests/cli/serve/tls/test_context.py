"""TLS as the server speaks it: modern versions and suites, nothing older. Two ends shake hands in memory."""

import ssl
from pathlib import Path

import pytest

from buckler.cli.serve.tls.context import tls_context
from buckler.cli.serve.tls.local_authority import LocalCertificate, local_certificate
from tests.clocks import FakeClock
from tests.proof import two_sided

_OLD_SUITE = "ECDHE-ECDSA-AES128-SHA256"


@pytest.fixture
def files(tmp_path: Path) -> LocalCertificate:
    return local_certificate(tmp_path, FakeClock())


def lax(files: LocalCertificate) -> ssl.SSLContext:
    """A server that was left to speak whatever it can: the twin."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.load_cert_chain(files.certificate, files.key)
    return context


def caller(version: ssl.TLSVersion, suites: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers(f"{suites}:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = version
    return context


def agreed(client: ssl.SSLContext, server: ssl.SSLContext) -> ssl.SSLObject | None:
    """The client's end after the handshake, or None when the two find nothing in common."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(down, up)
    theirs = server.wrap_bio(up, down, server_side=True)
    waiting = [ours, theirs]
    for _ in range(8):
        for end in waiting.copy():
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError:
                return None
            waiting.remove(end)
    return None if waiting else ours


@pytest.mark.asvs("12.1.1")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_versions_before_1_2_are_not_spoken(files: LocalCertificate) -> None:
    """A caller that knows TLS 1.1 at most is served by a lax server and refused by ours."""

    def downgrade(server: ssl.SSLContext) -> bool:
        return agreed(caller(ssl.TLSVersion.TLSv1_1, "ALL"), server) is not None

    two_sided(downgrade, whole=tls_context(files.certificate, files.key), twin=lax(files))


@pytest.mark.asvs("12.1.2")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_suites_without_authenticated_encryption_are_not_spoken(files: LocalCertificate) -> None:
    """A caller that insists on CBC is served by a lax server and refused by ours."""

    def weaken(server: ssl.SSLContext) -> bool:
        return agreed(caller(ssl.TLSVersion.TLSv1_2, _OLD_SUITE), server) is not None

    two_sided(weaken, whole=tls_context(files.certificate, files.key), twin=lax(files))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_browsers_speak_is_spoken(files: LocalCertificate, version: ssl.TLSVersion) -> None:
    """1.2 with forward secrecy, and 1.3; no compression either way."""
    end = agreed(caller(version, "ALL"), tls_context(files.certificate, files.key))
    assert end is not None
    assert end.version() == {ssl.TLSVersion.TLSv1_2: "TLSv1.2", ssl.TLSVersion.TLSv1_3: "TLSv1.3"}[version]
    assert (end.cipher() or ("",))[0].startswith(("TLS_", "ECDHE-"))
    assert end.compression() is None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_no_ticket_of_1_2_outlives_its_connection(files: LocalCertificate) -> None:
    """Whoever reads the key of tickets in the memory of a lax server opens what was recorded."""

    def is_given_a_ticket(server: ssl.SSLContext) -> bool:
        end = agreed(caller(ssl.TLSVersion.TLSv1_2, "ALL"), server)
        assert end is not None
        assert end.session is not None
        return end.session.has_ticket

    two_sided(is_given_a_ticket, whole=tls_context(files.certificate, files.key), twin=lax(files))
