"""Ids are learnt from answers, and used where names say that they fit."""

import pytest

from buckler.drill.objects.pool import Pool
from buckler.drill.people.identity import Account, Identity
from buckler.drill.plan.names import of_collection, referred, singular
from buckler.drill.plan.route import Route, Slot
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request

ADA, BEN = Identity("ada", account=Account("ada", "", "ada@example.com", "17")), Identity("ben")
ROUTES = (
    Route("POST", "/notes"),
    Route("GET", "/notes"),
    Route("GET", "/notes/{note_id}"),
    Route("DELETE", "/notes/{note_id}"),
    Route("GET", "/users/{user_id}"),
)


def _pool() -> Pool:
    pool = Pool()
    pool.watch(ROUTES)
    return pool


def _made(pool: Pool, who: Identity, number: int) -> None:
    body = b'{"id": %d, "text": "t"}' % number
    pool.learn(Exchange(Request("POST", "/notes"), Answer(201, (("content-type", "application/json"),), body)), who)


def test_what_one_made_is_used_for_the_one_who_made_it() -> None:
    """The newest first, and never another's."""
    pool, one = _pool(), ROUTES[2]
    _made(pool, ADA, 1)
    _made(pool, BEN, 2)
    _made(pool, ADA, 3)
    assert list(pool.values(one, Slot("path", ("note_id",)), ADA)) == [3, 1]
    assert pool.best(one, Slot("path", ("note_id",)), BEN) == 2


def test_what_was_removed_is_forgotten() -> None:
    """A removed id would make the next request fail."""
    pool = _pool()
    _made(pool, ADA, 1)
    pool.learn(Exchange(Request("DELETE", "/notes/1"), Answer(204)), ADA)
    assert pool.best(ROUTES[2], Slot("path", ("note_id",)), ADA) is None


def test_what_is_learnt_within_a_block_is_forgotten_after_it() -> None:
    """And what was removed within stays so."""
    pool = _pool()
    _made(pool, ADA, 1)
    _made(pool, ADA, 2)
    with pool.without_new():
        _made(pool, BEN, 3)
        pool.learn(Exchange(Request("DELETE", "/notes/1"), Answer(204)), ADA)
    assert [each.id for each in pool.objects] == [2]


def test_somebody_new_of_the_same_name_owns_nothing_of_the_one_before() -> None:
    """What tells the new account stays."""
    pool = _pool()
    _made(pool, ADA, 1)
    _made(pool, BEN, 2)
    pool.learn_account(ADA, {"username": "ada the first"})
    pool.learn_account(ADA, {"username": "ada", "id": "17"})
    pool.hand_over(ADA)
    assert [(each.by, each.id) for each in pool.objects] == [("ben", 2), ("ada", "17")]


def test_a_failed_request_teaches_nothing() -> None:
    """What was refused made nothing."""
    pool = _pool()
    pool.learn(
        Exchange(Request("POST", "/notes"), Answer(422, (("content-type", "application/json"),), b'{"id": 9}')), ADA
    )
    assert pool.objects == []


def test_one_s_own_account_is_known() -> None:
    """A route about accounts gets the caller's own id."""
    assert _pool().best(ROUTES[4], Slot("path", ("user_id",)), ADA) == "17"


@pytest.mark.parametrize(
    ("route", "slot", "collection"),
    [
        (Route("GET", "/notes/{id}"), Slot("path", ("id",)), "note"),
        (Route("GET", "/teams/{team}/notes/{note}"), Slot("path", ("team",)), "team"),
        (Route("POST", "/transfer"), Slot("body", ("account_id",)), "account"),
        (Route("POST", "/orders/cancel"), Slot("body", ("orderId",)), "order"),
        (Route("GET", "/credit-cards/{id}"), Slot("path", ("id",)), "credit_card"),
        (Route("POST", "/orders"), Slot("query", ("credit_card_id",)), "credit_card"),
        (Route("POST", "/orders"), Slot("body", ("creditCardId",)), "credit_card"),
        (Route("GET", "/search"), Slot("query", ("q",)), None),
    ],
)
def test_names_say_what_a_value_is_of(route: Route, slot: Slot, collection: str | None) -> None:
    """By the path before it, or by its own name."""
    assert referred(route, slot) == collection


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("notes", "note"),
        ("categories", "category"),
        ("boxes", "box"),
        ("address", "address"),
        ("statuses", "status"),
        ("status", "status"),
    ],
)
def test_one_of_many(many: str, one: str) -> None:
    """As English does it, roughly."""
    assert singular(many) == one


def test_an_action_is_about_the_thing_before_it() -> None:
    """What POST makes is kept under the last word, and what others do is about one of them."""
    assert of_collection(Route("POST", "/teams/{team}/notes")) == "note"


def test_a_thing_of_two_words_is_told_by_the_last_of_them() -> None:
    """What is kept at /credit-cards has a `card_id`, and an order asks for it as `credit_card_id`."""
    pool, order = Pool(), Route("POST", "/orders")
    pool.watch((Route("POST", "/credit-cards"), order))
    told = Answer(201, (("content-type", "application/json"),), b'{"card_id": "c-5"}')
    pool.learn(Exchange(Request("POST", "/credit-cards"), told), ADA)
    assert pool.best(order, Slot("query", ("credit_card_id",)), ADA) == "c-5"
    assert pool.made_by(ADA)[0].id == "c-5"
