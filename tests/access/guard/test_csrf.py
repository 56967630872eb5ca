"""Who may send what changes something: by where a browser says that it comes from, and by the token of a session."""

import itertools
import json
import logging
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, FastAPI, Form, UploadFile, WebSocket
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from buckler import ConfigurationError, Principal, Public, Requires, Trial
from buckler.access.callers.session_cookie import csrf_token_for
from buckler.access.declarations.guarded import guarded
from tests.stage import ORIGIN, people_with_browsers, production, protect
from tests.wire import HOST, Answer, ask, knock

COOKIE = ("cookie", "__Host-session=alice")
TOKEN = csrf_token_for(b"alice")
HEADER = ("x-csrf-token", TOKEN)
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxk"


def site(*, middleware: Any = None, **given: Any) -> FastAPI:
    app = FastAPI()

    @app.post("/open", dependencies=[Public("a test")])
    @app.get("/open", dependencies=[Public("a test")])
    async def open_() -> str:
        return "done"

    @app.post("/paid", dependencies=[Public("the bank's page posts here", cross_site=True)])
    async def paid() -> str:
        return "done"

    @app.api_route("/mine", methods=["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
    async def mine(_: Annotated[Principal, Requires()]) -> str:
        return "done"

    @app.post("/form")
    async def form(
        _: Annotated[Principal, Requires()], a: Annotated[str, Form()], file: UploadFile | None = None
    ) -> str:
        return a + ("" if file is None else (await file.read()).decode())

    @app.websocket("/live")
    async def live(websocket: WebSocket, _: Annotated[Principal, Requires()]) -> None:
        await websocket.accept()
        await websocket.close()

    inner = APIRouter()
    inner.add_api_route("/inner", mine, methods=["POST"])
    app.include_router(inner, prefix="/deep")

    async def mounted(_: Any) -> PlainTextResponse:
        return PlainTextResponse('"done"')

    plain = Mount("/plain", routes=[Route("/x", mounted, methods=["GET", "POST"])])
    app.mount("/mounted", guarded(plain.app, Requires()))
    if middleware is not None:
        app.add_middleware(CORSMiddleware, **middleware)
    return protect(app, authenticator=people_with_browsers(), **given)


def says(site_: str | None = None, origin: str | None = None) -> list[tuple[str, str]]:
    fields = {"sec-fetch-site": site_, "origin": origin}
    return [(name, value) for name, value in fields.items() if value is not None]


async def post(app: FastAPI, path: str, headers: Any = (), body: bytes = b"", **given: Any) -> Answer:
    return await ask(app, given.pop("method", "POST"), path, headers=list(headers), body=body, **given)


OURS = (ORIGIN, None)
SITES = ("same-origin", "none", None)
STRANGE = (
    "https://evil.test", "null", "http://api.example.test", "https://api.example.test.evil.test", "https://api.example.test:444",
    "https://evil-api.example.test", "https://www.example.test", "https://example.test", "https://api.example.test.",
    "https://api.example.test/", "HTTPS://api.example.test", "https://api.example.test@evil.test", "", " ", "https://",
    "file://", "https://xn--pi-yia.example.test", "https://api.example.test https://evil.test",
)  # fmt: skip


@pytest.mark.parametrize(("site_", "origin"), [*itertools.product(SITES, OURS)])
@pytest.mark.parametrize("path", ["/open", "/mine"])
async def test_our_own_pages_and_clients_that_are_no_browsers_pass(site_: str, origin: str, path: str) -> None:
    by = [COOKIE, HEADER] if path == "/mine" else []
    assert (await post(site(), path, [*says(site_, origin), *by])).body == b'"done"'


@pytest.mark.parametrize(
    ("site_", "origin"),
    [
        *itertools.product(("cross-site", "same-site", "same-origin", "none", None), STRANGE),
        *itertools.product(("cross-site", "same-site", "", "Same-Origin", "same-origin, none", "elsewhere"), OURS),
    ],
)
async def test_pages_of_other_sites_do_not(site_: str | None, origin: str | None) -> None:
    """Neither where nobody is asked who it is, nor with a good cookie and its token."""
    app = site()
    for path, by in (("/open", []), ("/mine", [COOKIE, HEADER])):
        answer = await post(app, path, [*says(site_, origin), *by])
        assert (answer.status, answer.code) == (403, "cross-site"), path


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_every_method_that_may_change_something(method: str) -> None:
    app = site()
    strange = says("cross-site", "https://evil.test")
    assert (await post(app, "/mine", [*strange, COOKIE, HEADER], method=method)).code == "cross-site"
    assert (await post(app, "/mine", [COOKIE], method=method)).code == "csrf-token"
    assert (await post(app, "/mine", [COOKIE, HEADER], method=method)).status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_methods_that_change_nothing_are_not_asked(method: str) -> None:
    """A link from elsewhere leads here, and its reader is still signed in."""
    answer = await post(site(), "/mine", [*says("cross-site"), COOKIE], method=method)
    assert answer.status == 200


@pytest.mark.parametrize("path", ["/mine", "/deep/inner", "/mounted/x"])
async def test_wherever_the_route_stands(path: str) -> None:
    app = site()
    strange = says("cross-site", "https://evil.test")
    assert (await post(app, path, [*strange, COOKIE, HEADER])).code == "cross-site"
    assert (await post(app, path, [*says("same-origin", ORIGIN), COOKIE])).code == "csrf-token"
    assert (await post(app, path, [*says("same-origin", ORIGIN), COOKIE, HEADER])).body == b'"done"'


async def test_a_bearer_token_needs_neither() -> None:
    """No browser adds one by itself: a page elsewhere that has it asked for leave before, and CORS gave it."""
    for headers in (says("cross-site", "https://evil.test"), says(None, "null"), []):
        assert (await post(site(), "/mine", headers, token="alice")).status == 200


@pytest.mark.parametrize("value", ["Basic YTpi", "Negotiate x", "Digest x", "Bearer", "Bearerish x"])
async def test_what_browsers_add_by_themselves_is_no_bearer_token(value: str) -> None:
    answer = await post(site(), "/open", [*says("cross-site", "https://evil.test"), ("authorization", value)])
    assert answer.code == "cross-site"


async def test_a_public_route_that_pages_elsewhere_may_post_to() -> None:
    """It is declared, with the reason; a cookie lends it nothing, as no credential is looked at there."""
    assert (await post(site(), "/paid", [*says("cross-site", "https://bank.test"), COOKIE])).body == b'"done"'
    with pytest.raises(ConfigurationError, match="cross_site=True"):
        Public("a test", cross_site="yes")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["origin", "sec-fetch-site"])
async def test_a_header_that_comes_twice_proves_nothing(name: str) -> None:
    good = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}[name]
    assert (await post(site(), "/open", [(name, good), (name, good)])).code == "cross-site"


