"""The first administrator's code: one, short-lived, for this machine."""

from pathlib import Path

from buckler.identity.administration.first_administrator import LIFETIME, FirstAdministratorCode
from tests.clocks import FakeClock
from tests.identity.house import PASSWORD, House, accounts, settings


def test_a_code_is_unguessable_and_matches_only_itself() -> None:
    """128 random bits; nothing but the exact text matches."""
    code = FirstAdministratorCode(FakeClock())
    assert code.text is not None
    assert len(code.text) == 22
    assert code.matches(code.text)
    assert code.text != FirstAdministratorCode(FakeClock()).text
    assert not any(map(code.matches, ("", code.text[:-1], code.text + " ", code.text.swapcase(), "\ud800", "\x00")))


def test_a_code_ends_after_half_an_hour() -> None:
    """It is good until its time is over, and is then no longer shown."""
    clock = FakeClock()
    code = FirstAdministratorCode(clock)
    text = code.text
    assert text is not None
    clock.advance(LIFETIME - 1)
    assert code.matches(text)
    clock.advance(1)
    assert not code.matches(text)
    assert code.text is None


def test_a_void_code_matches_nothing() -> None:
    """Once there is an administrator the code is neither shown nor good."""
    code = FirstAdministratorCode(FakeClock())
    text = code.text
    assert text is not None
    code.void()
    assert (code.text, code.matches(text)) == (None, False)


def test_a_code_never_shows_itself(tmp_path: Path) -> None:
    """What is written of the object in a log has no code in it."""
    code = FirstAdministratorCode(FakeClock())
    assert str(code.text) not in repr(vars(code))


async def test_the_code_of_one_process_is_void_when_another_made_the_administrator(tmp_path: Path) -> None:
    """Each prints its own; of all of them one is good for one account, and the others cost no hash."""
    async with House(accounts(settings(tmp_path))) as one, House(accounts(settings(tmp_path))) as other:
        codes = one.accounts.first_administrator_code, other.accounts.first_administrator_code
        assert codes[0] != codes[1]
        made = await one.post("/auth/first-administrator", code=codes[0], name="alice", password=PASSWORD)
        assert made.status_code == 201, made.text
        before = other.accounts._workbench.begun
        late = await other.post("/auth/first-administrator", code=codes[1], name="bob", password=PASSWORD)
        assert (late.status_code, late.json()["type"]) == (403, "urn:buckler:problem:claim-refused")
        assert other.accounts._workbench.begun == before
        assert other.accounts.first_administrator_code is None
