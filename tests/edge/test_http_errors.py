"""What the app raises as an HTTP error keeps its status and words, whatever its detail is."""

import json
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException
from starlette.exceptions import HTTPException as StarletteError

from buckler import Public
from tests.stage import protect
from tests.wire import ask

CANARY = "CANARY7f3a"


class Inside:
    def __str__(self) -> str:
        return CANARY

    __repr__ = __str__


@pytest.mark.parametrize("kind", [HTTPException, StarletteError])
async def test_an_http_error_keeps_status_words_and_headers(kind: Any) -> None:
    app = FastAPI()

    @app.get("/", dependencies=[Public("a test")])
    async def root() -> None:
        raise kind(409, "Already there.", {"X-Where": "here", "Content-Type": "text/html", "Content-Length": "3"})

    answer = await ask(protect(app), "GET", "/")
    assert (answer.status, answer.problem["detail"]) == (409, "Already there.")
    assert answer.header("x-where") == "here"
    assert answer.header("content-length") == str(len(answer.body))


@pytest.mark.parametrize(
    "detail",
    [None, 1, 1.5, True, [], {}, {"a": [1]}, [{"a": None}], Inside(), {"a": Inside()}, {"a": b"x"}, {1: 2}, "\ud800"],
)
async def test_a_detail_of_any_type_makes_an_answer_and_tells_no_object(detail: Any) -> None:
    """FastAPI alone crashes on some of these."""
    app = FastAPI()

    @app.get("/", dependencies=[Public("a test")])
    async def root() -> None:
        raise HTTPException(400, detail)

    answer = await ask(protect(app), "GET", "/")
    assert (answer.status, CANARY.encode() in answer.body) == (400, False)
    assert answer.problem["status"] == 400


@pytest.mark.parametrize("detail", [{("a", "b"): 1}, float("nan"), [float("inf")]])
async def test_a_detail_that_json_cannot_hold_is_never_sent_half(detail: Any) -> None:
    app = FastAPI()

    @app.get("/", dependencies=[Public("a test")])
    async def root() -> None:
        raise HTTPException(400, detail)

    answer = await ask(protect(app), "GET", "/")
    assert answer.status in (400, 500)
    json.loads(answer.body, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


@pytest.mark.parametrize("status", [204, 304])
async def test_a_status_without_a_body_has_none(status: int) -> None:
    app = FastAPI()

    @app.get("/", dependencies=[Public("a test")])
    async def root() -> None:
        raise HTTPException(status)

    answer = await ask(protect(app), "GET", "/")
    assert (answer.status, answer.body) == (status, b"")


@pytest.mark.parametrize("detail", [{"code": "dup"}, [{"code": "dup"}], ["a", 1]])
async def test_a_detail_that_is_no_text_stands_apart_from_our_own_errors(detail: Any) -> None:
    """`errors` is what does not fit a declaration, in a form that the document of the API promises."""
    app = FastAPI()

    @app.get("/", dependencies=[Public("a test")])
    async def root() -> None:
        raise HTTPException(409, detail)

    answer = await ask(protect(app), "GET", "/")
    assert (answer.status, answer.problem["info"], answer.problem["detail"]) == (409, detail, "Conflict.")
    assert "errors" not in answer.problem
    assert {"info", *answer.problem} - {"errors"} <= set(
        app.openapi()["components"]["schemas"]["BucklerProblem"]["properties"]
    )


@pytest.mark.parametrize("path", ["/given", "/nowhere"])
async def test_a_status_without_words_of_the_app_has_the_same_words_from_everywhere(path: str) -> None:
    app = FastAPI()

    @app.get("/given", dependencies=[Public("a test")])
    async def given() -> None:
        raise HTTPException(404)

    answer = await ask(protect(app), "GET", path)
    assert (answer.status, answer.problem["detail"]) == (404, "Not Found.")
