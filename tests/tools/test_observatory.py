"""Pages get the highest grade by the published rules of MDN's HTTP Observatory, and without a header of ours less."""

from hashlib import sha512
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse

from buckler import Public
from buckler.service.app import create_app
from tests.proof import two_sided_async
from tests.stage import ORIGIN, development, protect
from tests.tools.observatory import Grade, Scan, grade, scan
from tests.tools.observatory_scores import GRADES, MODIFIERS
from tests.twins.twin import Twin
from tests.wire import Answer, Lifespan

PAGE = "<!doctype html><title>A page</title><script src='/own.js'></script><p>Hello"


def make_app() -> FastAPI:
    app = FastAPI(dependencies=[Public("a test")])

    @app.get("/")
    async def home() -> HTMLResponse:
        answer = HTMLResponse(PAGE)
        answer.set_cookie("session", "8d1f", samesite=None)
        return answer

    @app.get("/elsewhere")
    async def lead() -> RedirectResponse:
        return RedirectResponse("/")

    return app


async def judged(app: FastAPI, path: str = "/", **given: Any) -> Grade:
    return grade(await scan(app, ORIGIN + path, **given))


@pytest.mark.parametrize("path", ["/", "/elsewhere"])
async def test_a_page_of_an_app_gets_the_highest_grade(path: str) -> None:
    """With a cookie that the app sets carelessly. Each result but one is the best that there is for it."""
    found = await judged(protect(make_app()), path)
    assert (found.letter, found.score) == ("A+", 140)
    assert set(found.results) == {
        "csp-no-unsafe", "cookies-whole", "cors-none", "redirect-to-https", "referrer-private", "hsts-half-a-year",
        "scripts-own", "nosniff", "framing-by-csp", "corp-narrow", "coop-narrow", "coep-missing",
    }  # fmt: skip


@pytest.mark.parametrize(("without", "letter"), [("headers", "D"), ("cookies", "B"), ("scheme", "B+")])
async def test_without_one_defence_it_gets_less(without: str, letter: str) -> None:
    async def attack(app: FastAPI) -> bool:
        return (await judged(app)).letter != "A+"

    twin = protect(make_app(), kind=Twin, without=without)
    await two_sided_async(attack, whole=protect(make_app()), twin=twin)
    assert (await judged(twin)).letter == letter


async def test_no_app_of_fastapi_alone_would_pass() -> None:
    found = await judged(make_app())
    assert (found.letter, found.score) == ("F", 10)


