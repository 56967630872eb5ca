"""What does not fit costs little, what fits passes as before, and every error of a small value is told."""

import time
import tracemalloc
import uuid
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

import pytest
from pydantic import BaseModel, ConfigDict, Field, Json, RootModel, TypeAdapter, ValidationError, create_model
from typing_extensions import TypedDict  # pydantic asks for this one before Python 3.12

from buckler.input import StrictModel
from buckler.input.bounded_validator import FEW, MOST_ERRORS, MOST_NESTED, BoundedValidator, bound
from buckler.input.bounds import MOST_MEMBERS
from tests.proof import two_sided

FIELDS: dict[str, Any] = {f"f{number}": (int, ...) for number in range(24)}
Item: Any = create_model("Item", **FIELDS)
StrictItem: Any = create_model("StrictItem", __base__=StrictModel, **FIELDS)
NONE: list[dict[str, int]] = [{} for _ in range(5000)]
NAMED: dict[str, dict[str, int]] = {str(number): {} for number in range(5000)}


class Order(BaseModel):
    items: list[Item]


class Shop(BaseModel):
    order: Order
    spare: "Order | None" = None


@dataclass
class Crate:
    items: tuple[Item, ...]


class Row(NamedTuple):
    items: list[Item]


class Page(TypedDict):
    items: list[Item]


class Tree(BaseModel):
    left: "Tree | None" = None
    right: "Tree | None" = None
    name: str
    size: int


class Strict(StrictModel):
    items: Annotated[list[StrictItem], Field(max_length=50_000)]


def adapters(kind: Any) -> tuple[TypeAdapter[Any], TypeAdapter[Any]]:
    bounded = TypeAdapter[Any](kind)
    bound(bounded)
    return bounded, TypeAdapter(kind)


def errors_of(adapter: TypeAdapter[Any], value: object) -> list[Any]:
    try:
        adapter.validate_python(value, from_attributes=True)
    except ValidationError as error:
        return list(error.errors(include_url=False))
    return []


def megabytes_of(work: Callable[[], object]) -> float:
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


SHAPES: list[tuple[Any, Any]] = [
    (list[Item], NONE),
    (set[int], [[]] * 20_000),
    (tuple[Item, ...], NONE),
    (dict[str, Item], NAMED),
    (Mapping[str, Item], NAMED),
    (OrderedDict[str, Item], NAMED),
    (Sequence[Item], NONE),
    (deque[Item], NONE),
    (RootModel[list[Item]], NONE),
    (Order, {"items": NONE}),
    (Shop, {"order": {"items": NONE}}),
    (Shop, {"order": {"items": []}, "spare": {"items": NONE}}),
    (Crate, {"items": NONE}),
    (Row, {"items": NONE}),
    (Page, {"items": NONE}),
    (Strict, {"items": NONE}),
    (list[Item] | None, NONE),
    (list[list[Item]], [[]] * 10 + [NONE]),
    (Json[list[Item]], "[" + "{}," * 5000 + "{}]"),
    (Strict, {f"x{number}": 0 for number in range(90_000)}),
]


@pytest.mark.parametrize(("kind", "value"), SHAPES, ids=range(len(SHAPES)))
@pytest.mark.asvs("15.2.2")
def test_errors_do_not_multiply_wherever_the_members_stand(kind: Any, value: Any) -> None:
    """Counted, so that no machine is too fast or too slow for it."""
    bounded, plain = adapters(kind)

    def attack(adapter: TypeAdapter[Any]) -> bool:
        return len(errors_of(adapter, value)) > 10_000

    two_sided(attack, whole=bounded, twin=plain)
    assert 1 <= len(errors_of(bounded, value)) <= MOST_ERRORS
    assert megabytes_of(lambda: errors_of(bounded, value)) < 3


def test_fifty_thousand_objects_without_their_fields_cost_nothing() -> None:
    """150 kB of JSON: 5 s and 1.4 GB without it. CPU, with tenfold room."""
    bounded, _ = adapters(list[Item])
    sent: list[Any] = [{} for _ in range(50_000)]
    begun = time.process_time()
    errors = errors_of(bounded, sent)
    assert time.process_time() - begun < 0.3
    assert len(errors) == len(FIELDS)


@pytest.mark.parametrize(
    ("kind", "write"),
    [
        (set[int], int),
        (frozenset[int], int),
        (set[Decimal], str),
        (set[uuid.UUID], lambda number: str(uuid.UUID(int=number))),
    ],
)
def test_numbers_that_land_in_one_place_of_a_set_are_not_put_there(kind: Any, write: Callable[[int], Any]) -> None:
    """Multiples of 2^61-1 hash to one value (the square of 43,000 took 13 s), and a number may come again and again."""
    bounded, plain = adapters(kind)
    sent = [write(number * (2**61 - 1)) for number in range(1, MOST_MEMBERS + 2)]

    def attack(adapter: TypeAdapter[Any]) -> bool:
        return not errors_of(adapter, sent)

    two_sided(attack, whole=bounded, twin=plain)
    assert errors_of(bounded, sent)[0]["type"] == "too_long"
    assert errors_of(bounded, sent[:1] * (MOST_MEMBERS + 1))[0]["type"] == "too_long"
    assert not errors_of(bounded, sent[:MOST_MEMBERS])


