"""What a page gets from its request: a nonce, a token, paths."""

import re
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from buckler import ConfigurationError, Public
from buckler.pages import Templates, csp_nonce, csrf_field, csrf_token
from tests.pages.test_templates import templates
from tests.proof import stopped_by
from tests.stage import protect
from tests.wire import ask

OPEN = [Public("a test")]


async def test_a_page_of_an_app_has_its_nonce_its_token_and_its_paths(tmp_path: Path) -> None:
    """And an answer whose page shows no nonce has none."""
    pages = templates(
        tmp_path,
        "<script nonce='{{ csp_nonce }}' src='{{ url_for('home') }}'></script>"
        "<form method='post'>{{ csrf_field }}</form><meta content='{{ csrf_token }}'>",
        filters={"loud": str.upper},
    )
    (tmp_path / "still.html").write_text("{{ 'a'|loud }}")
    pages = Templates(tmp_path, filters={"loud": str.upper})
    app = FastAPI(dependencies=OPEN)

    @app.get("/home")
    async def home(request: Request) -> HTMLResponse:
        assert csrf_token(request) == csrf_field(request) == ""
        return pages.page(request, "page.html", headers={"x-own": "1"}, status=201)

    @app.get("/still")
    async def still(request: Request) -> HTMLResponse:
        return pages.page(request, "still.html")

    protect(app)
    answer = await ask(app, "GET", "/home")
    nonce = re.findall("nonce='([^']+)'", answer.body.decode())[0]
    assert (answer.status, answer.header("x-own")) == (201, "1")
    assert f"'nonce-{nonce}'" in str(answer.header("content-security-policy"))
    assert b"src='/home'" in answer.body
    quiet = await ask(app, "GET", "/still")
    assert quiet.body == b"A"
    assert "nonce" not in str(quiet.header("content-security-policy"))


def test_without_buckler_there_is_no_nonce_and_no_token() -> None:
    """A nonce that no policy names would be a page whose scripts never run."""
    bare = Request({"type": "http", "method": "GET", "path": "/", "headers": []})
    for ask_for in (csp_nonce, csrf_token, csrf_field):
        assert stopped_by(ConfigurationError, lambda ask_for=ask_for: ask_for(bare))
