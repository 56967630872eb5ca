"""What `Owned(...)` may be given: what can never work is said where it is written, with what to write instead."""

import subprocess
import sys
from typing import Annotated, Any
from uuid import UUID

import pytest
from fastapi import Depends
from sqlalchemy import (
    CHAR,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    create_engine,
)
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    aliased,
    column_property,
    mapped_column,
    relationship,
    sessionmaker,
    synonym,
)
from sqlmodel import SQLModel

import buckler
from buckler import Buckler, ConfigurationError, Owned, Principal


class Root(DeclarativeBase):
    """The root of these tables."""


class Lowered(TypeDecorator[str]):
    """Rewrites what it compares with."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return value.lower()


class UuidText(CHAR):
    """A text that stands for a UUID."""

    python_type = UUID  # type: ignore[assignment]


class Guid(TypeDecorator[UUID]):
    """A UUID on any database, as fastapi-users keeps it."""

    impl = UuidText
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        return None if value is None else UUID(value)


class Person(Root):
    """Owns."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    notes: Mapped[list["Sheet"]] = relationship(back_populates="person")


class Sheet(Root):
    """Has every kind of column."""

    __tablename__ = "sheet"
    __table_args__ = (UniqueConstraint("tenant", "slug"), UniqueConstraint("other_id", "code"))
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(10))
    tenant: Mapped[str] = mapped_column(String(10))
    slug: Mapped[str] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(10))
    alone: Mapped[str] = mapped_column(String(10), unique=True)
    price: Mapped[Any] = mapped_column(Numeric)
    flag: Mapped[bool] = mapped_column(Boolean)
    padded: Mapped[str] = mapped_column(CHAR(10))
    guid: Mapped[UUID] = mapped_column(Guid)
    lowered: Mapped[str] = mapped_column(Lowered)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    other_id: Mapped[int]
    person: Mapped[Person] = relationship(back_populates="notes")
    also = synonym("owner")
    ids = association_proxy("person", "id")

    @hybrid_property
    def shouted(self) -> str:
        return self.owner + "!"


Sheet.computed = column_property(Sheet.owner + "!")  # type: ignore[attr-defined]


class Pair(Root):
    """Has a key of two columns."""

    __tablename__ = "pair"
    one: Mapped[int] = mapped_column(primary_key=True)
    two: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    slug: Mapped[str] = mapped_column(String(20), unique=True)


class Shape(SQLModel):
    """No table."""

    owner: str


OTHER = Table("other", MetaData(), Column("owner", Integer))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "says whose no object is"),
        ({"owner": "owner"}, "str is no column of Sheet"),
        ({"owner": OTHER.c.owner}, "Column is no column of Sheet"),
        ({"owner": Sheet.__table__.c.owner}, "Column is no column of Sheet"),
        ({"owner": aliased(Sheet).owner}, "something else than Sheet"),
        ({"owner": Person.id}, "write through= as well"),
        ({"owner": Sheet.also}, "a synonym or a hybrid will not do"),
        ({"owner": Sheet.shouted}, "a synonym or a hybrid will not do"),
        ({"owner": Sheet.ids}, "is no column of Sheet"),
        ({"owner": Sheet.computed}, "no plain column"),  # type: ignore[attr-defined]
        ({"owner": Sheet.price}, "names nobody"),
        ({"owner": Sheet.flag}, "names nobody"),
        ({"owner": Sheet.lowered}, "by its `python_type`"),
        ({"owner": Sheet.padded}, "CHAR pads"),
        ({"owner": Sheet.owner, "tenant": "x"}, "tenant=: str"),
        ({"owner": Sheet.owner, "key": Sheet.slug}, "two objects could have the same"),
        ({"owner": Sheet.owner, "key": Sheet.code, "tenant": Sheet.tenant}, "two objects could have the same"),
        ({"owner": Sheet.owner, "unless": "any"}, "a colon between words"),
        ({"owner": Sheet.owner, "unless": "notes:*"}, "wildcards are what a role grants"),
        ({"owner": Sheet.owner, "unless": ["a:b"]}, "write one permission"),
        ({"tenant": Sheet.tenant, "unless": "notes:any"}, "lifts the ownership, never the tenant"),
        ({"tenant": Sheet.tenant, "through": Sheet.person}, "leads to nothing"),
        ({"owner": Person.id, "through": "person"}, "through=Comment.note"),
        ({"owner": Sheet.owner, "within": ["project"]}, "write path parameters with the columns"),
        ({"owner": Sheet.owner, "within": {"project": "project_id"}}, "within={'project': ...}: str"),
        ({"owner": Sheet.owner, "param": "{note}"}, "name of a path parameter"),
        ({"owner": Sheet.owner, "session": Session(create_engine("sqlite://"))}, "no dependency"),
        ({"owner": Sheet.owner, "session": sessionmaker()}, "no dependency"),
        ({"owner": Sheet.owner, "session": Session}, "no dependency"),
        ({"owner": Sheet.owner, "session": "get_session"}, "no dependency"),
        ({"owner": Sheet.owner, "session": Annotated[Session, "x"]}, "not one Depends"),
    ],
)
def test_what_can_never_work_is_said_where_it_stands(given: dict[str, Any], words: str) -> None:
    """With file and line."""
    with pytest.raises(ConfigurationError) as error:
        Owned(Sheet, **given)
    assert words in str(error.value)
    assert str(error.value).startswith("test_writing_it.py:")


