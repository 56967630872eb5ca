"""What a caller may not read does not leave, whatever the endpoint answers with."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, BackgroundTasks, FastAPI
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.requests import HTTPConnection

from buckler import Public, Requires, Visible, guarded
from buckler.access.doors.bounded_fields import adapter_of
from buckler.access.fields.fields import AnswerValidator
from tests.access.fields.answers import BOB, ENDPOINTS, as_model, nested, routed
from tests.access.fields.models import Described, Staff, Team, Tree
from tests.proof import two_sided_async
from tests.stage import Directory, protect
from tests.twins.twin import Twin
from tests.wire import ask


async def whole(staff: Staff) -> str:
    return staff.name


@pytest.mark.parametrize("place", ["direct", "included", "mounted"])
@pytest.mark.parametrize(("endpoint", "given"), ENDPOINTS)
async def test_a_guarded_field_leaves_for_its_readers_alone(
    endpoint: Callable[..., Any], given: dict[str, Any], place: str
) -> None:
    """Whatever the endpoint returns, and however the route stands; the value is 7 everywhere."""
    app, path = routed(endpoint, given, Requires(), place)
    protect(app)
    for _ in range(2):
        readers = [(await ask(app, "GET", path, token=token)).body for token in ("alice", "bob", "root")]
        strangers = [await ask(app, "GET", path, token=token) for token in ("carol", "dora")]
        assert all(b"7" in body for body in readers), readers
        assert [answer.status for answer in strangers] == [200, 200]
        assert not any(b"7" in answer.body for answer in strangers), strangers
    assert BOB.salary == 7


@pytest.mark.parametrize(("endpoint", "given"), ENDPOINTS)
async def test_nobody_is_known_on_a_public_route(endpoint: Callable[..., Any], given: dict[str, Any]) -> None:
    """So nobody holds anything there, whatever token comes along."""
    app, path = routed(endpoint, given, Public("a test"), "direct")
    protect(app)
    for token in (None, "alice", "root"):
        answer = await ask(app, "GET", path, token=token)
        assert (answer.status, b"7" in answer.body) == (200, False)


async def test_the_answer_of_a_reader_is_as_without_buckler() -> None:
    """Not a byte differs."""
    for endpoint, given in ENDPOINTS:
        app, path = routed(endpoint, given, Requires(), "direct")
        plain = FastAPI()
        plain.add_api_route("/it", endpoint, **given)
        protect(app)
        assert (await ask(app, "GET", path, token="root")).body == (await ask(plain, "GET", "/it")).body


class Checked(BaseModel):
    """Validators of the app see what the app made, once, and never what is hidden."""

    model_config = ConfigDict(revalidate_instances="always")
    seen: int = 0
    salary: Annotated[int, Visible("a:x"), Field(gt=0)] = 30

    @model_validator(mode="after")
    def look(self) -> "Checked":
        assert self.salary > 0
        return self


async def test_validators_of_the_app_never_see_what_is_hidden() -> None:
    """The answer is judged whole, and hidden afterwards."""
    app = FastAPI()

    @app.get("/it", dependencies=[Requires()])
    async def it() -> list[Checked]:
        return [Checked(salary=7)]

    protect(app)
    assert json.loads((await ask(app, "GET", "/it", token="carol")).body) == [{"seen": 0}]


async def test_what_the_app_does_afterwards_has_the_whole_object() -> None:
    """A background task works on what the endpoint had."""
    app = FastAPI()
    kept: list[Staff] = []

    @app.get("/it", dependencies=[Requires()])
    async def it(tasks: BackgroundTasks) -> Staff:
        staff = Staff(name="bob", salary=7)
        tasks.add_task(kept.append, staff)
        return staff

    protect(app)
    assert b"7" not in (await ask(app, "GET", "/it", token="carol")).body
    assert kept[0].salary == 7


async def test_an_answer_that_the_endpoint_made_itself_is_left_alone() -> None:
    """As the page says; its headers too."""
    app = FastAPI()

    @app.get("/it", response_model=Staff, dependencies=[Requires()])
    async def it() -> Any:
        return HTMLResponse("<p>7</p>", 203, {"x-own": "1"})

    protect(app)
    answer = await ask(app, "GET", "/it", token="carol")
    assert (answer.status, answer.body, answer.header("x-own")) == (203, b"<p>7</p>", "1")


async def test_an_answer_that_does_not_fit_tells_nothing() -> None:
    """It is the app's own mistake, a plain 500, without what was in it."""
    app = FastAPI()

    @app.get("/it", response_model=Staff, dependencies=[Requires()])
    async def it() -> Any:
        return {"name": 1, "salary": 777}

    protect(app)
    for token in ("carol", "root"):
        answer = await ask(app, "GET", "/it", token=token)
        assert (answer.status, b"777" in answer.body) == (500, False)


