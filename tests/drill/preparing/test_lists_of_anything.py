"""Lists of which the document does not say what stands in them: what is made up for them is seldom what is meant."""

from itertools import count
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from buckler.drill.attack import Untested
from buckler.drill.people.identity import ANONYMOUS
from buckler.drill.preparing.control import control_for
from tests.drill.stage import engaged


class Order(BaseModel):
    """What is ordered, and where it goes."""

    items: list[Any]
    address: str


async def test_an_app_that_fails_at_a_made_up_item_is_asked_without_one() -> None:
    """The order is made, and from then on at once."""
    app, numbers, asked = FastAPI(), count(1), list[int]()

    @app.post("/orders", status_code=201)
    async def order(new: Order) -> dict[str, object]:
        asked.append(len(new.items))
        total = sum(item["price"] for item in new.items)
        return {"id": next(numbers), "total": total, "address": new.address}

    async with engaged(app) as on:
        route = next(each for each in on.routes if each.key == "POST /orders")
        first = await control_for(on, route, ANONYMOUS)
        again = await control_for(on, route, ANONYMOUS)
    assert not isinstance(first, Untested)
    assert not isinstance(again, Untested)
    assert first.answer.worked
    assert [bool(each) for each in asked] == [True, False, False]
