"""What a route reads and writes is known as plain data, and written into the one document for everybody."""

from typing import Annotated, Any

from fastapi import FastAPI, Query
from pydantic import TypeAdapter

from buckler import Public, Requires
from buckler.access.declarations.field_use import FieldUse, described
from buckler.access.doors.bounded_fields import adapter_of
from buckler.access.fields.guarded_models import contents_of, guarded_fields_of
from buckler.access.routes.fastapi_tree import survey
from buckler.access.routes.judgement import Rules, judge
from buckler.input import FormModel
from tests.access.fields.models import Box, Described, Renamed, Robot, Staff, Team, Tree
from tests.access.fields.test_sent_fields import Filter
from tests.stage import protect

STAFF = {"salary": {"read": "a:x", "write": "b:y"}, "role": {"read": None, "write": "b:y"}}
HERE = "tests.access.fields.models"


def test_the_fields_of_a_model_are_told_with_those_of_every_model_in_it() -> None:
    """Generics, lists, and models that hold themselves."""
    assert guarded_fields_of(Team) == {f"{HERE}.Staff": STAFF}
    assert guarded_fields_of(list[Tree]) == {f"{HERE}.Tree": {"label": {"read": "a:x", "write": "a:x"}}}
    boxed = guarded_fields_of(Box[Staff] | None)
    assert boxed == {f"{HERE}.Box[Staff]": {"count": {"read": "b:y", "write": "b:y"}}, f"{HERE}.Staff": STAFF}
    assert guarded_fields_of(Robot) == guarded_fields_of(int) == {}


def test_a_type_that_may_hold_what_it_does_not_name_is_known() -> None:
    """Such a route is looked at too."""
    opened: list[Any] = [Any, dict[str, Any], dict, list, Team, object]
    assert [contents_of(TypeAdapter[Any](kind)).is_open for kind in opened] == [True] * len(opened)
    closed: list[Any] = [int, list[str], Staff, Tree, dict[str, list[Robot]], Robot | None]
    assert [contents_of(TypeAdapter[Any](kind)).is_open for kind in closed] == [False] * len(closed)


async def test_a_duty_names_the_fields_of_its_route() -> None:
    """For both ways, once each."""
    app = FastAPI()

    @app.post("/staff", dependencies=[Requires()])
    async def hire(team: Team, asked: Annotated[Filter, Query()]) -> Staff:
        return Staff(name=team.title + asked.text)

    rules = Rules(None, (), 1, 1000)
    doors = {door.path: door for door in survey(app).doors}
    duty = judge(doors["/staff"], rules).duty
    assert duty is not None
    fields = duty.fields
    ways = {(use.model.rpartition(".")[2], use.field, use.way) for use in fields}
    assert ways == {
        ("Staff", "salary", "answer"),
        ("Staff", "role", "answer"),
        ("Staff", "salary", "input"),
        ("Staff", "role", "input"),
        ("Filter", "salary", "input"),
    }
    assert described(fields)[f"{HERE}.Staff"] == STAFF
    assert all(isinstance(use, FieldUse) and use.where.endswith(tuple("0123456789")) for use in fields)


class Searched(FormModel):
    text: str = ""


def test_the_document_is_one_for_everybody() -> None:
    """All fields are in it, what is guarded is not promised, and says what it needs."""
    app = FastAPI()

    @app.post("/described", dependencies=[Public("a test")])
    async def post(sent: Described) -> Described:
        return sent

    @app.get("/renamed", dependencies=[Requires()])
    async def get(asked: Annotated[Searched, Query()]) -> list[Renamed]:
        return [Renamed.model_validate({"grossSalary": len(asked.text)})]

    protect(app)
    for _ in range(2):
        document = app.openapi()
        schemas = document["components"]["schemas"]
        answered, sent = schemas["Described-Output"], schemas["Described-Input"]
        assert "required" not in answered
        assert sent["required"] == ["salary"]
        for schema in (answered, sent):
            salary = schema["properties"]["salary"]
            assert salary["description"] == "Before taxes. Only with `a:x`."
            assert (salary["x-read-permission"], salary["x-write-permission"]) == ("a:x", "a:x")
            assert schema["properties"]["pet"]["description"] == "Only with `a:x`."
        renamed = schemas["Renamed"]["properties"]["grossSalary"]
        assert renamed["description"] == "Read only with `a:x`. Sent only with `b:y`."
        assert "403" in document["paths"]["/described"]["post"]["responses"]
        assert "403" not in document["paths"]["/renamed"]["get"]["responses"]


def test_fastapi_still_keeps_a_field_for_the_answer() -> None:
    """The names of FastAPI that this needs are there."""
    app = FastAPI()

    @app.get("/it")
    async def it() -> Staff:
        return Staff(name="x")

    route: Any = app.routes[-1]
    assert adapter_of(route.response_field) is not None
    assert route.stream_item_field is None
