"""Flaws of access in apps that answer in envelopes, with 200 whatever happens, or by leading on."""

import pytest

from buckler.drill.arriving.entering import gather
from buckler.drill.attack import Clean
from buckler.drill.attacks.access import ACCESS
from buckler.drill.run import attack_all
from tests.drill.attacks.access.shelf import CAST
from tests.drill.attacks.access.wrapped import WAYS, wrapped
from tests.drill.stage import engaged, found

PLANTED = {
    "read": ("D103", "GET /notes/{note_id}"),
    "change": ("D104", "PUT /notes/{note_id}"),
    "remove": ("D104", "DELETE /notes/{note_id}"),
    "list": ("D111", "GET /notes"),
}


@pytest.mark.parametrize("flaw", PLANTED)
@pytest.mark.parametrize("way", WAYS)
async def test_a_flaw_is_found_however_the_app_answers(way: str, flaw: str) -> None:
    """At the route where it was planted, and nowhere else."""
    async with engaged(wrapped(way, flaw), CAST) as on:
        assert await found(on, *ACCESS) == {PLANTED[flaw]}


@pytest.mark.parametrize("way", WAYS)
async def test_nothing_is_found_where_it_is_in_order_and_all_of_it_was_attacked(way: str) -> None:
    """The twin: each of the places withstood the attack, and none was left out."""
    async with engaged(wrapped(way), CAST) as on:
        report = await attack_all(on, ACCESS, "app")
    assert report.findings == ()
    clean = {(each.attack.id, each.verdict.route) for each in report.judged if isinstance(each.verdict, Clean)}
    assert set(PLANTED.values()) <= clean


@pytest.mark.parametrize("flaw", ["read", ""])
@pytest.mark.parametrize("way", ["data", "result", "soft", "soft-code"])
async def test_people_come_in_by_doors_that_answer_so(way: str, flaw: str) -> None:
    """They register, sign in and are told apart from strangers, who are refused with 200 by some."""
    async with engaged(wrapped(way, flaw)) as on:
        on.cast = await gather(on)
        assert len(on.cast.people) == 2
        assert on.cast.entry is not None
        assert any("GET /me lets in with it" in note for note in on.cast.notes)
        assert await found(on, *ACCESS) == ({PLANTED[flaw]} if flaw else set())
