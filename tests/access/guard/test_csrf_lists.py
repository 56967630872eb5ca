"""A list for CORS speaks for what scripts ask by CORS: no form of a listed page, or of any other, signs in here."""

from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Form, Response, WebSocket
from starlette.middleware.cors import CORSMiddleware

from buckler import Cors, Public
from tests.proof import two_sided_async
from tests.stage import people_with_browsers, protect
from tests.twins.twin import Twin
from tests.wire import Answer, Lifespan, ask, knock

FRONT = "https://front.example.test"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
ANYBODY: dict[str, Any] = {
    "star": {"cors": Cors(["*"])},
    "their star": {"middleware": {"allow_origins": ["*"]}},
    "their pattern": {"middleware": {"allow_origin_regex": "https://.*"}},
}
LISTED: dict[str, Any] = {
    "listed": {"cors": Cors([FRONT])},
    "listed by theirs": {"middleware": {"allow_origins": [FRONT]}},
}
WHOLLY: dict[str, Any] = {
    "with credentials": {"cors": Cors([FRONT], credentials=True)},
    "with credentials by theirs": {"middleware": {"allow_origins": [FRONT], "allow_credentials": True}},
}


def site(*, middleware: Any = None, **given: Any) -> FastAPI:
    app = FastAPI()

    @app.api_route("/login", methods=["POST", "PUT"], dependencies=[Public("a test")])
    async def login(user: Annotated[str, Form()] = "") -> Response:
        answer = Response("hi")
        answer.set_cookie("__Host-session", user)
        return answer

    @app.post("/open", dependencies=[Public("partners' forms", cross_site=True)])
    async def open_() -> str:
        return "done"

    @app.websocket("/ticker", dependencies=[Public("a test")])
    async def ticker(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    if middleware is not None:
        app.add_middleware(CORSMiddleware, **middleware)
    return protect(app, authenticator=people_with_browsers(), **given)


async def post(
    app: FastAPI, mode: str | None, kind: str | None = FORM, *more: tuple[str, str], path: str = "/login",
    method: str = "POST", site_: str | None = "cross-site",
) -> Answer:  # fmt: skip
    fields = {"origin": FRONT, "sec-fetch-site": site_, "sec-fetch-mode": mode, "content-type": kind}
    headers = [*((name, value) for name, value in fields.items() if value is not None), *more]
    return await ask(app, method, path, headers=headers, body=b"user=mallory" if kind == FORM else b"")


@pytest.mark.asvs("3.5.1")
@pytest.mark.parametrize("policy", [*ANYBODY, *LISTED])
async def test_a_form_of_another_page_signs_nobody_in(policy: str) -> None:
    """The visitor has no session yet, so there is no token to miss: they go on as somebody else, who reads it all."""
    given = {**ANYBODY, **LISTED}[policy]

    async def attack(app: FastAPI) -> bool:
        async with Lifespan(app):
            return bool((await post(app, "navigate")).values("set-cookie"))

    await two_sided_async(attack, whole=site(**given), twin=site(kind=Twin, without="csrf", **given))


MODES = ("navigate", "no-cors", "same-origin", "websocket", "", "CORS", "cors, cors")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("policy", [*ANYBODY, *LISTED])
async def test_only_what_scripts_ask_by_cors(policy: str, mode: str) -> None:
    async with Lifespan(app := site(**{**ANYBODY, **LISTED}[policy])):
        for kind in (FORM, JSON):
            assert (await post(app, mode, kind)).status == 403
        assert (await post(app, None, JSON)).code == "cross-site", "a browser that says whence also says how"
        twice = ("sec-fetch-mode", "cors")
        assert (await post(app, "cors", JSON, twice)).code == "cross-site"


@pytest.mark.parametrize("policy", LISTED)
async def test_scripts_of_a_listed_page_send_what_they_like_without_a_cookie(policy: str) -> None:
    async with Lifespan(app := site(**LISTED[policy])):
        for kind in (FORM, JSON, "text/plain", None):
            assert (await post(app, "cors", kind)).status == 200
            assert (await post(app, "cors", kind, site_="same-site")).status == 200
            assert (await post(app, None, kind, site_=None)).status == 200, "an older browser"
            assert (await post(app, "cors", kind, ("cookie", "__Host-session=alice"))).code == "cross-site"


SIMPLE = (FORM, "multipart/form-data; boundary=x", "text/plain", "TEXT/plain;charset=utf-8", " text/plain ", "", None)


@pytest.mark.parametrize("policy", ANYBODY)
async def test_where_anybody_may_only_what_a_browser_asks_leave_for(policy: str) -> None:
    """By a star that is without cookies, there and back: a public API of JSON works, and nobody is signed in by it."""
    async with Lifespan(app := site(**ANYBODY[policy])):
        for mode, site_ in (("cors", "cross-site"), ("cors", "same-site"), (None, None)):
            for kind in SIMPLE:
                assert (await post(app, mode, kind, site_=site_)).code == "cross-site", kind
                assert (await post(app, mode, kind, site_=site_, method="PUT")).status == 200
            assert (await post(app, mode, JSON, site_=site_)).status == 200
            assert (await post(app, mode, JSON, ("content-type", JSON), site_=site_)).code == "cross-site"
            assert (await post(app, mode, JSON, ("cookie", "__Host-session=alice"), site_=site_)).code == "cross-site"
        assert (await post(app, "navigate", path="/open")).status == 200, "the exemption by name"


@pytest.mark.parametrize("policy", WHOLLY)
async def test_a_page_that_is_listed_with_credentials_is_one_of_ours(policy: str) -> None:
    async with Lifespan(app := site(**WHOLLY[policy])):
        for mode in ("cors", "navigate", None):
            assert (await post(app, mode)).status == 200


@pytest.mark.parametrize(("given", "opens"), [*((each, False) for each in ANYBODY), *((each, True) for each in LISTED)])
async def test_a_handshake_needs_a_page_that_is_listed_by_itself(given: str, opens: bool) -> None:
    """No browser asks leave for one."""
    async with Lifespan(app := site(**{**ANYBODY, **LISTED}[given])):
        said = [("origin", FRONT), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "websocket")]
        assert (await knock(app, "/ticker", headers=said)).accepted is opens
        assert not (await knock(app, "/ticker", headers=[*said, ("cookie", "__Host-session=alice")])).accepted
