"""What databases say of a statement that is wrong, as apps pass it on, in errors and in pages that call it no error."""

import re
from typing import Final
from urllib.parse import unquote_plus

from buckler.drill.transport.answer import Exchange

DATABASE_WORDS: Final = re.compile(
    r"sqlalchemy\.exc\.|psycopg2?\.|asyncpg\.|sqlite3\.\w*Error|near \\?\"[^\"]{0,40}\\?\": syntax error"
    r"|near &(quot|#34);.{0,40}?&(quot|#34);: syntax error|unrecognized token: |incomplete input\b"
    r"|no such (table|column): |syntax error at or near|SQL syntax.{0,60}(MySQL|MariaDB)"
    r"|OperationalError|IntegrityError|ProgrammingError|UNIQUE constraint failed|pymongo\.errors"
)


def without_sent(exchange: Exchange) -> str:
    """The text of an answer without the values that its request said."""
    request, text = exchange.request, exchange.answer.text
    sent = re.split(r"[&=?/]", f"{request.target}&{request.body.decode('latin-1')}")
    for value in sorted({unquote_plus(each) for each in sent}, key=len, reverse=True):
        text = text.replace(value, "") if len(value) > 5 else text
    return text
