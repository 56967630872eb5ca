"""Errors help the caller, and tell nothing of the inside nor back what was sent."""

import enum
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from fastapi import Cookie, FastAPI, Form, Header, HTTPException, Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from buckler import Public, guarded
from tests.proof import two_sided_async
from tests.stage import DebuggedLater, development, protect
from tests.twins.twin import Twin
from tests.wire import ask

CANARY = "CANARY7f3a"


class Colour(enum.Enum):
    RED = "red"


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


def quote(value: str) -> str:
    raise ValueError(f"{value} is bad")


def check(value: str) -> str:
    assert value == "x", value
    return value


def explain(value: str) -> str:
    raise PydanticCustomError("weak", "Choose a longer word.")


class Four(BaseModel):
    a: int
    b: int
    c: int
    d: int


class Everything(BaseModel):
    model_config = ConfigDict(extra="ignore")
    number: int = 0
    small: Annotated[int, Field(le=3)] = 0
    real: float = 0
    money: Decimal = Decimal(0)
    flag: bool = False
    day: str = Field("", pattern="^[a-z]*$", max_length=5)
    key: uuid.UUID | None = None
    colour: Colour = Colour.RED
    word: Literal["a", "b"] = "a"
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None
    quoted: Annotated[str, AfterValidator(quote)] | None = None
    checked: Annotated[str, AfterValidator(check)] | None = None
    parsed: Any = None
    told: Annotated[str, AfterValidator(explain)] | None = None
    many: list[int] = []

    @field_validator("parsed")
    @classmethod
    def parse(cls, value: Any) -> int:
        return int(value)

    @model_validator(mode="after")
    def agree(self) -> "Everything":
        if self.flag:
            raise ValueError(f"{self!r} does not agree")
        return self


def make_app(kind: type[FastAPI] = FastAPI, **given: Any) -> FastAPI:
    app = kind(**given)
    public = [Public("a test")]

    @app.post("/body", dependencies=public)
    async def body(item: Everything) -> None: ...

    @app.post("/four", dependencies=public)
    async def four(item: Four) -> None: ...

    @app.post("/keys", dependencies=public)
    async def keys(item: dict[str, dict[str, dict[str, dict[str, int]]]]) -> None: ...

    @app.get("/path/{number}", dependencies=public)
    async def path(number: Annotated[int, Path(le=3)]) -> None: ...

    @app.get("/query", dependencies=public)
    async def query(number: Annotated[int, Query()]) -> None: ...

    @app.get("/header", dependencies=public)
    async def header(x_number: Annotated[int, Header()]) -> None: ...

    @app.get("/cookie", dependencies=public)
    async def cookie(number: Annotated[int, Cookie()]) -> None: ...

    @app.get("/crash", dependencies=public)
    async def crash() -> None:
        secret = CANARY
        raise RuntimeError(secret)

    return app


def without_it() -> FastAPI:
    return protect(make_app(), kind=Twin, without="safe-errors")


FIELDS: list[dict[str, Any]] = [
    {"number": CANARY},
    {"small": 10**30},
    {"real": CANARY},
    {"money": CANARY},
    {"flag": CANARY},
    {"day": CANARY},
    {"key": CANARY},
    {"key": "6ba7b810-9dad-11d1-80b4-00c04fd430cZ"},
    {"colour": CANARY},
    {"word": CANARY},
    {"pet": {"kind": CANARY}},
    {"pet": CANARY},
    {"quoted": CANARY},
    {"checked": CANARY},
    {"parsed": CANARY},
    {"told": CANARY},
    {"many": [CANARY]},
    {"flag": True, "day": "quiet"},
]


@pytest.mark.parametrize("item", FIELDS, ids=lambda item: next(iter(item)))
async def test_a_422_never_sends_back_a_value_of_the_body(item: dict[str, Any]) -> None:
    """Not in the message either, whatever exception a validator raised."""
    answer = await ask(protect(make_app()), "POST", "/body", json_body=item)
    assert answer.status == 422
    text = answer.body.decode()
    assert CANARY not in text
    assert "30cZ" not in text
    assert "quiet" not in text
    assert "`Z`" not in text
    assert set(answer.problem["errors"][0]) == {"type", "loc", "msg"}


async def test_words_for_the_public_are_told() -> None:
    """`PydanticCustomError` carries them; the place and kind of every error are told as well."""
    answer = await ask(protect(make_app()), "POST", "/body", json_body={"told": "tiny", "number": "x"})
    errors = {each["type"]: each for each in answer.problem["errors"]}
    assert errors["weak"]["msg"] == "Choose a longer word."
    assert errors["int_parsing"]["loc"] == ["body", "number"]


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        (f"/path/{CANARY}", []),
        (f"/query?number={CANARY}", []),
        (f"/query?{CANARY}={CANARY}", []),
        ("/header", [("x-number", CANARY)]),
        ("/cookie", [("cookie", f"number={CANARY}")]),
    ],
)
async def test_nor_one_of_the_path_query_header_or_cookie(target: str, headers: list[tuple[str, str]]) -> None:
    answer = await ask(protect(make_app()), "GET", target, headers=headers)
    assert (answer.status, CANARY.encode() in answer.body) == (422, False)


async def test_a_large_body_does_not_multiply() -> None:
    """One megabyte with four fields missing; FastAPI alone sends it back four times."""
    sent = {"x": "x" * 1_000_000}

    async def attack(app: FastAPI) -> bool:
        return len((await ask(app, "POST", "/four", json_body=sent)).body) > 3_000_000

    await two_sided_async(attack, whole=protect(make_app()), twin=without_it())
    answer = await ask(protect(make_app()), "POST", "/four", json_body=sent)
    assert answer.status == 422
    assert len(answer.problem["errors"]) == 4
    assert len(answer.body) < 16_384


