"""A long body is kept in few words: as many are looked through as are kept, and lines that send it again are right."""

import subprocess
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as some

from buckler.drill.reports.repeating.curl import curl_line
from buckler.drill.reports.repeating.literal import expression
from buckler.drill.reports.repeating.pieces import pieces_of_body
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.folding import KEPT, kept, parts_of
from buckler.drill.transport.request import Request, Run
from buckler.drill.transport.secrets import Secrets

MEGABYTE: Final = 1024 * 1024
ORIGIN: Final = "http://localhost"


def _sent(body: bytes) -> Request:
    return kept(Exchange(Request("POST", "/", body=body), Answer(200))).request


@pytest.mark.parametrize("unit", [b"x", b" ", b'{"a":', b"0123456789ab"])
def test_a_body_of_megabytes_is_kept_in_few_words(unit: bytes) -> None:
    """What begins it, what it says over and over, and what ends it; how long it was is known as well."""
    body = b'{"t": "' + unit * (40 * MEGABYTE // len(unit)) + b'"}'
    short = _sent(body)
    assert (short.length, short.left) == (len(body), 0)
    held = sum(len(each.unit if isinstance(each, Run) else each) for each in (short.body, *short.rest))
    assert held < 100
    assert short.beginning(1000) == body[:1000]
    assert eval(expression(pieces_of_body(short, frozenset()))) == body.decode()  # noqa: S307 - a literal of ours


def test_a_line_for_a_shell_writes_the_same_body() -> None:
    """As many bytes as were sent, and the same."""
    body = b'{"t": "' + b"x" * MEGABYTE + b'"}'
    written = curl_line(_sent(body), ORIGIN, frozenset()).partition(" | curl ")[0]
    shell = subprocess.run(["sh", "-c", written], capture_output=True, check=True)
    assert shell.stdout == body


def test_what_nobody_could_write_down_is_left_out_and_counted() -> None:
    """Its beginning is kept, and the line says how long it was."""
    body = b"".join(b"%d," % number for number in range(MEGABYTE))
    short = _sent(body)
    assert short.body == body[:KEPT]
    assert short.length == len(body)
    assert curl_line(short, ORIGIN, frozenset()).endswith(f" # and a body of {len(body)} bytes")
    answer = kept(Exchange(Request("GET", "/"), Answer(200, body=body))).answer
    assert (answer.body, answer.length) == (body[:KEPT], len(body))


def test_a_cut_shows_no_half_of_a_secret() -> None:
    """What ends a body that was cut may be the beginning of one."""
    secrets = Secrets()
    secrets.keep("a-token-of-somebody", "TOKEN")
    tail = b"".join(b"%d," % number for number in range(MEGABYTE))
    body = tail[: KEPT - 30] + b"a-token-of-somebody" + b"a-token-of-somebody" + tail
    shown = secrets.hide_in(Exchange(Request("POST", "/", body=body), Answer(200, body=body)))
    assert b"a-token" not in shown.request.body + shown.answer.body
    assert shown.answer.body.startswith(tail[: KEPT - 100])


def test_a_secret_behind_what_goes_on_for_long_is_shown_by_name() -> None:
    """The end of a body is looked through too."""
    secrets = Secrets()
    secrets.keep("a-token-of-somebody", "TOKEN")
    request = Request("POST", "/", body=b"x" * MEGABYTE + b"&token=a-token-of-somebody")
    shown = secrets.hide_in(Exchange(request, Answer(200))).request
    assert shown.rest == (Run(b"x", MEGABYTE), b"&token=$TOKEN")


@given(some.lists(some.tuples(some.binary(max_size=20), some.integers(0, 300)), max_size=6), some.integers(1, 500))
def test_parts_say_the_same_bytes(several: list[tuple[bytes, int]], most: int) -> None:
    """Whatever they are, and wherever it stops to look."""
    data = b"".join(unit * times for unit, times in several)
    parts = parts_of(data, most)
    assert b"".join(each.unit * each.times if isinstance(each, Run) else each for each in parts) == data