@pytest.mark.parametrize(
    ("headers", "opens"),
    [
        (says("same-origin", ORIGIN), True),
        (says(None, ORIGIN), True),
        (says("cross-site", "https://evil.test"), False),
        (says(None, "https://evil.test"), False),
        (says(None, "null"), False),
        ([], False),
    ],
)
async def test_a_handshake_comes_from_our_own_page(headers: list[tuple[str, str]], opens: bool) -> None:
    assert (await knock(site(), "/live", headers=[*headers, COOKIE])).accepted is opens


async def test_a_handshake_with_a_token_needs_no_page() -> None:
    assert (await knock(site(), "/live", token="alice")).accepted


async def test_hosts_of_ours_are_ours_and_a_hostile_one_is_not() -> None:
    app = site(settings=production(hosts="www.example.test"))
    by = [COOKIE, HEADER]
    assert (
        await post(app, "/mine", [*says(None, "https://www.example.test"), *by], host="www.example.test")
    ).status == 200
    assert (await post(app, "/mine", [*says(None, "https://www.example.test"), *by], host=HOST)).code == "cross-site"
    assert (await post(app, "/open", says(None, "https://evil.test"), host="evil.test")).status == 400


@pytest.mark.parametrize(
    ("policy", "public", "with_cookie"),
    [
        ({"allow_origins": ["https://app.example.test"], "allow_credentials": True}, True, True),
        ({"allow_origins": ["https://app.example.test"]}, True, False),
        ({"allow_origins": ["*"]}, True, False),
        ({"allow_origins": ["https://other.example.test"], "allow_credentials": True}, False, False),
    ],
)
async def test_origins_that_the_app_lists_may_send(policy: dict[str, Any], public: bool, with_cookie: bool) -> None:
    """With the cookie of a session only where they are listed with credentials, and with the token even then."""
    from tests.wire import Lifespan

    app = site(middleware=policy)
    headers = [
        *says("same-site", "https://app.example.test"),
        ("sec-fetch-mode", "cors"),
        ("content-type", "text/json"),
    ]
    async with Lifespan(app):
        assert ((await post(app, "/open", headers)).status == 200) is public
        assert ((await post(app, "/mine", [*headers, COOKIE, HEADER])).status == 200) is with_cookie
        assert (await post(app, "/mine", [*headers, COOKIE])).status == 403


@pytest.mark.parametrize(
    "token",
    ["", "x", TOKEN[:-1], TOKEN + "A", TOKEN.lower(), csrf_token_for(b"bob"), csrf_token_for(b""), "A" * 43],
)
async def test_a_token_of_another_session_or_none(token: str) -> None:
    app = site()
    assert (await post(app, "/mine", [COOKIE, ("x-csrf-token", token)])).code == "csrf-token"
    form = f"csrf_token={token}&a=b".encode()
    assert (await post(app, "/form", [COOKIE, ("content-type", FORM)], form)).code == "csrf-token"
    assert (await post(app, "/mine", [COOKIE, HEADER, HEADER])).code == "csrf-token"


