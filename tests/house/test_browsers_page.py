"""The page on browsers has a row for each field that asks something of a browser."""

import re

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from buckler import Csp, Public, Requires
from tests.house.tree import ROOT
from tests.proof import two_sided
from tests.stage import protect
from tests.wire import ask

PAGE = ROOT / "docs" / "start" / "browsers.md"
OF_HTTP = {"content-length", "content-type", "x-request-id"}
"""What asks nothing of a browser that it could lack."""


async def fields_sent() -> set[str]:
    """The names of all fields on pages and data of a live app, under every policy."""
    found: set[str] = set()
    for policy in (Csp(), Csp(report_only="measured first")):
        app = FastAPI()
        app.add_api_route("/page", lambda: HTMLResponse("<p>"), dependencies=[Public("a test")])
        app.add_api_route("/data", lambda: "data", dependencies=[Requires("a:x")])
        protect(app, csp=policy)
        for path in ("/page", "/data"):
            found |= {name.decode() for name, _ in (await ask(app, "GET", path, token="alice")).headers}
    return found - OF_HTTP


def rows(page: str) -> dict[str, str]:
    """What happens without a feature, by each name in the first column."""
    table = re.findall(r"^\| (`?[^|]+) \| [^|]+ \| ([^|]+) \|$", page, re.MULTILINE)
    return {name.lower(): told.strip() for names, told in table for name in re.findall("`([^`]+)`", names)}


@pytest.mark.asvs("3.1.1")
async def test_every_field_has_a_row_that_says_what_happens_without_it() -> None:
    """A page that lacks one, as after a new field, is found."""
    sent = await fields_sent()
    text = PAGE.read_text(encoding="utf-8")

    def is_silent_about_one(page: str) -> bool:
        told = rows(page)
        return any(not told.get(name) for name in sent)

    lacking = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("| `Referrer-Policy`"))
    two_sided(is_silent_about_one, whole=text, twin=lacking)


def test_what_browsers_send_and_keep_for_us_has_a_row_too() -> None:
    """The prefixes and attributes of cookies, and what a request says of itself."""
    told = rows(PAGE.read_text(encoding="utf-8"))
    for name in ("sec-fetch-site", "sec-fetch-mode", "origin", "samesite", "httponly", "secure", "__host-"):
        assert told[name]
