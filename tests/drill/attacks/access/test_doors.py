"""What sounds like a door by a part of a word is judged like everything else, and what is one is left alone."""

import pytest
from fastapi import Depends, FastAPI, HTTPException

from buckler.drill.attack import Clean, Finding, Untested, Verdict
from buckler.drill.attacks.access import ACCESS, function_level, missing_authentication
from buckler.drill.attacks.access.doors import is_entrance, sounds_public
from buckler.drill.plan.route import Route
from buckler.drill.run import attack_all
from tests.drill.attacks.access.counters import NAMES, counters
from tests.drill.attacks.access.shelf import CAST, administrator, caller
from tests.drill.stage import engaged, found

PLANTED = {
    "read": {("D103", f"GET /{name}/{{number}}") for name in NAMES},
    "remove": {("D104", f"DELETE /{name}/{{number}}") for name in NAMES},
    "list": {("D111", f"GET /{name}") for name in NAMES},
    "function": {("D102", f"GET /admin/{name}") for name in NAMES},
}


@pytest.mark.parametrize("flaw", PLANTED)
async def test_a_flaw_is_found_whatever_its_collection_is_called(flaw: str) -> None:
    """Contacts and subscriptions are objects, and what is for administrators is not for everybody by another word."""
    async with engaged(counters(flaw), CAST) as on:
        assert await found(on, *ACCESS) == PLANTED[flaw]


async def test_nothing_is_found_in_such_collections_in_order() -> None:
    """The same without a flaw: no finding at all."""
    async with engaged(counters(), CAST) as on:
        assert await found(on, *ACCESS) == set()


async def test_doors_for_those_outside_are_known_by_whole_words() -> None:
    """Whoever forgot a password, or writes from outside, shows nothing; a collection is no door, nor is an object."""
    async with engaged(counters()) as on:
        for path in ("/api/forgot", "/contact", "/webhooks/bank", "/health", "/log-in", "/auth/verify/{token}"):
            assert is_entrance(on, Route("POST", path))
        for path in ("/reset-password", "/api/v1/openapi.json", "/csrf_token", "/.well-known/jwks.json"):
            assert is_entrance(on, Route("GET", path))
        for path in ("/notes", "/contacts", "/contacts/export", "/api-tokens", "/conversions", "/signing-requests"):
            assert not is_entrance(on, Route("POST", path))
        assert not is_entrance(on, Route("GET", "/status/{order_id}"))
    assert not sounds_public(Route("GET", "/health", secured=True))


def _clinic() -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/admin/report", dependencies=[Depends(administrator)])
    def report() -> dict[str, int]:
        return {"beds": 1}

    @app.get("/admin/status")
    def status() -> dict[str, str]:
        return {"state": "open"}

    @app.post("/admin/verify", dependencies=[Depends(caller)])
    def verify() -> dict[str, bool]:
        return {"verified": True}

    @app.post("/admin/confirm")
    def confirmed() -> dict[str, bool]:
        return {"confirmed": True}

    @app.get("/status", dependencies=[Depends(caller)])
    def within() -> dict[str, str]:
        return {"state": "open"}

    @app.post("/confirm")
    def confirm() -> None:
        raise HTTPException(404)

    return app


async def test_what_sounds_public_is_asked_before_it_is_said_to_be() -> None:
    """It is withstood where it refuses anybody, and untested, with the reason, where words alone let everybody in."""
    async with engaged(_clinic(), CAST) as on:
        report = await attack_all(on, (missing_authentication.ATTACK, function_level.ATTACK), "clinic")
    said: dict[tuple[str, str], Verdict] = {
        (each.attack.id, each.verdict.route): each.verdict for each in report.judged
    }
    assert isinstance(said["D101", "GET /status"], Clean)
    unsure = said["D101", "GET /admin/status"]
    assert isinstance(unsure, Untested)
    assert unsure.reason.startswith("the path sounds public")
    assert isinstance(said["D102", "POST /admin/verify"], Finding)
    for key in (("D102", "POST /admin/confirm"), ("D101", "POST /confirm"), ("D102", "POST /confirm")):
        unsaid = said[key]
        assert isinstance(unsaid, Untested)
        assert unsaid.reason == "the path sounds public"
