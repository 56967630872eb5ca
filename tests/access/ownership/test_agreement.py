"""One rule, asked in five ways, always says the same: the object check, the filter, find, change and remove.

For whatever caller and whatever objects: owners that are nobody, empty, of other case or another alphabet, numbers and
UUIDs; tenants; kinds of callers; permissions with wildcards.
"""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import String, create_engine, func, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import StaticPool
from sqlmodel import Field, SQLModel
from sqlmodel import Session as ModelSession
from sqlmodel.ext.asyncio.session import AsyncSession as AsyncModelSession

from buckler import Owned, Principal
from buckler.refused import Refused


class Table(DeclarativeBase):
    """The root of these tables."""


class ByText(Table):
    """Owned by a text."""

    __tablename__ = "by_text"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str | None] = mapped_column(String(40))
    tenant: Mapped[str | None] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(String(10), default="old")


class ByNumber(Table):
    """Owned by a number."""

    __tablename__ = "by_number"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[int | None]
    tenant: Mapped[int | None]
    text: Mapped[str] = mapped_column(String(10), default="old")


class ByUuid(Table):
    """Owned by a UUID."""

    __tablename__ = "by_uuid"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[UUID | None]
    tenant: Mapped[UUID | None]
    text: Mapped[str] = mapped_column(String(10), default="old")


class Modelled(SQLModel, table=True):
    """The same as a SQLModel."""

    id: int | None = Field(default=None, primary_key=True)
    owner: str | None = Field(default=None, max_length=40)
    tenant: str | None = Field(default=None, max_length=40)
    text: str = "old"


ONE, OTHER = UUID(int=7), UUID("0123456789abcdef0123456789abcdef")
VALUES: dict[type[Any], list[Any]] = {
    ByText: [
        None,
        "",
        "a",
        "A",
        "ä",
        "a\u0308",
        "\u0430",
        "7",
        "07",
        " 7",
        "7 ",
        "None",
        str(ONE),
        ONE.hex,
        "*",
        "%",
        "_",
    ],
    ByNumber: [None, 0, 7, -7, 1, 2**31 - 1],
    ByUuid: [None, ONE, OTHER],
}
VALUES[Modelled] = VALUES[ByText]
TEXTS = sorted(
    {str(value) for values in VALUES.values() for value in values} | {ONE.hex, "\u0667", "1e0", "\0", "2147483648"}
)
GRANTS = ["notes:any", "notes:*", "notes:any:*", "*", "other:any", "notes:read"]


def rules_of(model: Any) -> list[Owned[Any]]:
    """Every shape of a rule."""
    return [
        Owned(model, owner=model.owner),
        Owned(model, owner=model.owner, tenant=model.tenant),
        Owned(model, tenant=model.tenant),
        Owned(model, owner=model.owner, unless="notes:any"),
        Owned(model, owner=model.owner, tenant=model.tenant, unless="notes:any"),
    ]


RULES = {model: rules_of(model) for model in VALUES}


@st.composite
def situations(draw: st.DrawFn) -> tuple[Any, Owned[Any], Principal, list[tuple[Any, Any]]]:
    """A model, a rule, a caller, and objects by their owner and tenant."""
    model = draw(st.sampled_from(list(VALUES)))
    values = st.sampled_from(VALUES[model])
    objects = draw(st.lists(st.tuples(values, values), min_size=1, max_size=6))
    texts = st.sampled_from(TEXTS) | st.text(max_size=3)
    # Mostly somebody who has something.
    near = st.sampled_from([str(each) for pair in objects for each in pair if each is not None] or [""])
    who = Principal(
        draw(near | texts),
        "somebody",
        kind=draw(st.sampled_from(["person", "person", "key", "service"])),
        tenant=draw(near | texts | st.just("")),
        permissions=frozenset(draw(st.lists(st.sampled_from(GRANTS), max_size=2))),
    )
    return model, draw(st.sampled_from(RULES[model])), who, objects


