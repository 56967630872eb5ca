"""Objects below the path of an account are tried with the caller's own id, whatever tells it."""

from fastapi import FastAPI

from buckler.drill.arriving.entering import gather
from buckler.drill.attacks.access import ACCESS
from buckler.drill.plan.options import read_options
from tests.drill.attacks.access.bazaar import OPTIONS, bazaar
from tests.drill.stage import engaged, found

ORDERS, CARD = "/users/{user_id}/orders", "/users/{user_id}/cards/{card_id}"


async def _found(app: FastAPI) -> set[tuple[str, str]]:
    async with engaged(app) as on:
        on.cast = await gather(on, read_options(OPTIONS, {}))
        return await found(on, *ACCESS)


async def test_what_stands_below_the_path_of_another_account_is_found() -> None:
    """The lists are read and the objects removed by somebody else, which the id in the token leads to.

    Orders are refused where what may be left out by the document is left out.
    """
    read = {("D103", f"GET {ORDERS}"), ("D103", f"GET {CARD}")}
    changed = {("D104", f"DELETE {CARD}"), ("D104", f"POST {ORDERS}")}
    assert read | changed <= await _found(bazaar("open"))


async def test_nothing_is_found_where_the_path_is_compared_with_the_caller() -> None:
    """The same app without the flaw."""
    assert await _found(bazaar()) == set()
