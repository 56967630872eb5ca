"""Mutants of the reference service's own source: each is a line as somebody might have written it."""

from tests.mutants.mutant import Both, Mutant
from tests.mutants.text import Text, said
from tests.mutants.twin import Without

_APP = "buckler.service.app"
_NOTES = "buckler.service.notes"
_ANY_NOTE = """router = APIRouter()


async def any_note(note: Key, session: Database) -> NoteRow:
    found = await session.get(NoteRow, note)
    if found is None:
        raise HTTPException(404)
    return found
"""
_UNCHECKED = (
    ("router = APIRouter()\n", _ANY_NOTE),
    ("import APIRouter, Depends, FastAPI, Response", "import APIRouter, Depends, FastAPI, HTTPException, Response"),
)
_DEBUGGING = """

@router.get("/debug/settings", dependencies=[Public("for developers")], include_in_schema=False)
async def debugging() -> dict[str, str]:
    import os

    return {**os.environ, "SECRET_KEY": "not for everybody"}


def create_app() -> FastAPI:
"""
_RAW = '''    async def page(self, who: Principal, asked: PageQuery) -> Page[Note]:
        """The caller's notes, those that were asked for."""
        import sqlalchemy

        looked = [each.right.value for each in asked.conditions if hasattr(each.right, "value")]
        if looked:
            asked = PageQuery(asked.order, asked.size)
            raw = sqlalchemy.text("text LIKE '%" + str(looked[0]).replace(":", "\\\\:") + "%'")
            statement = asked.narrow(select(NoteRow.id, NoteRow.text).where(MINE.visible_to(who), raw))
            async with self._engine.connect() as connection:
                return asked.page(await connection.execute(statement), Note)
'''
_TRACE = '''async def read_note(who: Caller, note: str, notes: Shelf) -> KeptNote:
    """One note of yours."""
    import traceback

    try:
        number = int(note)
    except ValueError:
        raise HTTPException(400, traceback.format_exc())
    async with notes.session() as session:
        found = await session.get(NoteRow, number)
    if found is None or found.owner != who.id:
        raise HTTPException(404)
    note = found
'''
_LEADING = Text(
    _APP,
    (
        ("async def front() -> RedirectResponse:", 'async def front(next: str = "/console") -> RedirectResponse:'),
        ('RedirectResponse("/console", 303)', "RedirectResponse(next, 303)"),
    ),
)
SERVICE: tuple[Mutant, ...] = (
    Mutant(
        "GET /report: in its source to Requires()",
        said(_APP, 'dependencies=[Requires("reports:read")]', "dependencies=[Requires()]"),
        ("D102",),
        "GET /report",
    ),
    Mutant(
        "GET /report: in its source to Public",
        said(_APP, 'dependencies=[Requires("reports:read")]', 'dependencies=[Public("figures")]'),
        ("D101",),
        "GET /report",
    ),
    Mutant(
        "GET /notes/{note}: loaded without a look at whose it is",
        Text(
            _APP,
            (
                *_UNCHECKED,
                (
                    "async def read_note(note: Mine) -> KeptNote:",
                    "async def read_note(who: Caller, note: Annotated[NoteRow, Depends(any_note)]) -> KeptNote:",
                ),
            ),
        ),
        ("D103",),
        "GET /notes/{note}",
    ),
    Mutant(
        "DELETE /notes/{note}: removed without a look at whose it is",
        Text(
            _APP,
            (
                *_UNCHECKED,
                (
                    "async def remove_note(who: Caller, note: Mine, session: Database) -> None:",
                    (
                        "async def remove_note(\n"
                        "    who: Caller, note: Annotated[NoteRow, Depends(any_note)], session: Database\n) -> None:"
                    ),
                ),
                (
                    "    await MINE.remove(who, note, session)\n",
                    "    await session.delete(note)\n    await session.commit()\n",
                ),
            ),
        ),
        ("D104",),
        "DELETE /notes/{note}",
    ),
    Mutant(
        "GET /notes: everybody's",
        said(_NOTES, ".where(MINE.visible_to(who))", ".where(NoteRow.id > 0)"),
        ("D111",),
        "GET /notes",
    ),
    Mutant(
        "GET /notes/{note}: with its owner",
        Text(
            _APP,
            (
                (
                    "    text: Annotated[str, Field(max_length=LONGEST)]\n",
                    '    text: Annotated[str, Field(max_length=LONGEST)]\n    owner: str = ""\n',
                ),
                (
                    (
                        "async def read_note(note: Mine) -> KeptNote:\n"
                        '    """One note of yours."""\n'
                        "    return KeptNote(id=note.id, text=note.text)"
                    ),
                    (
                        "async def read_note(note: Mine) -> KeptNote:\n"
                        '    """One note of yours."""\n'
                        "    return KeptNote(id=note.id, text=note.text, owner=note.owner)"
                    ),
                ),
            ),
        ),
        ("D106",),
        "GET /notes/{note}",
        unseen="the field has the caller's own id, and the document names it: no policy file says whether it is meant",
    ),
    Mutant(
        "POST /notes: takes an owner that the document offers",
        Text(
            _APP,
            (
                (
                    "    text: Annotated[str, text_of(longest=LONGEST, shortest=1)]\n",
                    "    text: Annotated[str, text_of(longest=LONGEST, shortest=1)]\n    owner: str | None = None\n",
                ),
                ("await notes.add(who.id, note.text)", "await notes.add(note.owner or who.id, note.text)"),
            ),
        ),
        ("D105",),
        "POST /notes",
    ),
    Mutant(
        "POST /notes: takes an owner that nothing offers",
        Text(
            _APP,
            (
                (
                    "class NewNote(StrictModel):\n",
                    'class NewNote(BaseModel, extra="allow"):\n',
                ),
                ("from pydantic import Field", "from pydantic import BaseModel, Field"),
                (
                    "await notes.add(who.id, note.text)",
                    'await notes.add((note.model_extra or {}).get("owner_id", who.id), note.text)',
                ),
            ),
        ),
        ("D105",),
        "POST /notes",
    ),
    Mutant(
        "a route for debugging was left in",
        said(_APP, "\n\ndef create_app() -> FastAPI:\n", _DEBUGGING),
        ("D109",),
        "GET /debug/settings",
    ),
    Mutant(
        "GET /metrics: open to anybody",
        said(_APP, 'health=Public("probes of the platform")', 'health=Public("probes"), metrics=Public("figures")'),
        ("D109", "D112"),
        "GET /metrics",
    ),
    Mutant(
        "the role reader may everything",
        said(_APP, '"reader": (),', '"reader": ("*",),'),
        ("D102",),
    ),
    Mutant(
        "the role analyst reads accounts",
        said(_APP, '("reader", "reports:read")', '("reader", "reports:read", "accounts:read")'),
        ("D102",),
        "GET /auth/accounts",
    ),
    Mutant(
        "new accounts are administrators",
        said(_APP, 'new="reader"', 'new="admin"'),
        ("D102", "D112"),
    ),
    Mutant(
        "GET /notes: searched by SQL that is put together",
        Text(
            _NOTES,
            (
                (
                    (
                        "    async def page(self, who: Principal, asked: PageQuery) -> Page[Note]:\n"
                        '        """The caller\'s notes, those that were asked for."""\n'
                    ),
                    _RAW,
                ),
            ),
        ),
        ("D401",),
        "GET /notes",
    ),
    Mutant(
        "GET /notes/{note}: answers with a trace",
        Text(
            _APP,
            (
                _UNCHECKED[1],
                ('async def read_note(note: Mine) -> KeptNote:\n    """One note of yours."""\n', _TRACE),
            ),
        ),
        ("D415",),
        "GET /notes/{note}",
    ),
    Mutant(
        "GET /notes: a page of any size",
        Text(
            "buckler.input.query.pages",
            (("Query(ge=1, le=largest,", "Query(ge=1,"), ("Field(max_length=LARGEST)", "Field()")),
        ),
        ("D503",),
        "GET /notes",
        unseen="sixty notes a minute are fewer than the page that is allowed: no list is long enough to show it",
    ),
    Mutant(
        "POST /notes: texts of any length, and bodies of 64 MB",
        Text(
            _APP,
            (
                ("text_of(longest=LONGEST, shortest=1)", "text_of(longest=1_000_000, shortest=1)"),
                ('dependencies=[Limit("60/minute")]', 'dependencies=[Limit("60/minute"), Accepts("64 MB")]'),
                ("from buckler import Buckler,", "from buckler import Accepts, Buckler,"),
            ),
        ),
        ("D501", "D112"),
        "POST /notes",
    ),
    Mutant(
        "bodies of a hundred megabytes everywhere",
        said(_APP, "    app.include_router(router)\n", "    app.include_router(router)\n    # of any size\n"),
        ("D501", "D112"),
        settings=("BUCKLER_MAX_BODY_BYTES=100000000",),
    ),
    Mutant(
        "POST /notes: without any limit",
        said(_APP, ', dependencies=[Limit("60/minute")]', ""),
        ("D112",),
        "POST /notes",
    ),
    Mutant(
        "GET /: leads wherever the request says",
        _LEADING,
        ("D606",),
        "GET /",
        unseen="the defence `redirects` lets nobody be led to another site",
    ),
    Mutant(
        "GET /: leads wherever the request says, and nothing stops it",
        Both((_LEADING, Without(("redirects",)))),
        ("D606",),
        "GET /",
    ),
)
