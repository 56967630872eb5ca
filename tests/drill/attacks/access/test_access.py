"""Attacks on who gets what, each seen to find a planted flaw and to find nothing without it."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI

from buckler.drill.attacks.access import ACCESS
from tests.drill.attacks.access import office as offices
from tests.drill.attacks.access.honest import blog, forum, market, town, wiki
from tests.drill.attacks.access.office import office
from tests.drill.attacks.access.pages import pages
from tests.drill.attacks.access.shelf import CAST, shelf
from tests.drill.stage import engaged, found

PLANTED = {
    "open": {("D101", "DELETE /notes/{note_id}")},
    "function": {("D102", "GET /admin/report")},
    "read": {("D103", "GET /notes/{note_id}")},
    "change": {("D104", "PUT /notes/{note_id}")},
    "remove": {("D104", "DELETE /notes/{note_id}")},
    "publish": {("D104", "POST /publish")},
    "list": {("D111", "GET /notes")},
}

IN_THE_OFFICE = {
    "mass": {("D105", "POST /letters")},
    "mass wrapped": {("D105", "POST /letters")},
    "secret": {("D106", "GET /letters/{letter_id}")},
    "pw": {("D106", "GET /letters/{letter_id}")},
    "tenant": {("D107", "GET /firm")},
    "override": {("D108", "DELETE /letters/{letter_id}")},
    "hidden": {("D109", "GET /debug/state")},
    "docs": {("D110", "GET /openapi.json")},
}


@pytest.mark.parametrize("flaw", PLANTED)
async def test_a_planted_flaw_is_found(flaw: str) -> None:
    """Each flaw is found where it was planted, by the attack that is named for it."""
    async with engaged(shelf(flaw), CAST) as on:
        assert PLANTED[flaw] <= await found(on, *ACCESS)


async def test_nothing_is_found_where_nothing_is_wrong() -> None:
    """The same app without a flaw: no finding at all."""
    async with engaged(shelf(), CAST) as on:
        assert await found(on, *ACCESS) == set()


@pytest.mark.parametrize("flaw", IN_THE_OFFICE)
async def test_a_flaw_of_fields_tenants_or_hidden_routes_is_found(flaw: str) -> None:
    """Each is found where it was planted, by the attack that is named for it."""
    async with engaged(office(*flaw.split()), offices.CAST) as on:
        assert IN_THE_OFFICE[flaw] <= await found(on, *ACCESS)


@pytest.mark.parametrize("bodies", ["", "wrapped"])
async def test_nothing_is_found_in_an_office_in_order(bodies: str) -> None:
    """The same app without a flaw: no finding at all, whether the fields of a letter stand in a field of their own."""
    async with engaged(office(bodies), offices.CAST) as on:
        assert await found(on, *ACCESS) == set()


@pytest.mark.parametrize("app", [forum, wiki, town, blog, market])
async def test_nothing_is_found_where_others_are_meant_to_see(app: Callable[[], FastAPI]) -> None:
    """A field that names who wrote something does not make it that one's alone, nor do private things beside it."""
    async with engaged(app(), CAST) as on:
        assert await found(on, *ACCESS) == set()


ON_PAGES = {
    "read": {("D103", "GET /letters/{letter_id}")},
    "seal": {("D104", "POST /letters/{letter_id}/seal")},
    "list": {("D111", "GET /letters")},
}


@pytest.mark.parametrize("flaw", ON_PAGES)
async def test_a_flaw_is_found_where_every_answer_differs(flaw: str) -> None:
    """Pages carry a nonce: what counts is the text that only its owner sent. Ids come from where forms lead."""
    async with engaged(pages(flaw), CAST) as on:
        assert await found(on, *ACCESS) == ON_PAGES[flaw]


async def test_nothing_is_found_on_pages_in_order() -> None:
    """The same pages without a flaw: no finding at all."""
    async with engaged(pages(), CAST) as on:
        assert await found(on, *ACCESS) == set()
