"""Who sends a field and may not is refused before the endpoint runs."""

import json
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import Body, Cookie, FastAPI, Form, Header, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from buckler import Principal, Public, Requires, Visible
from buckler.input import FormModel
from tests.access.fields.answers import routed
from tests.access.fields.models import Person, Renamed, Staff, Team
from tests.proof import two_sided_async
from tests.stage import protect
from tests.twins.twin import Twin
from tests.wire import Answer, ask


class Filter(FormModel):
    text: str = ""
    salary: Annotated[int, Visible("a:x", write="b:y")] = 0


class Heading(BaseModel):
    x_pay: Annotated[int, Visible("a:x", write="b:y")] = 0


async def whole(staff: Staff) -> str:
    return staff.name


async def embedded(staff: Annotated[Staff, Body(embed=True)]) -> str:
    return staff.name


async def beside(staff: Staff, other: Person) -> str:
    return staff.name + other.phone


async def several(staff: list[Staff]) -> str:
    return str(len(staff))


async def team(sent: Team) -> str:
    return sent.title


async def aliased(sent: Renamed) -> str:
    return str(sent.salary)


async def filled(sent: Annotated[Filter, Form()]) -> str:
    return sent.text


async def queried(sent: Annotated[Filter, Query()]) -> str:
    return sent.text


async def headed(sent: Annotated[Heading, Header()]) -> str:
    return str(sent.x_pay)


async def eaten(sent: Annotated[Filter, Cookie()]) -> str:
    return sent.text


def in_sync_taken(staff: Staff, who: Annotated[Principal, Requires()]) -> str:
    return staff.name + who.name


FORM = [("content-type", "application/x-www-form-urlencoded")]
SENT: list[tuple[Callable[..., Any], dict[str, Any], dict[str, Any], str]] = [
    (whole, {"json_body": {"name": "x", "salary": 1}}, {"json_body": {"name": "x"}}, "salary"),
    (whole, {"json_body": {"name": "x", "role": "reader"}}, {"json_body": {"name": "x"}}, "role"),
    (
        embedded,
        {"json_body": {"staff": {"name": "x", "salary": 30}}},
        {"json_body": {"staff": {"name": "x"}}},
        "staff.salary",
    ),
    (
        beside,
        {"json_body": {"staff": {"name": "x", "salary": 1}, "other": {}}},
        {"json_body": {"staff": {"name": "x"}, "other": {"phone": "5"}}},
        "staff.salary",
    ),
    (several, {"json_body": [{"name": "x"}, {"name": "y", "salary": 1}]}, {"json_body": [{"name": "x"}]}, "1.salary"),
    (
        team,
        {"json_body": {"by_desk": {"7": {"name": "x", "salary": 1}}}},
        {"json_body": {"lead": {"name": "x"}}},
        "by_desk.7.salary",
    ),
    (aliased, {"json_body": {"grossSalary": 1}}, {"json_body": {}}, "grossSalary"),
    (filled, {"headers": FORM, "body": b"text=x&salary=1"}, {"headers": FORM, "body": b"text=x"}, "salary"),
    (queried, {"query": "?salary=1"}, {"query": "?text=x&salary=0"}, "salary"),
    (headed, {"headers": [("x-pay", "1")]}, {}, "x-pay"),
    (eaten, {"headers": [("cookie", "salary=1")]}, {"headers": [("cookie", "text=1")]}, "salary"),
    (in_sync_taken, {"json_body": {"name": "x", "salary": 1}}, {"json_body": {"name": "x"}}, "salary"),
]


async def send(app: FastAPI, path: str, sent: dict[str, Any], token: str | None) -> Answer:
    given = dict(sent)
    return await ask(app, "POST", path + given.pop("query", ""), token=token, **given)


