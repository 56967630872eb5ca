"""SQL injection, wherever a request reaches a list, against a real database (ASVS 1.2.4)."""

import json
import sqlite3
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, select

from tests.input.query.shelf import SECRET, Book, Shelf
from tests.proof import two_sided, two_sided_async
from tests.wire import Answer

COUNT_FOR_LONG = (
    "(WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3000000) SELECT count(*) FROM c)"
)


def shows_the_secret(answer: Answer) -> bool:
    return answer.status == 200 and SECRET.encode() in answer.body


@pytest.mark.asvs("1.2.4", "2.2.1")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", "x' OR '1'='1"),
        ("title", "x' OR 1=1 --"),
        ("title", "x' OR 1=1 /* the rest is a comment */ --"),
        ("title", "x' OR owner LIKE 'ev%"),
        ("title", "x' UNION SELECT id, title FROM book --"),
        ("title", "x' UNION ALL SELECT 1, (SELECT title FROM book WHERE owner = 'eve') --"),
        ("title.contains", "x%' OR title LIKE 'the sealed"),
        ("title.contains", "zzz' UNION SELECT id, group_concat(title) FROM book --"),
        ("title.starts_with", "x%' OR owner = char(101,118,101) --"),
        ("1=1 OR owner", "eve"),
        ("title = '' OR owner", "eve"),
        ("id IN (SELECT id FROM book) OR title.contains", "x"),
        ("size", "0 UNION SELECT id, title FROM book"),
        ("size", "(SELECT 100) OFFSET 0; --"),
        ("sort", "(SELECT 1) LIMIT 9 --"),
        ("cursor", "x' OR owner = 'eve"),
        ("lent", "0' OR ''='"),
        ("pages.from", "x' OR '%'='"),
        ("made.after", "2026' OR ''='"),
        ("isbn", "' OR 1=1 --"),
    ],
)
async def test_no_name_and_no_value_becomes_a_piece_of_the_statement(
    whole: Shelf, twin: Shelf, name: str, value: str
) -> None:
    """Quotes, comments, unions, subqueries. What the twin's database is asked, ours never is."""

    async def attack(target: Shelf) -> bool:
        answer = await target.ask(**{name: value})
        assert answer.error is None
        return shows_the_secret(answer) or any(value in statement for statement, _ in target.statements)

    await two_sided_async(attack, whole=whole, twin=twin)


@pytest.mark.asvs("1.2.4")
async def test_the_order_tells_nothing_of_what_is_hidden(whole: Shelf, twin: Shelf) -> None:
    """Blind: the order of the rows answers a question about somebody else's book, letter by letter."""

    async def attack(target: Shelf) -> bool:
        letters = ""
        for place in range(1, 4):
            for letter in " ehst":
                guess = f"(SELECT substr(title, {place}, 1) FROM book WHERE owner = 'eve')"  # noqa: S608 - the attack
                asked = f"CASE WHEN {guess} = '{letter}' THEN id ELSE -id END"
                answer = await target.ask(sort=asked)
                if answer.status == 200 and answer.body.index(b"book 0") < answer.body.index(b"book 3"):
                    letters += letter
                    break
        return letters == SECRET[:3]

    await two_sided_async(attack, whole=whole, twin=twin)


@pytest.mark.asvs("1.2.4")
async def test_no_request_chooses_how_long_the_database_works(whole: Shelf, twin: Shelf) -> None:
    """Blind by time: a counting loop in the order."""

    async def attack(target: Shelf) -> bool:
        begun = time.process_time()
        await target.ask(sort=COUNT_FOR_LONG)
        return time.process_time() - begun > 0.15

    await two_sided_async(attack, whole=whole, twin=twin)


@pytest.mark.asvs("1.2.4")
async def test_a_text_that_was_kept_stays_a_text(whole: Shelf, twin: Shelf) -> None:
    """Second order: what a book is called comes back in the cursor, and goes into the next statement."""

    async def attack(target: Shelf) -> bool:
        await target.add(title="m' AND 1=0 OR owner = 'eve' AND '1' > '")
        answers = [await target.ask(sort="title", size=1)]
        for _ in range(7):
            page = json.loads(answers[-1].body)
            if page["next"] is not None:
                answers.append(await target.ask(sort="title", size=1, cursor=page["next"]))
        return any(shows_the_secret(answer) for answer in answers)

    await two_sided_async(attack, whole=whole, twin=twin)


@pytest.mark.asvs("1.2.4")
def test_a_second_statement_is_not_run() -> None:
    """Stacked: where a driver runs scripts, a semicolon is enough."""

    def search(connection: sqlite3.Connection, title: str) -> None:
        connection.executescript(f"SELECT * FROM book WHERE title = '{title}'")  # noqa: S608 - the attack's target

    def search_with_ours(connection: sqlite3.Connection, title: str) -> None:
        engine = create_engine("sqlite://", creator=lambda: connection)
        with engine.connect() as connected:
            connected.execute(select(Book.title).where(Book.title == title)).all()

    def attack(find: Callable[[sqlite3.Connection, str], None]) -> bool:
        connection = sqlite3.connect(":memory:")
        connection.executescript("CREATE TABLE book (title); INSERT INTO book VALUES ('kept')")
        find(connection, "x'; DELETE FROM book; --")
        lost = connection.execute("SELECT count(*) FROM book").fetchone() == (0,)
        connection.close()
        return lost

    two_sided(attack, whole=search_with_ours, twin=search)


@pytest.mark.parametrize(
    "forged",
    ['["-made","x\' OR 1=1 --",1]', '["-made) --","2026-01-01",1]', '["id","0) OR (1=1"]', '["title","\\u0000",1]'],
)
async def test_a_forged_cursor_is_refused_or_a_value(whole: Shelf, forged: str) -> None:
    """422, or a page of my own."""
    cursor = urlsafe_b64encode(forged.encode()).decode().rstrip("=")
    answer = await whole.ask(cursor=cursor, sort=forged[2 : forged.index('"', 2)])
    assert answer.status == 422
    assert answer.error is None
