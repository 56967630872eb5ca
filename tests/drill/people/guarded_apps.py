"""Small apps whose doors want more than a name and a password: what a page gave, a code, an origin."""

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Annotated

from fastapi import Cookie, Depends, FastAPI, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm

from tests.drill.people.apps import Login, Store

PAGE = """<form method="post"><input type="hidden" name="csrf_token" value="{}">
<input name="email"><input type="password" name="password"></form>"""


def cookie_form() -> FastAPI:
    """Pages with forms, a session in a cookie, and a token in each form."""
    app, store = FastAPI(), Store()
    tokens = count(1000)

    def page() -> Response:
        token = f"form-token-{next(tokens)}"
        answer = HTMLResponse(PAGE.format(token))
        answer.set_cookie("csrf_token", token)
        return answer

    def checked(
        csrf_token: Annotated[str, Form()] = "", cookie: Annotated[str, Cookie(alias="csrf_token")] = ""
    ) -> None:
        if not csrf_token or csrf_token != cookie:
            raise HTTPException(400, "This form is too old. Load the page again.")

    guarded = [Depends(checked)]

    @app.get("/signup")
    @app.get("/login")
    async def form() -> Response:
        return page()

    @app.post("/signup", dependencies=guarded)
    async def signup(email: Annotated[str, Form()], password: Annotated[str, Form()]) -> Response:
        store.add(email, password)
        return RedirectResponse("/login", 303)

    @app.post("/login", dependencies=guarded)
    async def login(email: Annotated[str, Form()], password: Annotated[str, Form()]) -> Response:
        answer = RedirectResponse("/", 303)
        answer.set_cookie("session_id", store.enter(email, password), httponly=True)
        return answer

    @app.get("/")
    async def home(session_id: Annotated[str, Cookie()] = "") -> Response:
        if session_id not in store.sessions:
            return RedirectResponse("/login", 303)
        return HTMLResponse(f"Hello {store.who(session_id)}")

    return app


def mailed_code(lines: list[str], send: Callable[[str, str], None] | None = None) -> FastAPI:
    """Accounts sleep until the code of a letter came back; without a way to send it, it is written to the log."""
    app, store, waiting = FastAPI(), Store(), dict[str, tuple[str, str]]()
    scheme = OAuth2PasswordBearer(tokenUrl="token")

    @app.post("/signup", status_code=202)
    async def signup(new: Login) -> None:
        code = f"{next(store.numbers):06d}"
        waiting[code] = new.email, new.password
        if send is None:
            lines.append(f"mail to {new.email}: welcome, your code is {code}")
        else:
            send(new.email, f"Welcome. Open https://localhost/verify?code={code} or type {code}.")

    @app.post("/verify")
    async def verify(code: Annotated[str, Form()]) -> None:
        if code not in waiting:
            raise HTTPException(400, "Wrong code")
        store.add(*waiting.pop(code))

    @app.post("/token")
    async def token(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> dict[str, str]:
        return {"access_token": store.enter(form.username, form.password), "token_type": "bearer"}

    @app.get("/me")
    async def me(given: Annotated[str, Depends(scheme)]) -> dict[str, str]:
        return {"email": store.who(given)}

    return app


def pages_without_document() -> FastAPI:
    """Pages that the document leaves out, whose forms alone say what they take."""
    app, store = FastAPI(), Store()

    async def form(request: Request) -> Response:
        if request.method == "GET":
            return HTMLResponse(
                '<form><input name="login"><input type="password" name="secret_word"><input type="submit"></form>'
            )
        given = await request.form()
        name, word = str(given["login"]), str(given["secret_word"])
        if request.url.path == "/signup":
            store.add(name, word)
            return RedirectResponse("/login", 302)
        answer = RedirectResponse("/home", 302)
        answer.set_cookie("sid", store.enter(name, word))
        return answer

    async def home(request: Request) -> Response:
        if request.cookies.get("sid", "") not in store.sessions:
            return RedirectResponse("/login", 302)
        return HTMLResponse("Hello")

    app.add_route("/signup", form, methods=["GET", "POST"])
    app.add_route("/login", form, methods=["GET", "POST"])
    app.add_route("/home", home)
    return app


def own_pages_only() -> FastAPI:
    """JSON and a cookie, for requests that say they come from a page of the app's own."""
    app, store = FastAPI(), Store()

    @app.middleware("http")
    async def guard(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.method == "POST" and request.headers.get("origin") != str(request.base_url).rstrip("/"):
            return Response("This request comes from elsewhere.", 403)
        return await call(request)

    @app.post("/signup")
    async def signup(new: Login) -> None:
        store.add(new.email, new.password)

    @app.post("/login")
    async def login(given: Login, answer: Response) -> None:
        answer.set_cookie("sid", store.enter(given.email, given.password))

    @app.get("/me")
    async def me(sid: Annotated[str, Cookie()] = "") -> str:
        return store.who(sid)

    return app
