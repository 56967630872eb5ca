"""Each defence of the answer is needed: without it, and it alone, its attack succeeds."""

from collections.abc import Awaitable, Callable

import pytest
from fastapi import FastAPI, Request, Response
from starlette.responses import RedirectResponse

from buckler import Cors, Public
from tests.proof import two_sided_async
from tests.stage import production, protect
from tests.twins.twin import Twin
from tests.wire import ask


def make_app() -> FastAPI:
    app = FastAPI(dependencies=[Public("a test")])

    @app.get("/next")
    async def lead(to: str) -> Response:
        return RedirectResponse(to)

    @app.get("/in")
    async def come_in() -> Response:
        return Response("ok", headers={"set-cookie": "id=8d1f; Path=/"})

    @app.get("/me")
    async def me(request: Request) -> Response:
        """As it is often done by hand: whoever asks may read."""
        return Response("secret", headers={"access-control-allow-origin": request.headers["origin"]})

    return app


async def prove(name: str, attack: Callable[[FastAPI], Awaitable[bool]]) -> None:
    twin = protect(make_app(), kind=Twin, without=name, settings=production())
    await two_sided_async(attack, whole=protect(make_app()), twin=twin)


@pytest.mark.asvs("3.7.2")
@pytest.mark.parametrize("target", ["https://evil.test/sign-in", "//evil.test", "https://api.example.test@evil.test/"])
async def test_redirects(target: str) -> None:
    """Whoever follows a link to us ends where the link says: at a copy of our sign-in page."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", f"/next?to={target}")
        return answer.status == 307 and answer.header("location") == target

    await prove("redirects", attack)


@pytest.mark.asvs("3.3.4")
async def test_cookies() -> None:
    """A script that somebody got into a page carries the session away."""

    async def attack(app: FastAPI) -> bool:
        cookie = (await ask(app, "GET", "/in")).header("set-cookie") or ""
        return "id=8d1f" in cookie and "httponly" not in cookie.lower()

    await prove("cookies", attack)


@pytest.mark.asvs("3.4.2")
async def test_cors() -> None:
    """A page of a stranger reads what only its visitor may see. Composed where origins are listed alone."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", "/me", headers=[("origin", "https://evil.test")])
        return answer.header("access-control-allow-origin") == "https://evil.test"

    listed = Cors(["https://front.example.test"])
    twin = protect(make_app(), kind=Twin, without="cors", cors=listed)
    await two_sided_async(attack, whole=protect(make_app(), cors=listed), twin=twin)
