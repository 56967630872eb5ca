"""A long body in few words: what is the same many times over is counted, and what goes on beyond a bound is left out.

No more of a body is looked through than is kept, however long what is the same goes on.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request, Run

KEPT: Final = 256 * 1024
"""Bytes of a body that are kept for a report, beside what is the same over and over."""
_OFTEN: Final = 64
_AT_ONCE: Final = 64 * 1024
# With a bound of its own: without one, the engine remembers every step of a body of megabytes.
_RUN: Final = re.compile(rb"([\x20-\x7e]{1,12}?)\1{%d,%d}" % (_OFTEN - 1, 2 * _OFTEN))


def parts_of(data: bytes, most: int) -> Iterator[bytes | Run]:
    """What stands there once, and what is the same many times over; behind `most` bytes of the first, the rest."""
    at = 0
    while at < len(data) and most > 0:
        end = min(at + most, len(data))
        match = _RUN.search(data, at, end + 12 * _OFTEN)
        start = match.start() if match is not None else end
        if start > at:
            yield data[at:start]
            most -= start - at
        at = start
        if match is not None:
            run = _whole(data, match)
            yield run
            at += len(run.unit) * run.times
    if at < len(data):
        yield data[at:]


def _whole(data: bytes, match: re.Match[bytes]) -> Run:
    """The run to its end."""
    unit, at = match[1], match.end()
    for times in (_AT_ONCE, 1):
        step = unit * times
        while data.startswith(step, at):
            at += len(step)
    return Run(unit, (at - match.start()) // len(unit))


def kept(exchange: Exchange) -> Exchange:
    """The exchange as a report keeps it: its bodies are bounded, and say how long they were."""
    return replace(exchange, request=_request(exchange.request), answer=_answer(exchange.answer))


def _request(request: Request) -> Request:
    if len(request.body) <= KEPT:
        return request
    found: list[bytes | Run] = []
    most = KEPT
    for part in parts_of(request.body, KEPT):
        found.append(part if isinstance(part, Run) else part[:most])
        most -= 0 if isinstance(part, Run) else len(part)
        if most <= 0:
            break
    first = found[0]
    head, rest = (b"", found) if isinstance(first, Run) else (first, found[1:])
    short = replace(request, body=head, rest=tuple(rest))
    return replace(short, left=len(request.body) - short.length)


def _answer(answer: Answer) -> Answer:
    left = len(answer.body) - KEPT
    return answer if left <= 0 else replace(answer, body=answer.body[:KEPT], left=left)
