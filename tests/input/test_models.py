"""Models that take what they name and nothing else, in every place where FastAPI reads or writes one."""

import copy
import pickle
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from fastapi import FastAPI, Form, Query
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

import buckler.input
from buckler import Public
from buckler.input import Count, FormModel, Line, Money, StrictModel, Text, line_of, text_of
from buckler.input.faults import FAULTS
from tests.input.twin import kinds_of, taking, value_of
from tests.proof import two_sided
from tests.stage import protect


class Table(DeclarativeBase):
    """The root of the one table here."""


class Row(Table):
    """An account as it is kept, with what never leaves."""

    __tablename__ = "row"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    password_hash: Mapped[str] = mapped_column(String(64))


class Colour(Enum):
    RED = "red"


class Inner(StrictModel):
    """A model in a model, with a field that is called as schemas call theirs."""

    type: int = 0


class Note(StrictModel):
    """One of nearly everything."""

    title: Line
    text: Text = ""
    count: Count = 0
    number: int = 0
    share: float = 0.0
    done: bool = False
    plain: str = ""
    words: list[str] = Field(default_factory=list)
    table: dict[str, int] = Field(default_factory=dict)
    pair: tuple[int, str] = (0, "")
    kind: Literal["a", "b"] = "a"
    colour: Colour = Colour.RED
    day: date | None = None
    key: UUID | None = None
    price: Decimal | None = None
    inner: Inner | None = None


class PlainNote(BaseModel):
    """The twin: what a model takes by itself."""

    model_config = ConfigDict(from_attributes=True)

    title: str
    text: str = ""
    count: int = 0
    number: int = 0
    share: float = 0.0
    done: bool = False
    plain: str = ""
    words: list[str] = Field(default_factory=list)
    table: dict[str, int] = Field(default_factory=dict)


class Answer(StrictModel):
    """What leaves of an account."""

    id: int
    name: str


class PlainAnswer(BaseModel):
    """The twin."""

    id: int
    name: str


class Search(FormModel):
    """Where everything arrives as text."""

    words: Line
    page: Count = 1
    exact: bool = False


