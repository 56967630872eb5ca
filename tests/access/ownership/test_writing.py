"""Changing and removing: the condition is in the statement, and no change says whose an object is."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import (
    Session,
)

from buckler import Owned
from tests.access.ownership.library import PEOPLE, Comment, Database, Note, missing

ALICE, BOB, ROOT = PEOPLE["alice"], PEOPLE["bob"], PEOPLE["root"]
NOTES = Owned(Note, owner=Note.owner_id, tenant=Note.tenant_id, unless="notes:any")
COMMENTS = Owned(Comment, owner=Note.owner_id, through=Comment.note)


def test_a_write_repeats_the_condition(database: Database) -> None:
    """Given away between the load and the write: nothing is written, and the answer is that of a missing one."""
    for write in (
        lambda note, session: NOTES.change(ALICE, note, session, text="mine again"),
        lambda note, session: NOTES.remove(ALICE, note, session),
    ):
        with Session(database.engine) as mine, Session(database.engine) as other:
            note = NOTES.find(ALICE, 1, mine)
            mine.commit()
            other.get_one(Note, 1).owner_id = "carol"
            other.commit()
            assert missing(lambda note=note, mine=mine, write=write: write(note, mine))
            mine.rollback()
            other.get_one(Note, 1).owner_id = "alice"
            other.commit()
    assert database.texts()[1] == "of alice"


def test_through_a_relationship_the_condition_is_repeated_as_well(database: Database) -> None:
    """Whose the note is decides about the comment, in the statement that writes the comment."""
    with Session(database.engine) as session:
        comment = COMMENTS.find(ALICE, 1, session)
        COMMENTS.change(ALICE, comment, session, text="changed")
        assert comment.text == "changed"
        strange = session.get_one(Comment, 3)
        assert missing(lambda: COMMENTS.change(ALICE, strange, session, text="changed"))
        assert missing(lambda: COMMENTS.remove(ALICE, strange, session))
        assert [COMMENTS.sees(ALICE, each) for each in (comment, strange, Comment(text="new"))] == [True, False, False]
        COMMENTS.remove(ALICE, comment, session)
        left = session.scalars(select(Comment.id).order_by(Comment.id))
        assert list(left) == [2, 3, 4, 5]
        assert list(session.scalars(select(Comment.id).where(COMMENTS.visible_to(ALICE)))) == [2]


@pytest.mark.parametrize(
    ("rule", "model", "values"),
    [
        (NOTES, Note, {"owner_id": "bob"}),
        (NOTES, Note, {"tenant_id": "south"}),
        (NOTES, Note, {"id": 9}),
        (NOTES, Note, {"text": "x", "owner_id": "bob"}),
        (COMMENTS, Comment, {"note_id": 3}),
        (Owned(Note, owner=Note.owner_id, within={"project": Note.project_id}), Note, {"project_id": 3}),
    ],
)
def test_a_change_never_says_whose_it_is(database: Database, rule: Any, model: Any, values: dict[str, Any]) -> None:
    """Neither the owner, nor the tenant, the key, or what it hangs on."""
    with Session(database.engine) as session:
        found = session.get_one(model, 1)
        with pytest.raises(TypeError, match="says whose a"):
            rule.change(ALICE, found, session, **values)


def test_an_expression_is_read_from_the_database(database: Database) -> None:
    """What the database made of it is on the object afterwards."""
    with Session(database.engine) as session:
        note = NOTES.find(ALICE, 1, session)
        NOTES.change(ALICE, note, session, text=Note.text + "!")
        assert note.text == "of alice!"


@pytest.mark.parametrize("values", [{}, {"txt": "x"}, {"comments": []}])
def test_a_change_names_columns(database: Database, values: dict[str, Any]) -> None:
    """Of the model."""
    with Session(database.engine) as session, pytest.raises(TypeError, match=r"names nothing|has no column"):
        NOTES.change(ALICE, session.get_one(Note, 1), session, **values)


def test_only_what_was_loaded_is_written(database: Database) -> None:
    """A body that was made into a model names a row of its choice."""
    with Session(database.engine) as session:
        for made in (Note(id=1, text="x"), Comment(id=1, text="x")):
            with pytest.raises(TypeError):
                NOTES.change(ALICE, made, session, text="x")  # type: ignore[arg-type]
        renamed = session.get_one(Note, 3)
        renamed.id = 1
        with session.no_autoflush:
            assert missing(lambda: NOTES.change(ALICE, renamed, session, text="x")), "its row is 3, whatever it says"
        session.rollback()


async def test_an_async_session_waits(database: Database) -> None:
    """For each of the calls; what was changed is read anew."""
    async with AsyncSession(database.waiting) as session:
        note = await NOTES.find(ALICE, 1, session)
        await NOTES.change(ALICE, note, session, text="changed")
        assert note.text == "changed"
        await NOTES.remove(ALICE, note, session)
        await session.commit()
    assert 1 not in database.texts()


def test_a_rule_that_stands_on_no_route_tells_of_what_it_lifts(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Loading, judging, listing and writing, each with an event; of one's own nothing is told where it is known."""
    rule = Owned(Note, owner=Note.owner_id, unless="notes:any")
    with Session(database.engine) as session:
        note = rule.find(ROOT, 1, session)
        rule.sees(ROOT, note)
        rule.visible_to(ROOT)
        rule.change(ROOT, note, session, text="x")
        rule.remove(ROOT, note, session)
        lines = [each.message for each in caplog.records if "authz_override" in each.message]
        assert len(lines) == 5
        assert all('"account":"root"' in line and '"model":"Note"' in line for line in lines)
        caplog.clear()
        rule.find(ALICE, 2, session)
        assert "authz_override" not in caplog.text