async def test_the_page_of_documentation_gets_the_highest_grade() -> None:
    """Development alone has it, and promises HTTPS for minutes: that is the one point it lacks."""
    app = protect(make_app(), settings=development(origin="https://localhost:8443"))
    seen = await scan(app, "https://localhost:8443/docs")
    found = grade(seen)
    assert b"swagger" in seen.page.body.lower()
    assert found.letter == "A+"
    assert {each for each in found.results if MODIFIERS[each] < 0} == {"hsts-shorter"}


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The reference service as in production: its origin is a name, so that HTTPS is promised for a year."""
    secret = sha512(b"a test").hexdigest()
    said = {"ENVIRONMENT": "production", "ORIGIN": ORIGIN, "PROCESSES": "1", "DATA": str(tmp_path / "data")}
    for name, value in {**said, "MASTER_SECRET": secret}.items():
        monkeypatch.setenv(f"BUCKLER_{name}", value)
    return create_app()


async def test_the_service_gets_the_highest_grade(service: FastAPI) -> None:
    """Its front page, its console, and the page that they lead to whoever is not signed in."""
    async with Lifespan(service):
        for path in ("/", "/console", "/console/sign-in"):
            looked = await scan(service, ORIGIN + path)
            found = grade(looked)
            assert (looked.page.status, urlsplit(looked.url).path.split("/")[1]) == (200, "console")
            assert found.letter == "A+", found
            assert [each for each in found.results if MODIFIERS[each] < 0] == []


def seen(page: dict[str, str], *, body: bytes = b"", cookies: tuple[str, ...] = (), plain: int = 2) -> Scan:
    way = ("http://a.test/", "https://a.test/", "https://a.test/x")[:plain]
    fields = [(name.encode(), value.encode()) for name, value in page.items()]
    html = Answer(200, [(b"content-type", b"text/html"), *fields], body, 0, 0)
    return Scan("https://a.test/", html, cookies, way, Answer(404, [], b"", 0, 0))


def test_a_page_without_anything_gets_nothing() -> None:
    """100, less 25 for no policy, 20 for framing, 20 for HSTS, 5 for sniffing; 20 more where nothing leads to HTTPS."""
    assert (grade(seen({})).score, grade(seen({})).letter) == (30, "D")
    assert (grade(seen({}, plain=1)).score, grade(seen({}, plain=1)).letter) == (10, "F")


@pytest.mark.parametrize(
    ("policy", "result"),
    [
        ("default-src 'none'; form-action 'self'", "csp-default-none"),
        ("default-src 'self'", "csp-no-unsafe"),
        ("script-src 'nonce-abc' 'strict-dynamic' https: 'unsafe-inline'; object-src 'none'", "csp-unsafe-style"),
        ("default-src 'self'; script-src 'strict-dynamic'", "csp-invalid"),
        ("default-src 'self'; script-src 'self' 'unsafe-inline'", "csp-unsafe-inline"),
        ("default-src 'self'; script-src 'self' 'nonce-abc' 'unsafe-inline'", "csp-no-unsafe"),
        ("default-src 'self'; style-src 'self' 'unsafe-inline'", "csp-unsafe-style"),
        ("default-src 'self'; object-src *", "csp-unsafe-inline"),
        ("default-src 'self'; script-src 'self' 'unsafe-eval'", "csp-unsafe-eval"),
        ("default-src 'self'; img-src http://a.test", "csp-insecure-passive"),
        ("default-src 'self'; connect-src http://a.test", "csp-insecure-scheme"),
        ("script-src 'self'", "csp-unsafe-inline"),
        ("default-src 'self'; default-src 'none'", "csp-invalid"),
        ("", "csp-missing"),
    ],
)
def test_a_policy_is_judged_as_published(policy: str, result: str) -> None:
    assert grade(seen({"content-security-policy": policy} if policy else {})).results[0] == result


@pytest.mark.parametrize(
    ("lines", "result"),
    [
        ((), "cookies-none"),
        (("a=1; Secure; HttpOnly; SameSite=Lax",), "cookies-whole"),
        (("a=1; Secure; HttpOnly",), "cookies-without-samesite"),
        (("a=1; HttpOnly; SameSite=Lax",), "cookies-not-secure"),
        (("session=1; Secure; SameSite=Lax",), "cookies-session-not-httponly"),
        (("session=1; HttpOnly; SameSite=Lax", "a=1"), "cookies-session-not-secure"),
        (("a=1; Secure; SameSite=Maybe",), "cookies-samesite-invalid"),
        (("csrftoken=1; Secure",), "cookies-csrf-without-samesite"),
    ],
)
def test_cookies_are_judged_as_published(lines: tuple[str, ...], result: str) -> None:
    assert grade(seen({}, cookies=lines)).results[1] == result


def test_credit_counts_from_ninety_on() -> None:
    """Ninety without credit is an A; five less and all the credit there is does not help."""
    best = {
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "referrer-policy": "no-referrer",
        "strict-transport-security": "max-age=300",
        "x-content-type-options": "nosniff",
    }
    assert (grade(seen(best)).score, grade(seen(best)).letter) == (110, "A+")
    without = {name: value for name, value in best.items() if name != "x-content-type-options"}
    assert (grade(seen(without)).score, grade(seen(without)).letter) == (85, "A-")
    assert [least for least, _ in GRADES] == sorted((least for least, _ in GRADES), reverse=True)
