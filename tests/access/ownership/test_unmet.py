"""An `Owned` that nobody could ever fulfil, or that hands over another model than the endpoint takes: no start."""

from pathlib import Path
from typing import Annotated, Any, Protocol
from uuid import UUID

import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import BigInteger, String, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from buckler import Buckler, ConfigurationError, Issuer, Owned, StartRefused
from buckler.install_arguments import ids_of
from buckler.oauth.foreign_principals import principal_id
from buckler.randomness import identifier
from tests.access.ownership.library import Comment, Database, Note, Project, Table, notes_of, protect, route
from tests.stage import development
from tests.wire import ask

ISSUER = Issuer("https://login.example.com", audience="api")
OF_TENANTS = Issuer("https://login.example.com", audience="api", tenant="org")


class Root(DeclarativeBase):
    """The root of the one table."""


class Thing(Root):
    """Could be owned by ids of many kinds."""

    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(64))
    short: Mapped[str] = mapped_column(String(31))
    account: Mapped[str] = mapped_column(String(32))
    number: Mapped[int] = mapped_column(BigInteger)
    uuid: Mapped[UUID] = mapped_column(Uuid)


def sessions() -> None:
    """Never called: the routes are judged, and nothing is loaded."""


def judged(folder: Path, **given: Any) -> str:
    """Why an app with these callers may not start; empty where it may."""
    rule = {name: given.pop(name) for name in ("owner", "tenant", "unless") if name in given}
    app = FastAPI()
    buckler = Buckler(app, settings=development(data=folder), session=sessions, **given)

    @app.get("/things/{thing}")
    async def endpoint(thing: Annotated[Thing, Owned(Thing, **rule)]) -> int:
        return thing.id

    try:
        buckler.policy()
    except StartRefused as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize(
    ("callers", "columns", "remedy"),
    [
        ({"accounts": True}, "number short", "String(32) or a Uuid"),
        ({"issuers": [ISSUER]}, "number short account uuid", "String(43)"),
        ({"issuers": [ISSUER], "accounts": True}, "number short", "String(43)"),
        ({"authenticator": lambda _: None}, "", ""),
    ],
)
def test_a_column_that_holds_no_callers_id_stops_the_start(
    tmp_path: Path, callers: dict[str, Any], columns: str, remedy: str
) -> None:
    """An authenticator of the app's own may bring any id."""
    for name in ("text", "short", "account", "number", "uuid"):
        told = judged(tmp_path, owner=getattr(Thing, name), **callers)
        assert (f"owner=Thing.{name} holds no id of a caller of this app" in told) == (name in columns.split()), name
        assert (f"Make the column a {remedy}, and write Principal.id into it." in told) == (name in columns.split())


def test_a_tenant_that_no_caller_has_stops_the_start(tmp_path: Path) -> None:
    """Accounts have none, nor have callers of an issuer of which it was not said."""
    for callers in ({"accounts": True}, {"issuers": [ISSUER]}, {"issuers": [ISSUER], "accounts": True}):
        told = judged(tmp_path, tenant=Thing.text, **callers)
        assert "tenant=Thing.text, and no caller of this app has a tenant" in told
        assert "Leave tenant= away." in told
    for callers in ({"issuers": [OF_TENANTS], "accounts": True}, {"authenticator": lambda _: None}):
        assert judged(tmp_path, tenant=Thing.text, **callers) == ""


def test_the_ids_that_it_is_judged_by_are_like_those_that_are_made() -> None:
    account, foreign = ids_of(True, [ISSUER])[0]
    made = identifier(), principal_id("person", "https://login.example.com", "ada")
    assert [len(each) for each in made] == [len(account), len(foreign)]
    assert UUID(made[0])


class Shown(Protocol):
    """Cannot be asked for its instances."""

    text: str


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        (Note, True),
        (Table, True),
        (object, True),
        (Any, True),
        (Shown, True),
        (Note | None, True),
        (Comment, False),
        (int, False),
    ],
)
def test_a_parameter_takes_the_model_of_its_rule(said: Any, fits: bool) -> None:
    """Also where it stands in a dependency of the endpoint; nothing would turn one model into another."""
    notes = notes_of(session=sessions)

    async def inner(note: Annotated[said, notes]) -> int:
        return 1

    for direct in (True, False):
        app = FastAPI()
        buckler = protect(app)
        if direct:
            app.get("/notes/{note}")(inner)
        else:
            app.get("/notes/{note}", dependencies=[Depends(inner)])(sessions)
        if fits:
            assert buckler.policy()
            continue
        with pytest.raises(StartRefused) as refused:
            buckler.policy()
        assert f"note: Annotated[{said.__name__}, ...] is handed a Note" in str(refused.value)
        assert "Write note: Annotated[Note, ...]" in str(refused.value)


def test_a_class_is_asked_for_what_it_is_called_with() -> None:
    """Not for an attribute that has the same name."""
    notes = notes_of(session=sessions)

    class Shelf:
        note: int

        def __init__(self, note: Annotated[Note, notes]) -> None:
            self.note = note.id

    app = FastAPI()
    app.get("/notes/{note}", dependencies=[Depends(Shelf)])(sessions)
    assert protect(app).policy()


def test_a_tenant_behind_a_relationship_is_told_what_through_is_for() -> None:
    with pytest.raises(ConfigurationError) as raised:
        Owned(Comment, owner=Note.owner_id, tenant=Note.tenant_id, through=Comment.note)
    assert "tenant=Note.tenant_id: through= serves the owner alone" in str(raised.value)
    assert "Give Comment a column of its own" in str(raised.value)


def test_depends_around_a_rule_is_told_how_it_is_written() -> None:
    app = FastAPI()
    with pytest.raises(ConfigurationError, match=r"note: Annotated\[Note, notes\]"):

        @app.get("/notes/{note}")
        async def endpoint(note: Annotated[Note, Depends(notes_of())]) -> None: ...


async def test_a_parent_is_found_with_an_id_behind_its_name(database: Database) -> None:
    """As the object itself is; and it binds."""
    app = FastAPI()
    protect(app, database.async_session)
    projects = Owned(Project, owner=Project.owner_id)
    route(
        app, "/projects/{project_id}/notes/{note_id}", notes_of(within={"project": Note.project_id}),
        dependencies=[projects],
    )  # fmt: skip
    assert (await ask(app, "GET", "/projects/1/notes/1", token="alice")).status == 200
    assert (await ask(app, "GET", "/projects/2/notes/1", token="alice")).status == 404
    operation = app.openapi()["paths"]["/projects/{project_id}/notes/{note_id}"]["get"]
    assert sorted(each["name"] for each in operation["parameters"]) == ["note_id", "project_id"]


async def test_its_own_parameter_is_not_offered_for_its_parent(database: Database) -> None:
    app = FastAPI()
    buckler = protect(app, database.async_session)
    route(app, "/{lang}/notes/{note_id}", notes_of(within={"project": Note.project_id}))
    with pytest.raises(StartRefused, match="Write one of 'lang' in within=") as refused:
        await buckler.start()
    assert "'note_id'" not in str(refused.value)
