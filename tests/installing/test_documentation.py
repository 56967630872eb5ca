"""The documentation of the app: from our own files in development, closed in production."""

import json
import re
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from buckler import Limit, Public, Requires
from tests.proof import two_sided_async
from tests.stage import development, protect
from tests.wire import Answer, ask


class Item(BaseModel):
    size: int


def make_app(**given: object) -> FastAPI:
    app, inner = FastAPI(title="Things & <more>"), FastAPI()

    @app.post("/items", dependencies=[Requires("a:x"), Limit("5/minute")])
    async def items(item: Item) -> int:
        return item.size

    @app.get("/open", dependencies=[Public("a test")])
    async def open_() -> str:
        return "ok"

    inner.add_api_route("/deep", lambda: "x", dependencies=[Public("a test")])
    app.mount("/sub", inner)
    return protect(app, **given)


async def get(app: FastAPI, path: str) -> Answer:
    return await ask(app, "GET", path, scheme="http", host="localhost")


PATHS = ("/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect", "/sub/docs", "/sub/openapi.json", "/sub/redoc")


@pytest.mark.asvs("13.4.5")
@pytest.mark.parametrize("path", PATHS)
async def test_all_of_it_is_closed_in_production(path: str) -> None:
    """For everybody; without Buckler, anybody reads it."""

    async def attack(app: FastAPI) -> bool:
        return (await ask(app, "GET", path)).status == 200

    bare, inner = FastAPI(), FastAPI()
    bare.mount("/sub", inner)
    await two_sided_async(attack, whole=make_app(), twin=bare)
    for token in ("alice", "root"):
        assert (await ask(make_app(), "GET", path, token=token)).status == 404


@pytest.mark.parametrize("path", ["/docs", "/sub/docs"])
async def test_the_page_comes_from_here_alone_under_a_strict_policy(path: str) -> None:
    """No inline script, no foreign host; each file it names is served."""
    app = make_app(settings=development())
    page = await get(app, path)
    assert page.status == 200
    policy = str(page.header("content-security-policy"))
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    text = page.body.decode()
    assert not re.search(r"https?://|//cdn", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert " on" not in re.sub(r">[^<]*<", "><", text)
    for file in re.findall(r'(?:src|href)="(/[^"]+)"', text):
        answer = await get(app, file)
        assert (answer.status, len(answer.body) > 0) == (200, True)
    assert "<more>" not in text


@pytest.mark.parametrize("name", ["../__init__.py", "..%2f__init__.py", "__init__.py", "LICENSE", "start.js/", ""])
async def test_only_the_pages_own_files_are_served(name: str) -> None:
    answer = await get(make_app(settings=development()), f"/_buckler/docs/{name}")
    assert answer.status == (400 if ".." in name else 404)


async def test_redoc_is_left_out() -> None:
    """It cannot live without inline styles."""
    assert (await get(make_app(settings=development()), "/redoc")).status == 404


async def test_the_document_says_what_the_guard_enforces() -> None:
    """Security, limits and every refusal as a problem; nothing that promises to send the input back."""
    app = make_app(settings=development())
    answer = await get(app, "/openapi.json")
    assert answer.status == 200
    document = app.openapi()
    operation = document["paths"]["/items"]["post"]
    assert operation["security"] == [{"account": ["a:x"]}]
    assert {"400", "401", "403", "413", "422", "429"} <= set(operation["responses"])
    assert operation["x-rate-limit"] == [{"policy": "5/minute", "rate": "5/minute", "by": "account", "cost": 1}]
    refusals = {status: answer_named(document, operation["responses"][status]) for status in ("401", "422", "429")}
    assert set(refusals["429"]["headers"]) == {"Retry-After", "RateLimit-Policy", "RateLimit"}
    assert "security" not in document["paths"]["/open"]["get"]
    assert {"BucklerProblem", "Item"} <= set(document["components"]["schemas"])
    assert "HTTPValidationError" not in answer.body.decode()
    assert document["components"]["securitySchemes"]["account"]["type"] == "http"
    for status, refusal in refusals.items():
        example = refusal["content"]["application/problem+json"]["example"]
        assert example["status"] == int(status)
        assert ("errors" in example) == (status == "422")


def answer_named(document: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """Refusals are written once, and named everywhere else."""
    assert list(answer) == ["$ref"]
    found: dict[str, Any] = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return found


async def test_an_answer_that_the_app_describes_itself_stays() -> None:
    """Only what nobody described is named by reference, and what nobody needs is not written."""
    app = FastAPI()
    app.add_api_route("/own", lambda: 1, dependencies=[Public("a test")], responses={404: {"description": "Gone"}})
    protect(app, settings=development())
    document = app.openapi()
    assert document["paths"]["/own"]["get"]["responses"]["404"]["description"] == "Gone"
    assert "BucklerProblem404" not in document["components"]["responses"]
    assert "BucklerProblem429" in document["components"]["responses"]


async def test_the_document_is_the_same_when_asked_twice() -> None:
    app = make_app(settings=development())
    first = (await get(app, "/openapi.json")).body
    assert (await get(app, "/openapi.json")).body == first


async def test_a_prefix_in_front_is_told() -> None:
    app = make_app(settings=development())
    page = await ask(app, "GET", "/api/docs", scheme="http", host="localhost", scope={"root_path": "/api"})
    assert b'data-openapi="/api/openapi.json"' in page.body
    assert b'src="/api/_buckler/docs/start.js"' in page.body


async def test_an_app_without_documentation_gets_none() -> None:
    app = FastAPI(openapi_url=None)
    app.add_api_route("/open", lambda: "x", dependencies=[Public("a test")])
    protect(app, settings=development())
    assert [(await get(app, path)).status for path in ("/docs", "/openapi.json", "/open")] == [404, 404, 200]


async def test_a_route_of_the_app_at_a_documentation_path_is_no_documentation() -> None:
    """It needs a declaration like any other, and keeps its own endpoint."""
    app = FastAPI(docs_url=None, redoc_url=None)
    app.add_api_route("/docs", lambda: "mine", dependencies=[Requires("a:x")])
    protect(app)
    assert (await ask(app, "GET", "/docs")).status == 401
    assert (await ask(app, "GET", "/docs", token="bob")).body == b'"mine"'


async def test_a_document_that_the_app_makes_itself_says_what_the_guard_does() -> None:
    """FastAPI's documented way to change the document replaces `app.openapi`; ours is written into the result."""
    app = FastAPI()

    @app.get("/report", dependencies=[Requires("a:x")])
    async def report() -> str:
        return "x"

    made = app.openapi
    app.openapi = lambda: {**made(), "info": {"title": "mine", "version": "1"}}  # type: ignore[method-assign]
    protect(app, settings=development())
    document = json.loads((await get(app, "/openapi.json")).body)
    assert document["info"]["title"] == "mine"
    assert document["paths"]["/report"]["get"]["security"] == [{"account": ["a:x"]}]


async def test_the_document_of_a_mounted_app_says_what_the_guard_does() -> None:
    """Its paths are its own, without the place where it is mounted."""
    inner, app = FastAPI(), FastAPI()

    @inner.get("/report/{number}", dependencies=[Requires("a:x")])
    async def report(number: int) -> int:
        return number

    app.mount("/inner", inner)
    protect(app, settings=development())
    document = json.loads((await get(app, "/inner/openapi.json")).body)
    operation = document["paths"]["/report/{number}"]["get"]
    assert operation["security"] == [{"account": ["a:x"]}]
    assert {"401", "403", "404", "422"} <= set(operation["responses"])
