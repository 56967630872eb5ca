"""The console as a whole: its files, its doors, and what no page of it may have."""

import re
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from fastapi import FastAPI

from buckler import Buckler, ConfigurationError, Roles
from buckler.console import view
from buckler.console.assets import Assets
from buckler.console.navigation import Place, current_of, groups_for
from buckler.principal import Principal
from tests.console.visit import ADA, PASSWORD, ConsoleHouse
from tests.stage import development
from tests.wire import ask

of_the_house = pytest.mark.asyncio(loop_scope="module")
CONSOLE = files("buckler.console")


def _texts(folder: str, *endings: str) -> dict[str, str]:
    found = Path(str(CONSOLE / folder)).rglob("*")
    return {str(each): each.read_text() for each in found if each.suffix in endings}


@of_the_house
async def test_each_file_has_a_name_of_its_content_and_is_kept_for_a_year(house: ConsoleHouse) -> None:
    """What is no file of ours is 404, wherever it would lie."""
    for name, kind in (("console.css", "text/css"), ("console.js", "text/javascript"), ("mark.svg", "image/svg+xml")):
        path = Assets().path(name)
        assert re.fullmatch(r"/_buckler/console/[a-z]+\.[0-9a-f]{16}\.(css|js|svg)", path)
        answer = await house.visitor().client.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    for path in ("console.css", "../view.py", "%2e%2e%2fview.py", "console.0000000000000000.css", ""):
        assert (await house.visitor().client.get(f"/_buckler/console/{path}")).status_code in (400, 404)


def test_nothing_is_inline_and_nothing_comes_from_elsewhere() -> None:
    """In every template and every file (ASVS 3.4.3)."""
    for name, text in {**_texts("templates", ".html"), **_texts("assets", ".css", ".js", ".svg")}.items():
        plain = text.replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?://|@import|url\((?!#)", plain), name
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text), name
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), name


def test_every_form_that_takes_a_secret_lets_it_be_pasted_and_filled_in() -> None:
    """Each says what it is for, so that a password manager knows it (ASVS 6.2.6, 6.2.7)."""
    for name, text in _texts("templates", ".html").items():
        for field in re.findall(r"<input[^>]*type=\"password\"[^>]*>", text):
            assert "autocomplete=" in field, name
        assert "onpaste" not in text


@of_the_house
async def test_every_page_has_the_narrowest_policy(house: ConsoleHouse) -> None:
    """Whatever the app allows its own pages; what a browser stops is reported (ASVS 3.4.3, 3.4.7)."""
    ada = await house.person()
    for path in ("/console", "/console/sign-in", "/console/profile"):
        headers = (await ada.get(path)).answer.headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "require-trusted-types-for 'script'; trusted-types 'none'" in policy
        assert "unsafe" not in policy
        assert "/_buckler/csp-reports" in headers["reporting-endpoints"]
        assert headers["x-frame-options"] == "DENY"
        assert "report-to" in policy
        plain = (await ada.client.get(f"http://localhost{path}")).headers
        assert "report-uri" in plain["content-security-policy"]
        assert "report-to" not in plain["content-security-policy"]
        assert "reporting-endpoints" not in plain
    answer = await ada.client.post(
        "/_buckler/csp-reports",
        content=b'{"csp-report": {"document-uri": "https://localhost/console", "violated-directive": "img-src"}}',
        headers={"content-type": "application/csp-report"},
    )
    assert answer.status_code == 204


@of_the_house
async def test_no_page_of_the_console_is_stored(house: ConsoleHouse) -> None:
    """Whether somebody is signed in or not."""
    ada = await house.person()
    for path in ("/console", "/console/sign-in", "/console/profile/password"):
        assert (await ada.get(path)).answer.headers["cache-control"] == "no-store"


@of_the_house
async def test_whoever_is_not_signed_in_is_led_to_the_sign_in_and_back(house: ConsoleHouse) -> None:
    """A person; a client gets its 401 as everywhere."""
    await house.person("admin")
    nobody = house.visitor()
    page = await nobody.get("/console/profile")
    assert page.path.startswith("/console/sign-in?to=")
    assert page.value("to") == "/console/profile"
    answer = await nobody.client.get("/console/profile", headers={"accept": "application/json"})
    assert answer.status_code == 401


