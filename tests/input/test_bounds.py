"""Bounds reach every type that pydantic knows, however deep it stands."""

import re
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from ipaddress import IPv4Address, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar
from uuid import UUID

import pytest
from pydantic import (
    AfterValidator,
    AnyUrl,
    Base64Bytes,
    BaseModel,
    BeforeValidator,
    Discriminator,
    Field,
    HttpUrl,
    Json,
    PlainValidator,
    PostgresDsn,
    RootModel,
    SecretStr,
    Tag,
    TypeAdapter,
    WrapValidator,
    computed_field,
    create_model,
    field_validator,
)
from typing_extensions import TypeAliasType, TypedDict

from buckler.input import FormModel, StrictModel
from tests.input.twin import taking
from tests.proof import two_sided


class Pair(NamedTuple):
    """Of a kind that pydantic reads argument by argument."""

    number: int
    text: str


@dataclass
class Plain:
    """One of the standard library."""

    text: str
    number: int = 0
    inner: "list[Plain] | None" = None


class Keyed(TypedDict):
    """Of a kind that has no class at run time."""

    text: str


class Cat(StrictModel):
    """One of two."""

    kind: Literal["cat"]
    lives: int


class Dog(StrictModel):
    """The other, which holds itself."""

    kind: Literal["dog"]
    friends: "list[Dog]" = Field(default_factory=list)


class Colour(Enum):
    """By name."""

    RED = "red"


class Level(IntEnum):
    """By number."""

    LOW = 1


Words = TypeAliasType("Words", list[str])
Item = TypeVar("Item")


class Boxed(StrictModel, Generic[Item]):
    """Of whatever."""

    value: Item


def holding(kind: Any, parent: type[BaseModel] = StrictModel) -> type[BaseModel]:
    """A model of one field."""
    return create_model("Holding", __base__=parent, value=(kind, ...))


MANY = list(range(1001))
NAMED = {str(number): 1 for number in MANY}
HUGE = 10**300
LONG = "x" * 10_001
NUL = "a\x00b"

HOSTILE: tuple[tuple[Any, object], ...] = (
    *(
        (kind, MANY)
        for kind in (
            list[int],
            Sequence[int],
            tuple[int, ...],
            deque[int],
            set[int],
            frozenset[int],
            Iterable[int],
            list,
            tuple,
        )
    ),
    *(
        (kind, [HUGE])
        for kind in (list[int], Sequence[int], tuple[int, ...], deque[int], Iterable[int], list[int | None])
    ),
    *(
        (kind, NAMED)
        for kind in (
            dict[str, int],
            Mapping[str, int],
            OrderedDict[str, int],
            Counter[str],
            defaultdict[str, int],
            dict,
        )
    ),
    *((kind, {"a": "7"}) for kind in (dict[str, int], Mapping[str, int], OrderedDict[str, int], defaultdict[str, int])),
    *((kind, {NUL: 1}) for kind in (dict[str, int], Mapping[str, int], OrderedDict[str, int], defaultdict[str, int])),
    *((kind, ["1"]) for kind in (list[int], Sequence[int], tuple[int, ...], tuple[int], deque[int], Iterable[int])),
    *((kind, LONG) for kind in (str, bytes, re.Pattern[str], Path, SecretStr, Base64Bytes)),
    *(
        (kind, NUL)
        for kind in (
            str,
            Path,
            SecretStr,
            Annotated[str, Field(pattern="^.{1,20}$")],
            Annotated[str, Field(max_length=20)],
            Annotated[str, AfterValidator(str.lower)],
            Annotated[str, WrapValidator(lambda sent, then: then(sent))],
        )
    ),
    *((Decimal, text) for text in ("1E+300000", "1E-300000", "9" * 41, "1." + "1" * 40)),
    (Annotated[Decimal, Field(ge=0)], "1E+300000"),
    (AnyUrl, "https://e.example/" + LONG),
    (complex, "1e400"),
    (complex, "nanj"),
    (HttpUrl, "https://e.example/" + LONG),
    (Json[list[int]], f"[{'1,' * 6000}1]"),
    (Json[list[int]], '["1"]'),
    *((kind, sent) for kind in (date, datetime) for sent in (0, 10.5, True, "0", "86400")),
    *((time, sent) for sent in (0, 10.5, "10")),
    (timedelta, 10),
    (timedelta, 1e9),
    (Pair, [1, LONG]),
    (Pair, ["1", "x"]),
    (Pair, [HUGE, "x"]),
    (Plain, {"text": NUL}),
    (Plain, {"text": "x", "number": "1"}),
    (Plain, {"text": "x", "inner": [{"text": NUL}]}),
    (list[Plain], [{"text": LONG}]),
    (Keyed, {"text": NUL}),
    (dict[str, Keyed], {"a": {"text": LONG}}),
    (Words, [NUL]),
    (Words, ["x"] * 1001),
    (Boxed[list[int]], {"value": MANY}),
    (int | str, NUL),
    (Annotated[int, Field(gt=5)], HUGE),
)


@pytest.mark.asvs("1.3.3", "1.4.2", "2.2.1")
@pytest.mark.parametrize(("kind", "sent"), HOSTILE, ids=lambda value: ascii(value)[:40])
def test_what_has_no_bound_gets_one(kind: Any, sent: object) -> None:
    """Wherever it stands; a plain model takes all of it, or nearly."""

    def attack(parent: Any) -> bool:
        return taking(holding(kind, parent) if parent is StrictModel else Any)({"value": sent})

    two_sided(attack, whole=StrictModel, twin=BaseModel)


