"""Attacks on what one caller may use up, each seen to find a planted flaw and to find nothing without it."""

from itertools import pairwise
from urllib.parse import parse_qsl

import pytest

from buckler.drill.arriving.entering import gather
from buckler.drill.attack import EVERYWHERE, Attack
from buckler.drill.attacks.resources import RESOURCES
from buckler.drill.attacks.resources.costly_question import steps
from buckler.drill.attacks.resources.large_body import padded
from buckler.drill.attacks.resources.page_size import clamped
from buckler.drill.drafting.draft import Draft
from buckler.drill.plan.route import FORM, JSON, MULTIPART, Route
from buckler.drill.transport.answer import Answer
from tests.drill.attacks.resources.market import market
from tests.drill.stage import engaged, found

PLANTED = {
    "body": ("D501", EVERYWHERE),
    "surplus": ("D502", "POST /stalls"),
    "list": ("D502", "PUT /tags"),
    "fields": ("D502", "PUT /options"),
    "page": ("D503", "GET /stalls"),
    "days": ("D504", "GET /report"),
    "register": ("D505", "POST /register"),
    "letters": ("D505", "POST /magic-link"),
    "race": ("D506", "POST /vouchers/redeem"),
}


async def found_in(flaw: str, *attacks: Attack, way: str = "status") -> set[tuple[str, str]]:
    """What these attacks find at the market with one flaw, with people who came by its own door."""
    async with engaged(market(flaw, way)) as on:
        on.cast = await gather(on)
        return await found(on, *attacks)


@pytest.mark.parametrize("way", ["status", "envelope"])
@pytest.mark.parametrize("flaw", PLANTED)
async def test_a_planted_flaw_is_found(flaw: str, way: str) -> None:
    """Each flaw is found where it was planted, by the attack that is named for it, and nowhere else."""
    number, route = PLANTED[flaw]
    attacks = [each for each in RESOURCES if each.about.id == number]
    assert await found_in(flaw, *attacks, way=way) == {(number, route)}


@pytest.mark.parametrize("way", ["status", "envelope"])
@pytest.mark.parametrize("flaw", ["none", "silent"])
async def test_nothing_is_found_where_nothing_is_wrong(flaw: str, way: str) -> None:
    """The same app without a flaw: no finding at all; a list that stops by itself at a round number has a bound."""
    assert await found_in(flaw, *RESOURCES, way=way) == set()


@pytest.mark.parametrize("media", [JSON, FORM, MULTIPART, "text/plain"])
def test_padding_is_as_large_as_it_is_meant_to_be(media: str) -> None:
    """The body grows by what was asked for and a few bytes, and still begins as it did."""
    draft = Draft(Route("POST", "/things"), body="a text" if media == "text/plain" else {"title": "t"}, media=media)
    plain, large = draft.request(), padded(draft, 10_000)
    grown = len(large.body) - len(plain.body)
    assert 10_000 <= grown < 10_400
    assert large.body.startswith(plain.body[:8])
    assert large.header("content-type") == plain.header("content-type")


def test_a_padded_form_has_its_own_fields_still() -> None:
    """The padding is a field beside them."""
    draft = Draft(Route("POST", "/things"), body={"title": "t"}, media=FORM)
    assert dict(parse_qsl(padded(draft, 3).body.decode())) == {"title": "t", "drill": "xxx"}


def test_steps_end_at_the_most_that_is_allowed() -> None:
    """They grow by little at first, never by more than double, and never beyond the bound."""
    several = list(steps(5000))
    assert several[-1] == 5000
    assert all(b <= 2 * a for a, b in pairwise(several))
    assert list(steps(3)) == [1, 2]
    assert max(steps(None)) == 1_000_000


@pytest.mark.parametrize(
    ("said", "is_bound"),
    [
        (b'{"limit": 100, "items": []}', True),
        (b'{"page": {"size": 50}}', True),
        (b'{"limit": 1000000}', False),
        (b'{"count": 3}', False),
        (b"[]", False),
    ],
)
def test_an_answer_that_says_its_own_size_has_a_bound(said: bytes, is_bound: bool) -> None:
    """The size has to be another than was asked for; how many there are is no size."""
    assert clamped(Answer(200, (("content-type", "application/json"),), said), 1_000_000) is is_bound