@of_the_house
async def test_what_is_not_there_leads_to_the_console(house: ConsoleHouse) -> None:
    """Below the console, beside the way to the start page; elsewhere nothing speaks of it."""
    ada = await house.person("admin")
    for path in ("/console/nowhere", f"/console/accounts/{'0' * 32}"):
        page = await ada.get(path)
        assert (page.status, page.links) == (404, ["/console", "/"])
    assert (await ada.get("/nowhere")).links == ["/"]


@of_the_house
async def test_an_address_that_takes_a_form_leads_to_its_page(house: ConsoleHouse) -> None:
    """After a sign-in that ended in between, and when it is loaded again: with a word that nothing was done."""
    ada = await house.person("admin")
    account = f"/console/accounts/{'0' * 32}"
    for path, page in (
        ("/console/log/verify", "/console/log"),
        (f"{account}/roles", account),
        (f"{account}/disable", account),
        ("/console/sessions/end-others", "/console/sessions"),
        ("/console/sessions/a%3Fb/end", "/console/sessions"),
        ("/console/accounts/a%3Fb/roles", "/console/accounts/a%3Fb"),
        ("/console/sign-out", "/console"),
    ):
        answer = await ada.client.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{page}?said=stale"), path
    nobody = house.visitor(name=ada.name)
    page = await nobody.post("/console/log/verify", {})
    assert page.value("to") == "/console/log/verify"
    page = await nobody.send(page, "/console/sign-in", name=ada.name, password=PASSWORD)
    assert (page.status, page.heading) == (200, "Log")
    assert "nothing was done" in page.words


def test_without_jinja2_the_app_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And says what to install."""
    monkeypatch.setattr(view, "own_templates", view.own_templates.__wrapped__)
    monkeypatch.delitem(sys.modules, "buckler.pages.environment", raising=False)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'buckler\[console\]'"):
        Buckler(FastAPI(), accounts=True, console=True, settings=development(data=tmp_path))


async def test_below_another_path_every_link_leads_below_it(tmp_path: Path) -> None:
    """As behind a proxy that takes a part of the path away."""
    app = FastAPI()
    roles = Roles({"admin": ("*",)})
    buckler = Buckler(app, accounts=True, console=True, roles=roles, settings=development(data=tmp_path))
    await buckler.start()
    try:
        answer = await ask(app, "GET", "/console/sign-in", host="localhost", scope={"root_path": "/app"})
        assert answer.status == 200
        links = re.findall(r'(?:href|src|action)="([^"#]*)"', answer.body.decode())
        assert len(links) >= 5
        assert [link for link in links if not link.startswith("/app/")] == []
        assert "<title>Sign in · localhost</title>" in answer.body.decode()  # nobody named this app
        moved = await ask(app, "GET", "/console/sign-in?to=/console", host="localhost", scope={"root_path": "/app"})
        assert moved.header("location") == "/app/console/first-administrator"
        back = "/console/sign-in?to=/app/console/profile"
        shown = await ask(app, "GET", back, host="localhost", scope={"root_path": "/app"})
        assert b'name="to" value="/console/profile"' in shown.body
    finally:
        await buckler.stop()


def test_one_sees_the_places_where_one_may_go() -> None:
    """And of nested ones the innermost is the one where one is."""
    places = (Place("Home", "/console"), Place("Log", "/console/log", "events:read", "Administration"))
    assert groups_for(places, None) == []
    bea = Principal("b", "bea")
    assert [group.label for group in groups_for(places, bea)] == ["Your account"]
    ada = Principal("a", ADA, permissions=frozenset({"events:*"}))
    assert [group.label for group in groups_for(places, ada)] == ["Your account", "Administration"]
    assert current_of(places, "/console/log/7") == places[1]
    assert current_of(places, "/console/logs") == places[0]
    assert current_of(places, "/elsewhere") is None


@of_the_house
@pytest.mark.parametrize(("site", "is_told"), [("same-origin", True), ("none", True), ("cross-site", False)])
async def test_a_link_of_another_site_says_nothing_in_our_name(house: ConsoleHouse, site: str, is_told: bool) -> None:
    """Whoever follows one would believe that the account is erased."""
    ada = await house.person()
    answer = await ada.client.get("/console?said=erased", headers={"sec-fetch-site": site})
    assert ("are erased" in answer.text) is is_told
