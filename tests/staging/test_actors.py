"""People with accounts of the app, as they come while it runs."""

from dataclasses import replace

from tests.staging.playhouse import Stage


async def test_nobody_comes_of_a_role_that_there_is_not(service: Stage) -> None:
    """An attack that asks for one is told so, and makes nobody."""
    assert await service.cast.newcomers.arrive("no such role") is None


async def test_a_door_that_stays_shut_is_told_as_nobody(service: Stage) -> None:
    """A wrong password, or no account at all: no session, and no exception in the midst of an attack."""
    who = service.cast.people[0]
    assert who.account is not None
    wrong = replace(who, account=replace(who.account, password="another one altogether"))
    assert await service.cast.newcomers.sign_in(wrong) is None
    assert await service.cast.newcomers.sign_in(replace(who, account=None)) is None
    assert await service.cast.newcomers.sign_in(who) is not None