@pytest.mark.asvs("2.2.1", "1.4.2", "1.3.3", "15.3.3", "15.3.5")
@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"is_admin": True}, "extra_forbidden"),
        ({"number": "1"}, "int_type"),
        ({"number": True}, "int_type"),
        ({"number": 1.0}, "int_type"),
        ({"number": 10**30}, "less_than_equal"),
        ({"number": -(10**30)}, "greater_than_equal"),
        ({"share": "0.5"}, "float_type"),
        ({"share": float("nan")}, "finite_number"),
        ({"share": float("inf")}, "finite_number"),
        ({"done": 1}, "bool_type"),
        ({"done": "yes"}, "bool_type"),
        ({"plain": "x" * 10_001}, "string_too_long"),
        ({"plain": "a\x00b"}, "text_nul"),
        ({"words": ["x"] * 1001}, "too_long"),
        ({"words": ["x" * 10_001]}, "string_too_long"),
        ({"table": {str(number): 1 for number in range(1001)}}, "too_long"),
        ({"table": {"a": "1"}}, "int_type"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_a_model_takes_what_it_names_in_the_types_of_json(fields: dict[str, Any], kind: str) -> None:
    """Strangers beside it, texts for numbers and numbers without end are refused; a plain model takes them."""
    sent = {"title": "x", **fields}

    def attack(model: Any) -> bool:
        return taking(model)(sent)

    two_sided(attack, whole=Note, twin=PlainNote)
    assert kinds_of(Note, sent) == [kind]


def test_what_json_has_no_type_for_is_read_from_text() -> None:
    """Dates, keys, amounts and enumerations arrive as text from every client."""
    note = Note.model_validate(
        {"title": "x", "day": "2030-01-31", "key": str(UUID(int=5)), "price": "1.50", "colour": "red", "pair": [1, "a"],
         "inner": {"type": 5}, "share": 1}
    )  # fmt: skip
    assert (note.day, note.key, note.price, note.colour) == (
        date(2030, 1, 31),
        UUID(int=5),
        Decimal("1.50"),
        Colour.RED,
    )
    assert Note.model_validate_json(note.model_dump_json()) == note
    assert kinds_of(Note, {"title": "x", "inner": {"type": "5"}}) == ["int_type"]


def test_bounds_of_one_s_own_stay() -> None:
    """Ours are for what has none."""

    class Wide(StrictModel):
        long: Annotated[str, Field(max_length=20_000, pattern="^x+$")]
        few: Annotated[list[int], Field(max_length=2)] = Field(default_factory=list)
        above: Annotated[int, Field(gt=5)] = 6
        below: Annotated[int, Field(lt=5)] = 4
        lax: Annotated[int, Field(strict=False)] = 0

    assert taking(Wide)({"long": "x" * 20_000, "lax": "5"})
    assert not taking(Wide)({"long": "x", "few": [1, 2, 3]})
    assert not taking(Wide)({"long": "x", "above": 2**63})
    assert not taking(Wide)({"long": "x", "below": -(2**63) - 1})


def test_what_was_judged_stays_as_it_was() -> None:
    """Frozen; and it can be copied and kept."""
    note = Note(title="x")
    with pytest.raises(ValidationError, match="frozen"):
        note.title = "\x00"
    assert pickle.loads(pickle.dumps(note)) == copy.deepcopy(note) == note  # noqa: S301 - our own bytes


def test_errors_print_no_input() -> None:
    """They end in logs."""
    with pytest.raises(ValidationError) as caught:
        Note.model_validate({"title": ["CANARY"], "number": "CANARY"})
    assert "CANARY" not in str(caught.value)


@pytest.mark.asvs("15.3.1")
def test_an_answer_is_never_made_of_a_row() -> None:
    """Also where FastAPI reads its attributes, and also of a part of one; the message says what to write."""
    row = Row(id=1, name="ada", password_hash="CANARY")

    def attack(model: type[BaseModel]) -> bool:
        try:
            TypeAdapter(model).validate_python(row, from_attributes=True)
        except ValidationError:
            return False
        return True

    two_sided(attack, whole=Answer, twin=PlainAnswer)
    with pytest.raises(ValidationError, match=r"Answer\(id=row.id"):
        Answer.model_validate(row)
    with pytest.raises(ValidationError, match="never made of a database row"):
        Answer.model_validate(row, from_attributes=True)


def service() -> FastAPI:
    """An app that has a model in every place."""
    app = FastAPI()

    @app.post("/body")
    async def body(note: Note) -> Note:
        return note

    @app.get("/query")
    async def query(search: Annotated[Search, Query()]) -> Search:
        return search

    @app.post("/form")
    async def form(search: Annotated[Search, Form()]) -> Search:
        return search

    @app.get("/row")
    async def row() -> Answer:
        return Row(id=1, name="ada", password_hash="CANARY")  # type: ignore[return-value]  # the mistake

    @app.get("/answer")
    async def answer() -> Answer:
        return Answer(id=1, name="ada")

    return protect(app, default=Public("a test"))


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(service(), base_url="https://api.example.test", raise_server_exceptions=False) as client:
        yield client


def test_bodies_queries_and_forms_are_read(client: TestClient) -> None:
    """Numbers in a query and a form arrive as text, and are numbers."""
    assert client.post("/body", json={"title": "x", "number": 5}).json()["number"] == 5
    expected = {"words": "a b", "page": 5, "exact": True}
    assert client.get("/query", params={"words": "a b", "page": "5", "exact": "true"}).json() == expected
    assert client.post("/form", data={"words": "a b", "page": "5", "exact": "true"}).json() == expected


@pytest.mark.parametrize(
    "extra", [{"is_admin": "1"}, {"page": "x"}, {"page": "-1"}, {"page": "1" + "0" * 30}, {"words": "a\x00b"}]
)
def test_what_does_not_fit_is_422(client: TestClient, extra: dict[str, str]) -> None:
    """In queries and forms as in bodies; the words tell what to mend and repeat nothing."""
    sent = {"words": "x", **extra}
    for answer in (client.get("/query", params=sent), client.post("/form", data=sent), client.post("/body", json=sent)):
        assert answer.status_code in (400, 422)
        assert "is_admin" not in str([each["msg"] for each in answer.json().get("errors", ())])


def test_our_words_reach_the_client(client: TestClient) -> None:
    """And nothing of what was sent."""
    answer = client.post("/body", json={"title": "control \u202e character"})
    assert answer.status_code == 422
    assert [each["msg"] for each in answer.json()["errors"]] == [FAULTS["line_characters"]]


def test_a_row_for_an_answer_is_our_mistake_and_tells_nothing(client: TestClient) -> None:
    """500, and no column in it."""
    answer = client.get("/row")
    assert answer.status_code == 500
    assert "CANARY" not in answer.text
    assert client.get("/answer").json() == {"id": 1, "name": "ada"}


def test_the_document_shows_every_bound(client: TestClient) -> None:
    """Given or ours."""
    schema = TypeAdapter(Note).json_schema()["properties"]
    assert schema["plain"]["maxLength"] == 10_000
    assert schema["number"] | {"default": 0, "title": "Number"} == {
        "type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1, "format": "int64",
        "default": 0, "title": "Number",
    }  # fmt: skip
    assert schema["words"]["maxItems"] == 1000
    assert schema["title"]["maxLength"] == 200


def test_models_of_models_and_of_kinds_are_bounded_each_by_its_own() -> None:
    """Inherited, generic, discriminated, recursive."""

    class Cat(StrictModel):
        kind: Literal["cat"]
        lives: int

    class Dog(StrictModel):
        kind: Literal["dog"]
        friends: "list[Dog]" = Field(default_factory=list)

    class Pet(StrictModel):
        pet: Annotated[Cat | Dog, Field(discriminator="kind")]
        price: Money | None = None

    assert taking(Pet)({"pet": {"kind": "dog", "friends": [{"kind": "dog"}]}, "price": "1.50"})
    assert kinds_of(Pet, {"pet": {"kind": "cat", "lives": "9"}}) == ["int_type"]
    assert kinds_of(Pet, {"pet": {"kind": "cat", "lives": 9}, "price": 1.5}) == ["money"]
    assert value_of(Search, {"words": "x", "page": "7"}).page == 7


def test_a_field_that_is_called_as_its_type_hides_no_constructor() -> None:
    """In the body of a class `text = ""` is what `text` means from there on: so they are called `text_of` and so on."""

    class Called(StrictModel):
        text: Text = ""
        line: Line = "x"
        note: Annotated[str, text_of(longest=500)] = ""
        url: Annotated[str, line_of(longest=80)] = "x"

    assert kinds_of(Called, {"note": "x" * 501}) == ["string_too_long"]
    assert not {"text", "line", "html", "url", "money", "password", "file_name"} & {*buckler.input.__all__}
