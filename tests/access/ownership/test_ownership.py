"""The guard names who looks, and says no where nobody does; 401 and 403 come before any object is asked for."""

from typing import Any

import pytest

from buckler import Owned
from buckler.access.declarations.declaration import Duty
from buckler.access.ownership.ownership import Ownership
from buckler.asgi import Exchange
from buckler.errors import UNDECIDED
from buckler.events import EventLog
from tests.access.ownership.library import Database, File, Note, shelf
from tests.clocks import FakeClock
from tests.wire import ask


async def test_the_guard_decides_first(database: Database) -> None:
    """Whoever is not known, or may not use the route, causes no session and no statement; existing or not."""
    app = shelf(database)
    for key in (1, 999):
        assert (await ask(app, "GET", f"/notes/{key}")).status == 401
        refused = await ask(app, "DELETE", f"/notes/{key}", token="nobody")
        assert (refused.status, refused.code) == (403, "forbidden")
    assert (database.opened, database.statements) == (0, [])


async def test_a_stranger_causes_what_a_missing_object_does(database: Database) -> None:
    """The same statement, once: neither work nor time tells whether there is such an object."""
    app = shelf(database)
    told = []
    for key in (1, 999):
        database.statements.clear()
        assert (await ask(app, "GET", f"/notes/{key}", token="bob")).status == 404
        told.append(list(database.statements))
    assert told[0] == told[1]
    [statement] = told[0]
    assert "note.owner_id = ?" in statement.partition("WHERE")[2], "the database itself is told whose it must be"


@pytest.mark.parametrize(
    "key", ["abc", "1.0", "01", "+1", "%201", "1%20", "-0", "9" * 12, "1e0", "٣", "0x1", "2147483648"]
)
async def test_what_is_no_key_is_missing(database: Database, key: str) -> None:
    """One object has one spelling; and no number reaches a column that is too narrow for it."""
    database.statements.clear()
    from urllib.parse import quote

    answer = await ask(shelf(database), "GET", "/notes/" + (key if "%" in key else quote(key)), token="alice")
    assert answer.status in (400, 404), answer
    assert database.statements == []


async def test_a_service_owns_nothing_even_under_an_owners_id(database: Database) -> None:
    """Its id is its issuer's to choose."""
    app = shelf(database)
    assert (await ask(app, "GET", "/notes/1", token="robot")).status == 404
    assert (await ask(app, "GET", "/notes", token="robot")).body == b"[]"


async def test_what_belongs_to_nobody_is_seen_by_nobody(database: Database) -> None:
    """A NULL equals nothing, not even the NULL of somebody without a tenant."""
    app = shelf(database)
    for name in ("alice", "bob", "7"):
        assert (await ask(app, "GET", "/notes/5", token=name)).status == 404


async def test_a_permission_lifts_the_ownership_and_is_told(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Named by name, by a wildcard and by `*`; never across tenants, and nothing is told of one's own."""
    app = shelf(database)
    for name in ("root", "warden"):
        caplog.clear()
        assert (await ask(app, "GET", "/notes/1", token=name)).status == 200
        lines = [each.message for each in caplog.records if "authz_override" in each.message]
        assert len(lines) == 1
        assert '"model":"Note"' in lines[0]
        assert '"object":"1"' in lines[0]
        assert f'"account":"{name}"' in lines[0]
        caplog.clear()
        assert (await ask(app, "GET", "/notes/3", token=name)).status == 404, "of the other tenant"
        assert not [each for each in caplog.records if "authz_override" in each.message]
    assert (await ask(app, "GET", "/projects/1/notes/1", token="root")).status == 404, "that rule has no unless"
    assert (await ask(app, "GET", "/notes", token="root")).body == b"[1,2]"
    assert "authz_override" in caplog.text


async def test_the_log_tells_of_a_direct_reference(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever counts through ids is seen to, whether they exist or not."""
    await ask(shelf(database), "GET", "/notes/1", token="bob")
    assert '"malicious_direct_reference"' in caplog.text
    assert '"who":"bob"' in caplog.text


async def test_the_document_tells_the_parameter_and_whose_it_is(database: Database) -> None:
    """FastAPI does not know the parameter; a client that is made from the document does."""
    app = shelf(database)
    app.openapi()
    document = app.openapi()
    read = document["paths"]["/notes/{note}"]["get"]
    [parameter] = read["parameters"]
    assert (parameter["name"], parameter["in"], parameter["required"]) == ("note", "path", True)
    bounds = {"format": "int32", "minimum": -(2**31), "maximum": 2**31 - 1}
    assert parameter["schema"] == {"title": "Note", "type": "integer", **bounds}
    assert read["x-owned"] == [{"model": "Note", "owner": "owner_id", "tenant": "tenant_id"}]
    assert "404" in read["responses"]
    nested = document["paths"]["/projects/{project}/notes/{note}"]["get"]
    assert sorted(each["name"] for each in nested["parameters"]) == ["note", "project"]


def test_the_document_bounds_every_kind_of_key() -> None:
    """As the columns do: UUIDs, long numbers and texts."""
    files: Any = Owned(File, owner=File.owner_id).dependency
    assert files.parameters("file") == {"file": {"type": "string", "format": "uuid", "minLength": 32, "maxLength": 36}}
    inside: Any = Owned(Note, owner=Note.owner_id, within={"by": Note.owner_id}).dependency
    assert inside.parameters("note")["by"] == {"type": "string", "minLength": 1, "maxLength": 64}
    long: Any = Owned(File, owner=File.owner_id, within={"by": File.owner_id}).dependency
    assert long.parameters("file")["by"]["format"] == "int64"


async def test_nobody_is_no_viewer() -> None:
    """Fail closed: where no caller is known the passage lets nothing on."""
    owned: Any = Owned(File, owner=File.owner_id).dependency
    duty = Duty("/", None, (owned,), False, frozenset(), ())
    step = Ownership(EventLog(FakeClock())).step_for(duty)
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "headers": []}
    assert step is not None
    assert step(Exchange(scope, None)) is UNDECIDED
    assert Ownership(EventLog(FakeClock())).step_for(Duty("/", None, (), True, frozenset(), ())) is None
