"""The policy of pages: a nonce for one answer, nothing that lets any script run, and reports of what was stopped."""

import asyncio
import logging
import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse

from buckler import Buckler, ConfigurationError, Csp, Public, Trial
from buckler.edge.headers import API_POLICY
from buckler.pages import csp_nonce
from buckler.randomness import secret_text
from tests.clocks import FakeClock
from tests.edge.on_trial import DAY, LAST
from tests.events.test_log import events_of
from tests.proof import two_sided_async
from tests.stage import development, production, protect
from tests.twins.twin import Twin
from tests.wire import Answer, ask

OPEN = [Public("a test")]
NONCE = re.compile(r"'nonce-([A-Za-z0-9+/_-]{22,})'")
INJECTED = '<script>document.title="taken"</script><object data="/x"></object><base href="https://evil.test/">'


def make_app() -> FastAPI:
    app = FastAPI(dependencies=OPEN)

    @app.get("/page")
    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse(f'<script nonce="{csp_nonce(request)}">ours()</script>{INJECTED}')

    @app.get("/state")
    async def of_state(request: Request) -> HTMLResponse:
        return HTMLResponse(f'<script nonce="{request.state.csp_nonce}">ours()</script>')

    @app.get("/still")
    async def still() -> HTMLResponse:
        return HTMLResponse("<p>no script</p>")

    @app.get("/data")
    async def data(request: Request) -> JSONResponse:
        return JSONResponse({"nonce": csp_nonce(request)})

    @app.get("/own")
    async def own(request: Request) -> HTMLResponse:
        csp_nonce(request)
        return HTMLResponse("<p>", headers={"content-security-policy": "default-src 'none'"})

    @app.get("/cached")
    async def cached(request: Request) -> HTMLResponse:
        fields = {"cache-control": "public, max-age=600", "cdn-cache-control": "max-age=60", "surrogate-control": "x"}
        return HTMLResponse(f"<script nonce={csp_nonce(request)}></script>", headers=fields)

    @app.get("/stating")
    async def stating(policy: str, other: str | None = None) -> HTMLResponse:
        answer = HTMLResponse("<p>")
        for each in (policy, other):
            if each is not None:
                answer.headers.append("content-security-policy", each)
        return answer

    return app


class Scripts(HTMLParser):
    """The nonces of the scripts of a page, None for a script without one."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.nonces: list[str | None] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.nonces.append(dict(attrs).get("nonce"))


def policy_of(answer: Answer, field: str = "content-security-policy") -> dict[str, list[str]]:
    """The directives of an answer as a browser reads them: the first of a name counts."""
    found: dict[str, list[str]] = {}
    for each in (answer.header(field) or "").split(";"):
        name, *sources = each.split()
        found.setdefault(name, sources)
    return found


def runs(answer: Answer) -> list[bool]:
    """Which inline scripts of a page run (CSP level 3 section 6.7.3)."""
    if answer.header("content-security-policy") is None:
        return [True for _ in Scripts(answer.body.decode()).nonces]
    sources = policy_of(answer).get("script-src", [])
    return [nonce is not None and f"'nonce-{nonce}'" in sources for nonce in Scripts(answer.body.decode()).nonces]


@pytest.fixture
def app() -> FastAPI:
    return protect(make_app(), csp=Csp())


@pytest.mark.asvs("3.4.3")
async def test_an_injected_script_does_not_run() -> None:
    """Nor does an object or a base of strangers count; the page's own script runs by its nonce."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", "/page")
        ours, injected = runs(answer)
        assert ours
        policy = policy_of(answer) if answer.header("content-security-policy") else {}
        return injected or policy.get("object-src") != ["'none'"] or policy.get("base-uri") != ["'none'"]

    twin = protect(make_app(), kind=Twin, without="csp")
    await two_sided_async(attack, whole=protect(make_app()), twin=twin)


