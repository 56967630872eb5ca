"""Models in every shape: inheritance, several steps to the owner, collations, what the app hides everywhere."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import ForeignKey, String, create_engine, event, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    aliased,
    column_property,
    deferred,
    mapped_column,
    relationship,
    with_loader_criteria,
)
from sqlalchemy.pool import StaticPool

from buckler import Owned, Principal
from tests.access.ownership.library import PEOPLE, missing

ALICE, BOB = PEOPLE["alice"], PEOPLE["bob"]


class Root(DeclarativeBase):
    """The root of the tables of this file."""


class Item(Root):
    """The table that others extend."""

    __tablename__ = "item"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str | None] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(20), default="")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "item"}  # noqa: RUF012


class Book(Item):
    """In a table of its own beside that one."""

    __tablename__ = "book"
    id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    pages: Mapped[int] = mapped_column(default=0)
    __mapper_args__ = {"polymorphic_identity": "book"}  # noqa: RUF012


class Pamphlet(Item):
    """In the same table."""

    __mapper_args__ = {"polymorphic_identity": "pamphlet"}  # noqa: RUF012


class Folder(Root):
    """Stands in itself; its owner is looked up late."""

    __tablename__ = "folder"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(20, collation="NOCASE"), unique=True)
    owner: Mapped[str | None] = deferred(mapped_column(String(20, collation="NOCASE")))
    gone: Mapped[bool] = mapped_column(default=False)
    above_id: Mapped[int | None] = mapped_column(ForeignKey("folder.id"))
    above: Mapped["Folder | None"] = relationship(remote_side="Folder.id")


class Twofold(Root):
    """Has two attributes for one column."""

    __tablename__ = "twofold"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(String(20))


Twofold.holder = column_property(Twofold.__table__.c.owner)  # type: ignore[attr-defined]


FOLDERS = Owned(Folder, owner=Folder.owner, key=Folder.slug)
INNER = Owned(Folder, owner=Folder.owner, through=(Folder.above, Folder.above))


@pytest.fixture
def session() -> Iterator[Session]:
    """A session on the tables of this file, with something of each."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    Root.metadata.create_all(engine)
    with Session(engine) as opened:
        opened.add_all(
            [
                Item(id=1, owner="alice", kind="item"),
                Book(id=2, owner="alice", kind="book"),
                Pamphlet(id=3, owner="alice", kind="pamphlet"),
                Folder(id=1, slug="top", owner="alice"),
                Folder(id=2, slug="middle", owner="bob", above_id=1),
                Folder(id=3, slug="bottom", owner="bob", above_id=2),
                Folder(id=4, slug="Case", owner="Alice"),
            ]
        )
        opened.commit()
        opened.expunge_all()
        yield opened
    engine.dispose()


def test_inheritance_over_two_tables_and_in_one(session: Session) -> None:
    """The column of the parent class decides; a kind is never had under another one's rule."""
    items, books = Owned(Item, owner=Item.owner), Owned(Book, owner=Item.owner)
    pamphlets = Owned(Pamphlet, owner=Item.owner)
    assert isinstance(items.find(ALICE, 2, session), Book)
    assert books.find(ALICE, 2, session).pages == 0
    assert missing(lambda: books.find(BOB, 2, session))
    assert missing(lambda: books.find(ALICE, 1, session))
    assert missing(lambda: pamphlets.find(ALICE, 1, session))
    assert list(session.scalars(select(Book.id).where(books.visible_to(ALICE)))) == [2]
    pamphlets.change(ALICE, pamphlets.find(ALICE, 3, session), session, name="new")
    item: Any = session.get_one(Item, 1)
    with pytest.raises(TypeError, match="this rule is about Pamphlet"):
        pamphlets.change(ALICE, item, session, name="new")
    with pytest.raises(TypeError, match="stands in several tables"):
        books.change(ALICE, books.find(ALICE, 2, session), session, name="new")


def test_a_collation_makes_nobody_somebody_else(session: Session) -> None:
    """The database takes Alice for alice; the values are compared once more."""
    assert FOLDERS.find(ALICE, "top", session).id == 1
    assert missing(lambda: FOLDERS.find(ALICE, "Top", session)), "another spelling of the key"
    assert missing(lambda: FOLDERS.find(ALICE, "Case", session)), "of Alice, who is somebody else"
    assert missing(lambda: FOLDERS.find(Principal("Alice", "Alice"), "top", session))


def test_a_model_that_stands_in_itself(session: Session) -> None:
    """Two steps up, through the same table, with aliases of its own."""
    assert INNER.find(ALICE, 3, session).slug == "bottom"
    assert missing(lambda: INNER.find(ALICE, 2, session)), "one step up only"
    assert missing(lambda: INNER.find(BOB, 3, session))
    assert list(session.scalars(select(Folder.id).where(INNER.visible_to(ALICE)))) == [3]
    assert INNER.sees(ALICE, session.get_one(Folder, 3))
    INNER.change(ALICE, session.get_one(Folder, 3), session, gone=True)
    with pytest.raises(TypeError, match="says whose"):
        INNER.change(ALICE, session.get_one(Folder, 3), session, above_id=1)


def test_an_alias_is_named(session: Session) -> None:
    """A condition about the model says nothing of an alias: whoever has one object would see them all."""
    other = aliased(Folder)
    for rule, seen in ((Owned(Folder, owner=Folder.owner), [2, 3]), (INNER, [])):
        found = session.scalars(select(other.id).where(rule.visible_to(BOB, of=other)).order_by(other.id))
        assert list(found) == seen
    assert list(session.scalars(select(other.id).where(INNER.visible_to(ALICE, of=other)))) == [3]
    for wrong in (aliased(Item), Item, "folder", Folder(), Folder.__table__):
        with pytest.raises(TypeError, match="name an alias of it"):
            INNER.visible_to(BOB, of=wrong)


def test_what_the_app_hides_everywhere_stays_hidden(session: Session) -> None:
    """Deleted softly: criteria of the app's sessions hold for the rule's statements too."""

    kept = FOLDERS.find(BOB, "middle", session)

    @event.listens_for(session, "do_orm_execute")
    def hide(state: Any) -> None:
        state.statement = state.statement.options(with_loader_criteria(Folder, Folder.gone.is_(False)))

    FOLDERS.change(BOB, kept, session, gone=True)
    assert kept.gone, "it is hidden from now on, and says what was written"
    assert missing(lambda: FOLDERS.find(BOB, "middle", session))
    found = FOLDERS.find(ALICE, "top", session)
    found.gone = True
    session.flush()
    session.expunge(found)
    assert missing(lambda: FOLDERS.find(ALICE, "top", session))
    assert missing(lambda: FOLDERS.change(ALICE, found, session, gone=False))
    assert missing(lambda: FOLDERS.remove(ALICE, found, session))


def test_a_second_name_of_the_owners_column_is_the_owners_column(session: Session) -> None:
    """Whatever an attribute is called."""
    session.add(Twofold(id=1, owner="alice", holder="alice", text="x"))
    session.flush()
    rule = Owned(Twofold, owner=Twofold.owner)
    with pytest.raises(TypeError, match="holder says whose"):
        rule.change(ALICE, rule.find(ALICE, 1, session), session, holder="bob")
