"""Servers that a drill meets: some limit, some lead on, some serve one after the other, some say too much."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from buckler.drill.attack import Attack, Clean, Finding, NotApplicable, Untested, Verdict
from buckler.drill.attacks.wire import banner, message_length, plain_http
from buckler.drill.attacks.wire.answers import answers_in
from buckler.drill.attacks.wire.slow_heads import slow_heads
from buckler.drill.budget import Budget
from buckler.drill.run import attack_all
from tests.drill.attacks.wire.answering import OK, answering, one_at_a_time
from tests.drill.attacks.wire.stage import PACE, QUICK, engaged, trusting
from tests.drill.targets.wire_server import DOCUMENT, make_identity, serving

LIMITED = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n"
GONE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


async def verdicts(url: str, *attacks: Attack) -> list[Verdict]:
    async with engaged(url, DOCUMENT) as on:
        on.sender.within = 1.0
        return [each.verdict for each in (await attack_all(on, attacks, url)).judged]


def led_to(host: str) -> Callable[[bytes], bytes]:
    """Leads on to HTTPS at this host, or at the one that was asked for."""

    def rule(asked: bytes) -> bytes:
        named = asked.partition(b"Host: ")[2].partition(b"\r\n")[0].decode()
        return f"HTTP/1.1 301 Moved\r\nLocation: https://{host or named}/\r\nContent-Length: 0\r\n\r\n".encode()

    return rule


@pytest.mark.parametrize(
    ("rule", "kind", "words"),
    [
        (led_to(""), Finding, "leads to whatever host is named"),
        (led_to("localhost"), Clean, ""),
        (lambda _: OK, Finding, "comes over plain HTTP too"),
        (lambda _: LIMITED, Untested, "asked too often"),
        (lambda _: b"", Clean, ""),
    ],
)
async def test_a_port_for_plain_http(
    rule: Callable[[bytes], bytes], kind: type[Verdict], words: str, tmp_path: Path
) -> None:
    """It may lead to HTTPS at its own host, and never answer itself."""
    identity = make_identity(tmp_path, frozenset())
    trust = trusting(identity.authority)
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(answering(rule))
        url = await stack.enter_async_context(serving(frozenset(), identity=identity))
        on = await stack.enter_async_context(engaged(url, DOCUMENT, trust, f"http://localhost:{port}"))
        same, other = [each.verdict for each in (await attack_all(on, (plain_http.ATTACK,), url)).judged]
        on.setting = type(on.setting)(on.setting.document, writes=True, url=url, plain="http://other.example")
        elsewhere = [each.verdict for each in (await attack_all(on, (plain_http.ATTACK,), url)).judged][1]
    assert (type(same), type(other), type(elsewhere)) == (Clean, kind, Untested)
    assert words in (other.words if isinstance(other, Finding) else getattr(other, "reason", ""))


async def test_who_serves_one_after_the_other_is_stopped_by_a_few() -> None:
    """Nobody else is answered while a few heads are slow, and that is high."""
    async with one_at_a_time() as port:
        (found,) = await verdicts(f"http://127.0.0.1:{port}", slow_heads(PACE))
    assert isinstance(found, Finding)
    assert (found.severity, "Nobody else was answered" in found.words) == ("high", True)


async def test_a_limit_is_no_defence_and_no_flaw() -> None:
    """What was asked too often is untested."""
    asked = 0

    def rule(said: bytes) -> bytes:
        nonlocal asked
        asked += 1
        return LIMITED if b"Content-Length: +5" in said else OK + GONE

    async with answering(rule) as port:
        found = await verdicts(f"http://127.0.0.1:{port}", message_length.ATTACK)
    assert asked
    assert not any(isinstance(each, Clean) for each in found)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\nServer: uvicorn\r\nContent-Length: 2\r\n\r\n[]", Clean),
        (b"HTTP/1.1 200 OK\r\nServer: gunicorn/20.0.4\r\nContent-Length: 2\r\n\r\n[]", Finding),
        (b"HTTP/1.1 200 OK\r\nX-Powered-By: Express\r\nContent-Length: 2\r\n\r\n[]", Finding),
        (b"HTTP/1.1 200 OK\r\nVia: 1.1 proxy\r\nContent-Length: 2\r\n\r\n[]", Clean),
    ],
)
async def test_a_version_is_told_and_a_name_is_not(said: bytes, kind: type[Verdict]) -> None:
    """A product alone says little; who powers an answer is nobody's business."""
    async with answering(lambda _: said) as port:
        assert [type(each) for each in await verdicts(f"http://127.0.0.1:{port}", banner.ATTACK)] == [kind]


async def test_the_page_of_an_error_may_tell_it_alone() -> None:
    """Written by whatever stands in front."""
    page = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 12\r\n\r\nnginx/1.18.0"
    async with answering(lambda said: page if b"HTTP/9" in said else OK) as port:
        (found,) = await verdicts(f"http://127.0.0.1:{port}", banner.ATTACK)
    assert isinstance(found, Finding)
    assert "nginx/1.18.0 in the page of an error" in found.words


async def test_nothing_is_said_of_a_server_that_answers_nothing() -> None:
    """Every attack is untested, with a reason, or not applicable."""
    async with answering(lambda _: b"") as port:
        found = await verdicts(f"http://127.0.0.1:{port}", *QUICK)
    assert all(isinstance(each, Untested | NotApplicable) and each.reason for each in found)


async def test_slow_requests_are_not_begun_where_the_time_is_short() -> None:
    """The reason names the time that they take."""
    async with serving(frozenset()) as url, engaged(url, DOCUMENT) as on:
        on.sender.budget = Budget(1, 100)
        (judged,) = (await attack_all(on, (slow_heads(PACE),), url)).judged
    assert isinstance(judged.verdict, Untested)
    assert "it takes 0.5 s" in judged.verdict.reason


def test_answers_in_a_row_are_told_apart() -> None:
    """By their lengths or their chunks; interim ones are none, and what is no answer ends the row."""
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\n[]\r\n0\r\n\r\n"
    row = b"HTTP/1.1 100 Continue\r\n\r\n" + OK + chunked + b"HTTP/1.1 204 No Content\r\n\r\n" + GONE
    assert [(each.status, each.body) for each in answers_in(row + b"nonsense\r\n\r\n")] == [
        (200, b"[]"),
        (200, b"[]"),
        (204, b""),
        (404, b""),
    ]
    assert [each.body for each in answers_in(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")] == [b"until the end"]
    assert [each.body for each in answers_in(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n")] == [b""]
