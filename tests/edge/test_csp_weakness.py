"""A policy of the app's own stays; where it is weaker than ours that is seen once, and not at each answer."""

from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from buckler import Public
from buckler.edge.csp_policy import Csp
from buckler.edge.csp_weakness import weaknesses
from buckler.edge.error_pages import POLICY
from buckler.edge.headers import API_POLICY, FILE_POLICY
from tests.events.test_log import events_of
from tests.stage import protect
from tests.wire import ask

REST = "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
LACKS_ALL = ("object-src", "base-uri", "form-action", "frame-ancestors")


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        ("", ()),
        (f"script-src 'self'; {REST}", ()),
        (f"default-src 'self'; {REST}", ()),
        (f"default-src 'none'; script-src 'nonce-abc' 'unsafe-inline'; {REST}", ()),
        (f"script-src 'nonce-abc' 'strict-dynamic' https: 'unsafe-inline'; {REST}", ()),
        (f"script-src 'sha256-abc' https:; {REST}", ("script-src https:",)),
        (f"SCRIPT-SRC 'Self' 'Unsafe-Inline'; {REST}", ("script-src 'unsafe-inline'",)),
        (f"script-src 'self' 'unsafe-eval' data:; {REST}", ("script-src 'unsafe-eval'", "script-src data:")),
        (f"script-src *; script-src 'none'; {REST}", ("script-src *",)),
        (f"img-src 'self'; {REST}", ("script-src",)),
        ("script-src 'self'", LACKS_ALL),
        ("default-src 'self'", LACKS_ALL),
        ("sandbox", LACKS_ALL),
        (f"sandbox allow-scripts; {REST}", ("script-src",)),
        (f"script-src *; {REST}, script-src 'self'", ()),
        (f"script-src *; {REST}, default-src *", ("script-src *",)),
        (";;", ("script-src", *LACKS_ALL)),
        (
            f"script-src 'self'; script-src-elem *; script-src-attr 'unsafe-inline'; {REST}",
            ("script-src-elem *", "script-src-attr 'unsafe-inline'"),
        ),
        (f"script-src-elem 'self'; script-src-attr 'none'; {REST}", ()),
        (f"script-src-elem 'self'; {REST}", ("script-src",)),
        (
            f"script-src https://* *:* http://*:8080/x; {REST}",
            ("script-src https://*", "script-src *:*", "script-src http://*:8080/x"),
        ),
        (
            f"script-src 'self' filesystem: 'unsafe-hashes'; {REST}",
            ("script-src 'unsafe-hashes'", "script-src filesystem:"),
        ),
        (f"script-src 'unsafe-inline' 'nonce-'; {REST}", ("script-src 'unsafe-inline'",)),
        (f"script-src 'unsafe-inline' 'sha256-x'; {REST}", ()),
        (
            "script-src 'self'; object-src 'none'; base-uri *; form-action https:; frame-ancestors https://* *:*",
            ("base-uri *", "form-action https:", "frame-ancestors https://*", "frame-ancestors *:*"),
        ),
        ("script-src 'self'; object-src 'none'; base-uri; form-action; frame-ancestors https://a.test", ()),
    ],
)
def test_what_a_policy_lacks(policy: str, found: tuple[str, ...]) -> None:
    """By the rules of a browser: the first directive of a name counts, and each of several policies."""
    assert weaknesses([policy.encode()]) == found


def test_ours_lack_nothing() -> None:
    for policy in (Csp().text(), Csp().text("abc"), API_POLICY, FILE_POLICY, POLICY):
        assert weaknesses([policy]) == ()


def make_app() -> FastAPI:
    app = FastAPI(dependencies=[Public("a test")])

    @app.get("/{kind}")
    async def page(kind: str, request: Request) -> HTMLResponse:
        policy = {
            "own": f"script-src 'nonce-{request.query_params.get('n', '')}'",
            "fine": f"script-src 'self'; {REST}",
        }
        return HTMLResponse("<p>", headers={"content-security-policy": policy[kind]})

    return protect(app)


async def test_a_weaker_policy_is_told_once_a_route_and_stays(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever its nonces are."""
    app = make_app()
    for number in range(3):
        answer = await ask(app, "GET", f"/own?n=abc{number}")
        assert answer.header("content-security-policy") == f"script-src 'nonce-abc{number}'"
    await ask(app, "GET", "/fine")
    told: list[dict[str, Any]] = [each for each in events_of(caplog) if each["event"] == "sys_policy_weak"]
    assert [(each["route"], each["lacks"]) for each in told] == [("/{kind}", [*LACKS_ALL])]


async def test_a_policy_that_changes_with_each_answer_fills_nothing(caplog: pytest.LogCaptureFixture) -> None:
    app = make_app()
    for number in range(520):
        await ask(app, "GET", f"/own?n=%27+https://{number}.example")
    assert sum(each["event"] == "sys_policy_weak" for each in events_of(caplog)) == 1