@pytest.mark.asvs("3.4.6")
async def test_no_stranger_frames_a_page() -> None:
    """By its own field, and not only by the older one."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", "/still")
        policy = policy_of(answer) if answer.header("content-security-policy") else {}
        return policy.get("frame-ancestors") != ["'none'"]

    twin = protect(make_app(), kind=Twin, without="csp")
    await two_sided_async(attack, whole=protect(make_app()), twin=twin)


@pytest.mark.asvs("3.4.7")
async def test_what_is_stopped_is_told_to_somebody_who_listens() -> None:
    """The policy names where to report, and a report that comes there is taken."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", "/page")
        policy = policy_of(answer) if answer.header("content-security-policy") else {}
        reports = policy.get("report-uri", ["/nowhere"])
        headers = [("content-type", "application/csp-report")]
        told = await ask(app, "POST", reports[0], headers=headers, body=b'{"csp-report": {"blocked-uri": "inline"}}')
        return told.status != 204

    twin = protect(make_app(), kind=Twin, without="csp", csp=Csp())
    await two_sided_async(attack, whole=protect(make_app(), csp=Csp()), twin=twin)


async def test_the_nonces_of_200_answers_at_once_are_distinct_and_each_is_that_of_its_page(app: FastAPI) -> None:
    """Of both ways to ask for one."""
    answers = await asyncio.gather(*(ask(app, "GET", path) for path in ("/page", "/state") for _ in range(100)))
    said = [NONCE.findall(answer.header("content-security-policy") or "") for answer in answers]
    assert all(len(set(each)) == 1 for each in said)
    assert [each[0] for each in said] == [Scripts(answer.body.decode()).nonces[0] for answer in answers]
    assert len({each[0] for each in said}) == 200


def test_ten_thousand_nonces_never_repeat() -> None:
    """128 bits each, of the alphabet that a nonce may have."""
    drawn = {secret_text(16) for _ in range(10_000)}
    assert len(drawn) == 10_000
    assert all(re.fullmatch("[A-Za-z0-9_-]{22}", each) for each in drawn)


async def test_a_page_that_asks_for_no_nonce_has_none(app: FastAPI) -> None:
    """And none is drawn for data, whose policy stays the strict one, and none put into a policy of the page's own."""
    assert "nonce" not in str((await ask(app, "GET", "/still")).headers)
    data = await ask(app, "GET", "/data")
    assert data.header("content-security-policy") == API_POLICY.decode()
    assert (await ask(app, "GET", "/own")).header("content-security-policy") == "default-src 'none'"


async def test_no_cache_keeps_a_page_with_a_nonce(app: FastAPI) -> None:
    """Who reads the stored page would know it: whatever the app says to caches, and whosever the policy is."""
    for path in ("/page", "/data", "/own", "/cached"):
        answer = await ask(app, "GET", path)
        told = [each for each in answer.headers if each[0].endswith((b"cache-control", b"surrogate-control"))]
        assert told == [(b"cache-control", b"no-store")]
    assert (await ask(app, "GET", "/still")).header("cache-control") is None


@pytest.mark.parametrize("value", ["", " ; ", ",", ";,\t;"])
async def test_a_policy_that_states_nothing_takes_the_place_of_none(app: FastAPI, value: str) -> None:
    """Beside one that does it goes too."""
    answer = await ask(app, "GET", f"/stating?policy={quote(value)}")
    assert policy_of(answer)["script-src"] == ["'self'"]
    assert [name for name, _ in answer.headers].count(b"content-security-policy") == 1
    both = await ask(app, "GET", f"/stating?policy={quote(value)}&other=default-src")
    assert [each for name, each in both.headers if name == b"content-security-policy"] == [b"default-src"]


async def test_a_policy_that_only_measures_is_told_at_the_start(caplog: pytest.LogCaptureFixture) -> None:
    """With its reason; and one that is enforced is no exemption."""
    caplog.set_level(logging.INFO, "buckler.events")
    for policy in (Csp(report_only="until the pages are rewritten"), Csp(), None):
        await Buckler(make_app(), settings=production(), csp=policy).start()
    (told,) = [each for each in events_of(caplog) if each["event"] == "sys_exemption"]
    assert (told["named"], told["allows"], told["reason"]) == ("csp", ["report_only"], "until the pages are rewritten")


async def test_the_nonce_of_the_state_is_there_where_a_policy_is_given() -> None:
    """Else code asks by `csp_nonce(request)`: who gives no policy pays nothing for this."""
    app = protect(make_app())
    assert (await ask(app, "GET", "/state")).status == 500
    assert (await ask(app, "GET", "/page")).status == 200


