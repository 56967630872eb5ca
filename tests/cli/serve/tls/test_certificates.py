"""The certificate that is served: judged before clients judge it, and replaced while the server runs."""

import signal
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from buckler.cli.serve.tls.certificates import CertificateFiles, judge, judge_key
from buckler.cli.serve.tls.current_certificate import CurrentCertificate
from buckler.errors import ConfigurationError
from tests.cli.in_process import Done, Shell
from tests.cli.running import serving
from tests.cli.serve.tls.issued import write
from tests.clocks import FakeClock
from tests.ports import free_port
from tests.proof import stopped_by, two_sided
from tests.waiting import wait_until

CLOCK = FakeClock()


@pytest.fixture
def files(tmp_path: Path) -> CertificateFiles:
    return CertificateFiles(tmp_path / "chain.pem", tmp_path / "key.pem")


def served(context: ssl.SSLContext, name: str | None = "localhost") -> bytes:
    """The certificate that a client of this context is shown; without a `name`, it says none."""
    asks = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    asks.check_hostname, asks.verify_mode = False, ssl.CERT_NONE
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asks.wrap_bio(to_client, to_server, server_hostname=name)
    server = context.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (client, server):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
    return client.getpeercert(binary_form=True) or b""


@pytest.mark.parametrize(
    ("names", "host", "covers"),
    [
        (("api.example.com",), "api.example.com", True),
        (("API.example.com",), "api.example.com", True),
        (("*.example.com",), "api.example.com", True),
        (("*.example.com",), "a.b.example.com", False),
        (("*.example.com",), "example.com", False),
        (("example.com",), "api.example.com", False),
        (("api.example.com.evil.example",), "api.example.com", False),
        (("127.0.0.1",), "127.0.0.1", False),
        ((), "localhost", False),
    ],
)
def test_it_covers_the_host_of_the_origin_or_is_refused(
    files: CertificateFiles, names: tuple[str, ...], host: str, covers: bool
) -> None:
    """As clients match names (RFC 9525): a star is one label, and an address is no name."""
    write(files, *names)
    assert stopped_by(ConfigurationError, lambda: judge(files.certificate, host, CLOCK.now())) is not covers
    judge(files.certificate, None, CLOCK.now())  # a proxy meets the clients


@pytest.mark.parametrize(
    ("age", "words"), [(timedelta(days=366), "it ended on"), (timedelta(days=-1), "Set the clock")]
)
def test_one_that_has_ended_or_has_not_begun_is_refused(files: CertificateFiles, age: timedelta, words: str) -> None:
    """With the moment, and what to do."""
    write(files, "localhost", age=age)
    with pytest.raises(ConfigurationError, match=words):
        judge(files.certificate, "localhost", CLOCK.now())


def test_what_is_no_certificate_is_named_as_such(files: CertificateFiles) -> None:
    """And one without names says that it has none: a common name counts for nothing."""
    files.certificate.write_text("nothing of that kind")
    with pytest.raises(ConfigurationError, match="It must be a PEM file"):
        judge(files.certificate, None, CLOCK.now())
    write(files, nameless=True)
    with pytest.raises(
        ConfigurationError, match=r"no name at all \(it has no subjectAltName.*\), and clients ask for localhost"
    ):
        judge(files.certificate, "localhost", CLOCK.now())


class Told(list[str]):
    def __call__(self, name: str, **_fields: object) -> None:
        self.append(name)


def test_a_new_pair_is_what_the_next_handshake_gets_once_both_files_are_there(files: CertificateFiles) -> None:
    """Between the two files of a renewal nothing is read, and nothing told; a client without SNI gets it too."""
    told, first = Told(), write(files, "localhost")
    current = CurrentCertificate(files, "localhost", CLOCK, told)
    assert served(current.context) == first
    newer = CertificateFiles(files.certificate.with_name("c2"), files.key.with_name("k2"))
    second = write(newer, "localhost")
    newer.certificate.replace(files.certificate)
    current.look()
    newer.key.replace(files.key)
    current.look()
    assert (served(current.context), told) == (first, [])
    current.look()
    assert (served(current.context), served(current.context, None)) == (second, second)
    current.look()
    assert told == ["sys_certificate_reloaded"]


