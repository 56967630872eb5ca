"""A declaration that is named and not written says so, wherever it stands."""

import inspect
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI

from buckler import Accepts, Buckler, ConfigurationError, Limit, Principal, Public, Requires, StartRefused, guarded
from tests.stage import people, production
from tests.wire import ask

ALL: list[Any] = [Public, Requires, Limit, Accepts]


@pytest.mark.parametrize("named", ALL)
def test_in_a_list_of_dependencies(named: Any) -> None:
    """FastAPI's own words would be those of another mistake."""
    words = rf"{named.__name__} stands here without its brackets.* write {named.__name__}\("
    with pytest.raises(ConfigurationError, match=words):
        FastAPI().add_api_route("/it", lambda: "it", dependencies=[named])
    with pytest.raises(ConfigurationError, match=words):
        guarded(FastAPI(), named)
    app = FastAPI()
    app.include_router(APIRouter(), dependencies=[named])
    with pytest.raises(ConfigurationError, match=words):
        Buckler(FastAPI(), default=[named], settings=production())


@pytest.mark.parametrize("named", ALL)
def test_as_a_decorator(named: Any) -> None:
    with pytest.raises(ConfigurationError, match=rf"@{named.__name__} over endpoint \(test_bracketed.py:\d+\)"):

        @named
        def endpoint() -> None: ...


@pytest.mark.parametrize("named", ALL)
@pytest.mark.parametrize("deep", [False, True])
async def test_inside_depends_it_stops_the_start(named: Any, deep: bool) -> None:
    """For FastAPI it is a function like any other, whose parameters a request may name."""
    app = FastAPI()

    def inner(made: Annotated[Any, Depends(named)]) -> Any:
        return made

    app.add_api_route("/it", lambda: "it", dependencies=[Public("a test"), Depends(inner if deep else named)])
    buckler = Buckler(app, settings=production(), authenticator=people())
    with pytest.raises(StartRefused, match=f"{named.__name__} stands here without its brackets") as refused:
        await buckler.start()
    assert "GET /it (test_bracketed.py:" in str(refused.value)
    assert "without Depends around it" in str(refused.value)
    assert (await ask(app, "GET", "/it?rate=5/minute")).status == 503


async def test_a_caller_that_nothing_hands_over_stops_the_start() -> None:
    """Also where a default would say who may call."""
    app = FastAPI()

    def endpoint(who: Principal = Depends(Requires)) -> str:  # noqa: B008 - as FastAPI's tutorial once had it
        return who.name

    app.add_api_route("/it", endpoint)
    buckler = Buckler(app, settings=production(), default=Public("a test"))
    with pytest.raises(StartRefused, match="Requires stands here without its brackets"):
        await buckler.start()


@pytest.mark.parametrize("named", ALL)
def test_it_reads_as_the_function_that_it_is(named: Any) -> None:
    """For help(), for editors, and for whoever writes documents."""
    assert named.__doc__.startswith("Declare ")
    assert named.__module__ == "buckler.access.declarations.declaring"
    assert "self" not in inspect.signature(named).parameters


def test_python_tells_of_values_that_are_missing() -> None:
    """As of any function."""
    write: Any = Public
    with pytest.raises(TypeError, match=r"Public\(\) missing 1 required positional argument: 'reason'"):
        write()
