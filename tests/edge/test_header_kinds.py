"""What an answer is chooses its set of headers, and one that is broken does not leave."""

from typing import Any

import pytest
from fastapi import FastAPI

from buckler import Public, Requires, guarded
from buckler.edge.csp_policy import Csp
from buckler.edge.headers import API_POLICY, FILE_POLICY
from tests.edge.test_headers import WANTED, check
from tests.proof import two_sided_async
from tests.stage import production, protect
from tests.twins.twin import Twin
from tests.wire import Answer, ask

PAGE_POLICY = Csp(reports=False).text()


class Says:
    """A raw ASGI app that answers with exactly these headers."""

    def __init__(self, *headers: tuple[bytes, bytes], status: int = 200) -> None:
        self._start = {"type": "http.response.start", "status": status, "headers": list(headers)}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept", "headers": self._start["headers"]})
            return
        await send(dict(self._start))
        await send({"type": "http.response.body", "body": b"" if self._start["status"] == 204 else b"<p>x</p>"})


def saying(*headers: tuple[bytes, bytes], status: int = 200, without: str = "", need: Any = None) -> FastAPI:
    app = FastAPI()
    app.mount("/raw", guarded(Says(*headers, status=status), need or Public("a test")))
    if without:
        Twin(app, without=without, settings=production())
        return app
    return protect(app)


async def said(*headers: tuple[bytes, bytes], status: int = 200) -> Answer:
    return await ask(saying(*headers, status=status), "GET", "/raw/x")


KINDS = {
    API_POLICY: [
        b"application/json",
        b"Application/JSON; charset=utf-8",
        b"application/problem+json",
        b"application/vnd.api+json",
        b"text/plain; charset=utf-8",
        b"text/css; charset=utf-8",
        b"text/javascript; charset=utf-8",
        b"application/javascript",
        b"application/wasm",
        b"text/csv; charset=utf-8",
        b"text/event-stream; charset=utf-8",
        b'application/ld+json; profile="a, b"',
    ],
    PAGE_POLICY: [b"text/html; charset=utf-8", b"TEXT/HTML;charset=utf-8", b"application/xhtml+xml"],
    FILE_POLICY: [
        b"image/png",
        b"image/svg+xml",
        b"font/woff2",
        b"application/pdf",
        b"application/octet-stream",
        b"application/xml",
        b"text/xml; charset=utf-8",
        b"video/mp4",
        b"application/zip",
        b"application/json, text/html",
        b"text/html, image/png; charset=utf-8",
        b"application/json;a=, text/html",
        b"application/json;, text/html",
        b"text/plain;x, text/html",
        b"x/y+json;, text/html",
        b'text/html; a="b, image/png',
        b'application/json; a="x", text/html; b="y"',
        b"application/json; charset=utf-8, text/html",
        b"application/json;a=" + b"x" * 200 + b", text/html",
        b"nonsense",
        b"image/" + b"x" * 5000,
    ],
}


@pytest.mark.parametrize(("policy", "kind"), [(policy, kind) for policy, kinds in KINDS.items() for kind in kinds])
async def test_each_kind_of_answer_has_its_policy(policy: bytes, kind: bytes) -> None:
    """What we do not know is a file: the strictest."""
    answer = await said((b"content-type", kind))
    assert answer.header("content-security-policy") == policy.decode()
    assert answer.header("content-type") == kind.decode()
    referrer = "same-origin" if policy is PAGE_POLICY else "no-referrer"
    assert answer.header("referrer-policy") == referrer
    for name in ("x-content-type-options", "cross-origin-resource-policy", "permissions-policy", "x-frame-options"):
        assert answer.header(name) == WANTED[name]


SETS = ("content-security-policy", "referrer-policy", "x-frame-options", "cross-origin-opener-policy")


def refreshed(stored: Answer, news: Answer) -> dict[bytes, bytes]:
    """What a cache keeps of an answer after a 304: every field of the news takes the old one's place."""
    return {**dict(stored.headers), **dict(news.headers)}


@pytest.mark.parametrize("kind", [b"text/html; charset=utf-8", b"image/svg+xml", b"text/css; charset=utf-8"])
@pytest.mark.parametrize(
    "own",
    [
        (),
        ((b"etag", b'"1"'),),
        ((b"content-length", b"9"), (b"content-type", b"application/json")),
        ((b"etag", b'"1"'), (b"content-type", b"text/html")),
    ],
)
async def test_what_a_cache_keeps_has_its_own_policy_after_a_304(kind: bytes, own: Any) -> None:
    """It takes the fields of the 304 over (RFC 9111 section 3.2): a page would die, a drawing lose its sandbox."""
    stored, news = await said((b"content-type", kind)), await said(*own, status=304)
    kept = refreshed(stored, news)
    for name in SETS:
        assert kept[name.encode()].decode() == stored.header(name)
        assert news.header(name) is None
    assert news.header("x-content-type-options") == "nosniff"
    assert news.header("strict-transport-security") == WANTED["strict-transport-security"]
    assert news.header("x-request-id")


async def test_what_a_route_set_itself_survives_a_304() -> None:
    own = (b"content-security-policy", b"default-src 'self'")
    stored = await said((b"content-type", b"text/html; charset=utf-8"), own, (b"referrer-policy", b"origin"))
    kept = refreshed(stored, await said((b"etag", b'"1"'), status=304))
    assert (kept[own[0]], kept[b"referrer-policy"]) == (own[1], b"origin")


