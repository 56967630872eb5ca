"""The doors of an app with accounts, as its settings have them."""

from pathlib import Path

import pytest

from buckler.drill.people.entry import Entry
from buckler.install import buckler_of
from buckler.staging.doorway import entry_of
from tests.staging.playhouse import built, development_in, on_stage


def doors(folder: Path, **settings: str) -> Entry:
    """Those of an example with accounts."""
    with development_in(folder, **settings):
        app = built("twenty_lines")
    buckler = buckler_of(app)
    assert buckler is not None
    assert buckler.accounts is not None
    return entry_of(app, buckler.accounts.settings)


@pytest.mark.parametrize(("identifier", "part"), [("email", "email"), ("username", "name")])
def test_a_name_is_what_the_settings_say(identifier: str, part: str, tmp_path: Path) -> None:
    """An address, or a word: attacks make up names of the kind that is taken."""
    entry = doors(tmp_path, BUCKLER_IDENTIFIER=identifier)
    assert entry.register is not None
    assert entry.ask_reset is not None
    for step, fields in ((entry.sign_in, 2), (entry.register, 2), (entry.ask_reset, 1)):
        assert step.fields[part] == ("name",)  # type: ignore[index]
        assert len(step.fields) == fields


@pytest.mark.parametrize(
    ("mode", "fields"), [("open", {"email", "password"}), ("verified", {"email"}), ("closed", None)]
)
def test_registering_is_as_the_settings_say(mode: str, fields: set[str] | None, tmp_path: Path) -> None:
    """With a password, or with an address alone that is to be proved, or not at all."""
    register = doors(tmp_path, BUCKLER_REGISTRATION=mode).register
    assert (None if register is None else set(register.fields)) == fields


async def test_the_cast_is_there_in_every_mode(tmp_path: Path) -> None:
    """Accounts are made as the operator makes them, so nobody has to be let in; a name may be a word."""
    with development_in(tmp_path, BUCKLER_REGISTRATION="closed", BUCKLER_IDENTIFIER="username"):
        app = built("twenty_lines")
    async with on_stage(app, tmp_path) as stage:
        assert [each.name for each in stage.cast.ordinary if not each.by_cookie] == ["reader", "reader 2", "editor"]
        assert all("@" not in each.account.name for each in stage.cast.people if each.account is not None)
        newcomer = await stage.cast.newcomers.arrive()
        assert newcomer is not None
        assert (await stage.ask(newcomer, "GET", "/auth/me")).status == 200


async def test_steps_fit_what_the_routes_take(tmp_path: Path) -> None:
    """Each field that a step names is one of its route's body, and no field that is needed is left out."""
    entry = doors(tmp_path)
    for step in (entry.sign_in, entry.register, entry.refresh, entry.change_password, entry.ask_reset, entry.reset):
        assert step is not None
        assert step.route.body is not None
        schema = step.route.body.schema
        named = {way[0] for way in step.fields.values()}
        assert set(schema["required"]) <= named <= set(schema["properties"]), step.route.key
