"""Who may is whoever holds every permission that reaches the route."""

from itertools import combinations

import pytest
from fastapi import FastAPI

from buckler import Principal, Requires, Roles
from tests.stage import Directory, protect
from tests.wire import ask

PERMISSIONS = ("a:x", "b:y", "c:z")
SETS = [held for size in range(4) for held in combinations(PERMISSIONS, size)]


def make_app(needs: tuple[str, ...], held: tuple[str, ...]) -> FastAPI:
    app = FastAPI()

    @app.get("/it", dependencies=[Requires(*needs)])
    async def it() -> str:
        return "it"

    return protect(app, authenticator=Directory(alice=held), roles=Roles({"all": PERMISSIONS}))


@pytest.mark.parametrize("needs", SETS)
async def test_every_permission_is_needed_and_no_other(needs: tuple[str, ...]) -> None:
    """The whole square of what is needed and what is held."""
    for held in SETS:
        answer = await ask(make_app(needs, held), "GET", "/it", token="alice")
        assert answer.status == (200 if set(needs) <= set(held) else 403), (needs, held)


@pytest.mark.parametrize("held", ["A:X", "a:X", "a:x ", "a", "a:", ":x", "*:x", "**", "*:*", "", "a:x,b:y", "a:x:*"])
async def test_a_permission_is_compared_exactly(held: str) -> None:
    """What only looks like the right, or like a wildcard, is not it."""
    assert (await ask(make_app(("a:x",), (held,)), "GET", "/it", token="alice")).status == 403


async def test_the_star_holds_every_permission() -> None:
    """Of an administrator."""
    assert (await ask(make_app(PERMISSIONS, ("*",)), "GET", "/it", token="alice")).status == 200


async def test_the_refusal_names_no_right_that_is_missing() -> None:
    """403 says that it is so, not how to get round it (RFC 6750 section 3.1)."""
    answer = await ask(make_app(("a:x",), ()), "GET", "/it", token="alice")
    assert (answer.code, answer.header("www-authenticate")) == ("forbidden", 'Bearer error="insufficient_scope"')
    assert b"a:x" not in answer.body


async def test_a_role_is_no_permission() -> None:
    """A caller whose role is called like the permission, or who has no role at all, holds nothing."""
    app = make_app(("a:x",), ())
    directory = Directory()
    directory.callers["eve"] = Principal("eve", "eve", roles=frozenset({"a:x", "all", "*"}))
    other = FastAPI()
    other.add_api_route("/it", lambda: "it", dependencies=[Requires("a:x")])
    protect(other, authenticator=directory, roles=Roles({"all": PERMISSIONS}))
    assert (await ask(other, "GET", "/it", token="eve")).status == 403
    assert (await ask(app, "GET", "/it", token="eve")).status == 401
