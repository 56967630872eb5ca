"""What answers tell of the inside though nothing went wrong: statements of SQL, traces, files of the app.

1. A statement counts where a value of the request stands in it: a text about SQL is none.
2. Routes that take no text are asked as anybody. Words that databases and traces use of a failure count anywhere; the
   name of a file of the app does where the path says that it is for those who run it.
"""

import re
from typing import Final
from urllib.parse import unquote_plus

from buckler.drill.attack import Finding, Untested, Verdicts
from buckler.drill.attacks.input.walk import takes_text
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import ANONYMOUS
from buckler.drill.plan.names import is_for_operators
from buckler.drill.preparing.control import control_for
from buckler.drill.transport.answer import Exchange

_STATEMENT: Final = re.compile(
    r"\b(?:SELECT\s.{1,300}?\sFROM\s+\w|INSERT\s+INTO\s+\w+\s*\(|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s+\w)[^\n]{0,300}"
)
_VALUE: Final = re.compile(r"[&=?/]")
_PIECE: Final = re.compile(r"\w{5,}")
_FAILED: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("a trace", re.compile(r"Traceback \(most recent call last\)|File \\?\"[^\"\n]{1,200}\\?\", line \d+, in ")),
    (
        "a statement that failed",
        re.compile(r"\[SQL: |sqlalche\.me/e/|\((sqlite3|psycopg2?|asyncpg|pymysql|MySQLdb)[\w.]*\.\w*Error\)"),
    ),
)
_FILE: Final = re.compile(r"(?<![\w.:/-])/?([\w.-]+/)+[\w-]+\.py\b")


def repeats_statement(exchange: Exchange) -> bool:
    """Whether an answer has a statement of SQL with a value of the request in it, which did not bring it along."""
    request, text = exchange.request, exchange.answer.text
    if "\n" not in text and len(text) > 1_000_000:
        return False
    sent = [
        unquote_plus(each)
        for each in _VALUE.split(f"{request.target.partition('?')[2]}&{request.body.decode('latin-1')}")
    ]
    pieces = {piece for value in sent for piece in _PIECE.findall(value) if not _STATEMENT.search(value)}
    return any(piece in found[0] for found in _STATEMENT.finditer(text) for piece in pieces)


async def told_plainly(on: Engagement, nowhere: Exchange) -> Verdicts:
    """What routes that take no text tell anybody; the control is the answer to a path that is not there."""
    for route in on.routes:
        if route.method != "GET" or route.params or takes_text(on, route) or route.is_documentation:
            continue
        exchange = await control_for(on, route, ANONYMOUS)
        if isinstance(exchange, Untested):
            continue
        text = exchange.answer.text
        what = next((what for what, shape in _FAILED if shape.search(text)), None)
        if what is None and is_for_operators(route.path) and _FILE.search(text):
            what = "where a file of the app lies"
        if what is not None:
            yield Finding(route.key, f"The answer tells anybody {what}.", exchange, (nowhere,))
