"""Everybody who is staged gets what the policy of the app says, and nothing else."""

from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from buckler.drill.arriving.returning import bring_back
from buckler.drill.budget import Budget
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import Identity
from buckler.drill.plan.fastapi_app import read_app
from buckler.drill.sender import Sender
from buckler.drill.setting import Setting
from buckler.drill.transport.request import Request
from tests.staging.playhouse import Stage, built, development_in, on_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITH_ACCOUNTS = ["service", "twenty_lines", "guide", "album"]
PLAYED = ["keycloak_style"]
NAMES = {
    "service": ["reader", "reader 2", "reader (browser)", "analyst", "admin (browser)", "admin"],
    "twenty_lines": ["reader", "reader 2", "reader (browser)", "editor", "admin (browser)", "admin"],
    "guide": ["user", "user 2", "user (browser)", "admin (browser)", "admin"],
    "album": ["member", "member 2", "member (browser)"],
    "keycloak_style": ["signed in", "reader", "reader 2", "writer"],
    "edge_only": [],
}
REFUSED = (401, 403)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=list(NAMES))
async def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Stage]:
    folder = tmp_path_factory.mktemp(request.param)
    with development_in(folder):
        app = built(request.param)
    async with on_stage(app, folder) as found:
        yield replace(found)


def name_of(request: pytest.FixtureRequest) -> str:
    return str(request.node.callspec.params["stage"])


async def test_everybody_is_there(stage: Stage, request: pytest.FixtureRequest) -> None:
    """Each role once, the least twice, and where browsers have sessions the least and the most in one too."""
    name, cast = name_of(request), stage.cast
    assert [each.name for each in cast.people] == NAMES[name]
    assert (cast.administrator is not None) is (name not in ("album", "edge_only"))
    assert (cast.pair is not None) is (name != "edge_only")
    assert len({each.address for each in cast.people}) == len(cast.people)
    assert len({each.account for each in cast.people}) == len(cast.people)


async def test_each_gets_what_the_policy_says(stage: Stage, request: pytest.FixtureRequest) -> None:
    """On every route that is read without a parameter; some are allowed and some refused for whoever there is."""
    seen: dict[str, Counter[str]] = {}
    for who in stage.cast.everybody:
        counted = seen.setdefault(who.name, Counter())
        for key, declared in stage.truth.routes.items():
            method, path = key.split(" ", 1)
            may = declared.may(who.role)
            if method != "GET" or "{" in path or (_is_for_browsers(path) and not who.by_cookie):
                continue
            answer = await stage.ask(who, method, path)
            assert (answer.status in REFUSED) is (may == "no"), (who.name, key, may, answer.status, answer.text)
            counted[may] += 1
    if name_of(request) != "edge_only":
        assert all(each["yes"] for name, each in seen.items() if name not in ("anonymous", "signed in"))
        assert seen["anonymous"]["no"]


def _is_for_browsers(path: str) -> bool:
    return path.startswith("/console") and path != "/console/sign-in"


async def test_a_browser_may_change_something(stage: Stage) -> None:
    """It brings the token of its forms, and says that a page of the app's own asks."""
    for who in stage.cast.people:
        if who.by_cookie:
            assert (await stage.ask(who, "DELETE", "/auth/sessions/none")).status == 404
            stranger = Identity("stranger", who.role, tuple(each for each in who.headers if each[0] != "X-CSRF-Token"))
            assert (await stage.ask(stranger, "DELETE", "/auth/sessions/none")).status == 403


async def test_what_is_over_is_refused(stage: Stage, request: pytest.FixtureRequest) -> None:
    """A token that has expired, and one of an account that was switched off; or it is told why there is none."""
    name, cast = name_of(request), stage.cast
    if name not in WITH_ACCOUNTS:
        assert (cast.expired, cast.disabled) == (None, None)
        assert {"expired", "disabled"} <= set(cast.missing)
        return
    assert cast.expired is not None
    assert cast.disabled is not None
    for who in (cast.expired, cast.disabled):
        answer = await stage.ask(who, "GET", "/auth/me")
        assert (answer.status, answer.header("www-authenticate")) == (401, 'Bearer error="invalid_token"'), who.name
    living = replace(cast.expired, headers=cast.people[0].headers)
    assert (await stage.ask(living, "GET", "/auth/me")).status == 200


