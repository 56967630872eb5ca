"""What can never work is refused where Buckler is installed: the text names value, reason and remedy."""

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette

from buckler import Buckler, ConfigurationError, Public, Roles, Settings
from tests.stage import Directory, people, production, protect
from tests.wire import ask


def test_a_second_buckler_on_one_app_is_refused() -> None:
    app = protect(FastAPI())
    with pytest.raises(ConfigurationError, match=r"already has a Buckler.* Leave out this one"):
        protect(app)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (Starlette(), r"Buckler\(Starlette\): it protects a FastAPI app"),
        (APIRouter(), "protects a FastAPI app"),
        (None, "protects a FastAPI app"),
        ("app", "protects a FastAPI app"),
        (FastAPI, r"Buckler\(FastAPI\): this is the class; give it an app, FastAPI\(\)"),
    ],
)
def test_what_is_no_fastapi_app_is_refused(target: Any, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        Buckler(target, settings=production())


async def test_an_app_that_serves_already_is_refused() -> None:
    app = FastAPI()
    await ask(app, "GET", "/")
    with pytest.raises(ConfigurationError, match="before the app serves"):
        protect(app)


def test_callers_come_from_one_place() -> None:
    with pytest.raises(ConfigurationError, match="choose one"):
        Buckler(FastAPI(), settings=production(), accounts=True, authenticator=people())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"authenticator": Directory}, "this is the class; give an instance"),
        ({"authenticator": object()}, r"authenticator=object: it lacks authenticate\(token\)"),
        ({"roles": {"reader": {"a:x"}}}, "write roles=Roles"),
        ({"roles": Roles({"reader": {"a:x"}})}, "nobody can prove who they are.* Give one of them"),
        ({"accounts": "yes"}, "write accounts=True"),
        ({"console": "yes", "accounts": True}, "console='yes': it is a switch; write console=True"),
        ({"console": True}, r"console=True without accounts=True: nobody could sign in there"),
        ({"console": True, "authenticator": people()}, r"Write Buckler\(app, accounts=True, console=True\)"),
        ({"accounts": True, "authenticator": people()}, "choose one"),
        ({"default": "public"}, "default=: 'public' is not a declaration: write Public"),
        ({"default": Public}, "default=: Public stands here without its brackets"),
        ({"clock": 5}, "clock=5: nothing can be timed by it"),
        ({"client_address": "direct"}, r"client_address='direct': write direct\(\)"),
    ],
)
def test_what_can_never_work_is_refused_with_the_remedy(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        Buckler(FastAPI(), settings=production(), **given)


@pytest.mark.parametrize("given", [{}, {"master_secret": "CANARY"}, "CANARY", 0, Settings])
def test_settings_that_are_none_are_refused_and_not_told(given: Any) -> None:
    """An empty dictionary too: it would have meant those of the environment."""
    with pytest.raises(ConfigurationError, match=r"write settings=Settings.load\(") as refused:
        Buckler(FastAPI(), settings=given)
    assert "CANARY" not in str(refused.value)