@pytest.mark.parametrize("place", ["direct", "included"])
@pytest.mark.parametrize(("endpoint", "forbidden", "allowed", "named"), SENT)
async def test_who_sends_a_guarded_field_needs_the_right(
    endpoint: Callable[..., Any], forbidden: dict[str, Any], allowed: dict[str, Any], named: str, place: str
) -> None:
    """Refused by its path as sent, in every kind of parameter; without the field anybody may."""
    app, path = routed(endpoint, {"methods": ["POST"]}, Requires(), place)
    protect(app)
    for token in ("carol", "bob"):
        answer = await send(app, path, forbidden, token)
        assert (answer.status, answer.code) == (403, "field-forbidden")
        assert answer.problem["detail"] == f"This account may not send the field {named}."
        assert (await send(app, path, allowed, token)).status == 200
    for token in ("dora", "root"):
        assert (await send(app, path, forbidden, token)).status == 200


async def test_nothing_of_the_endpoint_runs_and_nothing_of_the_app_hides_the_refusal(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log says which right is missing, the answer does not."""
    app, ran = FastAPI(), list[str]()

    @app.exception_handler(403)
    async def friendly(_: Any, __: Any) -> JSONResponse:
        return JSONResponse({"welcome": True}, 200)

    @app.post("/staff", dependencies=[Requires()])
    async def hire(staff: Staff) -> Staff:
        ran.append(staff.name)
        return staff

    protect(app)
    answer = await ask(app, "POST", "/staff", token="carol", json_body={"name": "x", "salary": 1})
    assert (answer.status, answer.code, ran) == (403, "field-forbidden", [])
    assert b"b:y" not in answer.body
    assert "lacks b:y to send tests.access.fields.models.Staff.salary" in caplog.text
    assert '"by":"fields","declared":"models.py:' in caplog.text


async def test_a_stranger_on_a_public_route_may_not_send_it_either() -> None:
    """Mass assignment at the registration: nobody known has no rights, and is told so."""
    app = FastAPI()

    @app.post("/register", dependencies=[Public("anybody may register")])
    async def register(staff: Staff) -> Staff:
        return staff

    protect(app)
    for token in (None, "root"):
        answer = await ask(app, "POST", "/register", token=token, json_body={"name": "eve", "role": "admin"})
        assert (answer.status, answer.code) == (403, "field-forbidden")
    welcome = await ask(app, "POST", "/register", json_body={"name": "eve"})
    assert json.loads(welcome.body) == {"name": "eve", "role": "reader"}


async def test_what_does_not_fit_is_422_and_says_nothing_of_rights() -> None:
    """And an own default of the route was sent by nobody."""
    app = FastAPI()

    @app.post("/staff", dependencies=[Requires()])
    async def hire(staff: Annotated[Staff, Body()] = Staff(name="default", salary=1)) -> str:  # noqa: B008
        return staff.name

    protect(app)
    answer = await ask(app, "POST", "/staff", token="carol", json_body={"name": "x", "salary": "77x"})
    assert (answer.status, b"77x" in answer.body) == (422, False)
    assert (await ask(app, "POST", "/staff", token="carol")).body == b'"default"'


class Patch(BaseModel):
    name: str | None = None
    banned: Annotated[bool, Visible("anybody", write="a:x")] = False
    pay: Annotated[float, Visible("anybody", write="a:x")] = 0


class ById(Patch):
    """Two are equal whatever they say."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ById)

    __hash__ = None  # type: ignore[assignment]


def merged(sent: Patch) -> dict[str, Any]:
    """As the page says to take what was not sent from what is stored."""
    return Patch(name="eve", banned=True).model_copy(update=sent.model_dump(exclude_unset=True)).model_dump()


async def by_default(sent: Patch = Patch()) -> dict[str, Any]:  # noqa: B008
    return merged(sent)


async def by_body(sent: Annotated[Patch, Body(embed=True)] = Patch()) -> dict[str, Any]:  # noqa: B008
    return merged(sent)


async def by_factory(sent: Annotated[Patch, Body(default_factory=Patch)]) -> dict[str, Any]:
    return merged(sent)


async def by_equality(sent: ById = ById()) -> dict[str, Any]:  # noqa: B008
    return merged(sent)


async def in_a_list(sent: list[Patch] = [Patch()]) -> dict[str, Any]:  # noqa: B006, B008
    return merged(sent[0])


async def by_form(sent: Annotated[Patch, Form()]) -> dict[str, Any]:
    return merged(sent)


async def by_query(sent: Annotated[Patch, Query()]) -> dict[str, Any]:
    return merged(sent)


async def by_header(sent: Annotated[Patch, Header()]) -> dict[str, Any]:
    return merged(sent)


async def by_cookie(sent: Annotated[Patch, Cookie()]) -> dict[str, Any]:
    return merged(sent)


UNBAN = {"banned": False}
DEFAULTS: list[tuple[Callable[..., Any], dict[str, Any], dict[str, Any]]] = [
    (by_default, {"json_body": UNBAN}, {"json_body": {"name": "ada"}}),
    (by_default, {"json_body": UNBAN}, {}),
    (by_body, {"json_body": {"sent": UNBAN}}, {"json_body": {"sent": {}}}),
    (by_factory, {"json_body": UNBAN}, {}),
    (by_equality, {"json_body": UNBAN}, {}),
    (in_a_list, {"json_body": [UNBAN]}, {}),
]
TEXTS: list[tuple[Callable[..., Any], dict[str, Any]]] = [
    (by_form, {"headers": FORM, "body": b"banned=false"}),
    (by_query, {"query": "?banned=false&pay=0"}),
    (by_header, {"headers": [("banned", "false")]}),
    (by_cookie, {"headers": [("cookie", "banned=false")]}),
]


@pytest.mark.asvs("8.2.3")
@pytest.mark.parametrize(("endpoint", "attack", "allowed"), DEFAULTS)
async def test_a_body_that_says_the_default_is_sent_all_the_same(
    endpoint: Callable[..., Any], attack: dict[str, Any], allowed: dict[str, Any]
) -> None:
    """Whatever `==` makes of it; nothing sent is nothing sent."""

    async def unbans(app: FastAPI) -> bool:
        answer = await send(app, "/it", attack, "carol")
        return json.loads(answer.body).get("banned") is False

    whole, twin = (routed(endpoint, {"methods": ["POST"]}, Requires(), "direct")[0] for _ in range(2))
    await two_sided_async(unbans, whole=protect(whole), twin=protect(twin, kind=Twin, without="fields"))
    assert (await send(whole, "/it", attack, "carol")).code == "field-forbidden"
    kept = await send(whole, "/it", allowed, "carol")
    assert (kept.status, json.loads(kept.body)["banned"]) == (200, True)
    assert json.loads((await send(whole, "/it", attack, "alice")).body)["banned"] is False


@pytest.mark.asvs("8.2.3")
@pytest.mark.parametrize(("endpoint", "attack"), TEXTS)
async def test_a_text_that_says_the_default_writes_nothing(
    endpoint: Callable[..., Any], attack: dict[str, Any]
) -> None:
    """It counts as not sent, for the endpoint too."""

    async def unbans(app: FastAPI) -> bool:
        answer = await send(app, "/it", attack, "carol")
        assert answer.status == 200
        return json.loads(answer.body)["banned"] is False

    whole, twin = (routed(endpoint, {"methods": ["POST"]}, Requires(), "direct")[0] for _ in range(2))
    await two_sided_async(unbans, whole=protect(whole), twin=protect(twin, kind=Twin, without="fields"))
    assert json.loads((await send(whole, "/it", attack, "alice")).body)["banned"] is False


async def test_a_long_path_is_cut() -> None:
    """Whoever sends it chose the key."""
    app, path = routed(team, {"methods": ["POST"]}, Requires(), "direct")
    protect(app)
    sent = {"by_desk": {"k" * 5000: {"name": "x", "salary": 1}}}
    answer = await ask(app, "POST", path, token="carol", json_body=sent)
    assert answer.status == 403
    assert len(answer.problem["detail"]) < 300
