"""`Visible` stands on fields alone, and says at once what can never work."""

from collections.abc import Callable
from copy import copy, deepcopy
from typing import Annotated, Any, Optional

import pytest
from pydantic import BaseModel, Field, TypeAdapter, computed_field
from pydantic_core import PydanticSerializationError

from buckler import ConfigurationError, Visible
from buckler.access.fields.visible import HIDDEN, FieldGuard, is_hidden


class Model(BaseModel):
    salary: Annotated[int, Visible("a:x", write="b:y"), Field(gt=1)] = 2
    assigned: Any = Visible("a:x")
    both: Annotated[int | None, Field(description="d"), Visible("a:x", write="anybody")] = None


def test_it_adds_up_with_what_else_stands_on_the_field() -> None:
    """Bounds and words stay, and the guard is there."""
    found = Model.model_fields
    guards = {name: next(each for each in found[name].metadata if isinstance(each, FieldGuard)) for name in found}
    assert {name: (guard.read, guard.write) for name, guard in guards.items()} == {
        "salary": ("a:x", "b:y"),
        "assigned": ("a:x", "a:x"),
        "both": ("a:x", None),
    }
    assert all(found[name].exclude_if is is_hidden for name in found)
    assert guards["salary"].where.startswith("test_visible.py:")
    assert found["both"].description == "d"
    with pytest.raises(ValueError, match="greater than 1"):
        Model(salary=1, assigned=1)


def test_the_app_itself_keeps_every_field() -> None:
    """What is dumped in the app's own code loses nothing."""
    assert Model(assigned=3).model_dump() == {"salary": 2, "assigned": 3, "both": None}
    assert TypeAdapter(Model).dump_json(Model(assigned=3)) == b'{"salary":2,"assigned":3,"both":null}'


@pytest.mark.parametrize("permission", ["salary", "a:*", "*", "a: x", "a:x, b:y", "", ":", 7, ["a:x"]])
def test_what_is_no_permission_is_said_where_it_stands(permission: Any) -> None:
    """With its file and line."""
    for given in ((permission, ...), ("a:x", permission)):
        with pytest.raises(ConfigurationError, match=r"^test_visible\.py:\d+: Visible"):
            Visible(given[0], write=given[1])


def test_a_guard_of_nothing_is_a_mistake() -> None:
    """Everybody reads and sends: then it need not be there."""
    with pytest.raises(ConfigurationError, match="guards nothing"):
        Visible("anybody")
    with pytest.raises(ConfigurationError, match="guards nothing"):
        Visible("anybody", write="anybody")


def test_none_is_neither_nobody_nor_everybody() -> None:
    """It reads as the one and would mean the other, so what to write is said."""
    nobody: Any = None
    for given in ((nobody, "a:x"), ("a:x", nobody)):
        with pytest.raises(ConfigurationError, match=r"^test_visible\.py:\d+: Visible: None could .* 'anybody'"):
            Visible(given[0], write=given[1])


def in_a_union() -> object:
    class Wrong(BaseModel):
        salary: Annotated[int, Visible("a:x")] | None = None

    return Wrong


def in_optional() -> object:
    class Wrong(BaseModel):
        salary: Optional[Annotated[int, Visible("a:x")]] = None  # noqa: UP045

    return Wrong


def in_a_list() -> object:
    class Wrong(BaseModel):
        salaries: list[Annotated[int, Visible("a:x")]]

    return Wrong


def without_brackets() -> object:
    class Wrong(BaseModel):
        salary: Annotated[int, Visible]

    return Wrong


def on_a_computed_field() -> object:
    class Wrong(BaseModel):
        @computed_field  # type: ignore[prop-decorator]
        @property
        def salary(self) -> Annotated[int, Visible("a:x")]:
            return 3

    return Wrong


def on_a_type_alone() -> object:
    return TypeAdapter(Annotated[int, Visible("a:x")])


@pytest.mark.parametrize(
    "write", [in_a_union, in_optional, in_a_list, without_brackets, on_a_computed_field, on_a_type_alone]
)
def test_where_no_field_is_it_cannot_stand(write: Callable[[], object]) -> None:
    """Nothing could be left out there: it would look guarded and leave."""
    with pytest.raises(ConfigurationError, match="stands on a field, around the whole of its type and with brackets"):
        write()


def test_the_hidden_value_tells_nothing_and_has_no_form() -> None:
    """Where anything goes wrong it ends in an error, never in a value."""
    assert (repr(HIDDEN), copy(HIDDEN) is HIDDEN, deepcopy(HIDDEN) is HIDDEN) == ("HIDDEN", True, True)
    with pytest.raises(TypeError):
        bool(HIDDEN)
    with pytest.raises(PydanticSerializationError):
        TypeAdapter(Any).dump_json(HIDDEN)
    with pytest.raises(ValueError, match="valid integer"):
        Model(salary=HIDDEN, assigned=1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
