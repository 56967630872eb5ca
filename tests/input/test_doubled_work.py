"""A type whose work doubles with each level is found; every other, however it holds itself, is not."""

import time
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple

import pytest
from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    Discriminator,
    Field,
    Json,
    JsonValue,
    RootModel,
    Tag,
    TypeAdapter,
    ValidationError,
    create_model,
)
from typing_extensions import TypeAliasType, TypedDict  # pydantic asks for these before Python 3.12

from buckler.input import StrictModel
from buckler.input.doubled_work import find_doubling


class A(BaseModel):
    child: "A | B | None" = None
    size: int


class B(BaseModel):
    child: "A | B | None" = None
    weight: int


class Named(BaseModel):
    root: list[A | None]


class Box(RootModel["Box | Bag | int"]):
    pass


class Listed(BaseModel):
    children: "list[Listed | Row]"


@dataclass
class Row:
    children: "list[Listed | Row]"


class Mapped(BaseModel):
    inside: "dict[str, Mapped | Free]"


class Free(BaseModel, extra="allow"):
    __pydantic_extra__: "dict[str, dict[str, Mapped | Free]]"


class Bag(TypedDict):
    inside: "Bag | Sack"


class Sack(TypedDict):
    inside: "Bag | Sack"


class Pair(NamedTuple):
    left: "Pair | Couple | int"


class Couple(NamedTuple):
    right: "Pair | Couple | int"


class Text(BaseModel):
    inner: "Json[Text | Quote] | None"


class Quote(BaseModel):
    inner: "Json[Text | Quote] | None"


class To(BaseModel):
    there: "Back | None"


class Back(BaseModel):
    back: "To | Detour"


class Detour(BaseModel):
    there: "Back | list[Back] | None"


class First(BaseModel):
    one: "First | Second | None" = Field(None, validation_alias=AliasChoices("a", AliasPath("b", 0)))


class Second(BaseModel):
    two: "First | Second | None" = Field(None, alias="b")


class Kept(StrictModel):
    child: "Kept | Held | None" = None


class Held(StrictModel):
    child: "Kept | Held | None" = None


Nested = TypeAliasType("Nested", "list[Nested] | tuple[Nested, ...] | int")


class Even(BaseModel):
    kind: Literal["even"]
    told: "Annotated[Even | Odd, Field(discriminator='kind')] | None" = None
    tried: "Even | Odd | None" = None


class Odd(BaseModel):
    kind: Literal["odd"]
    told: "Annotated[Even | Odd, Field(discriminator='kind')] | None" = None
    tried: "Even | Odd | None" = None


DOUBLING = [
    Even,
    A,
    Named,
    list[A],
    dict[str, A | None],
    tuple[int, A],
    Listed,
    Row,
    Mapped,
    Bag,
    Pair,
    Text,
    To,
    First,
    Kept,
    Nested,
]


@pytest.mark.parametrize("kind", DOUBLING, ids=str)
def test_types_whose_work_doubles_are_found(kind: Any) -> None:
    assert find_doubling(TypeAdapter(kind).core_schema) is not None


def test_what_is_found_is_told_by_its_names() -> None:
    assert str(find_doubling(TypeAdapter(Named).core_schema)) == "'child' in A is read as A and as B"
    assert str(find_doubling(TypeAdapter(Listed).core_schema)) == "what is in list is read as Listed and as Row"


class Leaf(BaseModel):
    value: int


class And(BaseModel):
    all_of: "list[And | Or | Not | Leaf]"


class Or(BaseModel):
    any_of: "list[And | Or | Not | Leaf]"


class Not(BaseModel):
    none: "And | Or | Not | Leaf"


class Tree(BaseModel):
    left: "Tree | None" = None
    right: "Tree | None" = None
    more: "Tree | Leaf | int | None" = None


class Plus(BaseModel):
    kind: Literal["plus"]
    left: "Annotated[Plus | Minus, Field(discriminator='kind')] | None" = None


class Minus(BaseModel):
    kind: Literal["minus"]
    left: "Annotated[Plus | Minus, Field(discriminator='kind')] | None" = None


def kind_of(value: Any) -> str:
    return "up" if "up" in value else "down"


class Up(BaseModel):
    inner: "Either | None" = None


class Down(BaseModel):
    inner: "Either | None" = None


Either = Annotated[Annotated[Up, Tag("up")] | Annotated[Down, Tag("down")], Discriminator(kind_of)]
Up.model_rebuild()
Down.model_rebuild()


class Shared(BaseModel):
    """Another union of the same two, by the same discriminator."""

    other: "list[Plus | Leaf]"
    trees: dict[str, Tree]


Plain = TypeAliasType("Plain", "dict[str, Plain] | list[Plain] | str | int | float | bool | None")
Twins = TypeAliasType("Twins", "tuple[Twins, Twins] | int")
LINEAR = [int, Leaf, list[Leaf | int], And, Tree, Plus, Up, Shared, Plain, dict[str, Plain], Twins, JsonValue]


@pytest.mark.parametrize("kind", LINEAR, ids=str)
def test_types_that_read_each_value_once_or_so_are_not(kind: Any) -> None:
    assert find_doubling(TypeAdapter(kind).core_schema) is None


def grown(depth: int, *keys: str) -> Any:
    value: Any = "none of them"
    for level in range(depth):
        value = {keys[level % len(keys)]: value}
    return value


def work_of(kind: Any, value: object) -> int:
    """How many reasons pydantic finds in it: each stands for a time that it read something."""
    with pytest.raises(ValidationError) as told:
        TypeAdapter(kind).validate_python(value)
    return told.value.error_count()


@pytest.mark.parametrize(
    ("kind", "keys", "doubles"),
    [
        (A, ("child",), True),
        (Kept, ("child",), True),
        (Bag, ("inside",), True),
        (To, ("back", "there"), True),
        (Not, ("none",), False),
        (Tree, ("more",), False),
        (Tree, ("left", "right"), False),
    ],
)
def test_the_verdict_is_what_pydantic_does(kind: Any, keys: tuple[str, ...], *, doubles: bool) -> None:
    """Eight levels more are at least 16 times the work, or at most four times."""
    less, more = (work_of(kind, grown(depth, *keys)) for depth in (4, 12))
    assert more >= 16 * less if doubles else more <= 4 * less
    assert (find_doubling(TypeAdapter(kind).core_schema) is not None) is doubles


def test_sixty_models_that_all_lead_to_all_are_judged_pair_by_pair() -> None:
    """Each under a name of its own, so it is linear; the verdict takes the square of them. CPU, with room."""
    names = [f"M{number}" for number in range(60)]
    choices = " | ".join((*names, "None"))
    made: dict[str, Any] = {}
    for name in names:
        fields: dict[str, Any] = {f"to_{name}": (choices, None)}
        made[name] = create_model(name, **fields)
    for each in made.values():
        each.model_rebuild(_types_namespace=made)
    schema = TypeAdapter(made["M0"]).core_schema
    begun = time.process_time()
    assert find_doubling(schema) is None
    assert time.process_time() - begun < 4
