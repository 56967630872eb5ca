"""Each defence of the answer is needed: without it, and it alone, its attack succeeds."""

import pytest
from fastapi import FastAPI, Response
from starlette.responses import RedirectResponse

from buckler import Public
from tests.proof import two_sided_async
from tests.stage import production, protect
from tests.twins.twin import Twin
from tests.wire import ask


def make_app() -> FastAPI:
    app = FastAPI(dependencies=[Public("a test")])

    @app.get("/next")
    async def lead(to: str) -> Response:
        return RedirectResponse(to)

    return app


async def prove(name: str, target: str) -> None:
    """Whoever follows a link to us ends where the link says."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", f"/next?to={target}")
        return answer.status == 307 and answer.header("location") == target

    twin = protect(make_app(), kind=Twin, without=name, settings=production())
    await two_sided_async(attack, whole=protect(make_app()), twin=twin)


@pytest.mark.asvs("3.7.2")
@pytest.mark.parametrize("target", ["https://evil.test/sign-in", "//evil.test", "https://api.example.test@evil.test/"])
async def test_redirects(target: str) -> None:
    """A link to us that ends at a copy of our sign-in page."""
    await prove("redirects", target)
