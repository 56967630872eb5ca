"""Everybody for a drill of an app with accounts, and whoever comes later."""

from tests.staging.playhouse import Stage


async def test_each_has_an_account_and_an_address_of_its_own(service: Stage) -> None:
    """What is counted by client or by account is counted for each; the administrator is the last of them."""
    people = service.cast.people
    accounts = [each.account.id for each in people if each.account is not None]
    assert len(accounts) == len(people) == len(set(accounts)) == len({each.address for each in people})
    assert service.cast.administrator is people[-1]
    assert service.cast.notes[0].startswith(f"{len(people)} accounts were made for the drill, of the roles ")
    assert not service.cast.missing
