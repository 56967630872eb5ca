"""Pages of a list: bounded, joined without gap or repetition whatever happens in between, and equally dear."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Query
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_dependant
from fastapi.security import APIKeyQuery
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AliasChoices, BaseModel, Field
from sqlalchemy import create_engine, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from buckler import ConfigurationError, Public
from buckler.input import Filters, FormModel, PageQuery, Pages
from buckler.input.query.declared import DeclaredNames
from tests.input.query.shelf import FILTERS, SORTING, START, Book, Shape, Shelf, Table, book, ours, shelf
from tests.proof import two_sided_async
from tests.stage import protect
from tests.wire import ask

VALUES = st.fixed_dictionaries(
    {
        "title": st.sampled_from(["a", "B", "b", "", "%", "é", "x" * 80]),
        "summary": st.sampled_from([None, "", "s", "long " * 50, "long " * 50 + "er"]),
        "pages": st.integers(-3, 3),
        "rating": st.sampled_from([None, 0.1, -1.5, 1e300, 5.0]),
        "lent": st.booleans(),
        "shape": st.sampled_from(Shape),
        "made": st.integers(0, 3).map(lambda days: START + timedelta(days=days, microseconds=days)),
    }
)
SORTS = st.lists(st.sampled_from([sign + name for name in SORTING.names for sign in ("", "-")]), min_size=1, max_size=3)


@given(st.lists(VALUES, min_size=1, max_size=9), SORTS, st.integers(1, 4))
@settings(max_examples=120, deadline=None)
def test_pages_join_without_gap_or_repetition(rows: list[dict[str, Any]], sort: list[str], size: int) -> None:
    """In every order, with empty values, equal values and long texts: each row once, as in one page of all."""
    engine = create_engine("sqlite://")
    Table.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([book(number, **row) for number, row in enumerate(rows)])
        session.flush()
        order = SORTING.order(",".join(sort))
        assert order is not None
        all_of_them = [row[0] for row in session.execute(PageQuery(order, 100).narrow(select(Book.id)))]
        assert walked(session, ",".join(sort), size) == all_of_them
        assert len(all_of_them) == len(rows)
    engine.dispose()


def walked(session: Session, sort: str, size: int) -> list[int]:
    """The ids of every page, as a sync session and the dependency itself give them."""
    pages, cursor, ids = Pages(SORTING), None, []
    while True:
        asked = asyncio.run(pages(Nothing(), sort=sort, size=size, cursor=cursor))  # type: ignore[arg-type]
        page = asked.page(session.execute(asked.narrow(select(Book.id))), lambda number: number)
        ids += page.items
        cursor = page.next
        if cursor is None:
            return ids


class Nothing:
    """A request without parameters."""

    class query_params:  # noqa: N801 - Starlette's name
        @staticmethod
        def multi_items() -> list[tuple[str, str]]:
            return []


@pytest.mark.parametrize(
    "sort", ["-made", "title", "-rating", "summary,-pages", "id", "-isbn", "read", "lent", "shape"]
)
async def test_every_page_of_a_list_over_http(whole: Shelf, sort: str) -> None:
    """My four books, none of somebody else's, by one and by three."""
    assert sorted(await whole.walk(sort=sort, size=1)) == [1, 2, 3, 4]
    assert await whole.walk(sort=sort, size=1) == await whole.walk(sort=sort, size=3)


async def test_rows_that_come_and_go_move_nothing(whole: Shelf) -> None:
    """A book that is added in front, and the one that is taken away at the end of the page, leave the rest in place."""
    first = json.loads((await whole.ask(sort="-made", size=2)).body)
    await whole.add(number=50)
    async with AsyncSession(whole.engine) as session:
        await session.execute(text("DELETE FROM book WHERE id = :id"), {"id": first["items"][-1]["id"]})
        await session.commit()
    rest = json.loads((await whole.ask(sort="-made", size=9, cursor=first["next"])).body)
    assert [item["title"] for item in first["items"] + rest["items"]] == ["book 3", "book 2", "book 1", "book 0"]