def route_of(app: FastAPI, path: str) -> Any:
    return next(route for route in app.routes if getattr(route, "path", "") == path)


async def test_whoever_comes_past_the_endpoint_sees_nothing_hidden() -> None:
    """The validator of the answer hides from nobody known."""
    app = FastAPI()
    app.add_api_route("/it", as_model, dependencies=[Requires()])
    protect(app)
    assert (await ask(app, "GET", "/it", token="root")).status == 200
    adapter = adapter_of(route_of(app, "/it").response_field)
    assert adapter is not None
    assert isinstance(adapter.validator, AnswerValidator)
    assert adapter.dump_python(adapter.validate_python(BOB)) == {"name": "bob", "role": "reader"}
    assert adapter.validator.title == "Staff"


async def test_a_route_without_guarded_fields_is_as_it_was() -> None:
    """Neither its call nor its validator is touched."""
    app = FastAPI()

    async def other(name: str) -> list[int]:
        return [len(name)]

    app.add_api_route("/other", other)
    protect(app, default=Requires())
    assert (await ask(app, "GET", "/other?name=x", token="carol")).body == b"[1]"
    route = route_of(app, "/other")
    adapter = adapter_of(route.response_field)
    assert route.dependant.call is other
    assert adapter is not None
    assert not isinstance(adapter.validator, AnswerValidator)


async def test_wildcards_count() -> None:
    """As everywhere."""
    app, path = routed(as_model, {}, Requires(), "direct")
    protect(app, authenticator=Directory(w=("a:*",), other=("a:y", "b:*", "a")))
    assert b"7" in (await ask(app, "GET", path, token="w")).body
    assert b"7" not in (await ask(app, "GET", path, token="other")).body


async def with_connection(connection: HTTPConnection) -> Team:
    return Team(title=connection.url.path, lead=BOB)


async def test_an_endpoint_may_ask_for_the_connection_itself() -> None:
    """And a route may be declared by what stands around it alone."""
    app, inner = FastAPI(), FastAPI()
    app.add_api_route("/it", with_connection, dependencies=[Requires()])
    inner.add_api_route("/it", with_connection)
    inner.add_api_route("/other", as_model)
    app.mount("/sub", guarded(inner, Requires()))
    protect(app)
    for path in ("/it", "/sub/it", "/sub/other"):
        assert b"7" in (await ask(app, "GET", path, token="bob")).body
        answer = await ask(app, "GET", path, token="carol")
        assert (answer.status, b"7" in answer.body) == (200, False)


async def test_who_puts_a_function_around_the_endpoint_keeps_it() -> None:
    """Judging again does not take it away, nor what it stands around."""
    app = FastAPI()
    app.add_api_route("/it", as_model, dependencies=[Requires()])
    protect(app)
    assert b"7" not in (await ask(app, "GET", "/it", token="carol")).body
    dependant = route_of(app, "/it").dependant
    ran: list[str] = []
    inside = dependant.call

    @wraps(inside)
    async def watched(**values: Any) -> Any:
        ran.append("watched")
        return await inside(**values)

    dependant.call = watched
    app.add_api_route("/more", as_model, dependencies=[Requires()], response_model=int | None)
    assert b"7" not in (await ask(app, "GET", "/it", token="carol")).body
    assert b"7" in (await ask(app, "GET", "/it", token="bob")).body
    assert ran