def spoil_key(files: CertificateFiles) -> None:
    files.key.write_text("no key")


def swap_key(files: CertificateFiles) -> None:
    write(CertificateFiles(files.certificate.with_name("other"), files.key), "localhost")


def rename(files: CertificateFiles) -> None:
    write(files, "elsewhere.example.com")


def outdate(files: CertificateFiles) -> None:
    write(files, "localhost", age=timedelta(days=400))


def remove(files: CertificateFiles) -> None:
    files.certificate.unlink()


@pytest.mark.parametrize("spoil", [spoil_key, swap_key, rename, outdate, remove])
def test_a_pair_that_will_not_do_is_told_once_and_changes_nothing(
    files: CertificateFiles, spoil: Callable[[CertificateFiles], None]
) -> None:
    """The old one stays in use, and the next good one takes its place."""
    told, first = Told(), write(files, "localhost")
    current = CurrentCertificate(files, "localhost", CLOCK, told)
    spoil(files)
    for _ in range(3):
        current.look()
    assert (served(current.context), told) == (first, ["sys_certificate_refused"])
    second = write(files, "localhost")
    for _ in range(2):
        current.look()
    assert served(current.context) == second


def test_whatever_keeps_it_from_being_read_the_old_one_goes_on(
    files: CertificateFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what nobody thought of: an error of the library, a folder that can no longer be searched."""
    told, first = Told(), write(files, "localhost")
    current = CurrentCertificate(files, "localhost", CLOCK, told)

    def fail() -> None:
        raise PermissionError("the folder is shut")

    monkeypatch.setattr(current, "_read", fail)
    write(files, "localhost")
    for _ in range(3):
        current.look()
    assert (served(current.context), told) == (first, ["sys_certificate_refused"])


def test_without_a_look_at_the_files_a_client_meets_the_old_certificate(files: CertificateFiles) -> None:
    """From both sides: the twin reads its files at the start alone, as a server does by itself."""

    def attack(current: CurrentCertificate) -> bool:
        write(files, "localhost")
        new = ssl.PEM_cert_to_DER_cert(files.certificate.read_text())
        current.look()
        current.look()
        return served(current.context) != new

    class ReadsOnce(CurrentCertificate):
        def look(self) -> None:
            """The files are what they were."""

    write(files, "localhost")
    two_sided(attack, whole=CurrentCertificate(files, None, CLOCK, Told()), twin=ReadsOnce(files, None, CLOCK, Told()))


def test_its_end_is_told_at_the_start_and_each_day(files: CertificateFiles) -> None:
    """From 14 days before it on; a renewed one is told of no more."""
    clock, told = FakeClock(), Told()
    write(files, "localhost", age=timedelta(days=350), now=clock.now())
    current = CurrentCertificate(files, None, clock, told)
    assert told == []
    clock.advance(timedelta(days=1, hours=1).total_seconds())
    for _ in range(3):
        current.look()
    assert told == ["sys_certificate_ending"]
    clock.advance(timedelta(days=1).total_seconds())
    current.look()
    assert told == ["sys_certificate_ending"] * 2
    assert CurrentCertificate(files, None, clock, told)
    assert told == ["sys_certificate_ending"] * 3
    write(files, "localhost", now=clock.now())
    for _ in range(2):
        current.look()
    clock.advance(timedelta(days=1).total_seconds())
    current.look()
    assert told[3:] == ["sys_certificate_reloaded"]


ONE = """
from fastapi import FastAPI
from buckler import Buckler, Public

app = FastAPI()
Buckler(app)


@app.get("/", dependencies=[Public("a test")])
async def root() -> str:
    return "here"
"""


@pytest.mark.parametrize(
    ("age", "names", "words"),
    [
        (0, ("other.example.com",), "it is for other.example.com, and clients ask for api.example.com"),
        (400, ("api.example.com",), "it ended on"),
        (360, ("api.example.com",), "It would start.\nThe certificate ends on 20"),
    ],
)
def test_the_check_says_what_is_wrong_with_it(
    shell: Shell, files: CertificateFiles, age: int, names: tuple[str, ...], words: str
) -> None:
    """Before any client does."""
    write(files, *names, age=timedelta(days=age), now=datetime.now(UTC).timestamp())
    (shell.folder / "one_app.py").write_text(ONE)
    options = ("--certificate", str(files.certificate), "--key", str(files.key))
    done = shell.run("serve", "one_app:app", *options, "--check", BUCKLER_ORIGIN="https://api.example.com")
    assert (done.code, words in done.said + done.told) == (int("It would" not in words), True), done


@pytest.mark.parametrize("mode", [0o644, 0o640])
def test_a_key_that_others_can_reach_is_refused_in_production(shell: Shell, files: CertificateFiles, mode: int) -> None:
    """As the master secret is; in development a line says so."""
    write(files, "localhost", now=datetime.now(UTC).timestamp())
    (shell.folder / "one_app.py").write_text(ONE)
    called = ("serve", "one_app:app", "--certificate", str(files.certificate), "--key", str(files.key), "--check")

    def check(environment: str) -> Done:
        return shell.run(*called, "--environment", environment, BUCKLER_ORIGIN="https://localhost")

    def attack(found: int) -> bool:
        files.key.chmod(found)
        return check("production").code == 1

    assert [attack(each) for each in (0o600, 0o400, mode)] == [False, False, True]
    told = f"--key {files.key} has mode {mode:o}, so others on this machine can reach it. Run: chmod 600 {files.key}"
    assert told in check("production").told
    tried = check("development")
    assert (tried.code, tried.told.count(told), "It would start." in tried.said) == (0, 1, True)


def test_a_key_behind_a_link_is_judged_by_what_it_leads_to(files: CertificateFiles, tmp_path: Path) -> None:
    """Certbot keeps links to the newest; one that is missing is named by whoever loads it."""
    write(files, "api.example.com")
    link = tmp_path / "live.pem"
    judge_key(link)
    link.symlink_to(files.key)
    judge_key(link)
    files.key.chmod(0o604)
    assert stopped_by(ConfigurationError, lambda: judge_key(link))


def shown(port: int) -> bytes:
    """What a client meets now."""
    asks = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    asks.check_hostname, asks.verify_mode = False, ssl.CERT_NONE
    with asks.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost") as connection:
        return connection.getpeercert(binary_form=True) or b""


def test_a_hangup_reads_it_again_and_connections_go_on(tmp_path: Path, files: CertificateFiles) -> None:
    """A whole server: a good pair is met by the next client, a bad one by nobody."""
    (tmp_path / "one.py").write_text(ONE)
    now, port = datetime.now(UTC).timestamp(), free_port()
    first = write(files, "localhost", now=now)
    options = (
        "--certificate",
        str(files.certificate),
        "--key",
        str(files.key),
        "--port",
        str(port),
        "--http-port",
        "0",
    )
    with serving(tmp_path, "one:app", *options, BUCKLER_ORIGIN=f"https://localhost:{port}") as running:
        asks = ssl.create_default_context()
        asks.check_hostname, asks.verify_mode = False, ssl.CERT_NONE
        with asks.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost") as standing:
            assert shown(port) == first
            second = write(files, "localhost", now=now)
            running.process.send_signal(signal.SIGHUP)
            wait_until(lambda: "sys_certificate_reloaded" in running.logged)
            assert shown(port) == second
            spoil_key(files)
            running.process.send_signal(signal.SIGHUP)
            wait_until(lambda: "sys_certificate_refused" in running.logged)
            assert shown(port) == second
            standing.sendall(f"GET / HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
            assert standing.recv(4096).startswith(b"HTTP/1.1 200")
        assert running.end() == 0
