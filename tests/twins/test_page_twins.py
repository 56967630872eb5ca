"""The policy of pages is needed: without it, and it alone, what somebody got into a page runs."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI

from tests.edge.test_csp import make_app, policy_of, runs
from tests.proof import two_sided_async
from tests.stage import production, protect
from tests.twins.twin import Twin
from tests.wire import ask


async def prove(name: str, attack: Callable[[FastAPI], Awaitable[bool]]) -> None:
    """All the rest stands on the twin, other headers too."""
    twin = protect(make_app(), kind=Twin, without=name, settings=production())
    assert (await ask(twin, "GET", "/page")).header("x-content-type-options") == "nosniff"
    await two_sided_async(attack, whole=protect(make_app()), twin=twin)


async def test_csp() -> None:
    """A script that was stored in a page runs for everybody who reads it."""

    async def attack(app: FastAPI) -> bool:
        return runs(await ask(app, "GET", "/page"))[1]

    await prove("csp", attack)


async def test_csp_of_a_form_that_leads_elsewhere() -> None:
    """What is typed into an injected form goes to a stranger."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", "/still")
        stated = answer.header("content-security-policy") is not None
        return not stated or policy_of(answer).get("form-action") != ["'self'"]

    await prove("csp", attack)
