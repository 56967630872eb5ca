"""What the policy of an app holds, and that it holds still."""

import json
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, WebSocket
from starlette.staticfiles import StaticFiles

from buckler import Accepts, Buckler, Limit, Principal, Public, Requires, Roles, guarded
from buckler.access.policy.markdown import as_markdown
from buckler.install import buckler_of
from buckler.policy import Policy
from tests.stage import development, production, protect

ROLES = Roles({"reader": {"a:x"}, "editor": {"reader", "b:*"}, "admin": {"*"}}, new="reader")


async def endpoint() -> str:
    return "inside"


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()


def in_office_hours(who: Principal) -> bool:
    raise AssertionError("asked")


def make_app(folder: Path, **given: Any) -> FastAPI:
    app = FastAPI()
    app.add_api_route("/z", endpoint, methods=["PUT", "GET"], dependencies=[Requires("b:y"), Requires("a:x")])
    app.add_api_route("/z", endpoint, methods=["DELETE"], dependencies=[Requires(kinds={"service", "key"})])
    app.add_api_route(
        "/hours", endpoint, dependencies=[Requires("b:y", step_up="5m", condition=in_office_hours, reason="hours")]
    )
    app.add_api_route("/bare", endpoint)
    app.add_api_route(
        "/open",
        endpoint,
        methods=["POST"],
        dependencies=[Public("a test"), Limit("5/minute", cost=2, name="few"), Accepts("1 kB", encodings=("gzip",))],
    )
    app.add_api_websocket_route("/socket", socket, dependencies=[Requires("a:x"), Limit("9/minute", per="message")])
    app.mount("/files", guarded(StaticFiles(directory=folder), Public("style sheets")))
    return protect(app, roles=ROLES, default=Requires("a:x"), **given)


def policy_of(app: FastAPI) -> Policy:
    buckler = buckler_of(app)
    assert buckler is not None
    return buckler.policy()


def test_it_says_what_stands_at_each_door(tmp_path: Path) -> None:
    """Sorted by path and method; endpoints by name, without lines."""
    doors = {(each.path, each.methods): each for each in policy_of(make_app(tmp_path)).routes}
    assert list(doors) == [
        ("/bare", ("GET",)),
        ("/files/{path}", None),
        ("/hours", ("GET",)),
        ("/open", ("POST",)),
        ("/socket", None),
        ("/z", ("DELETE",)),
        ("/z", ("GET", "PUT")),
    ]
    assert [each.kind for each in doors.values()] == ["http", "mount", "http", "http", "websocket", "http", "http"]
    assert [each.source for each in doors.values()] == ["default", *["declared"] * 6]
    assert {each.endpoint for each in doors.values()} == {
        f"{__name__}:endpoint",
        f"{__name__}:socket",
        "starlette.staticfiles:StaticFiles",
    }
    assert not any(each.added_by_buckler for each in doors.values())
    both = doors["/z", ("GET", "PUT")]
    assert [each.permissions for each in both.requires] == [("a:x",), ("b:y",)]
    hours = doors["/hours", ("GET",)].requires[0]
    assert (hours.step_up, hours.kinds, hours.condition and hours.condition.reason) == (300, ("person",), "hours")
    opened = doors["/open", ("POST",)]
    assert (opened.public and opened.public.reason, opened.body.most_bytes, opened.body.encodings) == (
        "a test",
        1000,
        ("gzip",),
    )
    limit = opened.limits[0]
    assert (limit.rate, limit.by, limit.per, limit.cost, limit.name) == ("5/minute", "client", "request", 2, "few")


def test_it_says_which_role_may(tmp_path: Path) -> None:
    """Asked of the guard's own step, wildcards and all; what only a request can tell is left open."""
    policy = policy_of(make_app(tmp_path))
    assert policy.roles == {"admin": ("*",), "editor": ("a:x", "b:*"), "reader": ("a:x",)}
    assert (policy.new_account_role, policy.default) == ("reader", ("Requires('a:x')",))
    may = {
        (each.path, each.methods): (each.may.anonymous, each.may.signed_in, *each.may.roles.values())
        for each in policy.routes
    }
    assert may == {
        ("/bare", ("GET",)): ("no", "no", "yes", "yes", "yes"),
        ("/files/{path}", None): ("yes",) * 5,
        ("/hours", ("GET",)): ("no", "no", "depends", "depends", "no"),
        ("/open", ("POST",)): ("yes",) * 5,
        ("/socket", None): ("no", "no", "yes", "yes", "yes"),
        ("/z", ("DELETE",)): ("no",) * 5,
        ("/z", ("GET", "PUT")): ("no", "no", "yes", "yes", "no"),
    }


def test_it_is_the_same_wherever_and_whenever_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In development and production, before and after the start; so a file of it changes only when the app does."""
    monkeypatch.chdir(tmp_path.parent)
    texts = {policy_of(make_app(tmp_path, settings=each())).as_json() for each in (production, development)}
    app = make_app(tmp_path)
    texts |= {policy_of(app).as_json(), policy_of(app).as_json()}
    (text,) = texts
    assert text.isascii()
    assert text.endswith("}\n")
    assert max(map(len, text.splitlines())) <= 120
    assert json.loads(text) == policy_of(app).plain()
    assert str(tmp_path) not in text


def test_it_is_read_without_a_start(tmp_path: Path) -> None:
    """No folder, no database, no task."""
    app = FastAPI()
    settings = development(data=tmp_path / "data")
    buckler = Buckler(app, accounts=True, roles=ROLES, settings=settings)
    app.add_api_route("/late", endpoint, dependencies=[Requires("a:x")])
    doors = buckler.policy().routes
    assert any(each.path == "/late" and not each.added_by_buckler for each in doors)
    assert any(each.path == "/auth/me" and each.added_by_buckler for each in doors)
    assert list(tmp_path.iterdir()) == []


def test_it_cannot_be_changed(tmp_path: Path) -> None:
    policy = policy_of(make_app(tmp_path))
    with pytest.raises(FrozenInstanceError):
        policy.routes = ()  # type: ignore[misc]
    with pytest.raises(TypeError):
        policy.routes[0].may.roles["reader"] = "yes"  # type: ignore[index]


def test_callers_from_elsewhere_have_no_roles_here() -> None:
    """Then the matrix has two columns."""
    app = FastAPI()
    app.add_api_route("/in", endpoint, dependencies=[Requires("a:x")])
    policy = policy_of(protect(app))
    assert (policy.roles, policy.new_account_role, dict(policy.routes[0].may.roles)) == (None, None, {})
    assert "Callers bring their permissions from elsewhere." in as_markdown(policy)


def test_no_text_of_the_app_becomes_markup_or_moves_the_cursor() -> None:
    """Reasons and paths are texts of authors, who may paste anything."""
    app = FastAPI()
    app.add_api_route("/a|b`c<i>", endpoint, dependencies=[Public("**loud** | <b>\x1b[31m \u202e [x](y)")])

    @app.get("/plain")
    async def plain(who: Annotated[Principal, Requires()]) -> str:
        return who.id

    text = as_markdown(policy_of(protect(app, roles=ROLES)))
    assert r"\*\*loud\*\* \| \<b\>\\u001b\[31m \\u202e \[x\]\(y\)" in text
    assert r"/a\|b\`c\<i\>" in text
    rows = [line for line in text.splitlines() if line.startswith("|") and "loud" in line]
    assert len(rows) == 1
    assert rows[0].replace(r"\|", "").count("|") == 6
    assert "`/plain`" in text
