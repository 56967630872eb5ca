"""A caller that the app could never have is an error, and no test that passes."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from buckler import ConfigurationError, Owned, Requires, Roles, Visible
from buckler.testing import acting_as
from tests.stage import people
from tests.testing.desk import Note, desk
from tests.testing.desk import notes as sessions


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"roles": {"editr"}}, "there is no role 'editr'. Did you mean 'editor'?"),
        ({"roles": {"zzz"}}, "there is no role 'zzz'. There are editor, reader."),
        ({"roles": "editor"}, "roles='editor'; write a set of texts, as in roles={'...'}."),
        ({"roles": {1}}, "roles={1}; write a set of texts"),
        ({"roles": 7}, "roles=7; write a set of texts"),
        ({"permissions": "a:x"}, "permissions='a:x'; write a set of texts"),
        ({"permissions": {"a:xx"}}, "'a:xx' is in no role. Did you mean 'a:x'?"),
        ({"permissions": {"reader"}}, "a permission has a colon between words"),
        ({"permissions": {"*"}}, "no role grants everything"),
        ({"kind": "people"}, "kind='people'; write one of 'person', 'key', 'service'."),
        ({"factors": {"luck"}}, "factors=['luck']; write some of knowledge, possession, inherence."),
        ({"factors": "knowledge"}, "factors='knowledge'; write a set of texts"),
        ({"factors": {"knowledge", "possession", "inherence"}}, "by 2 at most"),
        ({"authenticated_at": -1}, "authenticated_at=-1; write seconds since 1970"),
        ({"authenticated_at": float("nan")}, "authenticated_at=nan; write"),
        ({"authenticated_at": True}, "authenticated_at=True; write"),
        ({"authenticated_at": "now"}, "authenticated_at='now'; write"),
        ({"id": ""}, "'' names nobody"),
        ({"tenant": None}, "tenant=None; write a text"),
    ],
)
def test_what_no_caller_of_the_app_could_be_is_told(given: dict[str, Any], told: str) -> None:
    """With the value, and what to write."""
    with pytest.raises(ConfigurationError) as raised:
        acting_as(desk(), "bob", **given)
    assert str(raised.value).startswith("acting_as: ")
    assert told in str(raised.value)


@pytest.mark.parametrize("name", ["", None, 7])
def test_nobody_has_no_name(name: Any) -> None:
    """A caller without one would be nobody's."""
    with pytest.raises(ConfigurationError, match="names nobody"):
        acting_as(desk(), name)


def test_without_roles_permissions_are_the_apps_own_affair() -> None:
    """Its authenticator brings them; roles would grant nothing that anybody knows of."""
    app = desk(roles=None, authenticator=people())
    with acting_as(app, "bob", permissions={"what:ever", "*"}) as bob:
        assert bob.permissions == {"what:ever", "*"}
    with pytest.raises(ConfigurationError, match=r"no Roles\(\.\.\.\)"):
        acting_as(app, "bob", roles={"editor"})


def test_a_wildcard_is_held_where_a_role_grants_it() -> None:
    """And everything where a role grants that."""
    app = desk(roles=Roles({"root": {"*"}, "reader": {"a:*", "a:x", "b:y"}}))
    with acting_as(app, "bob", permissions={"a:*", "*"}) as bob:
        assert bob.permissions == {"a:*", "*"}
    with acting_as(app, "bob", roles=["root", "root"]) as bob:
        assert (bob.roles, bob.permissions) == ({"root"}, {"*"})


def nothing() -> None:
    """Answers."""


def asking() -> Any:
    """Routes that ask in each way, of an app whose roles name wildcards alone."""
    app = desk(roles=Roles({"all": {"notes:*", "a:*", "b:*", "pay:*"}}))
    notes = Owned(Note, owner=Note.owner, session=sessions, unless="notes:any")

    class Pay(BaseModel):
        amount: Annotated[int | None, Visible("pay:read")] = None

    app.get("/asked", dependencies=[Requires("notes:read")])(nothing)
    app.get("/owned/{note}", dependencies=[notes])(nothing)
    app.get("/pay", dependencies=[Requires()], response_model=Pay)(nothing)
    return app


def test_a_permission_that_nobody_asks_for_is_told_under_a_wildcard_too() -> None:
    """It would be held, and every route would go on as if it were not there."""
    app = asking()
    for held in ("notes:read", "notes:any", "pay:read", "notes:*", "a:x"):
        with acting_as(app, "bob", permissions={held}) as bob:
            assert bob.permissions == {held}
    with pytest.raises(ConfigurationError, match=r"no role names 'notes:raed' and .* Did you mean 'notes:read'"):
        acting_as(app, "bob", permissions={"notes:raed"})
    with pytest.raises(ConfigurationError, match="Where only code of yours asks for it, name it in a role"):
        acting_as(app, "bob", permissions={"pay:zzzzzzzz:*"})


def test_an_app_that_does_not_start_says_so_at_its_start() -> None:
    """Not in the words of a permission."""
    app = asking()
    app.get("/undeclared")(nothing)
    with acting_as(app, "bob", permissions={"notes:raed"}) as bob:
        assert bob.name == "bob"
