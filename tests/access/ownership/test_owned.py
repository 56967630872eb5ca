"""Two accounts and two tenants exchange every id, in every position: a stranger's object and none are the same 404."""

import re
from typing import Any

import pytest
from fastapi import FastAPI

from tests.access.ownership.library import Database, shelf
from tests.wire import Answer, ask

MINE = {"alice": 1, "bob": 3}
MISSING = 999


@pytest.fixture(params=[True, False], ids=["async", "sync"])
def app(database: Database, request: pytest.FixtureRequest) -> FastAPI:
    """The same app in both kinds."""
    return shelf(database, waits=request.param)


def sendings(key: int, own: int) -> dict[str, tuple[str, str, Any]]:
    """Every position that an id can have, with the sender's own object around it where there are two."""
    return {
        **{f"path {method}": (method, f"/notes/{key}", None) for method in ("GET", "POST", "DELETE")},
        **{f"path {method}": (method, f"/notes/{key}", {"text": "changed"}) for method in ("PUT", "PATCH")},
        "parent and child": ("GET", f"/projects/{key}/notes/{key}", None),
        "child of mine": ("GET", f"/projects/{own}/notes/{key}", None),
        "parent of mine": ("GET", f"/projects/{key}/notes/{own}", None),
        "through": ("GET", f"/comments/{key}", None),
        "body": ("POST", "/merge", {"into": key}),
        "query": ("GET", f"/several?note={key}", None),
        "query list": ("GET", f"/several?note={own}&note={key}", None),
    }


def told(answer: Answer) -> tuple[int, list[Any], bytes]:
    """An answer without what differs on every request."""
    body = re.sub(rb'"request_id":"[0-9a-f]*"', b'"request_id":""', answer.body)
    return answer.status, [each for each in answer.headers if each[0] not in (b"date", b"x-request-id")], body


@pytest.mark.parametrize("name", ["alice", "bob"])
async def test_a_strangers_object_and_a_missing_one_are_the_same(app: FastAPI, database: Database, name: str) -> None:
    """Letter for letter, whatever the method and wherever the id stands; and nothing was changed."""
    own = MINE[name]
    before = database.texts()
    for theirs in {1, 2, 3, 4, 5} - {own, own + 1}:
        strange, none = sendings(theirs, own), sendings(MISSING, own)
        for where in strange:
            (method, target, body), (_, nowhere, nothing) = strange[where], none[where]
            answer = (
                await ask(app, method, target, token=name, json_body=body)
                if body
                else await ask(app, method, target, token=name)
            )
            missing = (
                await ask(app, method, nowhere, token=name, json_body=nothing)
                if nothing
                else await ask(app, method, nowhere, token=name)
            )
            assert answer.status == 404, (where, theirs, answer)
            assert answer.code == "no-such-object"
            assert told(answer) == told(missing), where
    assert database.texts() == before


@pytest.mark.parametrize("name", ["alice", "bob"])
async def test_an_owner_has_what_is_theirs(app: FastAPI, name: str) -> None:
    """In every position, until it is gone."""
    own = MINE[name]
    for where, (method, target, body) in sorted(sendings(own, own).items(), key=lambda each: each[1][0] == "DELETE"):
        answer = await (
            ask(app, method, target, token=name, json_body=body) if body else ask(app, method, target, token=name)
        )
        assert answer.status == 200, (where, answer.body, answer.error)
    assert (await ask(app, "GET", f"/notes/{own}", token=name)).status == 404
    assert (await ask(app, "GET", "/notes", token=name)).body == b"[%d]" % (own + 1)
