"""What leaves is exactly what the caller may read, and the app's own objects stay as they are."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model

from buckler import Visible
from buckler.access.fields import sending
from buckler.access.fields import views as module
from buckler.access.fields.sending import may_hold_models
from buckler.access.fields.views import View, Views
from tests.access.fields.models import Box, Crew, Frozen, Loose, Office, Person, Robot, Row, Staff, Team, Tree

PERMISSIONS = ("a:x", "a:z", "b:y", "c:w:v")
GRANTS = (*PERMISSIONS, "a:*", "c:*", "c:w:*", "*")
NOBODY = View(frozenset())
READER = View(frozenset({"a:x"}))


def dumped(value: Any) -> Any:
    return TypeAdapter(Any).dump_python(value, mode="json")


def test_an_own_object_is_never_changed() -> None:
    """And what holds nothing hidden is not even copied."""
    staff = Staff(name="bob", salary=7)
    team = Team(lead=staff, members=[staff], by_desk={"1": staff}, anything=(staff,))
    shown = NOBODY.of(team)
    assert (staff.salary, team.members[0] is staff, team.anything[0] is staff) == (7, True, True)
    assert "salary" not in str(dumped(shown))
    assert READER.of(team) is team
    assert NOBODY.of(Robot()).serial == "r2"
    bare = Team()
    assert NOBODY.of(bare) is bare


class Pair(NamedTuple):
    one: Staff
    other: int


@dataclass(frozen=True, slots=True)
class Sealed:
    staff: Staff


HASHABLE: Any = (Frozen(salary=7), Frozen(name="g", salary=7))


def drawn() -> Iterator[Staff]:
    yield Staff(name="x", salary=7)


@pytest.mark.parametrize(
    "value",
    [
        [Staff(name="x", salary=7)],
        (Staff(name="x", salary=7), 1),
        Pair(Staff(name="x", salary=7), 1),
        deque([Staff(name="x", salary=7)]),
        {"a": {"b": [Staff(name="x", salary=7)]}},
        Crew([Staff(name="x", salary=7)]),
        Box[Staff](inside=Staff(name="x", salary=7)),
        Box[list[Staff]](inside=[Staff(name="x", salary=7)]),
        frozenset(HASHABLE),
        Office(Staff(name="x", salary=7)),
        Sealed(Staff(name="x", salary=7)),
        Loose.model_validate({"salary": 7, "further": [Staff(name="x", salary=7)]}),
        Team(anything=Team(anything=[Office(Staff(name="x", salary=7))])),
        drawn(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_models_are_found_wherever_they_stand(value: Any) -> None:
    """In every container that pydantic or FastAPI writes out."""
    assert "7" not in str(dumped(NOBODY.of(value)))


def test_the_attributes_of_any_object_are_looked_at() -> None:
    """FastAPI writes those out, but for what SQLAlchemy keeps there, which leads through all tables."""
    loop: dict[str, Any] = {}
    loop["loop"] = loop
    row = Row(staff=Staff(name="x", salary=7), _sa_instance_state=loop)
    assert "salary" not in str(dumped(NOBODY.of(row)["staff"]))
    plain = Row(name="x")
    assert NOBODY.of(plain) is plain
    assert NOBODY.of(Row) is Row


def test_frozen_models_and_private_attributes_are_copied_whole() -> None:
    """Past what keeps the app from changing them."""
    shown = NOBODY.of(Frozen(salary=7))
    assert (type(shown), shown.model_dump(), shown.model_fields_set) == (Frozen, {"name": "f"}, {"salary"})
    loose = Loose.model_validate({"salary": 7, "more": 1})
    loose._secret = "changed"  # pyright: ignore[reportPrivateUsage]
    copied = NOBODY.of(loose)
    assert (copied._secret, copied.model_dump()) == ("changed", {"more": 1})
    assert loose.model_dump() == {"salary": 7, "more": 1}


def test_a_model_that_holds_itself_is_hidden_to_its_leaves() -> None:
    """However deep."""
    tree = Tree(label="0")
    for depth in range(1, 40):
        tree = Tree(label=str(depth), children=[tree])
    assert "label" not in str(dumped(NOBODY.of(tree)))
    assert str(dumped(READER.of(tree))).count("label") == 40


class Child(Staff):
    """Says the field again, and forgets its guard."""

    salary: int = 5


class Open(Staff):
    """Says who may, anew."""

    salary: Annotated[int, Visible("anybody", write="b:y")] = 5


def test_a_guard_is_inherited_until_it_is_said_anew() -> None:
    """A subclass that an endpoint returns for its base loses nothing of it."""
    as_staff = TypeAdapter(Staff)
    assert as_staff.dump_python(NOBODY.of(Child(name="c", salary=7))) == {"name": "c", "role": "reader"}
    assert as_staff.dump_python(NOBODY.of(Open(name="c", salary=7)))["salary"] == 7


def test_models_of_sqlmodel_are_models() -> None:
    """Rows of a table too, which stay the session's own."""
    sqlmodel = pytest.importorskip("sqlmodel", reason="one of our users may have it")

    class Payroll(sqlmodel.SQLModel):  # type: ignore[misc, name-defined]
        name: str = "x"
        pay: Annotated[int, Visible("a:x")] = sqlmodel.Field(default=7)

    class PayrollRow(Payroll, table=True):  # type: ignore[call-arg]
        id: int | None = sqlmodel.Field(default=None, primary_key=True)

    row = PayrollRow(id=1)
    assert NOBODY.of(Payroll()).model_dump() == {"name": "x"}
    assert NOBODY.of(row).model_dump() == {"name": "x", "id": 1}
    assert (row.pay, READER.of(row) is row) == (7, True)


