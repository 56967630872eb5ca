"""What callers are played with."""

from pathlib import Path

from fastapi import FastAPI

from buckler import Requires, Roles
from buckler.grants import EVERYTHING
from buckler.protected_app import Installed, installed_on
from buckler.staging.rights import rights_of
from tests.stage import development, people, protect


def asking(folder: Path, roles: Roles | None) -> Installed:
    """An app with two routes that ask for something, and one that does not."""
    app = FastAPI()
    protect(
        app, settings=development(data=folder), authenticator=people(), **({} if roles is None else {"roles": roles})
    )
    for path, asked in {"/me": (), "/b": ("b:y",), "/both": ("a:x", "b:y")}.items():
        app.add_api_route(path, told, dependencies=[Requires(*asked)])
    installed = installed_on(app)
    assert installed is not None
    return installed


async def told() -> str:
    """Anything."""
    return "told"


def test_without_roles_each_permission_is_played_alone(tmp_path: Path) -> None:
    """Besides somebody with nothing, who comes first, and somebody with everything, who comes last."""
    rights = rights_of(asking(tmp_path, None))
    expected = {"": frozenset[str](), "a:x": frozenset({"a:x"}), "b:y": frozenset({"b:y"}), EVERYTHING: frozenset("*")}
    assert list(rights.items()) == list(expected.items())


def test_with_roles_each_has_what_it_grants(tmp_path: Path) -> None:
    """What newcomers are comes first, and there is somebody without a role too."""
    rights = rights_of(asking(tmp_path, Roles({"chief": {"a:x", "b:y"}, "guest": {"b:y"}}, new="guest")))
    assert list(rights) == ["guest", "chief", ""]
    assert rights["chief"] == {"a:x", "b:y"}
    assert not rights[""]
