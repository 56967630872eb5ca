"""The cookie that is a credential: one, whole, and alone; anything else is nobody."""

from typing import Annotated, Any

import pytest
from fastapi import FastAPI

from buckler import Authenticator, ConfigurationError, Cookie, Principal, Requires
from buckler.access.callers.session_cookie import LONGEST_COOKIE, csrf_token_for
from tests.stage import people, people_with_browsers, protect
from tests.wire import Answer, ask

NAME = "__Host-session"


def site(**given: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/me")
    async def me(who: Annotated[Principal | None, Requires()]) -> str:
        return who.name if who is not None else ""

    return protect(app, **{"authenticator": people_with_browsers(), **given})


async def asked(*lines: str, token: str | None = None, app: FastAPI | None = None) -> Answer:
    return await ask(app or site(), "GET", "/me", headers=[("cookie", line) for line in lines], token=token)


@pytest.mark.parametrize(
    "line",
    [
        f"{NAME}=alice",
        f"a=b; {NAME}=alice; c=d",
        f"a=b;{NAME}=alice",
        f"{NAME}=alice;",
        f"; ;{NAME}=alice",
        f"{NAME}x=bob; {NAME}=alice; x{NAME}=bob",
        f'q="; {NAME}=alice',
    ],
)
async def test_one_whole_cookie_is_a_credential(line: str) -> None:
    assert (await asked(line)).body == b'"alice"'


@pytest.mark.parametrize(
    "lines",
    [
        (f"{NAME}=alice; {NAME}=bob",),
        (f"{NAME}=alice; {NAME}=alice",),
        (f"{NAME}=alice", f"{NAME}=alice"),
        (f"{NAME}=alice", "other=1"),
        (f'{NAME}="alice"',),
        (f"{NAME}=al ice",),
        (f"{NAME}=alice,bob",),
        (f"{NAME}=alice\\",),
        (f"{NAME}=",),
        (NAME,),
        (f"{NAME.lower()}=alice",),
        (f"{NAME}=alice\xff",),
        (f"{NAME}={'a' * (LONGEST_COOKIE + 1)}",),
        ("=;=;;==",),
        (f"{NAME}=nobody",),
    ],
)
async def test_anything_else_is_nobody_and_no_fault(lines: tuple[str, ...]) -> None:
    """As if no cookie came: 401 with the words for whoever has not signed in, and never a 500 or a 400."""
    answer = await asked(*lines)
    assert (answer.status, answer.code) == (401, "sign-in-required")


async def test_garbage_after_a_good_one_changes_nothing_for_others() -> None:
    app = site()
    assert (await asked(f"{NAME}=alice", app=app)).status == 200
    assert (await asked(f"{NAME}=\x01", app=app)).status in (400, 401)
    assert (await asked(f"{NAME}=alice", app=app)).status == 200


@pytest.mark.parametrize("line", [f"{NAME}=alice", f"{NAME}=nobody", f"a=b; {NAME}=x; {NAME}=y"])
@pytest.mark.parametrize("token", ["alice", "nobody"])
async def test_a_cookie_beside_a_token_is_one_credential_too_many(line: str, token: str) -> None:
    answer = await asked(line, token=token)
    assert (answer.status, answer.code) == (400, "two-credentials")
    assert "cookie" in answer.problem["detail"]


@pytest.mark.parametrize("line", ["theme=dark", f"x{NAME}=alice", f"{NAME}x=alice"])
async def test_other_cookies_beside_a_token_are_all_the_same(line: str) -> None:
    assert (await asked(line, token="alice")).body == b'"alice"'


async def test_a_cookie_is_no_token_and_a_token_no_cookie() -> None:
    class Apart(Authenticator):
        cookie = NAME

        async def authenticate(self, token: bytes) -> Principal | None:
            return Principal("1", "by token") if token == b"token" else None

        async def authenticate_cookie(self, value: bytes) -> Principal | None:
            return Principal("1", "by cookie") if value == b"cookie" else None

    app = site(authenticator=Apart())
    assert (await asked(token="token", app=app)).body == b'"by token"'
    assert (await asked(f"{NAME}=cookie", app=app)).body == b'"by cookie"'
    assert (await asked(token="cookie", app=app)).status == 401
    assert (await asked(f"{NAME}=token", app=app)).status == 401


async def test_without_a_name_no_cookie_speaks_for_anybody() -> None:
    assert (await asked(f"{NAME}=alice", app=site(authenticator=people()))).status == 401


async def test_whoever_breaks_over_a_cookie_lets_nobody_in() -> None:
    class Broken(Authenticator):
        cookie = NAME

        async def authenticate(self, token: bytes) -> Principal | None:
            return None

        async def authenticate_cookie(self, value: bytes) -> Any:
            if value == b"user":
                return "alice"
            raise RuntimeError("lost")

    for value in ("user", "boom"):
        assert (await asked(f"{NAME}={value}", app=site(authenticator=Broken()))).status == 503


@pytest.mark.parametrize("name", ["a b", "a=b", "a;b", "ä", 7, "a" * 257])
def test_a_name_that_is_none_is_refused(name: Any) -> None:
    callers = people_with_browsers()
    callers.cookie = name
    with pytest.raises(ConfigurationError, match="write the name of the cookie"):
        protect(FastAPI(), authenticator=callers)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("__host-session", "write __Host-"),
        ("__SECURE-session", "write __Secure-"),
        ("__Host-buckler-session", "Buckler's own"),
        ("__Host-buckler-device", "Buckler's own"),
        ("__secure-Buckler-x", "Buckler's own"),
        ("a" * 129, "at most 128"),
    ],
)
def test_a_name_that_no_cookie_of_an_app_can_have_is_refused(name: str, told: str) -> None:
    """Where it is given, and not at the first answer that sets it."""
    callers = people_with_browsers()
    callers.cookie = name
    with pytest.raises(ConfigurationError, match=told):
        protect(FastAPI(), authenticator=callers)


@pytest.mark.parametrize(
    "given", [{"script": True}, {"same_site": "none"}, {"domain": "example.test"}, {"same_site": "strict"}, {}]
)
def test_a_credential_gets_no_exception_that_hands_it_to_others(given: dict[str, Any]) -> None:
    """Scripts, pages of other sites and sibling hosts are kept from it, whatever `cookies=` says."""
    callers = people_with_browsers()
    callers.cookie = "session"
    declared = [Cookie("theme", script=True, reason="a test"), Cookie("session", reason="a test", **given)]
    if not given or given.get("same_site") == "strict":
        protect(FastAPI(), authenticator=callers, cookies=declared)
        return
    with pytest.raises(ConfigurationError, match=r"Cookie\('session'\) allows .*whoever gets hold of it"):
        protect(FastAPI(), authenticator=callers, cookies=declared)


def test_a_cookie_that_nobody_looks_at_is_refused() -> None:
    callers = people()
    callers.cookie = NAME
    with pytest.raises(ConfigurationError, match="nothing says who is behind it"):
        protect(FastAPI(), authenticator=callers)


def test_the_token_of_forms_is_bound_to_its_cookie() -> None:
    tokens = {csrf_token_for(str(number).encode()) for number in range(100)}
    assert len(tokens) == 100
    assert {len(each) for each in tokens} == {43}
    assert csrf_token_for(b"a") == csrf_token_for(b"a")