def expected(model: Any, rule: Owned[Any], who: Principal, owner: Any, tenant: Any) -> bool:
    """What the rule means, said once more in other words."""
    said = rule.dependency.described()  # type: ignore[union-attr]

    def equal(text: str, value: Any) -> bool:
        if value is None or value == "" or text == "":
            return False
        return text in {str(value), value.hex} if isinstance(value, UUID) else text == str(value)

    if said["tenant"] and not equal(who.tenant, tenant):
        return False
    if not said["owner"]:
        return True
    lifted = said["unless"] is not None and not who.permissions.isdisjoint({"notes:any", "notes:*", "*"})
    return lifted or (who.kind != "service" and equal(who.id, owner))


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    """One database in memory."""
    made = create_engine("sqlite://", poolclass=StaticPool)
    Table.metadata.create_all(made)
    SQLModel.metadata.create_all(made, tables=[Modelled.__table__])  # type: ignore[attr-defined]
    yield made
    made.dispose()


@settings(max_examples=250, deadline=None)
@given(situation=situations())
def test_all_ways_agree(engine: Any, situation: tuple[Any, Owned[Any], Principal, list[tuple[Any, Any]]]) -> None:
    """In sync sessions, of SQLAlchemy and of SQLModel."""
    model, rule, who, objects = situation
    with (ModelSession if model is Modelled else Session)(engine) as session:
        made = [model(owner=owner, tenant=tenant) for owner, tenant in objects]
        session.add_all(made)
        session.flush()
        should = [each.id for each in made if expected(model, rule, who, each.owner, each.tenant)]
        assert [each.id for each in made if rule.sees(who, each)] == should
        assert list(session.scalars(select(model.id).where(rule.visible_to(who)).order_by(model.id))) == should
        assert session.scalar(select(func.count()).select_from(model).where(rule.visible_to(who))) == len(should)
        assert [each.id for each in made if _happens(lambda each=each: rule.find(who, each.id, session))] == should
        changed = [each for each in made if _happens(lambda each=each: rule.change(who, each, session, text="new"))]
        assert [each.id for each in changed] == should
        assert [each.text for each in changed] == ["new"] * len(should)
        new = select(model.id).where(model.text == "new").order_by(model.id)
        assert list(session.scalars(new)) == should
        keys = [each.id for each in made]
        removed = [each for each in made if _happens(lambda each=each: rule.remove(who, each, session))]
        assert [each for each in keys if each not in list(session.scalars(select(model.id)))] == should
        assert len(removed) == len(should)


@settings(max_examples=60, deadline=None)
@given(situation=situations())
def test_all_ways_agree_asynchronously(situation: tuple[Any, Owned[Any], Principal, list[tuple[Any, Any]]]) -> None:
    """In async sessions, of SQLAlchemy and of SQLModel."""
    asyncio.run(_agree(*situation))


async def _agree(model: Any, rule: Owned[Any], who: Principal, objects: list[tuple[Any, Any]]) -> None:
    engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    kind: Any = AsyncModelSession if model is Modelled else AsyncSession
    try:
        async with engine.begin() as connection:
            await connection.run_sync(model.metadata.create_all, tables=[model.__table__])
        async with kind(engine, expire_on_commit=False) as session:
            await _compare(session, model, rule, who, objects)
    finally:
        await engine.dispose()


async def _compare(session: Any, model: Any, rule: Owned[Any], who: Principal, objects: list[tuple[Any, Any]]) -> None:
    made = [model(owner=owner, tenant=tenant) for owner, tenant in objects]
    session.add_all(made)
    await session.commit()
    keys = [each.id for each in made]
    new = select(model.id).where(model.text == "new").order_by(model.id)
    should = [each.id for each in made if expected(model, rule, who, each.owner, each.tenant)]
    assert [each.id for each in made if rule.sees(who, each)] == should
    assert [key for key in keys if await _happened(rule.find(who, key, session))] == should
    assert [each.id for each in made if await _happened(rule.change(who, each, session, text="new"))] == should
    assert await session.run_sync(lambda sync: list(sync.scalars(new))) == should
    for each in made:
        await _happened(rule.remove(who, each, session))
    left = await session.run_sync(lambda sync: list(sync.scalars(select(model.id))))
    assert [key for key in keys if key not in left] == should


def _happens(act: Any) -> bool:
    try:
        act()
    except Refused as refused:
        return refused.refusal.code != "no-such-object"
    return True


async def _happened(waiting: Any) -> bool:
    try:
        await waiting
    except Refused as refused:
        return refused.refusal.code != "no-such-object"
    return True
