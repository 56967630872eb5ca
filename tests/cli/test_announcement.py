"""What is printed can be pasted, whatever the folder is called."""

import shlex
from pathlib import Path

from buckler.cli.announcement import Announcement
from buckler.cli.local_authority import LocalCertificate

FOLDER = Path("/srv/my data; rm -rf $HOME/tls")
LOCAL = LocalCertificate(FOLDER / "ca.pem", FOLDER / "server.pem", FOLDER / "server.key", "made: there was none")


def announced(local: LocalCertificate | None, code: str | None) -> str:
    return str(
        Announcement(
            origin="https://localhost:8443",
            plain="http://localhost:8080",
            environment="development",
            named=False,
            data=FOLDER.parent,
            local=local,
            first_administrator_code=code,
        )
    )


def test_a_folder_with_odd_characters_is_quoted() -> None:
    """The shell reads the path as one word and runs nothing of it."""
    lines = [line for line in announced(LOCAL, "CODE").splitlines() if line.startswith("  curl --cacert")]
    assert len(lines) == 2
    for line in lines:
        assert shlex.split(line)[:3] == ["curl", "--cacert", str(FOLDER / "ca.pem")]


def test_the_code_is_told_with_the_line_that_uses_it_while_nobody_administrates() -> None:
    """The pasted line alone makes no administrator: it waits for a password of one's own."""
    text = announced(LOCAL, "CODE")
    assert "One-time code for the first: CODE" in text
    assert '"password":""' in text
    assert "One-time code" not in announced(LOCAL, None)


def test_a_certificate_of_one_s_own_needs_no_authority() -> None:
    """Then nothing is said about trusting one."""
    text = announced(None, None)
    assert "  curl https://localhost:8443/health" in text
    assert "uthority" not in text


def test_it_says_that_nobody_named_an_environment() -> None:
    """Development that was not asked for says so, and how to serve others."""
    assert "none was named" in announced(LOCAL, None)
    assert "BUCKLER_ENVIRONMENT=production" in announced(LOCAL, None)
