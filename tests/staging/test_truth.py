"""What an app is judged by: the file that was committed, and nothing that the app says itself where there is one."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import FastAPI

from buckler import ConfigurationError, Limit, Principal, Public, Requires, Roles
from buckler.drill.plan.declared import NoPolicy
from buckler.install import buckler_of
from buckler.staging import difference, truths_of
from tests.stage import development, people, protect


def app_of(**declared: Any) -> FastAPI:
    """A route whose declarations are given."""
    app = FastAPI()
    roles = Roles(declared.pop("roles", {"clerk": {"a:x"}, "chief": {"*"}}))
    protect(app, settings=development(), authenticator=people(), roles=roles)

    @app.get("/report", dependencies=declared.get("on", [Requires("a:x"), Limit("5/minute")]))
    async def report() -> str:
        return "Q3"

    @app.get("/me")
    async def me(who: Annotated[Principal, Requires()]) -> str:
        return who.name

    return app


def policy_of(app: FastAPI) -> Any:
    """The file, as it would be read."""
    buckler = buckler_of(app)
    assert buckler is not None
    return json.loads(buckler.policy().as_json())


def test_without_a_file_the_app_is_its_own_judge() -> None:
    """Which is told."""
    found = truths_of(app_of())
    assert found.truth is found.own
    assert "buckler policy main:app --write policy.json" in found.notes[0]


def test_with_a_file_the_file_is_the_truth() -> None:
    """Whatever the app declares meanwhile; and what it declares is there to be compared."""
    found = truths_of(app_of(on=[Public("why not")]), policy_of(app_of()))
    assert found.notes == ()
    assert found.truth.routes["GET /report"].may(None) == "no"
    assert found.own.routes["GET /report"].may(None) == "yes"


def test_the_same_declares_nothing_otherwise() -> None:
    """Neither with other reasons, nor with functions of other names."""
    policy = policy_of(app_of())
    assert difference(policy, app_of()) == []
    other = deepcopy(policy)
    for route in other["routes"]:
        route["endpoint"] = "elsewhere:named"
        if route["public"]:
            route["public"]["reason"] = "another one"
    assert difference(other, app_of()) == []


OTHERWISE: list[tuple[dict[str, Any], str]] = [
    ({"on": [Public("why not")]}, "GET /report: anybody may: no in the policy file, yes in the app"),
    ({"on": [Requires(), Limit("5/minute")]}, "whoever is signed in may: no in the policy file, yes in the app"),
    ({"on": [Requires("a:x"), Limit("500/minute")]}, "GET /report: limits: "),
    ({"on": [Requires("a:x")]}, "GET /report: limits: "),
    (
        {"roles": {"clerk": {"a:x", "b:y"}, "chief": {"*"}}},
        '*: role clerk: ["a:x"] in the policy file, ["a:x", "b:y"]',
    ),
    (
        {"roles": {"chief": {"*"}, "clerk": set(), "other": {"a:x"}}},
        "role clerk may: yes in the policy file, no in",
    ),
]


@pytest.mark.parametrize(("changed", "told"), OTHERWISE)
def test_what_is_declared_otherwise_is_told(changed: dict[str, Any], told: str) -> None:
    """Who may, how often, and what roles grant."""
    lines = difference(policy_of(app_of()), app_of(**changed))
    assert any(told in line for line in lines), lines


def test_what_is_no_policy_is_refused(tmp_path: Path) -> None:
    """And so is an app without Buckler."""
    with pytest.raises(NoPolicy, match="policy file of version 1"):
        truths_of(app_of(), {"format": "something"})
    with pytest.raises(ConfigurationError, match="no Buckler"):
        truths_of(FastAPI())
