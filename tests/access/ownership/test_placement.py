"""Which path parameter names the object, and what stops the start: where an `Owned` may stand, and where not."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from buckler import Owned, Public, Roles, StartRefused, guarded
from tests.access.ownership.library import Comment, Database, Note, Project, notes_of, protect, route
from tests.wire import ask


@pytest.mark.parametrize(
    ("path", "param"),
    [
        ("/notes/{note}", None),
        ("/notes/{note_id}", None),
        ("/notes/{note_id:int}", None),
        ("/{lang}/notes/{note}", None),
        ("/{lang}/notes/{id}", None),
        ("/notes/{key}", None),
        ("/{lang}/notes/{key}", "key"),
        ("/{note}/of/{key}", "key"),
        ("/notes/{key:path}", None),
    ],
)
async def test_the_parameter_is_found(database: Database, path: str, param: str | None) -> None:
    """By what is written, by the endpoint's parameter, by the model, by `id`, or because it is the only one."""
    app = FastAPI()
    protect(app, database.async_session)
    route(app, path, notes_of(param=param))
    asked = path.replace("{lang}", "en")
    where = "{key" if param else "{note" if "{note" in path else "{id" if "{id" in path else "{key"
    begin = asked.index(where)
    asked = (asked[:begin] + "%s" + asked[asked.index("}", begin) + 1 :]).replace("{note}", "3")
    assert (await ask(app, "GET", asked % 1, token="alice")).body == b'"of alice"'
    assert (await ask(app, "GET", asked % 1, token="bob")).status == 404
    assert (await ask(app, "GET", asked % 3, token="alice")).status == 404


def unnamed(app: FastAPI, notes: Any) -> None:
    route(app, "/{one}/{two}", notes)


def nowhere(app: FastAPI, notes: Any) -> None:
    route(app, "/notes", notes)


def misspelled(app: FastAPI, _: Any) -> None:
    route(app, "/notes/{note}", notes_of(param="nota"))


def unbound(app: FastAPI, notes: Any) -> None:
    route(app, "/projects/{project}/notes/{note}", notes, dependencies=[Owned(Project, owner=Project.owner_id)])


def unbound_backwards(app: FastAPI, _: Any) -> None:
    bound = Owned(Project, owner=Project.owner_id, within={"note": Project.id})
    route(app, "/projects/{project}/notes/{note}", notes_of(), dependencies=[bound])


def elsewhere(app: FastAPI, _: Any) -> None:
    route(app, "/notes/{note}", notes_of(within={"project": Note.project_id}))


def one_for_two(app: FastAPI, notes: Any) -> None:
    @app.get("/{one}/{two}")
    async def endpoint(one: Annotated[Note, notes], two: Annotated[Note, notes]) -> str:
        return one.text + two.text


def two_for_one(app: FastAPI, notes: Any) -> None:
    route(app, "/notes/{note}", notes, dependencies=[notes_of(within={})])


def public_too(app: FastAPI, notes: Any) -> None:
    route(app, "/notes/{note}", notes, dependencies=[Public("a test")])


def to_many(app: FastAPI, _: Any) -> None:
    route(app, "/notes/{note}", Owned(Note, owner=Comment.id, through=Note.comments))


def twice(app: FastAPI, notes: Any) -> None:
    inner = FastAPI()
    route(inner, "/of/{note}", notes)
    app.mount("/notes/{note}", inner)


def on_a_mount(app: FastAPI, notes: Any) -> None:
    inner = FastAPI()

    @inner.get("/notes/{note}")
    async def endpoint(note: int) -> int:
        return note

    app.mount("/sub", guarded(inner, notes))


def on_a_plain_route(app: FastAPI, notes: Any) -> None:
    async def endpoint(_: Any) -> PlainTextResponse:
        return PlainTextResponse("inside")

    app.router.routes.append(Route("/notes/{note}", guarded(endpoint, notes)))


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (unnamed, "could be named by any of 'one', 'two'"),
        (nowhere, "this path has none"),
        (misspelled, "param='nota', which is no parameter of this path"),
        (unbound, "is not bound to 'project'"),
        (unbound_backwards, "is not bound to 'project'"),
        (elsewhere, "within 'project', which is no parameter"),
        (one_for_two, "is one object, and one and two are two"),
        (two_for_one, "are both named by 'note'"),
        (public_too, "is public"),
        (to_many, "leads to many objects"),
        (twice, "which this path has twice"),
        (on_a_mount, "where no dependency runs"),
        (on_a_plain_route, "where no dependency runs"),
    ],
)
async def test_what_cannot_be_stops_the_start(
    database: Database, build: Callable[[FastAPI, Any], None], words: str
) -> None:
    """With the place, and what to write instead; and no request gets in."""
    app = FastAPI()
    buckler = protect(app, database.async_session)
    build(app, notes_of())
    with pytest.raises(StartRefused) as refused:
        await buckler.start()
    assert words in str(refused.value)
    assert re.search(r"(library|test_placement)\.py:[0-9]+", str(refused.value))
    assert database.opened == 0


async def test_objects_that_have_nothing_to_do_with_each_other_say_so(database: Database) -> None:
    """`within={}`: two notes of mine beside each other."""
    app = FastAPI()
    protect(app, database.async_session)
    one, two = notes_of(), notes_of(within={})

    @app.get("/notes/{one}/beside/{two}")
    async def endpoint(one: Annotated[Note, one], two: Annotated[Note, two]) -> list[int]:
        return [one.id, two.id]

    assert (await ask(app, "GET", "/notes/1/beside/2", token="alice")).body == b"[1,2]"
    for path in ("/notes/1/beside/3", "/notes/3/beside/1"):
        assert (await ask(app, "GET", path, token="alice")).status == 404


async def test_a_default_never_owns(database: Database) -> None:
    """Nobody would load the object of a route that declares nothing."""
    app = FastAPI()
    buckler = protect(app, database.async_session, default=notes_of())

    @app.get("/notes/{note}")
    async def endpoint(note: int) -> int:
        return note

    with pytest.raises(StartRefused, match="no dependency runs"):
        await buckler.start()


async def test_without_a_session_the_app_does_not_start() -> None:
    """And says where to write it."""
    app = FastAPI()
    buckler = protect(app)
    route(app, "/notes/{note}", notes_of())
    with pytest.raises(StartRefused, match=r"Buckler\(app, session=get_session\)"):
        await buckler.start()


async def test_a_permission_that_no_role_grants_stops_the_start(database: Database) -> None:
    """It would lift nothing for anybody."""
    app = FastAPI()
    buckler = protect(app, database.async_session, roles=Roles({"admin": {"notes:any"}}))
    route(app, "/notes/{note}", notes_of(unless="note:any"))
    with pytest.raises(StartRefused, match="Did you mean 'notes:any'"):
        await buckler.start()


async def test_one_rule_has_the_sessions_of_one_app(tmp_path: Path, database: Database) -> None:
    """In two apps with sessions of their own it would load from the wrong one."""
    (tmp_path / "two").mkdir()
    other = Database(tmp_path / "two")
    notes = notes_of()
    for opens in (database.async_session, other.async_session):
        app = FastAPI()
        buckler = protect(app, opens)
        route(app, "/notes/{note}", notes)
        if opens == database.async_session:
            await buckler.start()
        else:
            with pytest.raises(StartRefused, match="sessions of their own"):
                await buckler.start()
    await other.close()
