"""Objects with an owner, guarded fields and routes on trial: in the policy, in explanations, and as they answer."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from buckler import Owned, Principal, Requires, Roles, Trial, Visible, answers
from buckler.access.policy.markdown import as_markdown
from buckler.install import buckler_of
from buckler.policy import Explanation, Policy
from tests.access.ownership.library import PEOPLE, Database, Note, directory
from tests.proof import two_sided_async
from tests.stage import Directory, protect
from tests.wire import ask

ROLES = Roles({"clerk": {"staff:read"}, "payroll": {"clerk", "pay:*"}, "boss": {"*"}})


class Staff(BaseModel):
    name: str
    salary: Annotated[int | None, Visible("pay:read", write="pay:write")] = None


@pytest.fixture
async def database(tmp_path: Path) -> Any:
    made = Database(tmp_path)
    yield made
    await made.close()


def policy_of(app: FastAPI) -> Policy:
    buckler = buckler_of(app)
    assert buckler is not None
    return buckler.policy()


def explain(app: FastAPI, path: str, name: str) -> Explanation:
    buckler = buckler_of(app)
    assert buckler is not None
    return buckler.explain("GET", path, PEOPLE[name])


def note_app(database: Database) -> FastAPI:
    def session() -> Iterator[Any]:
        yield from database.session()

    mine = Owned(Note, owner=Note.owner_id, session=session, unless="notes:any")
    app = FastAPI()

    @app.get("/notes/{note}", dependencies=[Requires("notes:read")])
    def read(note: Annotated[Note, mine]) -> str:
        return note.text

    roles = Roles({"reader": {"notes:read"}, "warden": {"notes:*"}, "guest": ()})
    return protect(app, authenticator=directory(), roles=roles)


async def test_whose_an_object_is_stands_in_the_policy(database: Database) -> None:
    """With the parameter that names it; who is asked no ownership may everything."""
    policy = policy_of(note_app(database))
    (door,) = policy.routes
    owned = door.owned[0]
    assert (owned["model"], owned["owner"], owned["unless"], owned["param"]) == (
        "Note",
        "owner_id",
        "notes:any",
        "note",
    )
    assert (door.may.signed_in, dict(door.may.roles)) == (
        "no",
        {"guest": "no", "reader": "own_objects", "warden": "yes"},
    )
    assert json.loads(policy.as_json())["routes"][0]["owned"][0]["param"] == "note"
    assert "own objects" in as_markdown(policy)


async def test_an_owner_is_what_it_depends_on(database: Database) -> None:
    """And a request then is let in for an owner, and 404 for a stranger; who is asked nothing is let in."""
    app = note_app(database)
    told = explain(app, "/notes/1", "bob")
    assert (told.decision, told.status, told.verdict()) == ("depends", None, "Depends on the owner of note.")
    assert told.sufficient_roles == ("reader", "warden")
    came = [(await ask(app, "GET", "/notes/1", token=name)).status for name in ("alice", "bob", "warden", "nobody")]
    assert came == [200, 404, 200, 403]
    assert explain(app, "/notes/1", "warden").decision == "allowed"
    assert explain(app, "/notes/1", "nobody").status == 403


async def test_of_a_tenant_the_tenant_is_what_it_depends_on(database: Database) -> None:
    """Whoever is asked no ownership, or where there is none to ask, has the objects of its tenant and no other."""

    def session() -> Iterator[Any]:
        yield from database.session()

    app = FastAPI()
    rule = Owned(Note, owner=Note.owner_id, tenant=Note.tenant_id, session=session, unless="notes:any")
    app.get("/notes/{note}", dependencies=[rule])(lambda: "seen")
    app.get("/any/{note}", dependencies=[Owned(Note, tenant=Note.tenant_id, session=session)])(lambda: "seen")
    protect(app, authenticator=directory())
    verdicts = [explain(app, path, name).verdict() for path, name in TENANTS]
    assert verdicts == [f"Depends on the {each} of note." for each in ("owner", "tenant", "tenant")]
    assert "holds notes:any, so nobody asks for its owner" in str(explain(app, "/notes/1", "warden"))
    came = [(await ask(app, "GET", path, token=name)).status for path, name in TENANTS]
    assert came == [404, 200, 200]
    assert (await ask(app, "GET", "/notes/3", token="warden")).status == 404


TENANTS = [("/notes/1", "carol"), ("/notes/1", "warden"), ("/any/1", "carol")]


def staff_app() -> FastAPI:
    app = FastAPI()

    @app.get("/staff", dependencies=[Requires("staff:read")])
    async def staff() -> Staff:
        return Staff(name="ada", salary=7)

    @app.put("/staff", dependencies=[Requires("staff:read")])
    async def change(person: Staff) -> str:
        return person.name

    callers = Directory(**{name: ROLES.permissions((name,)) for name in ROLES.names})
    return protect(app, authenticator=callers, roles=ROLES)


@pytest.mark.asvs("8.1.2")
async def test_which_role_reads_and_writes_a_field_is_written_and_true() -> None:
    """Each role asks for the field and sends it: a file that says something else than the app is found."""
    app = staff_app()

    async def believed_wrongly(policy: dict[str, Any]) -> bool:
        fields = {each["way"]: each for door in policy["routes"] for each in door["fields"]}
        for role in sorted(ROLES.names):
            shown = await ask(app, "GET", "/staff", token=role)
            sent = await ask(app, "PUT", "/staff", json_body={"name": "x", "salary": 1}, token=role)
            if ("salary" in json.loads(shown.body)) != (role in fields["answer"]["readers"]):
                return True
            if (sent.status == 200) != (role in fields["input"]["writers"]):
                return True
        return False

    now = json.loads(policy_of(app).as_json())
    assert {each["field"] for door in now["routes"] for each in door["fields"]} == {"salary"}
    believed = json.loads(json.dumps(now).replace('["boss", "payroll"]', '["boss", "clerk", "payroll"]'))
    await two_sided_async(believed_wrongly, whole=now, twin=believed)
    text = as_markdown(policy_of(app))
    assert "pay:read (boss, payroll)" in text.replace("\\", "")
    assert "guards Staff.salary" in text


def test_an_explanation_says_what_becomes_of_guarded_fields() -> None:
    """For whoever asks; that a field is left out refuses nobody."""
    buckler = buckler_of(staff_app())
    assert buckler is not None
    told: dict[tuple[str, str], list[tuple[bool | None, str]]] = {}
    for method in ("GET", "PUT"):
        for role in ("clerk", "payroll"):
            caller = Principal(role, role, permissions=ROLES.permissions((role,)))
            found = buckler.explain(method, "/staff", caller)
            assert found.decision == "allowed"
            told[method, role] = [(step.holds, step.why) for step in found.steps if step.what == "field Staff.salary"]
    assert told == {
        ("GET", "clerk"): [(None, "left out, without pay:read")],
        ("GET", "payroll"): [(True, "stands in the answer")],
        ("PUT", "clerk"): [(None, "sent, it is 403, without pay:write")],
        ("PUT", "payroll"): [(True, "may be sent")],
    }


async def test_a_route_that_only_a_trial_lets_answer_is_shut_in_the_policy() -> None:
    """It says what holds once the trial is over; and that nobody has declared anything."""
    app = FastAPI()
    app.add_api_route("/old", lambda: "inside")
    app.add_api_route("/new", lambda: "inside", dependencies=[Requires()])
    protect(app, trial=Trial(until="2027-01-20", reason="moving to Buckler"), authenticator=directory())
    old = next(each for each in policy_of(app).routes if each.path == "/old")
    assert (old.source, old.public, old.may.anonymous, old.may.signed_in) == ("undeclared", None, "no", "no")
    told = explain(app, "/old", "root")
    assert (told.decision, told.status, told.code) == ("refused", 403, "undeclared")
    assert "it says nothing of who may" in as_markdown(policy_of(app))


async def test_middleware_that_answers_by_itself_is_written_down() -> None:
    """Its answers leave before a route is chosen."""

    class Maintenance:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await self.app(scope, receive, send)

    app = FastAPI()
    app.add_api_route("/in", lambda: "inside", dependencies=[Requires()])
    app.add_middleware(answers(Maintenance, "maintenance page"))
    policy = policy_of(protect(app))
    assert [each.reason for each in policy.answering] == ["maintenance page"]
    assert "maintenance page" in as_markdown(policy)