async def test_what_a_server_put_into_the_state_is_still_there() -> None:
    app = FastAPI(dependencies=OPEN)

    @app.get("/")
    async def both(request: Request) -> list[Any]:
        request.state.own = 2
        return [request.state.given, request.state.own, hasattr(request.state, "other")]

    answer = await ask(protect(app, csp=Csp()), "GET", "/", scope={"state": {"given": 1}})
    assert answer.body == b"[1,2,false]"


async def test_the_default_is_what_a_page_can_live_with_and_nothing_more() -> None:
    answer = await ask(protect(make_app()), "GET", "/still")
    assert answer.header("content-security-policy") == (
        "default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'"
    )
    assert answer.header("reporting-endpoints") is None


def test_an_app_takes_a_policy_and_nothing_else() -> None:
    with pytest.raises(ConfigurationError, match="with each directive by its name"):
        Buckler(FastAPI(), csp="default-src *", settings=production())  # type: ignore[arg-type]


@pytest.mark.parametrize(("ancestors", "older"), [(["'none'"], "DENY"), (["'self'"], "SAMEORIGIN")])
async def test_older_browsers_are_told_the_same(ancestors: list[str], older: str) -> None:
    app = protect(make_app(), csp=Csp(frame_ancestors=ancestors))
    assert (await ask(app, "GET", "/still")).header("x-frame-options") == older
    assert (await ask(app, "GET", "/data")).header("x-frame-options") == "DENY"


async def test_a_portal_that_is_named_may_frame() -> None:
    """The older field cannot name it, and would forbid it."""
    app = protect(make_app(), csp=Csp(frame_ancestors=["https://portal.example.com"]))
    answer = await ask(app, "GET", "/still")
    assert answer.header("x-frame-options") is None
    assert policy_of(answer)["frame-ancestors"] == ["https://portal.example.com"]


async def test_report_only_stops_nothing_but_what_no_page_needs() -> None:
    app = protect(make_app(), csp=Csp(report_only="measured first"))
    for path in ("/page", "/still"):
        answer = await ask(app, "GET", path)
        assert list(policy_of(answer)) == ["object-src", "base-uri", "frame-ancestors"]
        measured = policy_of(answer, "content-security-policy-report-only")
        assert measured["script-src"][0] == "'self'"
        assert measured["report-uri"] == ["/_buckler/csp-reports"]
        assert answer.header("reporting-endpoints") == 'csp="/_buckler/csp-reports"'


async def test_a_trial_of_the_policy_ends_with_its_day() -> None:
    """Until then browsers report. Nothing else of it is lifted."""
    clock = FakeClock()
    app = protect(make_app(), clock=clock, trial=Trial(until=LAST, only={"csp"}, reason="inline scripts of before"))
    before = await ask(app, "GET", "/page")
    assert list(policy_of(before)) == ["object-src", "base-uri", "frame-ancestors"]
    assert "script-src" in policy_of(before, "content-security-policy-report-only")
    clock.advance(6 * DAY)
    after = await ask(app, "GET", "/page")
    assert after.header("content-security-policy-report-only") is None
    assert "script-src" in policy_of(after)


async def test_what_only_measures_stops_no_script() -> None:
    """So it is no policy yet: the injected script runs, and is stopped where the policy is enforced."""

    async def attack(app: FastAPI) -> bool:
        return "script-src" not in policy_of(await ask(app, "GET", "/page"))

    await two_sided_async(
        attack, whole=protect(make_app(), csp=Csp()), twin=protect(make_app(), csp=Csp(report_only="measured first"))
    )


async def test_over_plain_http_browsers_report_in_the_older_way() -> None:
    """They know no endpoints there, and one that reads `report-to` would not look at the other."""
    app = protect(make_app(), csp=Csp(), settings=development())
    for path in ("/page", "/still"):
        answer = await ask(app, "GET", path, scheme="http", host="localhost")
        assert policy_of(answer)["report-uri"] == ["/_buckler/csp-reports"]
        assert "report-to" not in policy_of(answer)
        assert answer.header("reporting-endpoints") is None
    secure = await ask(app, "GET", "/page", host="localhost")
    assert policy_of(secure)["report-to"] == ["csp"]
