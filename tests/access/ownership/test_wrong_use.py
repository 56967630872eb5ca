"""What a rule cannot refuse by itself, and who says so instead: the checkers of types, and SQLAlchemy."""

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import exc, select
from sqlalchemy.orm import Session

from buckler import Owned
from tests.access.ownership.library import PEOPLE, Comment, Database, Note, Project
from tests.house.tree import ROOT

PROJECTS = Owned(Project, owner=Project.owner_id)
COMMENTS = Owned(Comment, owner=Note.owner_id, through=Comment.note)
USERS = """
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from buckler import Owned, Principal


class Table(DeclarativeBase):
    pass


class Note(Table):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    text: Mapped[str]


notes = Owned(Note, owner=Note.owner)


def now(who: Principal, session: Session) -> str:
    note = notes.find(who, 1, session)
    notes.change(who, note, session, text="x")
    notes.remove(who, note, session)
    return note.text


async def later(who: Principal, session: AsyncSession) -> str:
    note = await notes.find(who, 1, session)
    await notes.change(who, note, session, text="x")
    await notes.remove(who, note, session)
    return note.text


async def never(who: Principal, session: AsyncSession) -> None:
    note = await notes.find(who, 1, session)
"""
WRONG = """    notes.change(who, note, session, text="x")
    notes.remove(who, note, session)
    notes.find(who, 1, session)
    notes.find(who, 1, session).text
"""
CHECKERS = {
    # With the options and the cache of `make mypy`, so that nothing but this file is checked again.
    "mypy": ["mypy", "--config-file", "pyproject.toml", "users.py"],
    "pyright": ["pyright", "--pythonpath", sys.executable, "--project", "pyrightconfig.json"],
}


@pytest.mark.heavy_beyond(1)
@pytest.mark.skipif(find_spec("mypy") is None, reason="the environment of the lowest FastAPI checks no types")
@pytest.mark.parametrize("checker", CHECKERS)
def test_a_call_that_nobody_awaits_is_an_error_of_types(checker: str, tmp_path: Path) -> None:
    """It would write nothing, and nothing would be raised. In a sync session there is nothing to await."""
    (tmp_path / "users.py").write_text(USERS + WRONG)
    (tmp_path / "pyrightconfig.json").write_text('{"include": ["users.py"]}')
    *command, target = [sys.executable, "-m", *CHECKERS[checker]]
    command.append(str(tmp_path / target))
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False).stdout
    first = USERS.count("\n")
    found = {int(line) for line in re.findall(r"users\.py:(\d+):.*error", told)}
    assert found == {first + line for line in (1, 2, 3, 4)}, told


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A sync session of the library."""
    with Session(database.engine) as opened:
        yield opened


def test_sqlalchemy_warns_of_the_rule_of_another_model(session: Session) -> None:
    """Who has one project would have all notes; joined it is what was meant."""
    alice = PEOPLE["alice"]
    with pytest.warns(exc.SAWarning, match="cartesian product"):
        found = session.scalars(select(Note.id).distinct().where(PROJECTS.visible_to(alice)).order_by(Note.id)).all()
    assert found == [1, 2, 3, 4, 5]
    meant = select(Note.id).join(Project, Project.id == Note.project_id).where(PROJECTS.visible_to(alice))
    assert session.scalars(meant.order_by(Note.id)).all() == [1, 2]


def test_of_a_rule_with_through_nobody_warns(session: Session) -> None:
    """As the page on ownership says: the condition is an EXISTS, in which SQLAlchemy sees nothing amiss."""
    wrong = select(Note.id).where(COMMENTS.visible_to(PEOPLE["alice"])).order_by(Note.id)
    assert session.scalars(wrong).all() == [1, 2, 3, 4, 5]