def test_keys_that_are_read_as_numbers_are_bounded_too() -> None:
    bounded, plain = adapters(dict[int, int])
    sent = {str(number): 0 for number in range(MOST_MEMBERS + 1)}
    two_sided(lambda adapter: not errors_of(adapter, sent), whole=bounded, twin=plain)


def test_a_type_that_holds_itself_has_a_most_of_objects() -> None:
    """No list need be in it: each object has fields that may be missing."""

    def grown(depth: int) -> dict[str, Any]:
        return {"left": grown(depth - 1), "right": grown(depth - 1)} if depth else {}

    bounded, plain = adapters(Tree)
    two_sided(lambda adapter: len(errors_of(adapter, grown(13))) > MOST_ERRORS, whole=bounded, twin=plain)
    assert [each["type"] for each in errors_of(bounded, grown(13))] == ["value_too_nested"]
    assert MOST_NESTED > 2**13
    assert [each["type"] for each in errors_of(bounded, grown(10))] == ["errors_too_many"]


class Small(BaseModel):
    a: int


class Parcel(BaseModel):
    sender: Item | None = None
    receiver: Item | None = None
    names: list[dict[str, int]]


@pytest.mark.parametrize("kind", [Sequence[Small], Parcel])
def test_a_type_that_stands_in_two_places_does_not_hold_itself(kind: Any) -> None:
    """Pydantic refers to it from both, as it does where a type holds itself."""
    bounded, _ = adapters(kind)
    sent: list[Any] = [{"a": 1} for _ in range(MOST_NESTED + 1)]
    assert not errors_of(bounded, {"names": sent} if kind is Parcel else sent)


def test_a_count_of_words_stops_at_the_first_that_does_not_fit() -> None:
    bounded, plain = adapters(Counter[str])
    sent = {str(number): "many" for number in range(FEW + 1)}
    two_sided(lambda adapter: len(errors_of(adapter, sent)) > FEW, whole=bounded, twin=plain)


class Plain(BaseModel):
    model_config = ConfigDict(extra="allow")
    names: dict[str, str] = {}
    ids: Annotated[set[int], Field(max_length=20_000)] = set()
    words: set[str] = set()
    items: list[dict[str, int]] = []
    more: dict[Any, Any] = {}


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"names": {str(number): "x" for number in range(30_000)}},
        {"ids": list(range(20_000))},
        {"words": [str(number) for number in range(30_000)]},
        {"items": [{"a": number} for number in range(30_000)]},
        {"more": {str(number): "x" for number in range(30_000)}},
        {"anything": list(range(30_000))},
    ],
    ids=range(7),
)
def test_large_values_that_fit_pass_unchanged(value: Any) -> None:
    """Lists and mappings by name have no other bound than the body; numbers in a set have one that can be declared."""
    bounded, plain = adapters(Plain)
    assert bounded.validate_python(value) == plain.validate_python(value)
    assert type(bounded.validate_python(value)) is Plain


def test_a_set_with_a_bound_of_its_own_keeps_that() -> None:
    bounded, _ = adapters(Plain)
    assert errors_of(bounded, {"ids": list(range(20_001))})[0]["type"] == "too_long"


def test_every_error_of_a_small_value_is_told() -> None:
    """Who mends a form sees all of it at once."""
    bounded, plain = adapters(list[Item])
    sent: list[Any] = [{} for _ in range(40)]
    assert len(sent) < FEW
    assert errors_of(bounded, sent) == errors_of(plain, sent)
    assert len(errors_of(bounded, sent)) == 40 * 24


def test_of_a_large_value_the_first_that_does_not_fit_is_told() -> None:
    bounded, _ = adapters(list[int])
    assert [each["loc"] for each in errors_of(bounded, [0] * 2000 + ["x", "y"])] == [(2000,)]


def test_what_has_no_members_keeps_the_validator_it_has() -> None:
    """And the rest is bounded once, however often it is asked for."""
    bounded, plain = adapters(int)
    assert type(bounded.validator) is type(plain.validator)
    bounded, _ = adapters(list[int])
    once = bounded.validator
    bound(bounded)
    assert bounded.validator is once
    assert isinstance(once, BoundedValidator)
    assert bounded.validate_json("[1]") == [1]