def test_a_field_that_can_hold_no_model_is_passed_by() -> None:
    """Only what its type rules out."""

    class Mixed(BaseModel):
        plain: dict[str, list[int | None]] = {}
        ids: tuple[UUID, ...] = ()
        staff: list[Staff | None] = []
        anything: Any = None
        bare: dict = {}  # type: ignore[type-arg]  # pyright: ignore[reportMissingTypeArgument, reportUnknownVariableType]

    held = {name for name in Mixed.model_fields if may_hold_models(Mixed, name)}
    assert held == {"staff", "anything", "bare"}


class Spelled(BaseModel):
    """Its field has an alias, and it takes what it does not know."""

    model_config = ConfigDict(extra="allow")
    salary: Annotated[int, Visible("a:x"), Field(alias="gross")] = 30


def test_a_guarded_field_by_its_other_name_is_the_field() -> None:
    """What comes under the name in Python stands beside the field, and is what model_dump() would give."""
    sent = Spelled.model_validate({"salary": 7})
    assert sent.model_dump() == {"salary": 7}
    found = NOBODY.forbidden_in(sent)
    assert found is not None
    assert found.permission == "a:x"
    assert (NOBODY.of(sent).model_dump(), READER.forbidden_in(sent)) == ({}, None)
    assert sent.model_dump() == {"salary": 7}


# Every kind of leaf, and models of random guards around them.
LEAVES = st.one_of(st.integers(), st.text(max_size=3), st.none(), st.booleans())
GUARDS = st.one_of(st.none(), st.sampled_from(PERMISSIONS))


Expected = Callable[[frozenset[str]], Any]
"""What of a value may leave for whoever holds this."""


def same(value: Any) -> Expected:
    return lambda _: value


def each_of(expected: dict[str, Expected], guards: dict[str, str | None]) -> Expected:
    return lambda held: {name: shown(held) for name, shown in expected.items() if allowed(guards.get(name), held)}


@st.composite
def nested(draw: st.DrawFn, depth: int = 3) -> tuple[Any, Expected]:
    """A value, and what of it may leave."""
    if depth == 0 or draw(st.booleans()):
        leaf = draw(LEAVES)
        return leaf, same(leaf)
    kind = draw(st.sampled_from(["list", "dict", "model", "model"]))
    inner = {f"f{place}": each for place, each in enumerate(draw(st.lists(nested(depth - 1), max_size=3)))}
    values = {name: value for name, (value, _) in inner.items()}
    expected = {name: shown for name, (_, shown) in inner.items()}
    if kind == "list":
        return list(values.values()), lambda held: [shown(held) for shown in expected.values()]
    if kind == "dict":
        return values, each_of(expected, {})
    guards = {name: draw(GUARDS) for name in inner}
    told: dict[str, Any] = {
        name: (Annotated[Any, Visible(guard)] if guard else Any, ...) for name, guard in guards.items()
    }
    return create_model("Random", **told)(**values), each_of(expected, guards)


