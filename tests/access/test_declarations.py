"""A declaration that can never work is refused where it is written, with the line to write instead."""

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from fastapi.params import Security

from buckler import ConfigurationError, Limit, Principal, Public, Requires, guarded


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda: Public(""), "needs its reason in words"),
        (lambda: Public("  "), "needs its reason in words"),
        (lambda: Requires("admin"), "a permission has a colon"),
        (lambda: Requires("*"), "a permission has a colon"),
        (lambda: Requires(["a:x"]), r"write each permission as a text of its own"),  # type: ignore[arg-type]
        (lambda: Requires("a:x", 3), r"Requires\(3\)"),  # type: ignore[arg-type]
        (lambda: Limit(5), r"Limit\(5\): 5 is not a rate"),  # type: ignore[arg-type]
        (lambda: Limit("5 per minute"), "as in '5/minute'"),
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
    with pytest.raises(ConfigurationError, match=r"test_declarations\.py:\d+"):
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
