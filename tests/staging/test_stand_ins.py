"""Callers of an app with an authenticator of its own: by permission where it has no roles, by cookie in browsers."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated

import pytest_asyncio
from fastapi import FastAPI

from buckler import Owned, Principal, Public, Requires, Roles
from tests.stage import development, people, people_with_browsers, protect
from tests.staging.playhouse import Stage, on_stage
from tests.testing.desk import Note, notes

PERMITTED = {
    "signed in": {"/me"},
    "signed in 2": {"/me"},
    "signed in (browser)": {"/me"},
    "a:x": {"/me", "/a"},
    "b:y": {"/me", "/b"},
    "* (browser)": {"/me", "/a", "/b", "/ab"},
    "*": {"/me", "/a", "/b", "/ab"},
}


def app_without_roles(folder: Path) -> FastAPI:
    """Three permissions, asked for in several ways."""
    app = FastAPI()
    protect(app, settings=development(data=folder), authenticator=people_with_browsers())
    for path, asked in {"/me": (), "/a": ("a:x",), "/b": ("b:y",), "/ab": ("a:x", "b:y")}.items():
        app.add_api_route(path, told, dependencies=[Requires(*asked)])
    app.add_api_route("/open", told, dependencies=[Public("a test")])
    app.add_api_route("/services", told, dependencies=[Requires(kinds={"service"})])
    app.add_api_route("/fresh", told, dependencies=[Requires("a:x", step_up="1m")])
    app.add_api_route("/notes/{note}", read_note)
    app.add_api_route("/own", own, methods=["POST"])
    return app


async def told() -> str:
    """Anything."""
    return "told"


MINE = Owned(Note, owner=Note.owner, session=notes, unless="b:y")


async def read_note(note: Annotated[Note, MINE]) -> str:
    """A note of the caller's, or whoever's for those who may."""
    return note.text


async def own(who: Annotated[Principal, Requires()]) -> str:
    """Changes something."""
    return who.id


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncGenerator[Stage]:
    async with on_stage(app_without_roles(tmp_path), tmp_path) as found:
        yield found


async def test_each_permission_has_somebody(stage: Stage) -> None:
    """Somebody with none, twice, and somebody with all; each gets what the permissions give, and the truth says so."""
    assert [each.name for each in stage.cast.people] == list(PERMITTED)
    for who in stage.cast.people:
        for path in ("/me", "/a", "/b", "/ab"):
            allowed = path in PERMITTED[who.name]
            assert stage.truth.routes[f"GET {path}"].may(who.role) == ("yes" if allowed else "no")
            assert (await stage.ask(who, "GET", path)).status == (200 if allowed else 403), (who.name, path)


async def test_what_is_more_than_a_permission_is_told_too(stage: Stage) -> None:
    """Kinds of callers, fresh proofs, and owners."""
    may = {
        key: {role: one.may(role) for role in (None, "", "a:x", "b:y", "*")} for key, one in stage.truth.routes.items()
    }
    assert set(may["GET /open"].values()) == {"yes"}
    assert set(may["GET /services"].values()) == {"no"}
    assert may["GET /fresh"] == {None: "no", "": "no", "a:x": "depends", "b:y": "no", "*": "depends"}
    assert may["GET /notes/{note}"] == {None: "no", "": "own_objects", "a:x": "own_objects", "b:y": "yes", "*": "yes"}


async def test_ids_can_be_read_as_numbers(stage: Stage) -> None:
    """Many apps keep them so."""
    ids = [(await stage.ask(who, "POST", "/own")).json() for who in stage.cast.people]
    assert len(set(map(int, map(str, ids)))) == len(ids)
    assert [who.account.id for who in stage.cast.people if who.account is not None] == ids


async def test_roles_are_those_of_the_app(tmp_path: Path) -> None:
    """Where there are some: somebody without any, each once, the least twice."""
    app = FastAPI()
    roles = Roles({"chief": {"*"}, "clerk": {"a:x"}})
    protect(app, settings=development(data=tmp_path), authenticator=people(), roles=roles)
    app.add_api_route("/a", told, dependencies=[Requires("a:x")])
    async with on_stage(app, tmp_path) as found:
        named = [(each.name, each.role) for each in found.cast.people]
        assert named == [("signed in", ""), ("clerk", "clerk"), ("clerk 2", "clerk"), ("chief", "chief")]
        assert found.cast.administrator is found.cast.people[-1]
        assert [(await found.ask(each, "GET", "/a")).status for each in found.cast.people] == [403, 200, 200, 200]