def allowed(permission: str | None, held: frozenset[str]) -> bool:
    """Written out by hand, from what wildcards are said to mean."""
    if permission is None or permission in held or "*" in held:
        return True
    return any(each.endswith(":*") and permission.startswith(each[:-1]) for each in held)


@given(nested(), st.frozensets(st.sampled_from(GRANTS), max_size=3))
def test_what_leaves_is_exactly_what_is_allowed(case: tuple[Any, Expected], held: frozenset[str]) -> None:
    """Random models, random guards, random permissions."""
    value, expected = case
    before = dumped(value)
    shown = View(held).of(value)
    assert dumped(shown) == expected(held)
    assert dumped(value) == before


@st.composite
def sendings(draw: st.DrawFn, depth: int = 3) -> tuple[type[BaseModel], dict[str, Any], set[str]]:
    """A model of random guards, something sent to it, and the permissions that this takes."""
    told: dict[str, Any] = {}
    sent: dict[str, Any] = {}
    needed: set[str] = set()
    for place in range(draw(st.integers(0, 3))):
        name, guard, is_sent = f"f{place}", draw(GUARDS), draw(st.booleans())
        kind: Any = Any
        value: Any = draw(LEAVES)
        within: set[str] = set()
        if depth and draw(st.booleans()):
            inner, value, within = draw(sendings(depth - 1))
            kind = inner
            if draw(st.booleans()):
                kind, value = list[inner], [value]  # type: ignore[valid-type]
        optional: Any = kind | None
        told[name] = (Annotated[optional, Visible("anybody", write=guard)] if guard else optional, None)
        if is_sent:
            sent[name] = value
            needed |= within | ({guard} if guard else set())
    return create_model("Sent", **told), sent, needed


@given(sendings(), st.frozensets(st.sampled_from(GRANTS), max_size=3))
def test_what_was_sent_takes_exactly_its_permissions(
    case: tuple[type[BaseModel], dict[str, Any], set[str]], held: frozenset[str]
) -> None:
    """Of what was sent, and of nothing else."""
    model, sent, needed = case
    found = View(held).forbidden_in(model.model_validate(sent))
    missing = {permission for permission in needed if not allowed(permission, held)}
    assert (found is not None) == bool(missing)
    assert found is None or found.permission in missing


def test_what_was_thought_out_is_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions and models may come from outside: they must not fill the memory."""
    views = Views()
    first = views.of(frozenset({"a:x"}))
    assert views.of(frozenset({"a:x"})) is first
    for number in range(module.MOST_VIEWS):
        views.of(frozenset({f"a:{number}"}))
    assert views.of(frozenset({"a:x"})) is not first
    monkeypatch.setattr(sending, "MOST_KINDS", 2)
    view = View(frozenset())
    for value in (Staff(name="x"), Person(), Robot(), Staff(name="y")):
        assert view.forbidden_in(value) is None
        assert not {"salary", "phone"} & view.of(value).model_dump().keys()


def test_what_was_sent_is_found_by_its_path() -> None:
    """By what was sent, not by what it says; a default was not sent, and null was."""
    sent = Team.model_validate({"members": [{"name": "a"}, {"name": "b", "role": "reader"}], "title": "t"})
    found = NOBODY.forbidden_in(sent, ("team",))
    assert found is not None
    assert (found.path, found.permission) == ("team.members.1.role", "b:y")
    assert found.field == "tests.access.fields.models.Staff.role"
    assert View(frozenset({"b:*"})).forbidden_in(sent) is None
    assert NOBODY.forbidden_in(Team.model_validate({"lead": {"name": "x"}})) is None
    desk = NOBODY.forbidden_in(Team.model_validate({"by_desk": {"7": {"name": "x", "salary": 1}}}))
    assert desk is not None
    assert desk.path == "by_desk.7.salary"
    crew = NOBODY.forbidden_in(Crew.model_validate([{"name": "x", "salary": 1}]))
    assert crew is not None
    assert crew.path == "0.salary"
    office = TypeAdapter(Office).validate_python({"lead": {"name": "x", "salary": 1}})
    inside = NOBODY.forbidden_in(office)
    assert inside is not None
    assert inside.path == "lead.salary"
