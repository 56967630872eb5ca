"""What the page says of how long sessions last, and how many there are, is what the service does."""

import re
from pathlib import Path

import pytest

from buckler.identity.sessions.browser_sessions import NOTED
from buckler.identity.sessions.session_store import MOST
from tests.house.tree import ROOT
from tests.identity.home import Home
from tests.proof import two_sided

PAGE = ROOT / "docs" / "start" / "accounts.md"
UNITS = {"": 1, "minute": 60, "minutes": 60, "days": 86_400}


def told(page: str) -> dict[str, int]:
    """The numbers of the table, in seconds where they are times, each by the words before it."""
    rows = re.findall(r"^\| ([^|]+) \| (\d+) ?([a-z]*) \| [^|]{20,} \| [^|]+ \|$", page, re.MULTILINE)
    return {words: int(number) * UNITS[unit] for words, number, unit in rows}


@pytest.mark.asvs("7.1.1", "7.1.2")
async def test_the_lifetimes_and_the_cap_are_written_down_with_their_reasons(tmp_path: Path) -> None:
    """Read from a service that runs; a page that lags behind, or gives no reason, is found."""
    async with Home(tmp_path) as home:
        own, held = home.accounts.settings, await home.begin()
    live = {
        "a session ends at the latest after": own.session_lifetime,
        "and when nobody used it for": own.session_idle,
        "an access token ends after": held.expires_in,
        "use of a browser's session is noted every": NOTED,
        "sessions of one account": MOST,
    }
    page = PAGE.read_text(encoding="utf-8")

    def is_behind(text: str) -> bool:
        return told(text) != live

    two_sided(is_behind, whole=page, twin=page.replace("| 7 days |", "| 8 days |"))
    assert is_behind(re.sub(r"(\| 30 days \|)[^|]+\|", r"\1 |", page))
