"""D112: what an app declares is compared with the file that was committed, and each difference is told once."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest
from fastapi import FastAPI

from buckler.drill.attack import Clean, Finding, Untested
from buckler.drill.attacks.access.declared_otherwise import ATTACK
from buckler.drill.engagement import Engagement
from buckler.drill.people.cast import Cast
from buckler.drill.plan.declared import Truth, read_policy
from buckler.drill.plan.differences import differences
from buckler.drill.run import attack_all
from buckler.drill.sender import Sender
from buckler.drill.setting import Setting
from tests.drill.stage import bearer, engaged

CAST = Cast(people=(bearer("ada", "of-ada", "clerk"), bearer("root", "of-root", "chief")))
LIMIT = {"rate": "5/minute", "by": "client", "per": "route", "cost": 1, "name": None, "announced": True}
ASKED = {"permissions": ["a:x"], "kinds": None, "step_up": None, "factors": 1, "condition": None}
OWNED = {"model": "Note", "key": "id", "owner": "owner", "tenant": None, "unless": None, "param": "note"}
FIELD = {"model": "m:Note", "field": "hash", "way": "answer", "read": "a:x", "write": None, "readers": ["chief"]}


def route(path: str, method: str = "GET", **other: Any) -> dict[str, Any]:
    """One route of a policy file."""
    plain: dict[str, Any] = {
        "path": path, "kind": "http", "methods": [method], "endpoint": "m:f", "hosts": [], "behind": [], "files": [],
        "added_by_buckler": False, "source": "declared", "public": None, "requires": [ASKED], "owned": [OWNED],
        "limits": [LIMIT], "body": {"most_bytes": 1000, "encodings": []}, "fields": [FIELD],
        "may": {"anonymous": "no", "signed_in": "no", "roles": {"chief": "yes", "clerk": "own_objects"}},
    }  # fmt: skip
    return {**plain, **other}


def policy(*routes: Mapping[str, Any], **other: Any) -> Truth:
    """A policy file of these."""
    plain: dict[str, Any] = {
        "format": "buckler-policy", "version": 1, "roles": {"clerk": ["a:x"], "chief": ["*"]},
        "new_account_role": "clerk", "default": [], "answering": [], "callers": [], "trial": None,
    }  # fmt: skip
    return read_policy(deepcopy({**plain, **other, "routes": list(routes)}))


COMMITTED = policy(route("/notes"), route("/notes/{note:int}", "DELETE"))


def app_of_notes() -> FastAPI:
    """Answers, whatever was declared."""
    app = FastAPI()

    @app.get("/notes")
    async def list_notes() -> list[str]:
        return []

    @app.delete("/notes/{note}")
    async def remove(note: int) -> int:
        return note

    return app


async def judged(own: Truth | None, truth: Truth | None = COMMITTED) -> list[Any]:
    """The verdicts on an app that declares this."""
    async with engaged(app_of_notes(), CAST, truth) as on:
        setting = Setting(on.setting.document, truth, writes=True, own_truth=own)
        again = Engagement(Sender(on.sender.carrier, on.sender.budget), setting, CAST)
        return [each.verdict for each in (await attack_all(again, [ATTACK], "app")).judged]


async def test_what_is_declared_as_committed_is_clean() -> None:
    """Whatever it is called, whyever it is so, and in whatever order."""
    renamed = [route("/notes/{note}", "DELETE", endpoint="n:g"), route("/notes", source="default")]
    for own in (policy(route("/notes"), route("/notes/{note:int}", "DELETE")), policy(*renamed)):
        verdicts = await judged(own)
        assert [(type(each), each.route) for each in verdicts] == [
            (Clean, "GET /notes"),
            (Clean, "DELETE /notes/{note}"),
        ]


ROLES = {"chief": "yes", "clerk": "own_objects"}
MAY: dict[str, Any] = {"anonymous": "no", "signed_in": "no", "roles": ROLES}
OPENED: list[tuple[dict[str, Any], str, str, str]] = [
    ({"may": {**MAY, "anonymous": "yes"}}, "high", "anonymous", "anybody may: no in the policy file, yes in the app"),
    ({"may": {**MAY, "roles": {**ROLES, "clerk": "yes"}}}, "high", "ada", "role clerk may: own_objects"),
    ({"limits": []}, "medium", "anonymous", "limits: "),
    ({"limits": [{**LIMIT, "rate": "500/minute"}]}, "medium", "anonymous", "500/minute"),
    ({"owned": []}, "medium", "anonymous", "owned: "),
    ({"requires": [{**ASKED, "permissions": []}]}, "medium", "anonymous", "requires: "),
    ({"fields": []}, "medium", "anonymous", "fields: "),
    ({"body": {"most_bytes": 10**9, "encodings": []}}, "medium", "anonymous", "1000000000"),
    (
        {"public": {"reason": "so", "probe": False, "cross_site": True}},
        "medium",
        "anonymous",
        "requests of other sites",
    ),
]
SHUT: list[tuple[dict[str, Any], str, str, str]] = [
    ({"may": {**MAY, "roles": {**ROLES, "clerk": "no"}}}, "low", "ada", "own_objects in the policy file, no in"),
    ({"limits": [LIMIT, {**LIMIT, "rate": "50/day"}]}, "low", "anonymous", "50/day"),
    ({"body": {"most_bytes": 10, "encodings": []}}, "low", "anonymous", "body: "),
]


@pytest.mark.parametrize(("other", "severity", "who", "words"), [*OPENED, *SHUT])
async def test_each_difference_of_a_route_is_found(other: dict[str, Any], severity: str, who: str, words: str) -> None:
    """What the app opens has weight; what it shuts has little. The request is that of whoever gains by it."""
    finding, clean = await judged(policy(route("/notes", **other), route("/notes/{note:int}", "DELETE")))
    assert isinstance(finding, Finding)
    assert isinstance(clean, Clean)
    assert (finding.route, finding.severity, finding.identity) == ("GET /notes", severity, who)
    assert words in finding.words
    assert finding.attacked.who == who
    assert finding.control


async def test_the_request_is_that_of_somebody_who_is_there() -> None:
    """Where all who are signed in gain, it is one of those who came."""
    roles = {"chief": "yes", "clerk": "yes"}
    own = policy(route("/notes", may={**MAY, "signed_in": "yes", "roles": roles}), route("/notes/{note:int}", "DELETE"))
    finding, _ = await judged(own)
    assert isinstance(finding, Finding)
    assert finding.identity == "ada"
    assert "whoever is signed in may: no" in finding.words


async def test_routes_that_are_there_or_gone_are_found() -> None:
    """One that nobody reviewed, and one that the file still has."""
    own = policy(route("/notes"), route("/more", may={**MAY, "anonymous": "yes"}))
    found = {each.route: each for each in await judged(own) if isinstance(each, Finding)}
    assert {key: each.severity for key, each in found.items()} == {
        "DELETE /notes/{note}": "low",
        "GET /more": "high",
    }
    assert found["GET /more"].words == "the route: not there in the policy file, there in the app"


@pytest.mark.parametrize(
    ("other", "severity", "words"),
    [
        ({"roles": {"clerk": ["a:x", "b:y"], "chief": ["*"]}}, "high", "role clerk: "),
        ({"roles": {"clerk": [], "chief": ["*"]}}, "low", "role clerk: "),
        ({"new_account_role": "chief"}, "medium", "new account role: clerk in the policy file, chief in the app"),
        ({"trial": {"until": "2027-01-01", "only": [], "reason": "moving"}}, "medium", "trial: nothing"),
    ],
)
async def test_what_is_about_the_whole_app_is_found(other: dict[str, Any], severity: str, words: str) -> None:
    """Once, whatever the routes say."""
    finding, *clean = await judged(policy(route("/notes"), route("/notes/{note:int}", "DELETE"), **other))
    assert isinstance(finding, Finding)
    assert (finding.route, finding.severity) == ("*", severity)
    assert finding.words.startswith(words)
    assert len(clean) == 2


async def test_without_a_file_there_is_nothing_to_compare_with() -> None:
    """Which is told, and is not clean."""
    for own, truth in ((None, COMMITTED), (COMMITTED, COMMITTED), (COMMITTED, None)):
        (verdict,) = await judged(own, truth)
        assert isinstance(verdict, Untested)


def test_the_hosts_of_a_route_tell_it_apart() -> None:
    """Two routes of one path may be for two hosts."""
    two = policy(route("/notes", hosts=["a.example"]), route("/notes", hosts=["b.example"]))
    one = policy(route("/notes", hosts=["a.example"]))
    assert [each.route for each in differences(one, two)] == ["GET /notes on b.example"]
    assert differences(two, two) == ()