USUAL: tuple[tuple[Any, object], ...] = (
    (str, "x"), (int, 5), (float, 0.5), (float, 1), (bool, True), (None, None), (str | None, None), (Any, {"a": [1]}),
    (bytes, "x"), (UUID, str(UUID(int=5))), (Colour, "red"), (Level, 1), (Literal["a", 1], 1), (Path, "a/b"),
    (IPv4Address, "192.0.2.1"), (IPv6Network, "2001:db8::/32"), (AnyUrl, "https://e.example/"),
    (HttpUrl, "https://e.example/"), (PostgresDsn, "postgres://u:p@h.example/db"), (SecretStr, "x"),
    (Base64Bytes, "eA=="), (Json[list[int]], "[1]"), (Json, '{"a": 1}'), (date, "2030-01-31"),
    (datetime, "2030-01-31T12:00:00Z"), (date, date(2030, 1, 31)), (datetime, datetime(2030, 1, 31, tzinfo=UTC)),
    (time, "12:00:00"), (time, time(12)), (timedelta, "P1DT2H"), (timedelta, timedelta(1)), (Decimal, "1.50"),
    (Decimal, 5), (Decimal, "9" * 40), (Annotated[Decimal, Field(max_digits=50)], "9" * 45), (complex, "1+2j"),
    (list, [1, "a"]), (list[int], [1]), (Sequence[str], ["a"]), (tuple[int, str], [1, "a"]),
    (tuple[int, ...], [1, 2]), (deque[int], [1]), (set[str], ["a"]), (frozenset[int], [1]), (Iterable[int], [1, 2]),
    (dict[str, int], {"a": 1}), (Mapping[str, int], {"a": 1}), (OrderedDict[str, int], {"a": 1}),
    (Counter[str], {"a": 1}), (defaultdict[str, int], {"a": 1}), (Pair, [1, "x"]),
    (Plain, {"text": "x", "inner": []}), (Plain, {"text": "x", "inner": [{"text": "y"}]}), (Keyed, {"text": "x"}),
    (Cat, {"kind": "cat", "lives": 9}),
    (Annotated[Cat | Dog, Field(discriminator="kind")], {"kind": "dog", "friends": [{"kind": "dog"}]}),
    (
        Annotated[
            Annotated[str, Tag("text")] | Annotated[int, Tag("int")],
            Discriminator(lambda sent: "int" if isinstance(sent, int) else "text"),
        ],
        5,
    ),
    (Words, ["x"]), (Boxed[int], {"value": 5}), (Boxed[list[str]], {"value": ["x"]}), (RootModel[list[int]], [1]),
    (Annotated[int, BeforeValidator(lambda sent: sent)], 5), (Annotated[int, PlainValidator(lambda sent: sent)], 5),
    (Annotated[str, WrapValidator(lambda sent, then: then(sent))], "x"), (re.Pattern[str], "^a$"),
    (int | list["str"], ["x"]), (Annotated[tuple[int, ...], Field(max_length=2000)], MANY),
    (Annotated[deque[int], Field(max_length=2000)], MANY), (Annotated[bytes, Field(max_length=20_000)], LONG),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "sent"), USUAL, ids=lambda value: ascii(value)[:40])
def test_the_usual_types_work(kind: Any, sent: object) -> None:
    """They are taken, written out again, and shown in the document."""
    model = holding(kind)
    taken = model.model_validate({"value": sent})
    assert taken.model_dump_json()
    assert "value" in model.model_json_schema()["properties"]


def test_fractions_are_small_where_pydantic_reads_them() -> None:
    """`Fraction("1e99999999")` does not come back."""
    try:
        model = holding(Fraction)
    except Exception:  # noqa: BLE001 - whichever error older ones have for a type that they do not know
        return
    assert all(taking(model)({"value": sent}) for sent in ("1/3", "-1.5", 5))
    assert not any(taking(model)({"value": sent}) for sent in ("1e99", "9" * 41, HUGE, 0.1))


def test_an_iterable_is_judged_at_once() -> None:
    """Read later, a member that does not fit would be the endpoint's error."""
    assert holding(Iterable[int]).model_validate({"value": [1, 2]}).model_dump() == {"value": [1, 2]}


def test_models_that_are_more_than_fields() -> None:
    """Validators, computed fields, defaults, and dates in forms."""

    class Much(StrictModel):
        first: str = "x"
        when: date | None = None

        @field_validator("first")
        @classmethod
        def _small(cls, first: str) -> str:
            return first.lower()

        @computed_field
        def twice(self) -> str:
            return self.first * 2

    class Searching(FormModel):
        day: date
        number: int

    assert Much(first="A").model_dump() == {"first": "a", "when": None, "twice": "aa"}
    assert taking(Searching)({"day": "2030-01-31", "number": "5"})
    assert not taking(Searching)({"day": "10", "number": "5"})


def test_the_document_shows_the_bounds() -> None:
    """Of sequences and amounts as of lists and numbers."""
    shown = TypeAdapter(holding(Sequence[str])).json_schema()["properties"]["value"]
    assert (shown["maxItems"], shown["items"]["maxLength"]) == (1000, 10_000)
    assert TypeAdapter(holding(date)).json_schema()["properties"]["value"]["format"] == "date"
