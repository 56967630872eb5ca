"""Requests and answers as HTTP writes them, for people to read."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from buckler.drill.reports.repeating.pieces import Named, Run, pieces_of
from buckler.drill.reports.texts import body_text, one_line
from buckler.drill.transport.answer import NOTHING, Answer
from buckler.drill.transport.request import Fields, Request

SHOWN: Final = 4096
"""Bytes of a body that are shown."""
_LINE: Final = 2048


def request_text(request: Request, most: int = SHOWN) -> str:
    """The request line, the fields and the body."""
    head = one_line(f"{request.method} {request.target}", _LINE)
    return _message((head, *_fields(request.headers)), request.body, most)


def answer_text(answer: Answer, most: int = SHOWN) -> str:
    """The status, the fields and the body; or why there is none."""
    if answer.status == NOTHING:
        return one_line(f"No answer: {answer.failure or 'nothing came'}", _LINE)
    return _message((status_line(answer), *_fields(answer.headers)), answer.body, most)


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


def _message(head: Iterable[str], body: bytes, most: int) -> str:
    fields = "\n".join(head)
    return f"{fields}\n\n{body_text(_short(body), most)}" if body else fields


def _short(body: bytes) -> bytes:
    """The body, told in fewer words where it is long because it says one thing over and over."""
    if len(body) <= SHOWN:
        return body
    return b"".join(
        b"(%s, %d times)" % (piece.unit, piece.times) if isinstance(piece, Run) else piece.data
        for piece in pieces_of(body, frozenset())
        if not isinstance(piece, Named)
    )
