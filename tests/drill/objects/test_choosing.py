"""Of several things that are known the one is named that stands where it is looked for, and is the caller's."""

import json
from collections.abc import Mapping

import pytest

from buckler.drill.objects.pool import Pool
from buckler.drill.people.identity import Account, Identity
from buckler.drill.plan.names import acted_on, of_collection, own_fields, referred
from buckler.drill.plan.route import Route, Slot
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request

ADA, BEN = Identity("ada", headers=(("X-Key", "a"),)), Identity("ben", headers=(("X-Key", "b"),))
NOTE = Route("GET", "/teams/{team_id}/notes/{note_id}")
PERSON = Route("GET", "/people/{person_id}")
LETTER = Route("GET", "/letters/{letter_id}")
CLINIC = Route("GET", "/clinics/{slug}/board")
BOARD = Route("GET", "/board", (Slot("header", ("x-team",)),))
ROUTES = (
    NOTE,
    Route("POST", "/teams"),
    Route("POST", "/notes"),
    Route("POST", "/teams/{team_id}/notes"),
    Route("POST", "/notes/rename"),
    Route("GET", "/me"),
    CLINIC,
    Route("POST", "/letters"),
    LETTER,
    Route("POST", "/people"),
    PERSON,
    BOARD,
)


def _pool() -> Pool:
    pool = Pool()
    pool.heed_me(Route("GET", "/me"))
    pool.watch(ROUTES)
    return pool


def _told(pool: Pool, who: Identity, method: str, path: str, said: Mapping[str, object], sent: str = "") -> None:
    headers = (("Content-Type", "application/json"),) if sent else ()
    answer = Answer(200, (("content-type", "application/json"),), json.dumps(said).encode())
    pool.learn(Exchange(Request(method, path, headers=headers, body=sent.encode()), answer), who)


def test_what_stands_in_the_team_is_preferred() -> None:
    """A newer note of another team is none of this one."""
    pool, slot = _pool(), Slot("path", ("note_id",))
    _told(pool, ADA, "POST", "/teams/t1/notes", {"id": "n1"})
    _told(pool, ADA, "POST", "/teams/t2/notes", {"id": "n2"})
    assert pool.best(NOTE, slot, ADA) == "n2"
    assert pool.best(NOTE, slot, ADA, {"team_id": "t1"}) == "n1"
    assert pool.fitting(NOTE, slot, ADA, {"team_id": "t3"}) is None


def test_what_was_made_where_it_is_looked_for_is_preferred() -> None:
    """A note of a team may be none of one's own, though it is newer."""
    pool, route = _pool(), Route("GET", "/notes/{note_id:int}")
    _told(pool, ADA, "POST", "/notes", {"id": "n1"})
    _told(pool, ADA, "POST", "/teams/t1/notes", {"id": "n2"})
    assert list(pool.values(route, Slot("path", ("note_id",)), ADA)) == ["n1", "n2"]


def test_what_another_made_is_not_one_s_own() -> None:
    """Whoever renames a stranger's note has made nothing; the own one stays the best."""
    pool, slot = _pool(), Slot("path", ("note_id",))
    _told(pool, ADA, "POST", "/teams/t1/notes", {"id": "n1"})
    _told(pool, BEN, "POST", "/teams/t1/notes", {"id": "n2"})
    _told(pool, BEN, "POST", "/notes/rename", {"id": "n1"}, '{"note_id": "n1", "title": "mine"}')
    assert pool.best(NOTE, slot, BEN) == "n2"
    assert [each.id for each in pool.made_by(BEN, "note")] == ["n2"]


def test_whoever_brought_a_token_is_known_by_what_the_app_tells() -> None:
    """Its id, and where it belongs: a path with a clinic's name takes the clinic of the profile."""
    pool = _pool()
    _told(pool, ADA, "GET", "/me", {"id": "p7", "clinic": "north"})
    assert pool.best(PERSON, Slot("path", ("person_id",)), ADA) == "p7"
    assert pool.best(CLINIC, Slot("path", ("slug",)), ADA) == "north"
    assert pool.best(CLINIC, Slot("path", ("slug",)), BEN) is None


def test_who_makes_accounts_has_these_at_hand() -> None:
    """What is to be disabled is somebody made for it, before the own account."""
    pool, boss = _pool(), Identity("boss", account=Account("boss", "", id="p1"))
    assert pool.best(PERSON, Slot("path", ("person_id",)), boss) == "p1"
    _told(pool, boss, "POST", "/people", {"id": "p9"})
    assert pool.best(PERSON, Slot("path", ("person_id",)), boss) == "p9"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(303, (("location", "/letters/5"),)),
        Answer(303, (("location", "https://app.example/letters/5?new=1"),)),
        Answer(200, (("content-type", "text/html"),), b'<a href="/">Home</a> <a href="/letters/5">Read it</a>'),
    ],
)
def test_a_page_leads_to_what_was_made(answer: Answer) -> None:
    """By where the form leads, or by the link of the page that came."""
    pool = _pool()
    pool.learn(Exchange(Request("POST", "/letters"), answer), ADA)
    assert pool.best(LETTER, Slot("path", ("letter_id",)), ADA) == "5"
    assert pool.best(LETTER, Slot("path", ("letter_id",), {"type": "integer"}), ADA) == 5


def test_a_header_names_what_the_app_keeps() -> None:
    """`X-Team` is the id of a team where teams are made; `X-Request` is nothing's."""
    pool = _pool()
    _told(pool, ADA, "POST", "/teams", {"id": "t1"})
    assert pool.best(BOARD, Slot("header", ("x-team",)), ADA) == "t1"
    assert pool.best(BOARD, Slot("header", ("x-request",)), ADA) is None


@pytest.mark.parametrize(
    ("route", "name", "collection"),
    [
        (Route("POST", "/people/lookup"), "ids", "people"),
        (Route("POST", "/coupons/redeem"), "code", "coupon"),
        (Route("POST", "/wallet/transfer"), "source", "wallet"),
        (Route("POST", "/letters"), "to", None),
        (Route("POST", "/sign-in"), "code", None),
    ],
)
def test_an_action_says_what_a_value_is_of(route: Route, name: str, collection: str | None) -> None:
    """By the word before the last, where the last is what is done."""
    assert referred(route, Slot("body", (name,))) == collection


def test_a_copy_is_one_of_what_was_copied() -> None:
    """And what stands below an id is what it is called."""
    assert of_collection(Route("POST", "/notes/copy")) == "note"
    assert of_collection(Route("POST", "/orders/{order_id}/cancel")) == "cancel"
    assert acted_on(Route("POST", "/doctor/notices")) == ""


def test_a_generic_name_is_not_looked_for_elsewhere() -> None:
    """`id` and `slug` of something else say nothing; `clinic` and `clinic_id` do."""
    assert own_fields("slug", "clinic") == ("clinic_slug", "clinic_id", "clinicId", "clinic_uuid", "clinic")
    assert "id" not in own_fields("id", "note")