@pytest.mark.parametrize("model", [Shape, int, "Note", Sheet.__table__])
def test_what_is_no_model_is_refused(model: Any) -> None:
    """A SQLModel without a table among them."""
    with pytest.raises(ConfigurationError, match="no mapped class"):
        Owned(model, owner=Sheet.owner)


def test_a_key_of_two_columns_needs_one_that_is_unique() -> None:
    """By itself, or together with what is always compared."""
    with pytest.raises(ConfigurationError, match=r"several columns for a key \(one, two\)"):
        Owned(Pair, owner=Pair.owner)
    assert _said(Owned(Pair, owner=Pair.owner, key=Pair.slug))["key"] == "slug"
    assert _said(Owned(Sheet, owner=Sheet.owner, key=Sheet.alone))["key"] == "alone"
    assert _said(Owned(Sheet, owner=Sheet.owner, key=Sheet.slug, tenant=Sheet.tenant))["key"] == "slug"
    assert _said(Owned(Sheet, owner=Sheet.owner, key=Sheet.code, within={"other": Sheet.other_id}))["key"] == "code"


def test_what_leads_to_many_owners_is_refused_once_the_models_are_known() -> None:
    """Followed late: a model may name one that is not imported yet."""
    many = Owned(Person, owner=Sheet.owner, through=Person.notes)
    with pytest.raises(ConfigurationError, match="leads to many objects"):
        _said(many)
    with pytest.raises(ConfigurationError, match="does not start at Person"):
        _said(Owned(Person, owner=Sheet.owner, through=Sheet.person))
    with pytest.raises(ConfigurationError, match="is no relationship"):
        _said(Owned(Sheet, owner=Person.id, through=Sheet.slug))


def test_a_rule_describes_itself() -> None:
    """In what JSON has."""
    rule = Owned(
        Sheet, owner=Person.id, through=Sheet.person, within={"other": Sheet.other_id}, unless="a:b", param="x"
    )
    assert _said(rule) == {
        "model": "Sheet",
        "key": "id",
        "owner": "id",
        "tenant": None,
        "through": ["person"],
        "within": {"other": "other_id"},
        "unless": "a:b",
        "param": "x",
    }


def test_a_uuid_inside_a_type_of_somebody_elses_is_a_uuid() -> None:
    """An owner's id becomes what the type takes."""
    rule = Owned(Sheet, owner=Sheet.guid)
    who = Principal("00000000-0000-0000-0000-000000000007", "seven")
    assert rule.sees(who, Sheet(guid=UUID(int=7)))
    assert not rule.sees(who, Sheet(guid=UUID(int=8)))
    condition = rule.visible_to(who).compile(compile_kwargs={"literal_binds": True})
    assert str(condition) == "sheet.guid = '00000000-0000-0000-0000-000000000007'"


def test_the_model_may_be_written_as_a_type_too() -> None:
    """The line of the app is told all the same."""
    assert _said(Owned[Sheet](Sheet, owner=Sheet.owner))["owner"] == "owner"
    with pytest.raises(ConfigurationError, match=r"^test_writing_it\.py:"):
        Owned[Sheet](Sheet)


def test_it_is_a_dependency_as_it_stands() -> None:
    """Wrapped in another one it would be called with what a request says."""
    rule = Owned(Sheet, owner=Sheet.owner)
    from fastapi import FastAPI

    with pytest.raises(ConfigurationError, match="Leave Depends away"):

        @FastAPI().get("/{sheet}", dependencies=[Depends(rule)])
        async def endpoint() -> None: ...


@pytest.mark.parametrize("session", ["get_session", 7, Session, sessionmaker()])
def test_what_buckler_is_given_is_judged_as_well(session: Any) -> None:
    """At once."""
    from fastapi import FastAPI

    with pytest.raises(ConfigurationError, match="session="):
        Buckler(FastAPI(), session=session)


def test_without_sqlalchemy_the_name_is_there_and_says_what_to_install() -> None:
    """Importing it, or everything, is never what fails."""
    code = """
import sys
sys.modules["sqlalchemy"] = None
from buckler import *
from buckler import Owned, ConfigurationError
for use in (lambda: Owned(int, owner=None), lambda: Owned[int]):
    try:
        use()
    except ConfigurationError as error:
        assert "pip install 'buckler[accounts]'" in str(error)
    else:
        raise SystemExit("used without SQLAlchemy")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_sync_sessions_need_no_greenlet() -> None:
    """SQLAlchemy has its async half only where greenlet is installed."""
    code = "import sys; sys.modules['greenlet'] = None; from buckler import Owned; assert Owned.__name__ == 'Owned'"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_other_names_are_not_there() -> None:
    """The module says so as any other."""
    with pytest.raises(AttributeError, match="has no attribute 'Ownd'"):
        buckler.Ownd  # type: ignore[attr-defined]  # noqa: B018


def _said(rule: Owned[Any]) -> dict[str, object]:
    ownership: Any = rule.dependency
    return dict(ownership.described())
