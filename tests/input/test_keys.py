"""What names a row: one spelling each."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import TypeAdapter

from buckler.input import Identifier, Key, UuidKey
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
    }
