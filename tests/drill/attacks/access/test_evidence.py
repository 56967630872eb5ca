"""What counts as a difference, and what sounds like one person's."""

from itertools import count
from typing import Annotated

import pytest
from fastapi import FastAPI, Header, HTTPException

from buckler.drill.attack import Untested
from buckler.drill.attacks.access.controls import nearest
from buckler.drill.attacks.access.evidence import changed, place_of, refusal_of
from buckler.drill.attacks.access.extras import another, gives_power
from buckler.drill.attacks.access.owned import sounds_private
from buckler.drill.attacks.access.whose import groups, nothing_has
from buckler.drill.people.cast import Cast
from buckler.drill.people.identity import ANONYMOUS
from buckler.drill.plan.route import Route
from buckler.drill.transport.answer import Answer
from tests.drill.attacks.access.shelf import shelf
from tests.drill.stage import bearer, engaged


def _page(nonce: str, text: str) -> Answer:
    return Answer(200, body=f'<input value="{nonce}"><p>{text}</p>'.encode())


@pytest.mark.parametrize(
    ("after", "is_changed"),
    [
        (_page("c3", "as before"), False),
        (_page("c3", "as it is now"), True),
        (_page("c3", ""), True),
        (Answer(404), True),
    ],
)
def test_a_nonce_is_no_change(after: Answer, *, is_changed: bool) -> None:
    """What differs in every answer says nothing; what stood in both and is gone, or came, does."""
    assert changed(_page("a1", "as before"), _page("b2", "as before"), after) is is_changed


@pytest.mark.parametrize(
    ("words", "private"),
    [
        (("messages",), True),
        (("leave-requests",), True),
        (("api", "salary"), True),
        (("posts",), False),
        (("message", "board"), False),
        (("things",), False),
    ],
)
def test_some_things_are_one_person_s(words: tuple[str, ...], *, private: bool) -> None:
    """A message is; what stands on a board is not, and of others nobody knows."""
    assert sounds_private(words) is private


@pytest.mark.parametrize("value", [5, "5", "a1b2", "00000000-0000-4000-8000-000000000007", "north"])
def test_an_id_that_nothing_has_is_of_the_same_kind(value: object) -> None:
    """It is another, as long where it is no number."""
    other = nothing_has(value)
    assert type(other) is type(value)
    assert other != value
    assert str(value).isdigit() or len(str(other)) == len(str(value))


def test_the_reason_is_that_of_whoever_came_nearest() -> None:
    """A caller who was let in and sent something wrong tells more than one who was not let in."""
    far, near = Untested("GET /a", "status 401 no", "anonymous"), Untested("GET /a", "status 422 no", "ada")
    assert nearest((far, near, far)) is near
    assert nearest(()) is None


async def test_equals_are_those_of_one_role() -> None:
    """Near and far ones by their tenants; an administrator of no known role is nobody's equal."""
    ada, ben = bearer("ada", "a", ""), bearer("ben", "b", "")
    root = bearer("root", "r", "")
    async with engaged(shelf(), Cast(people=(ada, ben, root), administrator=root)) as on:
        assert [(each.owner.name, [one.name for one in each.strangers]) for each in groups(on)] == [("ada", ["ben"])]
    async with engaged(shelf(), Cast(people=(ada, root), administrator=root)) as on:
        assert groups(on) == ()


def test_a_place_is_what_stands_behind_the_frame() -> None:
    """Every path of an app may begin with the same parts."""
    assert place_of(Route("GET", "/api/v1/notes")) == ("notes",)


async def test_a_value_is_put_that_the_app_would_not_choose() -> None:
    """A price goes down, a balance up, a right is turned round."""
    async with engaged(shelf()) as on:
        assert another(on, "price", 500, ANONYMOUS) == 1
        assert another(on, "credits", 0, ANONYMOUS) == 133700
        assert another(on, "verified", False, ANONYMOUS) is True
        assert another(on, "role", "reader", ANONYMOUS) == "admin"
    assert gives_power("owner_id")
    assert not gives_power("title")


@pytest.mark.parametrize("is_gone", [True, False])
async def test_what_is_gone_is_no_refusal(is_gone: bool) -> None:
    """A 404 counts where whoever got the object before gets it still: else it was removed in between."""
    app, asked = FastAPI(openapi_url=None), count(1)

    @app.get("/notes/{note_id}")
    async def note(note_id: int, authorization: Annotated[str, Header()] = "") -> dict[str, int]:
        if not authorization if not is_gone else next(asked) > 1:
            raise HTTPException(404)
        return {"id": note_id}

    ada = bearer("ada", "token-of-ada")
    async with engaged(app, Cast(people=(ada,))) as on:
        route = next(each for each in on.routes if each.path.startswith("/notes"))
        refusal = await refusal_of(on, [route], ANONYMOUS)
        assert (refusal is None) is is_gone
