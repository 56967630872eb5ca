"""The test that a report offers fails on a service that has the flaw, and passes where it is mended."""

from collections.abc import Callable

import pytest

from buckler.drill.attack import Finding
from buckler.drill.reports.repeating.snippet import pytest_snippet
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request
from tests.drill.reports.repeating.counter import Asked, Fields, serving
from tests.drill.reports.samples import HOSTILE, NAMES, OBJECT, OWNED, exchange, hostile

Told = tuple[int, Fields, bytes]


def run(finding: Finding, answers: Callable[[Asked], Told], monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """Run the test; what it asked."""
    monkeypatch.setenv("ADA_TOKEN", "of-ada")
    monkeypatch.setenv("BOB_TOKEN", "of-bob")
    with serving(answers) as counter:
        monkeypatch.setenv("ORIGIN", counter.origin)
        scope: dict[str, Callable[[], None]] = {}
        exec(compile(pytest_snippet(OBJECT, finding, "https://localhost", NAMES), "snippet", "exec"), scope)  # noqa: S102
        tests = [name for name in scope if name.startswith("test_")]
        assert len(tests) == 1
        scope[tests[0]]()
    return counter.received


def seen(finding: Finding) -> Callable[[Asked], Told]:
    """The service that has the flaw: it answers as the drill saw it."""

    def answers(asked: Asked) -> Told:
        for each in (finding.attacked, *finding.control):
            if _same(asked, each.request):
                return each.answer.status, list(each.answer.headers), each.answer.body
        raise AssertionError(asked)

    return answers


def mended(finding: Finding, told: Told) -> Callable[[Asked], Told]:
    """The service that answers the attack with `told`, and all else as before."""
    flawed = seen(finding)
    return lambda asked: told if _same(asked, finding.attacked.request) else flawed(asked)


def _same(asked: Asked, request: Request) -> bool:
    filled = [
        (name.lower(), value.replace("$ADA_TOKEN", "of-ada").replace("$BOB_TOKEN", "of-bob"))
        for name, value in request.headers
    ]
    got = [(name.lower(), value) for name, value in asked.headers]
    return (asked.method, asked.target, asked.body) == (request.method, request.target, request.body) and all(
        each in got for each in filled
    )


def _finding(attacked: Exchange, *control: Exchange) -> Finding:
    return Finding("GET /a", "It was seen.", attacked, control, attacked.who)


REFLECTED = _finding(
    exchange(path="/search?q=%3Cb%3Ex1%3C%2Fb%3E", who="anonymous", answer=b"<p><b>x1</b></p>"),
    exchange(path="/search?q=x1", who="anonymous", answer=b"<p>x1</p>"),
)
COMPUTED = _finding(
    exchange(path="/hello?name=%7B%7B7*7%7D%7D", who="anonymous", answer=b"Hello 49, at 12:01"),
    exchange(path="/hello?name=ada", who="anonymous", answer=b"Hello ada, at 12:00"),
)
ALLOWED = Exchange(
    Request("GET", "/me", headers=(("origin", "https://evil.test"),)),
    Answer(200, (("access-control-allow-origin", "https://evil.test"),), b"{}"),
)
BROKE = _finding(exchange("POST", body=b'{"a": null}', status=500), exchange("POST", body=b'{"a": 1}'))
FORGED = _finding(
    exchange(who="anonymous", authorization="Bearer e30."),
    exchange(who="anonymous", status=401, authorization="Bearer e30.x"),
)
TELLS = _finding(
    exchange("POST", "/login", "anonymous", 404, b'{"name": "nobody"}', b"{}"),
    exchange("POST", "/login", "anonymous", 401, b'{"name": "ada"}', b"{}"),
)
BINARY = _finding(
    exchange("POST", "/a//..%2f", "ada", body=b"\x00\xff" + b"ab" * 500, status=500),
    exchange("POST", "/a", "ada", body=b"\x00"),
)
CASES: dict[str, tuple[Finding, Told]] = {
    "another caller": (OWNED, (404, [], b"")),
    "another token": (FORGED, (401, [], b"")),
    "a failure": (BROKE, (422, [], b"")),
    "bytes": (BINARY, (400, [], b"")),
    "reflected": (REFLECTED, (200, [], b"<p>&lt;b>x1&lt;/b></p>")),
    "computed": (COMPUTED, (200, [], b"Hello {{7*7}}, at 12:02")),
    "a field": (_finding(ALLOWED, exchange("GET", "/me", "anonymous", answer=b"{}")), (200, [], b"{}")),
    "a status that tells": (TELLS, (401, [], b"{}")),
}


@pytest.mark.parametrize("case", CASES)
def test_it_fails_until_it_is_mended(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both sides, for each kind of difference."""
    finding, told = CASES[case]
    with pytest.raises(AssertionError):
        run(finding, seen(finding), monkeypatch)
    asked = run(finding, mended(finding, told), monkeypatch)
    assert len(asked) == 1 + len(finding.control)


def test_a_control_that_no_longer_works_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that refuses everybody does not pass."""
    with pytest.raises(AssertionError, match="gone"):
        run(OWNED, lambda _: (503, [], b"gone"), monkeypatch)


def test_what_was_slow_has_to_be_quick() -> None:
    """Where it is the time that tells, the time is what is compared."""
    slow = Exchange(Request("GET", "/a", "q=1"), Answer(200, seconds=3.1))
    code = pytest_snippet(OBJECT, _finding(slow, Exchange(Request("GET", "/a"), Answer(200, seconds=0.4))), "", NAMES)
    assert "attack.elapsed.total_seconds() < 0.8" in code


def test_texts_cannot_leave_their_quotes() -> None:
    """A report of hostile texts makes a file of Python that only defines a test."""
    found = hostile().findings[0]
    assert isinstance(found.verdict, Finding)
    code = pytest_snippet(found.attack, found.verdict, HOSTILE, frozenset((HOSTILE,)))
    scope: dict[str, object] = {}
    exec(compile(code, "snippet", "exec"), scope)  # noqa: S102
    assert set(scope) == {
        "__builtins__",
        "os",
        "httpx",
        "ORIGIN",
        "test_d999_get_script_alert_1_script_all_x_http_evil_test_x_id_31m",
    }
