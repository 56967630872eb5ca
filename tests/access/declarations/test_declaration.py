"""A declaration that can never work is refused where it is written, with the line to write instead."""

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.params import Security

from buckler import Accepts, ConfigurationError, Limit, Principal, Public, Requires, guarded


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda: Public(""), "needs its reason in words"),
        (lambda: Public("  "), "needs its reason in words"),
        (lambda: Public(None), "needs its reason in words"),  # type: ignore[arg-type]
        (lambda: Requires("admin"), "a permission has a colon"),
        (lambda: Requires("*"), "a permission has a colon"),
        (lambda: Requires("a,b"), r"Requires\('a,b'\): write each permission as a text of its own: 'a', 'b'"),
        (lambda: Requires("a:*"), r"Requires\('a:\*'\): a route asks for a permission by name"),
        (lambda: Requires(" a:x"), "no spaces and no commas"),
        (lambda: Requires(["a:x"]), r"write each permission as a text of its own"),  # type: ignore[arg-type]
        (lambda: Requires("a:x", 3), r"Requires\(3\)"),  # type: ignore[arg-type]
        (lambda: Limit(5), r"Limit\(5\): 5 is not a rate"),  # type: ignore[arg-type]
        (lambda: Limit("5 per minute"), "as in '5/minute'"),
        (lambda: Limit("5/minute", told="no"), "told='no': it is a switch; write told=False"),  # type: ignore[arg-type]
        (lambda: Accepts(encodings=["GZIP"]), "'GZIP' is no content coding.*Did you mean 'gzip'"),
        (lambda: Accepts(encodings=["identity"]), "such a body is always taken. Leave it away"),
        (lambda: Accepts(encodings=["gzip", "br", "gzip"]), "'gzip' stands there twice; once is enough"),
        (lambda: Accepts(encodings="gzip"), "encodings is a list of names"),
        (lambda: Accepts(encodings=[None]), "None is no content coding"),  # type: ignore[list-item]
        (lambda: guarded(FastAPI()), "needs a declaration"),
        (lambda: guarded(FastAPI(), "Requires()"), "is not a declaration"),  # type: ignore[arg-type]
    ],
)
def test_what_can_never_work_says_what_to_write(write: Callable[[], object], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        write()


@pytest.mark.parametrize("write", [lambda: Requires("admin"), lambda: Limit("often"), lambda: Public("")])
def test_the_line_is_named(write: Callable[[], object]) -> None:
    """File and line of whoever wrote it."""
    with pytest.raises(ConfigurationError, match=r"test_declaration\.py:\d+"):
        write()


@pytest.mark.parametrize("declared", [Public("a test"), Requires("a:x"), Limit("5/minute")])
def test_a_declaration_in_depends_says_to_leave_depends_away(declared: Security) -> None:
    """What a reader of FastAPI's tutorial tries first."""
    app = FastAPI()
    with pytest.raises(ConfigurationError, match="Leave Depends away"):
        app.add_api_route("/it", lambda: "it", dependencies=[Depends(declared)])  # type: ignore[arg-type]

    def endpoint(who: Annotated[Principal, Depends(declared)]) -> Any:  # type: ignore[arg-type]
        return who

    with pytest.raises(ConfigurationError, match="Leave Depends away"):
        app.add_api_route("/it", endpoint)


@pytest.mark.parametrize("declared", [Public("a test"), Requires("a:x"), Limit("5/minute"), Accepts("1 MB")])
def test_a_declaration_written_as_a_decorator_says_where_it_goes(declared: Any) -> None:
    """What other limiters are."""
    with pytest.raises(ConfigurationError, match=r"is no decorator.*dependencies=\["):

        @declared
        def endpoint() -> None: ...


@pytest.mark.parametrize("declared", [Public("a test"), Requires("a:x"), Limit("5/minute"), Accepts("1 MB")])
def test_a_declaration_without_the_list_around_it_says_to_write_one(declared: Any) -> None:
    for write in (
        lambda: FastAPI(dependencies=declared),
        lambda: APIRouter(dependencies=declared),
        lambda: FastAPI().add_api_route("/it", lambda: "it", dependencies=declared),
        lambda: FastAPI().include_router(APIRouter(), dependencies=declared),
    ):
        with pytest.raises(ConfigurationError, match=r"write a list, dependencies=\["):
            write()


def test_a_size_needs_no_word_before_it() -> None:
    assert str(Accepts("10 MB").dependency) == str(Accepts(max_body="10 MB").dependency)