async def test_a_304_to_a_signed_in_caller_is_not_stored_either() -> None:
    app = saying((b"etag", b'"1"'), status=304, need=Requires("a:x"))
    assert (await ask(app, "GET", "/raw/x", token="alice")).header("cache-control") == "no-store"
    app = saying((b"cache-control", b"public"), status=304, need=Requires("a:x"))
    assert (await ask(app, "GET", "/raw/x", token="alice")).header("cache-control") == "public"


async def test_fields_that_can_be_gone_through_once_are_judged_all_the_same() -> None:
    """ASGI promises no list."""

    def app_with(*pairs: tuple[bytes, bytes], status: int = 200) -> FastAPI:
        async def raw(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": status, "headers": (each for each in pairs)})
            await send({"type": "http.response.body", "body": b"fine"})

        app = FastAPI()
        app.mount("/raw", guarded(raw, Public("a test")))
        return app

    kind = (b"content-type", b"text/plain; charset=utf-8")
    unled = app_with(kind)
    Twin(unled, without="redirects", settings=production())
    for app in (protect(app_with(kind)), unled):
        answer = await ask(app, "GET", "/raw/x")
        assert (answer.status, answer.body) == (200, b"fine")
        check(answer)
    led = await ask(protect(app_with((b"location", b"https://evil.test/"), status=302)), "GET", "/raw/x")
    assert led.status == 403


async def test_a_field_of_a_refusal_that_cannot_be_sent_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """Ours it is not: middleware of the app wrote it into its answer to a preflight."""

    class Preflights:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http" or scope["method"] != "OPTIONS":
                await self.app(scope, receive, send)
                return
            asked = next(value for name, value in scope["headers"] if name == b"origin")
            field = (b"access-control-allow-origin", asked.replace(b"|", b"\r\n"))
            await send({"type": "http.response.start", "status": 200, "headers": [field]})
            await send({"type": "http.response.body", "body": b""})

    def make(without: str) -> FastAPI:
        app = FastAPI()
        app.add_middleware(Preflights)
        if without:
            Twin(app, without=without, settings=production())
            return app
        return protect(app)

    fields = [("origin", "x|set-cookie: session=stolen"), ("access-control-request-method", "GET")]

    async def attack(app: FastAPI) -> bool:
        return "stolen" in repr((await ask(app, "OPTIONS", "/x", headers=fields)).headers)

    await two_sided_async(attack, whole=make(""), twin=make("headers"))
    answer = await ask(make(""), "OPTIONS", "/x", headers=fields)
    assert answer.status == 204
    assert answer.header("vary") is None
    check(answer)
    assert "sys_answer_refused" in caplog.text


def test_no_policy_lets_anything_inline_run() -> None:
    for policy in KINDS:
        assert b"unsafe" not in policy
        assert b"base-uri 'none'" in policy
        assert b"frame-ancestors 'none'" in policy
    assert FILE_POLICY.endswith(b"; sandbox")


async def lacking(app: FastAPI, name: str, wanted: str) -> bool:
    """Whether some answer of the app, of whatever status, says nothing of `name`."""
    targets = [("GET", "/raw/x"), ("GET", "/none"), ("POST", "/raw/x"), ("GET", "/none/")]
    answers = [await ask(app, method, path) for method, path in targets]
    return any(wanted not in str(answer.header(name)) for answer in answers)


@pytest.mark.asvs("3.4.1")
async def test_every_answer_promises_https() -> None:
    async def attack(app: FastAPI) -> bool:
        return await lacking(app, "strict-transport-security", "max-age=31536000; includeSubDomains")

    await two_sided_async(attack, whole=saying(), twin=saying(without="headers"))


@pytest.mark.asvs("3.2.1", "3.4.4")
async def test_no_answer_is_sniffed() -> None:
    """A JSON answer that is opened as a page stays JSON, and its policy runs nothing."""

    async def attack(app: FastAPI) -> bool:
        loose = await lacking(app, "content-security-policy", "default-src 'none'")
        return loose or await lacking(app, "x-content-type-options", "nosniff")

    kind = (b"content-type", b"application/json")
    await two_sided_async(attack, whole=saying(kind), twin=saying(kind, without="headers"))


@pytest.mark.asvs("3.2.1")
async def test_a_drawing_that_is_opened_as_a_page_is_in_a_sandbox() -> None:
    """An SVG is a document with scripts."""

    async def attack(app: FastAPI) -> bool:
        policy = str((await ask(app, "GET", "/raw/x")).header("content-security-policy"))
        return "script-src 'none'" not in policy or "sandbox" not in policy

    kind = (b"content-type", b"image/svg+xml")
    await two_sided_async(attack, whole=saying(kind), twin=saying(kind, without="headers"))


@pytest.mark.asvs("3.4.5")
async def test_nobody_learns_where_a_reader_came_from() -> None:
    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", "/raw/x")
        return answer.header("referrer-policy") not in ("no-referrer", "same-origin")

    for kind in (b"application/json", b"text/html; charset=utf-8", b"image/png"):
        pair = (b"content-type", kind)
        await two_sided_async(attack, whole=saying(pair), twin=saying(pair, without="headers"))


@pytest.mark.asvs("3.4.6")
async def test_no_answer_is_framed() -> None:
    async def attack(app: FastAPI) -> bool:
        return await lacking(app, "content-security-policy", "frame-ancestors 'none'")

    await two_sided_async(attack, whole=saying(), twin=saying(without="headers"))


@pytest.mark.asvs("3.4.8", "3.5.8")
async def test_no_answer_shares_its_window_or_is_embedded() -> None:
    async def attack(app: FastAPI) -> bool:
        shared = await lacking(app, "cross-origin-opener-policy", "same-origin")
        return shared or await lacking(app, "cross-origin-resource-policy", "same-origin")

    await two_sided_async(attack, whole=saying(), twin=saying(without="headers"))