@pytest.mark.parametrize("letter", ["k", "\u00e9", "\u202e", "\U0001f600", "\x00", '"', "\ud800"])
async def test_names_of_fields_that_the_caller_chose_stay_bounded(letter: str) -> None:
    """Keys of a mapping stand in `loc`; however long and strange, the answer stays small."""
    long = [letter * 2000 + str(number) for number in range(40)]
    item = {key: {key: {key: {key: "x"}}} for key in long}
    answer = await ask(protect(make_app()), "POST", "/keys", json_body=item)
    assert 400 <= answer.status < 500
    assert len(answer.body) < 16_384


async def test_hundreds_of_errors_make_a_small_answer() -> None:
    """Twenty are told; what more than a thousand members cost is bounded where they are validated."""
    sent = {"many": ["x"] * 900}

    async def attack(app: FastAPI) -> bool:
        return len((await ask(app, "POST", "/body", json_body=sent)).body) > 90_000

    app = protect(make_app())
    await two_sided_async(attack, whole=app, twin=without_it())
    answer = await ask(app, "POST", "/body", json_body=sent)
    assert (answer.status, len(answer.problem["errors"])) == (422, 20)
    assert len(answer.body) < 9_000


async def test_a_form_that_does_not_fit_is_not_repeated() -> None:
    app = FastAPI()

    @app.post("/form", dependencies=[Public("a test")])
    async def form(number: Annotated[int, Form()], password: Annotated[str, Form(max_length=5)]) -> None: ...

    kind = ("content-type", "application/x-www-form-urlencoded")
    answer = await ask(
        protect(app), "POST", "/form", headers=[kind], body=f"number={CANARY}&password={CANARY}".encode()
    )
    assert (answer.status, CANARY.encode() in answer.body) == (422, False)
    assert [each["loc"] for each in answer.problem["errors"]] == [["body", "number"], ["body", "password"]]
    assert all(set(each) == {"type", "loc", "msg"} for each in answer.problem["errors"])


async def test_the_body_of_every_5xx_is_ours_even_in_debug_mode() -> None:
    """A traceback shows source, values and paths."""
    for app in (make_app(), make_app(DebuggedLater)):
        protect(app)
        assert (await ask(app, "GET", "/crash")).code == "http-500"
        for headers in ([], [("accept", "text/html")]):
            answer = await ask(app, "GET", "/crash", headers=headers)
            assert answer.status == 500
            assert CANARY.encode() not in answer.body
            assert b"Traceback" not in answer.body


async def test_development_raises_to_the_server_and_still_answers_safely() -> None:
    app = protect(make_app(debug=True), settings=development())
    answer = await ask(app, "GET", "/crash", scheme="http", host="localhost")
    assert isinstance(answer.error, RuntimeError)
    assert (answer.status, CANARY.encode() in answer.body) == (500, False)


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 599])
async def test_a_5xx_that_the_app_made_itself_has_our_body(status: int) -> None:
    """Of its headers only `Retry-After` stays, which says when to come back."""
    app = FastAPI()

    @app.get("/", dependencies=[Public("a test")])
    async def root() -> PlainTextResponse:
        return PlainTextResponse(CANARY, status, {"x-canary": CANARY, "retry-after": "7"})

    answer = await ask(protect(app), "GET", "/")
    assert (answer.status, answer.header("retry-after")) == (status, "7")
    assert CANARY not in repr(answer.headers) + answer.body.decode()


@pytest.mark.parametrize(
    ("value", "stays"),
    [
        (b"120", True),
        (b"Wed, 21 Oct 2026 07:28:00 GMT", True),
        (b"1\r\nset-cookie: session=stolen", False),
        (b"1\n", False),
        (b"-1", False),
        (b"soon", False),
        (b"", False),
        (b"9" * 5000, False),
    ],
)
async def test_only_a_time_to_come_back_stays_of_a_5xx(value: bytes, stays: bool) -> None:
    """What else an app puts there may be a stranger's line."""

    async def busy(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 503, "headers": [(b"Retry-After", value)]})
        await send({"type": "http.response.body", "body": b""})

    app = FastAPI()
    app.mount("/busy", guarded(busy, Public("a test")))
    answer = await ask(protect(app), "GET", "/busy/x")
    assert (answer.status, answer.code) == (503, "http-503")
    assert answer.header("retry-after") == (value.decode() if stays else None)


async def test_the_apps_own_handlers_keep_their_words() -> None:
    """For errors that the app raises; 5xx are ours all the same."""
    app = FastAPI()

    @app.exception_handler(KeyError)
    async def known(_: Request, error: KeyError) -> PlainTextResponse:
        return PlainTextResponse("my words", 409)

    @app.exception_handler(404)
    async def lost(_: Request, error: Exception) -> PlainTextResponse:
        return PlainTextResponse("my 404", 404)

    @app.get("/known", dependencies=[Public("a test")])
    async def raise_known() -> None:
        raise KeyError("x")

    @app.get("/lost", dependencies=[Public("a test")])
    async def raise_lost() -> None:
        raise HTTPException(404)

    protect(app)
    assert (await ask(app, "GET", "/known")).body == b"my words"
    assert (await ask(app, "GET", "/lost")).body == b"my 404"
