"""What names a row: one spelling each."""

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI, Form, Query
from fastapi.testclient import TestClient
from pydantic import TypeAdapter, create_model

from buckler.input import Count, Identifier, Int32, Int64, Key, StrictModel, UuidKey
from buckler.randomness import identifier
from tests.input.twin import kinds_of, taking, value_of
from tests.proof import two_sided

ONE = "0b0f9a9e-7d5c-4f3a-9a51-2f1f5b0f6c11"


@pytest.mark.asvs("2.2.1")
@pytest.mark.parametrize(
    "spelling",
    [ONE.upper(), ONE.replace("-", ""), "{" + ONE + "}", "urn:uuid:" + ONE],
    ids=["capitals", "bare", "braces", "urn"],
)
def test_a_uuid_has_one_spelling(spelling: str) -> None:
    """Two spellings of one key are two keys to a cache and to a limit."""

    def attack(kind: Any) -> bool:
        return taking(kind)(spelling) and value_of(kind, spelling) == UUID(ONE)

    two_sided(attack, whole=UuidKey, twin=UUID)


def test_keys_are_taken() -> None:
    """Numbers, UUIDs as text and as themselves, and identifiers as we make them."""
    assert value_of(UuidKey, ONE) == UUID(ONE)
    assert value_of(UuidKey, fresh := uuid4()) == fresh
    assert TypeAdapter[Any](UuidKey).dump_json(UUID(ONE)) == f'"{ONE}"'.encode()
    assert value_of(Identifier, made := identifier()) == made
    assert (value_of(Key, 1), value_of(Key, "7")) == (1, 7)


@pytest.mark.parametrize(
    "sent", ["", "0" * 31, "0" * 33, "A" * 32, "g" * 32, "0" * 31 + "\n", "\uff10" * 32, 5, None, b"0" * 32]
)
def test_what_is_no_identifier_is_refused(sent: object) -> None:
    """Neither capitals nor other digits."""
    assert kinds_of(Identifier, sent) == ["identifier"]


@pytest.mark.parametrize("sent", ["", "x", ONE + "\n", ONE[:-1], 5, None, ONE.encode()])
def test_what_is_no_uuid_is_refused(sent: object) -> None:
    """In words that repeat nothing."""
    assert kinds_of(UuidKey, sent) == ["uuid_key"]


def test_the_document_shows_the_spelling() -> None:
    """As patterns and formats."""
    assert TypeAdapter[Any](UuidKey).json_schema()["format"] == "uuid"
    assert TypeAdapter[Any](Identifier).json_schema()["pattern"] == "^[0-9a-f]{32}$"
    assert TypeAdapter[Any](Key).json_schema() == {
        "type": "integer",
        "minimum": 1,
        "maximum": 2**63 - 1,
        "format": "int64",
        "examples": [1],
    }


SPELLINGS = (
    "010", "+10", "10.0", "10.", "1_0", " 10", "10 ", "10\n", "\t10", "\u3000\uff11\uff10", "\u00a010",
    "\u300010", "1e1", "-0", "00", "", 10.0, True, b"10", "1" * 5000,
)  # fmt: skip


@pytest.mark.asvs("2.2.1")
@pytest.mark.parametrize("kind", [Key, Int32, Int64, Count], ids=["Key", "Int32", "Int64", "Count"])
def test_a_number_has_one_spelling(kind: Any) -> None:
    """In every place where it arrives as text; in JSON it is a number."""
    assert not any(taking(kind)(sent) for sent in SPELLINGS)
    assert taking(int)("010")
    assert (value_of(kind, 10), value_of(kind, "10")) == (10, 10)
    assert not taking(create_model("Body", __base__=StrictModel, key=(kind, ...)))({"key": "10"})


def app_of(kind: Any) -> FastAPI:
    """A service that takes one wherever FastAPI reads text."""
    app = FastAPI()

    @app.get("/path/{key}")
    async def path(key: kind) -> int:
        return int(key)

    @app.get("/query")
    async def query(key: Annotated[kind, Query()]) -> int:
        return int(key)

    @app.post("/form")
    async def form(key: Annotated[kind, Form()]) -> int:
        return int(key)

    return app


@pytest.mark.asvs("2.2.1")
def test_a_key_has_one_spelling_on_the_wire() -> None:
    """In a path, a query and a form."""

    def attack(kind: Any) -> bool:
        client = TestClient(app_of(kind))
        spellings = ("010", "+10", "10.0", "1_0", " 10")
        asked = [client.get(f"/path/{quote(each)}").status_code for each in spellings]
        asked += [client.get("/query", params={"key": each}).status_code for each in spellings]
        asked += [client.post("/form", data={"key": each}).status_code for each in spellings]
        assert client.get("/path/10").json() == client.post("/form", data={"key": "10"}).json() == 10
        return 200 in asked

    two_sided(attack, whole=Key, twin=int)


def test_signs_and_zero_are_for_numbers_that_have_them() -> None:
    """`-5` and `0`."""
    assert (value_of(Int64, "-5"), value_of(Count, "0"), value_of(Int32, "0")) == (-5, 0, 0)
    assert not taking(Key)("0")
    assert not taking(Key)("-5")