async def test_newcomers_are_of_the_role_that_is_asked_for(stage: Stage, request: pytest.FixtureRequest) -> None:
    """And each is somebody else; of a role that the app does not have nobody comes."""
    if name_of(request) == "edge_only":
        assert await stage.cast.newcomers.arrive() is None
        return
    arrive, roles = stage.cast.newcomers.arrive, {each.role for each in stage.cast.people}
    arrived = [await arrive(), *[await arrive(role) for role in sorted(filter(None, roles))]]
    assert None not in arrived
    assert len({each.account for each in arrived if each is not None}) == len(arrived)
    assert await arrive("a role that is not there") is None


async def test_a_session_more_is_one_of_the_same_account(stage: Stage, request: pytest.FixtureRequest) -> None:
    """Of the same kind, beside the first, which goes on; from another address where one is given."""
    for who in stage.cast.people:
        again = await stage.cast.newcomers.sign_in(who, "127.40.0.9")
        assert again is not None
        assert (again.account, again.role, again.by_cookie) == (who.account, who.role, who.by_cookie)
        assert again.headers != who.headers
        assert again.address == "127.40.0.9"
        path = "/auth/me" if name_of(request) in WITH_ACCOUNTS else "/me"
        assert [(await stage.ask(each, "GET", path)).status for each in (who, again)] == [200, 200]


async def test_who_was_shut_out_comes_back(stage: Stage, request: pytest.FixtureRequest) -> None:
    """Of the same name and kind: the same account where it is there still, else somebody else of the role."""
    for who in stage.cast.people:
        back = await stage.cast.newcomers.come_back(who)
        assert back is not None
        assert (back.name, back.account, back.role, back.by_cookie) == (who.name, who.account, who.role, who.by_cookie)
        assert back.headers != who.headers
    if stage.cast.disabled is not None:
        other = await stage.cast.newcomers.come_back(stage.cast.disabled)
        assert other is not None
        assert (other.name, other.role) == ("disabled", stage.cast.disabled.role)
        assert other.account != stage.cast.disabled.account
        assert (await stage.ask(other, "GET", "/auth/me")).status == 200


async def test_a_session_that_an_attack_ended_is_begun_anew(stage: Stage, request: pytest.FixtureRequest) -> None:
    """As a drill does it: whoever was refused as nobody is looked at, and shows something good from then on."""
    if name_of(request) not in WITH_ACCOUNTS:
        return
    who = await stage.cast.newcomers.sign_in(stage.cast.people[0])
    assert who is not None
    setting = Setting(read_app(stage.app), stage.truth, writes=True)
    on = Engagement(Sender(stage.carrier, Budget(60, 1000)), setting, replace(stage.cast, people=(who,)))
    on.sender.budget.begin()
    assert (await on.ask(Request("POST", "/auth/logout"), who)).answer.worked
    assert (await on.ask(Request("GET", "/auth/me"), who)).answer.status == 401
    await bring_back(on)
    assert (on.cast.people[0].name, on.cast.people[0].account) == (who.name, who.account)
    assert (await on.ask(Request("GET", "/auth/me"), on.cast.people[0])).answer.status == 200


async def test_no_secret_is_shown(stage: Stage) -> None:
    """Whatever somebody holds has a name."""
    for who in (*stage.cast.people, *filter(None, (stage.cast.expired, stage.cast.disabled))):
        for field, value in who.headers:
            if field in ("Authorization", "Cookie", "X-CSRF-Token"):
                shown = stage.secrets.hide(value)
                assert "$" in shown
                assert all(token not in shown for token in who.tokens.values())
        assert who.account is not None
        if who.account.password:
            assert stage.secrets.hide(who.account.password).startswith("$")


async def test_the_doors_are_those_of_the_app(stage: Stage, request: pytest.FixtureRequest) -> None:
    """Each of them is in the app's own document, and lets somebody in as it says."""
    entry = stage.cast.entry
    if name_of(request) not in WITH_ACCOUNTS:
        assert entry is None
        return
    assert entry is not None
    paths = stage.app.openapi()["paths"]
    assert all(key.split()[1] in paths for key in entry.routes)
    assert len(entry.routes) == 7
    assert entry.me is not None
    assert all(step is not None for step in (entry.register, entry.refresh, entry.ask_reset, entry.reset))
    assert Path(stage.cast.letters).name == "outbox"
