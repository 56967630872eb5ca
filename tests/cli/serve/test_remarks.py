"""What `--check` says beside whether it would start."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.in_process import Shell

ONE = """
from fastapi import FastAPI
from buckler import Buckler, Public
app = FastAPI()
Buckler(app, default=Public("a test"))
"""


@pytest.mark.parametrize(
    ("days", "words"), [(3, "security.txt ends with"), (100, ""), (-3, "BUCKLER_SECURITY_EXPIRES="), (400, "365 days")]
)
def test_the_check_says_that_security_txt_ends_soon(shell: Shell, days: int, words: str) -> None:
    """It starts all the same, until the day is past; and not with one that is too far away."""
    (shell.folder / "remarked.py").write_text(ONE)
    given = {
        "BUCKLER_SECURITY_CONTACT": "mailto:security@example.com",
        "BUCKLER_SECURITY_EXPIRES": str((datetime.now(UTC) + timedelta(days=days)).date()),
    }
    done = shell.run("serve", "remarked:app", "--environment", "development", "--check", **given)
    would_start = days in (3, 100)
    assert (done.code, "It would start." in done.said) == (int(not would_start), would_start), done
    assert words in done.said + done.told
    assert ("security.txt" in done.said) is (days == 3)