async def test_no_page_is_dearer_than_the_first(whole: Shelf) -> None:
    """The index finds where it begins: the plan of the last page searches, and nothing counts rows off."""
    async with AsyncSession(whole.engine) as session:
        await session.execute(text("CREATE INDEX made_id ON book (owner, made, id)"))
        await session.commit()
    first = json.loads((await whole.ask(size=2)).body)
    await whole.ask(size=2, cursor=first["next"])
    statement, parameters = whole.statements[-1]
    async with AsyncSession(whole.engine) as session:
        connection = await session.connection()
        plan = [row[3] for row in await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    assert plan == ["SEARCH book USING INDEX made_id (owner=? AND made<?)"]


@pytest.mark.asvs("2.2.1")
async def test_nobody_asks_for_page_ten_million(whole: Shelf, twin: Shelf) -> None:
    """The size has a limit and there is no number of a page; the twin hands out whatever is asked."""

    async def attack(target: Shelf) -> bool:
        return (await target.ask(size=10_000_000)).status == 200

    await two_sided_async(attack, whole=whole, twin=twin)
    assert (await whole.ask(offset=10_000_000)).status == 422


@pytest.mark.parametrize("query", ["sort=id&sort=title", "size=1&size=2", "title=a&title=b", "cursor=a&cursor=b"])
async def test_a_parameter_that_comes_twice_is_422(whole: Shelf, query: str) -> None:
    """Nobody has to guess which counted."""
    answer = await ask(whole.app, "GET", f"/books?{query}")
    assert answer.status == 422
    assert answer.problem["errors"][0]["type"] == "repeated"


@pytest.mark.parametrize("query", ["titel=oak", "shop=x", "page=2", "size=2&offset=3", "TITLE=a", "made_after=1"])
async def test_a_parameter_that_nobody_declares_is_422(whole: Shelf, query: str) -> None:
    """Misspelt and ignored, it would show more than was asked for; the answer names it, and what there is."""
    answer = await ask(whole.app, "GET", f"/books?{query}")
    (error,) = answer.problem["errors"]
    name = query.rpartition("&")[2].partition("=")[0]
    assert (answer.status, error["type"], error["loc"]) == (422, "filter_unknown", ["query", name])
    assert error["msg"].startswith("There is no such parameter. Filter by id.in, title, title.contains")


@pytest.mark.parametrize("name", ["a\r\n\u202e", "x" * 65, "' OR 1=1 --", "<b>", "2**64", ""])
async def test_a_name_that_is_a_text_is_not_told_back(whole: Shelf, name: str) -> None:
    """It is the stranger's own, and was no misspelling."""
    answer = await whole.ask(**{name: "CANARY"})
    (error,) = answer.problem["errors"]
    assert (answer.status, error["loc"]) == (422, ["query", "unknown"])


class Shown(FormModel):
    """What a dependency reads of the query."""

    as_table: bool = Field(False, alias="asTable")
    colour: str = Field("", validation_alias=AliasChoices("colour", "color"))


KINDS = Annotated[tuple[str, ...], Query()]


class Open(BaseModel, extra="allow"):
    """A model that takes any name."""


@dataclass
class Chosen:
    """A route as the names are asked of it."""

    dependant: object = None


def app_with(*dependencies: Any) -> FastAPI:
    app, router = FastAPI(), APIRouter()

    @router.get("/books", dependencies=[Depends(each) for each in dependencies])
    async def books(
        asked: Annotated[PageQuery, Depends(Pages(SORTING, FILTERS))], lang: str = "en", kind: KINDS = ()
    ) -> None: ...

    app.include_router(router, prefix="/v1")
    return protect(app, default=Public("a test"))


async def test_what_the_route_declares_besides_the_list_is_taken() -> None:
    """Parameters of the endpoint and of its dependencies, by any of their names, and keys in the query."""

    def further(deep: int = 0, named: str = Query("", alias="n-m")) -> None: ...

    app = app_with(further, APIKeyQuery(name="key", auto_error=False))
    for query in ("lang=de", "kind=a&kind=b", "deep=1", "n-m=x", "key=x", "size=2&lang=de"):
        assert (await ask(app, "GET", f"/v1/books?{query}")).status == 200, query
    for query in ("named=x", "further=1", "langs=de", "lang=de&page=2"):
        assert (await ask(app, "GET", f"/v1/books?{query}")).status == 422, query


def test_the_fields_of_query_models_are_declared_too() -> None:
    """By every name that FastAPI takes; a model that takes any name leaves none unknown, and a mount knows none."""

    def of(model: Any) -> Dependant:
        def read(shown: Annotated[model, Query()]) -> None: ...

        return get_dependant(path="/", call=read)

    names, route = DeclaredNames(), Chosen(dependant=of(Shown))
    assert all(names.has({"route": route}, each) for each in ("asTable", "colour", "color"))
    assert not any(names.has({"route": route}, each) for each in ("as_table", "shown"))
    assert names.has({"route": Chosen(dependant=of(Open))}, "whatever")
    assert names.has({"route": Chosen(dependant=of(Shown | None))}, "colour")
    assert not names.has({"route": Chosen()}, "whatever")
    assert not names.has({}, "whatever")


async def test_the_answer_repeats_nothing(whole: Shelf) -> None:
    """Whatever parameter is wrong."""
    for name in ("sort", "size", "cursor", "title", "made.after", "canary.contains", "id.in"):
        answer = await whole.ask(**{name: "CANARY\u0000"})
        assert answer.status == 422, name
        assert b"CANARY" not in answer.body


async def test_a_core_statement_is_paged_too(whole: Shelf) -> None:
    """`make` gets what was selected, column by column, and nothing of what the cursor needs."""
    order = SORTING.order("-title")
    assert order is not None
    asked = PageQuery(order, 2)
    mine = select(Book.__table__.c.id, Book.__table__.c.title).where(Book.__table__.c.owner == "ada")
    async with whole.engine.connect() as connection:
        page = asked.page(await connection.execute(asked.narrow(mine)), lambda number, title: f"{number} {title}")
    assert page.items == ["4 book 3", "3 book 2"]
    assert page.next is not None


async def test_what_a_statement_said_of_order_and_size_gives_way(whole: Shelf) -> None:
    """Else a page would end where its cursor does not say."""
    order = SORTING.order("id")
    assert order is not None
    narrowed = PageQuery(order, 2).narrow(select(Book.id).order_by(Book.title.desc()).limit(1).offset(3))
    async with whole.engine.connect() as connection:
        assert [row[0] for row in await connection.execute(narrowed)] == [1, 2, 3]


def test_the_document_shows_types_and_limits() -> None:
    """Each parameter by its name, with what it takes."""
    app = FastAPI()

    @app.get("/", dependencies=[Depends(Pages(SORTING, FILTERS, largest=50))])
    async def root() -> None: ...

    shown = {each["name"]: each["schema"] for each in app.openapi()["paths"]["/"]["get"]["parameters"]}
    assert {"sort", "size", "cursor", *FILTERS.names} == set(shown)
    size = {"type": "integer", "format": "int32", "minimum": 1, "maximum": 50, "default": 20, "title": "Size"}
    assert shown["size"] == size
    assert shown["sort"]["pattern"] == SORTING.pattern
    assert shown["pages.from"]["anyOf"][0] == {"type": "integer", "minimum": -32768, "maximum": 32767}
    assert shown["title.contains"]["anyOf"][0] == {"type": "string", "minLength": 1, "maxLength": 80}
    assert shown["id.in"]["anyOf"][0]["maxItems"] == 20


@pytest.mark.parametrize(
    "make",
    [
        lambda: Pages(SORTING, largest=0),
        lambda: Pages(SORTING, largest=5, usual=6),
        lambda: Pages(SORTING, usual=0),
        lambda: Pages(SORTING, largest=1001),
        lambda: Pages(SORTING, Filters({"sort": (Book.title,)})),
    ],
)
def test_pages_without_a_bound_cannot_be_built(make: Callable[[], Pages]) -> None:
    """Nor with a filter that would take the place of their own parameters."""
    with pytest.raises(ConfigurationError):
        make()


def test_a_small_list_needs_no_usual_size() -> None:
    """It is twenty, or the largest where that is less."""
    for largest, usual in ((10, 10), (50, 20)):
        assert Pages(SORTING, largest=largest).__signature__.parameters["size"].default == usual


async def test_a_list_without_filters_refuses_them(tmp_path: Path) -> None:
    """And says that there are none."""
    async with shelf(tmp_path / "plain.sqlite3", [book()], ours(Pages(SORTING))) as plain:
        answer = await plain.ask(title__contains="x")
        assert answer.status == 422
        assert answer.problem["errors"][0]["msg"] == "There is no such parameter. Filter by nothing"
