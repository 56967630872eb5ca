"""The first administrator's code: one, short-lived, for this machine."""

from pathlib import Path

from buckler.identity.first_administrator import LIFETIME, FirstAdministratorCode
from tests.clocks import FakeClock


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
