"""What is printed can be pasted, whatever the folder is called."""

import shlex
import subprocess
from pathlib import Path

import pytest

from buckler.cli.serve.announcement import Announcement
from buckler.cli.serve.tls.local_authority import LocalCertificate
from tests.cli.running import serving

FOLDER = Path("/srv/my data; rm -rf $HOME/tls")
LOCAL = LocalCertificate(FOLDER / "ca.pem", FOLDER / "server.pem", FOLDER / "server.key", "made: there was none")


def announced(
    local: LocalCertificate | None,
    code: str | None,
    *,
    environment: str = "development",
    origin: str = "https://localhost:8443",
    listening: tuple[str, int] = ("127.0.0.1", 8443),
    path: str | None = "/health",
    console: bool = False,
) -> str:
    return str(
        Announcement(
            origin=origin,
            plain="http://localhost:8080",
            environment=environment,
            named=False,
            data=FOLDER.parent,
            local=local,
            first_administrator_code=code,
            listening=listening,
            path=path,
            console=console,
        )
    )


def test_where_there_is_a_console_it_is_named_and_the_code_stands_in_no_address() -> None:
    """A person begins there; an address is kept by browsers and shown to whoever looks."""
    text = announced(LOCAL, "CODE", console=True)
    assert "Console: https://localhost:8443/console\n" in text
    assert "https://localhost:8443/console/first-administrator" in text
    assert not [word for word in text.split() if "CODE" in word and "http" in word]
    assert "/console" not in announced(LOCAL, "CODE")
    # Under a name that leads through the network no browser of this machine comes from it.
    elsewhere = announced(None, "CODE", console=True, environment="production", origin="https://api.example.test")
    assert "/console/first-administrator" not in elsewhere


def test_a_folder_with_odd_characters_is_quoted() -> None:
    """The shell reads the path as one word and runs nothing of it."""
    lines = [line for line in announced(LOCAL, "CODE").splitlines() if "curl --cacert" in line]
    assert len(lines) == 2
    for line in lines:
        words = shlex.split(line)
        assert words[words.index("curl") :][:3] == ["curl", "--cacert", str(FOLDER / "ca.pem")]


def test_the_code_is_told_with_the_line_that_uses_it_while_nobody_administrates() -> None:
    """The pasted line alone makes no administrator: curl reads what is typed, and none of it stands in the line."""
    text = announced(LOCAL, "CODE")
    assert "One-time code for the first: CODE" in text
    assert "| curl" in text
    assert "-d @- https://localhost:8443/auth/first-administrator" in text
    assert "with your own address in it" in text
    assert "One-time code" not in announced(LOCAL, None)


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_the_line_makes_the_administrator_with_whatever_is_typed(tmp_path: Path, shell: str) -> None:
    """Pasted as it stands; quotes, backslashes and signs that sed knows are characters of the password like others."""
    password = r"""vivid "heron" \n counts & s/ow'y"""
    with serving(tmp_path) as running:
        (line,) = (line for line in running.printed.splitlines() if "| curl" in line)
        done = subprocess.run([shell, "-c", line], input=f"{password}\n", capture_output=True, text=True, timeout=20)
        assert '"name":"admin@example.com"' in done.stdout, done.stdout + done.stderr
        with running.client() as client:
            answer = client.post("/auth/sign-in", json={"name": "admin@example.com", "password": password})
            assert answer.status_code == 200


def test_a_certificate_of_one_s_own_needs_no_authority() -> None:
    """Then nothing is said about trusting one."""
    text = announced(None, None)
    assert "  curl https://localhost:8443/health" in text
    assert "uthority" not in text


def test_it_says_that_nobody_named_an_environment() -> None:
    """Development that was not asked for says so, and how to serve others."""
    assert "none was named" in announced(LOCAL, None)
    assert "BUCKLER_ENVIRONMENT=production" in announced(LOCAL, None)


def test_production_that_nobody_named_does_not_claim_to_answer_this_machine_alone() -> None:
    """It says how to try things instead."""
    text = announced(None, None, environment="production")
    assert "alone is answered" not in text
    assert "--environment development" in text


def test_behind_a_public_name_the_code_is_sent_to_this_machine() -> None:
    """The service takes the code from loopback only, so the line leads there, to the port that we listen on."""
    public = "https://api.example.test"
    for listening, target in {
        ("127.0.0.1", 8443): "443:127.0.0.1:8443",
        ("0.0.0.0", 443): "443:127.0.0.1:443",
        ("::", 9443): "443:[::1]:9443",
        ("::1", 9443): "443:[::1]:9443",
    }.items():
        text = announced(None, "CODE", environment="production", origin=public, listening=listening)
        assert f"--connect-to api.example.test:{target} " in text
    assert "--connect-to" not in announced(LOCAL, "CODE")
    assert "--connect-to localhost:443:127.0.0.1:8443 " in announced(LOCAL, "CODE", origin="https://localhost")


def test_it_says_where_it_listens() -> None:
    """Which the origin does not, where a proxy or a forwarded port stands in front."""
    text = announced(None, None, environment="production", origin="https://api.example.test")
    assert "  listening on 127.0.0.1:8443" in text.splitlines()
    assert "  listening on [::1]:8443" in announced(LOCAL, None, listening=("::1", 8443)).splitlines()


def test_where_nobody_may_read_anything_nothing_is_to_be_tried() -> None:
    """A line that answers 401 would look like a fault."""
    assert "Try it" not in announced(LOCAL, None, path=None)
