"""A link that changes what it names: whoever follows it from another site has it done."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException, Request

from buckler.drill.attack import Clean, Finding, NotApplicable, Untested, Verdict
from buckler.drill.attacks.browser.forged_request import ATTACK
from tests.drill.attacks.browser.club import Club
from tests.drill.stage import verdict_on

ROUTE = "GET /orders/{order_id}/cancel"


class Orders:
    """Of members of a club, who come in by a cookie."""

    def __init__(self, flaw: str) -> None:
        self.flaw = flaw
        self.club = Club(frozenset())
        self.kept: dict[int, dict[str, Any]] = {}
        self.numbers = count(1)
        self.reads = count(1)

    def own(self, number: int, request: Request) -> dict[str, Any]:
        """One of whoever asks."""
        if self.kept.get(number, {}).get("by") != self.club.caller(request):
            raise HTTPException(404)
        return self.kept[number]

    def cancel(self, number: int, request: Request) -> dict[str, Any]:
        """As the flaw has it."""
        site = request.headers.get("sec-fetch-site", "none")
        if self.flaw == "refused" and site not in ("none", "same-origin"):
            raise HTTPException(403)
        if self.flaw != "asks first":
            self.own(number, request)["state"] = "cancelled"
        return {"sure": True}

    def show(self, number: int, request: Request) -> dict[str, Any]:
        """As the flaw has it."""
        found = self.own(number, request)
        if self.flaw == "not afterwards" and found["state"] == "cancelled":
            raise HTTPException(503)
        return found | ({"read": next(self.reads)} if self.flaw == "counted" else {})


def orders(flaw: str) -> FastAPI:
    """Their routes."""
    app, there = FastAPI(), Orders(flaw)
    there.club.doors(app)
    app.middleware("http")(there.club.around)

    @app.post("/orders", status_code=201)
    async def begin(request: Request) -> dict[str, Any]:
        number = next(there.numbers)
        there.kept[number] = {"id": number, "by": there.club.caller(request), "state": "open"}
        return there.kept[number]

    @app.get("/orders/{order_id}/cancel")
    async def cancel(order_id: int, request: Request) -> dict[str, Any]:
        return there.cancel(order_id, request)

    if flaw != "unshown":

        @app.get("/orders/{order_id}")
        async def show(order_id: int, request: Request) -> dict[str, Any]:
            return there.show(order_id, request)

    return app


async def judged(flaw: str) -> Verdict:
    """The verdict on the link."""
    return await verdict_on(orders(flaw), ATTACK, ROUTE)


async def test_a_link_that_changes_something_is_followed_from_elsewhere() -> None:
    verdict = await judged("")
    assert isinstance(verdict, Finding), verdict
    assert "a link that was followed from another site" in verdict.words.lower()


IS: dict[str, tuple[Callable[[Verdict], object], str]] = {
    "refused": (lambda each: isinstance(each, Clean), ""),
    "asks first": (lambda each: isinstance(each, Clean), ""),
    "unshown": (lambda each: isinstance(each, NotApplicable), "nothing shows what it names"),
    "counted": (lambda each: isinstance(each, Untested), "is another each time"),
    "not afterwards": (lambda each: isinstance(each, Untested), "could not be read afterwards"),
}


@pytest.mark.parametrize("flaw", IS)
async def test_what_is_not_seen_to_change_is_no_finding(flaw: str) -> None:
    """And where it cannot be seen, the reason is said."""
    kind, why = IS[flaw]
    verdict = await judged(flaw)
    assert kind(verdict), verdict
    assert why in getattr(verdict, "reason", "")