def parts(*fields: tuple[str, str]) -> bytes:
    mark = PARTS.partition("=")[2]
    said = [f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields]
    return "".join([*said, f"--{mark}--\r\n"]).encode()


async def chunks(body: bytes, size: int) -> Any:
    for at in range(0, len(body), size):
        yield body[at : at + size]


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, f"csrf_token={TOKEN}&a=typed".encode()),
        (f"{FORM}; charset=UTF-8", f"csrf_token={TOKEN}&a=typed".encode()),
        (PARTS, parts(("csrf_token", TOKEN), ("a", "typed"))),
        (PARTS.replace("boundary=", 'Boundary="') + '"', parts(("csrf_token", TOKEN), ("a", "typed"))),
    ],
)
async def test_a_form_that_begins_with_the_token_is_read_whole(kind: str, body: bytes, size: int) -> None:
    """However it is cut into pieces on its way, the endpoint gets all of it."""
    answer = await ask(site(), "POST", "/form", headers=[COOKIE, ("content-type", kind)], body=chunks(body, size))
    assert answer.body == b'"typed"', answer


async def test_a_large_form_is_not_collected_for_it() -> None:
    """What is looked at is the beginning alone."""
    body = parts(("csrf_token", TOKEN), ("a", "x" * 200_000))
    answer = await ask(site(), "POST", "/form", headers=[COOKIE, ("content-type", PARTS)], body=chunks(body, 1000))
    assert answer.status == 200
    refused = await ask(
        site(),
        "POST",
        "/form",
        headers=[COOKIE, ("content-type", PARTS)],
        body=chunks(parts(("a", "x" * 200_000)), 1000),
    )
    assert refused.code == "csrf-token"
    assert refused.received < 5


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, f"a=typed&csrf_token={TOKEN}".encode()),
        (FORM, f"csrf_token={TOKEN}A&a=typed".encode()),
        (FORM, f"csrf_token%3D{TOKEN}&a=typed".encode()),
        (FORM, f" csrf_token={TOKEN}&a=typed".encode()),
        (FORM, b""),
        (PARTS, parts(("a", "typed"), ("csrf_token", TOKEN))),
        (PARTS.replace("boundary", "bound"), parts(("csrf_token", TOKEN), ("a", "typed"))),
        ("text/plain", f"csrf_token={TOKEN}&a=typed".encode()),
        ("application/json", f'{{"csrf_token": "{TOKEN}"}}'.encode()),
        ("", f"csrf_token={TOKEN}&a=typed".encode()),
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=", b"--"),
    ],
)
async def test_a_form_that_does_not_begin_with_it(kind: str, body: bytes) -> None:
    answer = await ask(site(), "POST", "/form", headers=[COOKIE, ("content-type", kind)], body=body)
    assert (answer.status, answer.code) == (403, "csrf-token")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"preamble\r\n" + parts(("csrf_token", TOKEN), ("a", "typed")), "form-malformed"),
        (b"x" * 2_000_000, "body-too-large"),
    ],
)
async def test_what_judges_bodies_judges_this_beginning_too(body: bytes, code: str) -> None:
    """Its own refusal leaves, and not that somebody broke."""
    answer = await ask(site(), "POST", "/form", headers=[COOKIE, ("content-type", PARTS)], body=chunks(body, 2_000_000))
    assert answer.code == code


async def test_a_stranger_learns_nothing_and_nothing_is_read() -> None:
    """Without a good cookie it is 401 as always, before a byte of the form."""
    body = chunks(f"csrf_token={TOKEN}&a=typed".encode(), 5)
    answer = await ask(
        site(), "POST", "/form", headers=[("cookie", "__Host-session=nobody"), ("content-type", FORM)], body=body
    )
    assert (answer.status, answer.received) == (401, 0)


async def test_the_reason_stands_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    app = site()
    await post(app, "/open", says("cross-site", "https://evil.test"))
    await post(app, "/mine", [COOKIE])
    lines = [json.loads(each) for each in caplog.messages if "authz_csrf" in each]
    assert [each["by"] for each in lines] == ["csrf", "csrf-token"]
    assert lines[0]["reason"] == "Origin is not ours, Sec-Fetch-Site is cross-site"
    assert "Cors(" in lines[0]["remedy"]
    assert lines[1]["reason"] == "no X-CSRF-Token, and no form"


async def test_a_trial_lifts_it_where_it_is_named() -> None:
    """Not by itself: an upgrade lifts nothing."""
    named = Trial(until="2027-01-20", reason="moving", only={"csrf"})
    by = [*says("cross-site", "https://evil.test"), COOKIE]
    app, unnamed = site(trial=named), site(trial=Trial(until="2027-01-20", reason="moving"))
    assert (await post(app, "/mine", by)).status == 200
    assert (await post(unnamed, "/mine", by)).code == "cross-site"