async def test_two_apps_may_share_a_router() -> None:
    """And judging again, after a route was added, changes nothing."""
    router = APIRouter()
    router.add_api_route("/it", nested)
    router.add_api_route("/it", whole, methods=["POST"])
    apps = [FastAPI(), FastAPI()]
    for app in apps:
        app.include_router(router, dependencies=[Requires()])
        protect(app)
    for number in range(3):
        for app in apps:
            assert b"7" not in (await ask(app, "GET", "/it", token="carol")).body
            assert (await ask(app, "GET", "/it", token="root")).body.count(b"7") == 4
            assert (await ask(app, "POST", "/it", token="carol", json_body={"name": "x", "salary": 1})).status == 403
            app.add_api_route(f"/{number}", lambda: "later", dependencies=[Requires()])


@pytest.mark.asvs("8.2.3")
@pytest.mark.asvs("14.2.6")
@pytest.mark.parametrize(("endpoint", "given"), ENDPOINTS)
async def test_a_field_is_read_only_by_who_may(endpoint: Callable[..., Any], given: dict[str, Any]) -> None:
    """Excessive data exposure (OWASP API3:2023)."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", "/it", token="carol")
        assert answer.status == 200
        return b"7" in answer.body

    whole_app, twin = (routed(endpoint, given, Requires(), "direct")[0] for _ in range(2))
    protect(twin, kind=Twin, without="fields")
    await two_sided_async(attack, whole=protect(whole_app), twin=twin)


async def test_described_fields_are_hidden_like_the_rest() -> None:
    """Bounds and words of the field's own change nothing."""
    app = FastAPI()

    @app.get("/it", dependencies=[Requires()])
    async def it() -> Described:
        return Described(salary=7)

    protect(app)
    assert (await ask(app, "GET", "/it", token="carol")).body == b"{}"
    assert (await ask(app, "GET", "/it", token="bob")).body == b'{"salary":7,"pet":null}'


class Unguarded(BaseModel):
    name: str = "x"
    salary: int = 30


class Guarding(Unguarded):
    """Guards what its base shows."""

    salary: Annotated[int, Visible("a:x")] = 30


async def deep(depth: int) -> Tree:
    tree = Tree(label="the leaf is 7")
    for _ in range(depth):
        tree = Tree(label="7", children=[tree])
    return tree


async def deep_without_words(depth: int):  # type: ignore[no-untyped-def]
    return {"deep": await deep(depth)}


@pytest.mark.parametrize("endpoint", [deep, deep_without_words])
async def test_what_pydantic_can_write_can_be_looked_at(endpoint: Callable[..., Any]) -> None:
    """As deep as bare FastAPI answers; deeper it is an error there too."""
    bare, app = FastAPI(), FastAPI()
    bare.add_api_route("/it", endpoint)
    app.add_api_route("/it", endpoint, dependencies=[Requires()])
    protect(app)
    for depth in (100, 240):
        assert (await ask(bare, "GET", f"/it?depth={depth}")).status == 200
        answer = await ask(app, "GET", f"/it?depth={depth}", token="carol")
        assert (answer.status, b"7" in answer.body) == (200, False)
    assert (await ask(app, "GET", "/it?depth=400", token="carol")).status == 500


class Forgetting(Staff):
    """Says the field again, and forgets its guard."""

    salary: int = 30


async def test_a_subclass_that_forgets_the_guard_fails_closed() -> None:
    """Where no type of the route names it, and so nothing could stop the start."""
    app = FastAPI()

    @app.get("/it", dependencies=[Requires()])
    async def it() -> Any:
        return Forgetting(name="x", salary=777)

    protect(app)
    answer = await ask(app, "GET", "/it", token="carol")
    assert (answer.status, b"777" in answer.body) == (500, False)


async def test_a_subclass_that_guards_more_than_the_declared_model_fails_closed() -> None:
    """Two answers contradict each other: an error leaves, and never the value."""
    app = FastAPI()

    @app.get("/it", dependencies=[Requires()])
    async def it() -> list[Unguarded | Staff]:
        return [Guarding(salary=777)]

    protect(app)
    answer = await ask(app, "GET", "/it", token="carol")
    assert (answer.status, b"777" in answer.body) == (500, False)
    assert (await ask(app, "GET", "/it", token="bob")).body == b'[{"name":"x","salary":777}]'
