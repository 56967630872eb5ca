"""Pages take a cookie and the rest a token: what is aimed at a page is sent by who shows the cookie."""

from dataclasses import replace
from typing import Annotated

from fastapi import Cookie, FastAPI, Header, HTTPException
from fastapi.responses import HTMLResponse

from buckler.drill.attacks.aiming.aim import Aim, aimed
from buckler.drill.attacks.input.reflected_markup import ATTACK as D411
from buckler.drill.people.cast import Cast
from tests.drill.stage import bearer, engaged, found

ADA = bearer("ada", "token-of-ada", "clerk")
IN_BROWSER = replace(ADA, name="ada (browser)", headers=(("Cookie", "session=cookie-of-ada"),))


def office() -> FastAPI:
    """A page of its own for who comes with a browser, with what was sought in it; and the same as JSON."""
    app = FastAPI()

    @app.get("/console/search", response_class=HTMLResponse)
    def page(q: str, session: Annotated[str, Cookie()] = "") -> str:
        if session != "cookie-of-ada":
            raise HTTPException(401)
        return f"<p>Sought: {q}</p>"

    @app.get("/search")
    def plain(q: str, authorization: Annotated[str, Header()] = "") -> list[str]:
        if authorization != "Bearer token-of-ada":
            raise HTTPException(401)
        return [q]

    return app


async def test_each_route_is_asked_by_who_is_served_there() -> None:
    async with engaged(office(), Cast(people=(ADA, IN_BROWSER))) as on:
        aims = [await aimed(on, route) for route in on.routes if route.path.endswith("/search")]
        assert {aim.route.path: aim.who for aim in aims if isinstance(aim, Aim)} == {
            "/console/search": IN_BROWSER,
            "/search": ADA,
        }
        assert await found(on, D411) == {("D411", "GET /console/search")}


async def test_who_was_shut_out_keeps_nobody_else_of_the_same_kind_from_being_asked() -> None:
    """Where all show a cookie, one whose session has ended says nothing of the others."""
    ended = replace(IN_BROWSER, name="bea (browser)", role="guest", headers=(("Cookie", "session=ended"),))
    async with engaged(office(), Cast(people=(ended, IN_BROWSER))) as on:
        aim = await aimed(on, next(route for route in on.routes if route.path == "/console/search"))
        assert isinstance(aim, Aim)
        assert aim.who == IN_BROWSER
