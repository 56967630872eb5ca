"""What is printed to be tried answers."""

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Header

from buckler import Buckler, Public, Requires
from buckler.cli.serve.first_call import first_call
from buckler.settings import Settings

OPEN = Public("for the test")


async def _asking(_word: Annotated[str, Header()]) -> None:
    """Something that must come with the request, further down."""


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()
    Buckler(app, default=[Requires()], settings=Settings(environment="development"))
    return app


async def _answer() -> str:
    return "here"


async def _answer_to(word: str) -> str:
    return word


def test_it_is_the_first_route_that_anybody_may_call_as_it_stands(app: FastAPI) -> None:
    """Not one with a parameter, of another method, or for callers who are signed in."""
    app.post("/sent", dependencies=[OPEN])(_answer)
    app.get("/of/{word}", dependencies=[OPEN])(_answer_to)
    app.get("/asked", dependencies=[OPEN])(_answer_to)
    app.get("/asked-below", dependencies=[OPEN, Depends(_asking)])(_answer)
    app.get("/mine", dependencies=[Requires()])(_answer)
    app.get("/by-default")(_answer)
    assert first_call(app, development=False) is None
    app.get("/first", dependencies=[OPEN])(_answer)
    app.get("/second", dependencies=[OPEN])(_answer)
    assert first_call(app, development=False) == first_call(app, development=True) == "/first"


def test_a_default_opens_what_says_nothing() -> None:
    """As it does for the guard."""
    app = FastAPI()
    Buckler(app, default=OPEN, settings=Settings(environment="development"))
    app.get("/plain")(_answer)
    assert first_call(app, development=False) == "/plain"


def test_without_one_it_is_the_document_of_the_api_while_that_is_shown(app: FastAPI) -> None:
    """In production there is none, and an app may have none at all."""
    assert first_call(app, development=True) == "/openapi.json"
    assert first_call(app, development=False) is None
    bare = FastAPI(openapi_url=None)
    Buckler(bare, settings=Settings(environment="development"))
    assert first_call(bare, development=True) is None
