"""Words of an error are told where they are known to repeat nothing of what was sent: its name proves nothing."""

import datetime as dt
import enum
import json
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from fastapi import Body, FastAPI, HTTPException
from pydantic import AfterValidator, BaseModel, ByteSize, Field, model_validator
from pydantic_core import PydanticCustomError

from buckler import Public
from buckler.input import Identifier, Username
from buckler.input.faults import FAULTS
from tests.proof import two_sided_async
from tests.stage import protect
from tests.twins.twin import Twin
from tests.wire import ask

NOT_ACCEPTED = "The value is not accepted."


def refuse_all(value: Any) -> Any:
    raise PydanticCustomError("absent", "Something is missing.")


def refuse_under_another_name(value: str) -> str:
    raise PydanticCustomError("string_too_short", "It is not for the {number} of us.", {"number": 3})


class Colour(enum.Enum):
    RED = "red"


def saying(kind: Any, words: Any) -> Any:
    """A type whose every value is refused in these words, by whatever name."""

    def refuse(value: str) -> str:
        raise PydanticCustomError(kind, words, {"v": value, "words": value, "last": value[-4:]})

    return Annotated[str, AfterValidator(refuse)]


@pytest.mark.parametrize(
    ("kind", "words", "sent"),
    [
        ("username", "no good: {v}", "seven green lanterns"),
        ("username", "{words}", "seven green lanterns"),
        ("string_too_short", "no good: {v}", "seven green lanterns"),
        ("missing", "no good: {v}", "seven green lanterns"),
        ("literal_error", "Input should be {v}", "seven green lanterns"),
        ("my_own", "no good: {v}", "seven green lanterns"),
        ("card_digits", "The card number ends in {last}, which fails the check", "4111111111111234"),
        ("pin", "PIN {v} is taken", "739"),
        ("pin", "PIN {v} is taken", "73"),
    ],
)
async def test_words_that_quote_are_not_told_whatever_name_they_go_by(kind: str, words: str, sent: str) -> None:
    """An app's own error may bear the name of one of pydantic's or ours; on the twin its words leave."""

    def serve(**given: Any) -> FastAPI:
        app = FastAPI()

        async def endpoint(item: Annotated[saying(kind, words), Body(embed=True)]) -> None: ...  # type: ignore[valid-type]

        app.post("/", dependencies=[Public("a test")])(endpoint)
        return protect(app, **given)

    quoted = sent[-4:] if "{last}" in words else sent

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "POST", "/", json_body={"item": sent})
        return any(
            quoted in each["msg"]
            for each in json.loads(answer.body).get("errors", json.loads(answer.body).get("detail"))
        )

    await two_sided_async(attack, whole=serve(), twin=serve(kind=Twin, without="safe-errors"))


class Span(BaseModel):
    first: int
    last: int

    @model_validator(mode="before")
    @classmethod
    def refuse(cls, _: Any) -> Any:
        raise PydanticCustomError("span", "It ends before it begins.")


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        (Span, {"first": 1, "last": 0}),
        (Literal["the dark red lantern"], "dark red"),
        (Annotated[str, AfterValidator(refuse_under_another_name)], "lantern"),
        (Annotated[str, Field(pattern="^(secret)+7$")], "secret"),
    ],
    ids=range(4),
)
async def test_where_nobody_can_say_it_is_not_told(kind: Any, sent: Any) -> None:
    """Of an object, or where a bound of the app itself has in it what was sent: closed."""
    app = FastAPI()

    async def endpoint(item: Annotated[kind, Body(embed=True)]) -> None: ...

    app.post("/", dependencies=[Public("a test")])(endpoint)
    answer = await ask(protect(app), "POST", "/", json_body={"item": sent})
    assert [each["msg"] for each in answer.problem["errors"]] == [NOT_ACCEPTED]


async def test_a_part_of_a_word_is_not_told_either() -> None:
    """Pydantic's own `ByteSize` repeats what stands behind the number."""
    app = FastAPI()

    @app.post("/", dependencies=[Public("a test")])
    async def endpoint(size: Annotated[ByteSize, Body(embed=True)]) -> None: ...

    answer = await ask(protect(app), "POST", "/", json_body={"size": "1correct_horse_battery"})
    assert answer.problem["errors"][0]["msg"] == NOT_ACCEPTED


Anything = Annotated[Any, AfterValidator(refuse_all)]
Late = Annotated[dt.date, Field(ge=dt.date(2030, 1, 1))]
TOLD: list[tuple[Any, Any, str]] = [
    (int, "x1y2z3", "Input should be a valid integer, unable to parse string as an integer"),
    (Annotated[int, Field(le=3)], 10, "Input should be less than or equal to 3"),
    (Annotated[float, Field(gt=0.5)], 0.25, "Input should be greater than 0.5"),
    (Annotated[Decimal, Field(le=Decimal("2.5"))], "3.25", "Input should be less than or equal to 2.5"),
    (Late, "2026-01-31", "Input should be greater than or equal to 2030-01-01"),
    (Annotated[str, Field(min_length=4)], "abc", "String should have at least 4 characters"),
    (Annotated[str, Field(pattern="^[a-z]+$")], "ABC7", "String should match pattern '^[a-z]+$'"),
    (Annotated[list[int], Field(max_length=1)], [1, 2], "List should have at most 1 item after validation, not 2"),
    (Literal["red", "blue"], "green", "Input should be 'red' or 'blue'"),
    (Colour, "green", "Input should be 'red'"),
    (bool, "perhaps", "Input should be a valid boolean, unable to interpret input"),
    (Identifier, "ab", FAULTS["identifier"]),
    (Username, "a b", "A name consists of letters in use today, the digits 0 to 9 and . _ - @ +"),
    (list[Anything], [None], "Something is missing."),
    (saying("weak", "Choose a longer word."), "tiny", "Choose a longer word."),
]


@pytest.mark.parametrize(("kind", "sent", "words"), TOLD, ids=range(len(TOLD)))
async def test_words_that_quote_nothing_are_told(kind: Any, sent: Any, words: str) -> None:
    """Pydantic's, ours and the app's: who sent the value can mend it."""
    app = FastAPI()

    async def endpoint(item: Annotated[kind, Body(embed=True)]) -> None: ...

    app.post("/", dependencies=[Public("a test")])(endpoint)
    answer = await ask(protect(app), "POST", "/", json_body={"item": sent})
    assert [each["msg"] for each in answer.problem["errors"]] == [words]


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
async def test_what_json_has_no_number_for_is_no_crash(number: str) -> None:
    """A caller may send it in a query, and the app may hand it on in a detail."""
    app = FastAPI()

    @app.get("/", dependencies=[Public("a test")])
    async def endpoint(x: float) -> None:
        raise HTTPException(400, detail={"x": x, "why": "odd"})

    answer = await ask(protect(app), "GET", f"/?x={number}")
    assert (answer.status, answer.problem["info"]) == (400, {"x": "...", "why": "odd"})
