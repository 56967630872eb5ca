"""An app worth attacking: a till that pays out to whoever its signed-in owner names, and counts what it paid."""

from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import FastAPI, Form, Request, Response, WebSocket
from playwright.async_api import BrowserContext

from buckler import Authenticator, Buckler, Cors, Principal, Public, Requires
from buckler.defence import Defence
from buckler.input import StrictModel
from buckler.pages import csrf_token
from tests.browser.bed import OURS, Bed, Site
from tests.stage import production

NAME = "__Host-session"
SESSIONS = {b"of-ada": "ada", b"of-mallory": "mallory"}


class Cookies(Authenticator):
    """Knows its callers by a cookie."""

    cookie = NAME

    async def authenticate(self, token: bytes) -> Principal | None:
        return None

    async def authenticate_cookie(self, value: bytes) -> Principal | None:
        name = SESSIONS.get(value)
        return None if name is None else Principal(name, name)


class ShortNamed(Cookies):
    """The twin: its cookie has a name that every site beside it may use too."""

    cookie = "session"


class Missing(Buckler):
    """A Buckler without the defences of these names: a twin where two stop the same attack."""

    def __init__(self, app: FastAPI, *, without: tuple[str, ...], **given: Any) -> None:
        self._without = without
        super().__init__(app, **given)

    def _compose(self, defences: tuple[Defence, ...]) -> tuple[Defence, ...]:
        kept = tuple(each for each in defences if each.name not in self._without)
        assert len(kept) == len(defences) - len(self._without)
        return super()._compose(kept)


@dataclass
class Till:
    """What the app did."""

    site: Site
    paid: list[str] = field(default_factory=list)
    """To whom, in order."""

    async def signed_in(self, person: BrowserContext, same_site: str = "Lax", value: str = "of-ada") -> None:
        """Give `person` a session and no other cookie; browsers send it as `same_site` says."""
        await person.clear_cookies()
        cookie: Any = {
            "name": NAME, "value": value, "url": self.site.origin, "secure": True, "httpOnly": True,
            "sameSite": same_site,
        }  # fmt: skip
        await person.add_cookies([cookie])


class Payment(StrictModel):
    """To whom."""

    to: str


Form_ = Annotated[str, Form(max_length=20)]


def _routes(app: FastAPI, paid: list[str]) -> None:
    here = [Requires()]

    @app.get("/", dependencies=[Public("the front")])
    async def front() -> Response:
        return Response("<!doctype html><title>till</title><h1>Till</h1>", media_type="text/html")

    @app.get("/me", dependencies=here)
    async def me(who: Annotated[Principal, Requires()]) -> str:
        return who.name

    @app.get("/token", dependencies=here)
    async def token(request: Request) -> str:
        return csrf_token(request)

    @app.post("/pay", dependencies=here)
    async def pay(to: Form_) -> str:
        paid.append(to)
        return "paid"

    @app.post("/pay-json", dependencies=here)
    async def pay_json(payment: Payment) -> str:
        paid.append(payment.to)
        return "paid"

    @app.post("/sign-in", dependencies=[Public("to sign in")])
    async def sign_in(name: Form_) -> Response:
        paid.append(f"signed in {name}")
        answer = Response("in", media_type="text/html")
        answer.set_cookie(NAME, f"of-{name}", secure=True, httponly=True, samesite="lax")
        return answer

    @app.websocket("/told", dependencies=here)
    async def told(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("the balance of " + socket.scope["path"])
        await socket.close()


def _raw(app: FastAPI, paid: list[str]) -> None:
    """As people write it who read a body themselves, whatever it says of its type."""

    async def pay_raw(request: Request) -> str:
        paid.append((await request.json())["to"])
        return "paid"

    app.post("/pay-raw", dependencies=[Requires()])(pay_raw)


async def till(
    bed: Bed, *, without: tuple[str, ...] = (), authenticator: Authenticator | None = None, cors: Cors | None = None
) -> Till:
    """Serve one."""
    paid: list[str] = []

    def make(origin: str) -> FastAPI:
        app = FastAPI()
        Missing(
            app, without=without, settings=production(origin=origin), authenticator=authenticator or Cookies(),
            cors=cors
        )  # fmt: skip
        _routes(app, paid)
        _raw(app, paid)
        return app

    return Till(await bed.serve(make, OURS), paid)
