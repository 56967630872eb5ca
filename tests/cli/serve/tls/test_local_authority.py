"""The local certificate authority: good for this machine's own name, for one year, and for nothing else."""

import http.server
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from buckler.cli.serve.tls.local_authority import LocalAuthority, LocalCertificate, local_certificate
from buckler.clock import SystemClock
from tests.clocks import FakeClock


@pytest.fixture
def files(tmp_path: Path) -> LocalCertificate:
    return local_certificate(tmp_path / "tls", SystemClock())


def verify(authority: Path, certificate: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", str(authority), *options]
    return subprocess.run([*command, str(certificate)], capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize(
    "name", [("-verify_hostname", "localhost"), ("-verify_ip", "127.0.0.1"), ("-verify_ip", "::1")]
)
def test_openssl_accepts_the_certificate_for_each_name_of_this_machine(
    files: LocalCertificate, name: tuple[str, str]
) -> None:
    """A strict verifier takes the pair for localhost and for both loopback addresses."""
    done = verify(files.authority, files.certificate, *name)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "stranger",
    [x509.DNSName("bank.example"), x509.DNSName("localhost.bank.example"), x509.IPAddress(ip_address("127.0.0.2"))],
)
def test_a_certificate_for_another_name_is_refused_by_the_name_constraints(
    tmp_path: Path, stranger: x509.GeneralName
) -> None:
    """Even with the authority's key, a certificate for somebody else's name does not verify; for ours it does."""
    authority = LocalAuthority(datetime.now(UTC))
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    (tmp_path / "ca.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "ours.pem").write_bytes(authority.sign(key).public_bytes(Encoding.PEM))
    (tmp_path / "theirs.pem").write_bytes(authority.sign(key, (stranger,)).public_bytes(Encoding.PEM))
    assert verify(tmp_path / "ca.pem", tmp_path / "ours.pem").returncode == 0
    refused = verify(tmp_path / "ca.pem", tmp_path / "theirs.pem")
    assert refused.returncode != 0
    assert "permitted subtree violation" in refused.stderr


def test_the_authority_may_sign_no_further_authority(files: LocalCertificate) -> None:
    """Path length 0, certificate signing only, constraints critical."""
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    basic = authority.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)
    usage = authority.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.key_cert_sign
    assert not usage.value.digital_signature
    assert authority.extensions.get_extension_for_class(x509.NameConstraints).critical


def test_the_authority_s_private_key_is_in_no_file(files: LocalCertificate) -> None:
    """The one private key that is written is the server's own, and only its owner reads it."""
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    written = sorted(path for path in files.key.parent.iterdir() if b"PRIVATE KEY" in path.read_bytes())
    assert written == [files.key]
    assert files.key.stat().st_mode & 0o777 == 0o600
    assert files.key.parent.stat().st_mode & 0o777 == 0o700
    assert load_pem_private_key(files.key.read_bytes(), None).public_key() != authority.public_key()


def test_the_second_start_finds_the_same_files(tmp_path: Path) -> None:
    """What stands is used again, byte for byte, and nothing is told."""
    clock = FakeClock()
    first = local_certificate(tmp_path, clock)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    second = local_certificate(tmp_path, clock)
    assert first.news == "made: there was none"
    assert second.news == ""
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_certificate_with_thirty_days_left_stays_and_with_less_is_renewed(tmp_path: Path) -> None:
    """335 days in it stands; a minute later both are made anew, and it is told why."""
    clock = FakeClock()
    first = local_certificate(tmp_path, clock)
    before = first.authority.read_bytes()
    clock.advance(timedelta(days=335).total_seconds())
    assert local_certificate(tmp_path, clock).news == ""
    clock.advance(60)
    assert local_certificate(tmp_path, clock).news.startswith("renewed: the old one ends on 20")
    assert first.authority.read_bytes() != before
    assert local_certificate(tmp_path, clock).news == ""


def test_a_key_that_others_could_read_is_replaced(tmp_path: Path) -> None:
    """A key that was open to other users is treated as known to them."""
    files = local_certificate(tmp_path, FakeClock())
    before = files.key.read_bytes()
    files.key.chmod(0o644)
    assert "other users could read" in local_certificate(tmp_path, FakeClock()).news
    assert files.key.read_bytes() != before
    assert files.key.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["ca.pem", "server.pem", "server.key"])
def test_files_that_do_not_belong_together_are_replaced(tmp_path: Path, name: str) -> None:
    """A file that is missing, damaged or of another pair never ends in a broken start."""
    local_certificate(tmp_path / "other", FakeClock())
    for content in (b"damaged", (tmp_path / "other" / name).read_bytes(), None):
        local_certificate(tmp_path / "tls", FakeClock())
        (tmp_path / "tls" / name).unlink()
        if content is not None:
            (tmp_path / "tls" / name).touch(0o600)
            (tmp_path / "tls" / name).write_bytes(content)
        assert local_certificate(tmp_path / "tls", FakeClock()).news
        assert verify(tmp_path / "tls" / "ca.pem", tmp_path / "tls" / "server.pem", "-no_check_time").returncode == 0


def test_a_link_in_the_place_of_the_key_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """Nothing is written through a link that somebody laid."""
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls" / "server.key").symlink_to(victim)
    files = local_certificate(tmp_path / "tls", FakeClock())
    assert victim.read_text() == "untouched"
    assert not files.key.is_symlink()


@pytest.fixture
def port(files: LocalCertificate) -> Iterator[int]:
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def test_curl_reaches_the_service_with_the_authority_and_not_without(files: LocalCertificate, port: int) -> None:
    """`curl --cacert` is all that a client on this machine needs; the system's own list does not know us."""
    command = ["curl", "--silent", "--max-time", "10", "--head", f"https://localhost:{port}/"]
    trusted = subprocess.run([*command, "--cacert", str(files.authority)], capture_output=True, text=True)
    assert "200" in trusted.stdout, trusted
    assert subprocess.run(command, capture_output=True).returncode == 60
