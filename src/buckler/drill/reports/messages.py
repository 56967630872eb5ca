"""Requests and answers as HTTP writes them, for people to read."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from buckler.drill.reports.repeating.pieces import Named, pieces_of_body
from buckler.drill.reports.texts import body_text, one_line
from buckler.drill.transport.answer import NOTHING, Answer
from buckler.drill.transport.request import Fields, Request, Run

SHOWN: Final = 4096
"""Bytes of a body that are shown."""
_LINE: Final = 2048


def request_text(request: Request, most: int = SHOWN) -> str:
    """The request line, the fields and the body."""
    head = one_line(f"{request.method} {request.target}", _LINE)
    fields = (head, *_fields(request.headers))
    # What is long because it says one thing over and over is told in fewer words.
    short = request.body if request.length <= SHOWN else _folded(request)
    return _message(fields, short, most, request.left)


def answer_text(answer: Answer, most: int = SHOWN) -> str:
    """The status, the fields and the body; or why there is none."""
    if answer.status == NOTHING:
        return one_line(f"No answer: {answer.failure or 'nothing came'}", _LINE)
    fields = (status_line(answer), *_fields(answer.headers))
    short = answer.body if answer.length <= SHOWN else _folded(Request("", "", body=answer.body))
    return _message(fields, short, most, answer.left)


def status_line(answer: Answer) -> str:
    """The status with its phrase."""
    if answer.status == NOTHING:
        return "no answer"
    try:
        return f"{answer.status} {HTTPStatus(answer.status).phrase}"
    except ValueError:
        return str(answer.status)


def _fields(fields: Fields) -> Iterable[str]:
    return (one_line(f"{name}: {value}", _LINE) for name, value in fields)


def _message(head: Iterable[str], body: bytes, most: int, left: int) -> str:
    fields = "\n".join(head)
    return f"{fields}\n\n{body_text(body, most, left)}" if body else fields


def _folded(request: Request) -> bytes:
    return b"".join(
        b"(%s, %d times)" % (piece.unit, piece.times) if isinstance(piece, Run) else piece.data
        for piece in pieces_of_body(request, frozenset())
        if not isinstance(piece, Named)
    )
