"""No secret and no control character leaves in a text."""

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckler.redact import STARS, Secret, plain, redacted

SECRET_NAMES = [
    *("password", "new_password", "passphrase", "passwd", "client_secret", "token", "refresh_token", "Authorization"),
    *("cookie", "Set-Cookie", "api_key", "api-key", "apikey", "private_key", "credential", "otp", "pepper", "code"),
    *("PASSWORD", "accessToken"),
]


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_secret_sounding_name_is_stars_however_deep(name: str) -> None:
    """Also inside mappings and lists of mappings."""
    record = redacted({name: "CANARY", "inner": {name: ["CANARY"]}, "list": [{"deeper": {name: "CANARY"}}]})
    assert "CANARY" not in json.dumps(record)
    assert record[name] == STARS


@pytest.mark.parametrize("name", ["status", "path", "who", "status_code", "error", "reason"])
def test_other_names_keep_their_value(name: str) -> None:
    assert redacted({name: "seen"}) == {name: "seen"}


@pytest.mark.parametrize("character", ["\r", "\n", "\x1b", "\x00", "\x7f", "\x85", "\u2028", "\u202e", "\u2066"])
def test_a_control_or_direction_character_is_escaped(character: str) -> None:
    """A line stays one line, and reads in the order in which it was written."""
    assert character not in plain(f"a{character}b")
    assert plain(f"a{character}b") == f"a\\u{ord(character):04x}b"


@given(st.text())
def test_any_text_becomes_one_short_line(text: str) -> None:
    line = plain(text)
    assert len(line.splitlines()) <= 1
    assert len(line) <= 257 * 6
    assert line.isprintable() or all(ord(each) > 0x9F for each in line if not each.isprintable())


def test_a_long_text_is_cut() -> None:
    """A log entry cannot be made as large as a request."""
    assert len(plain("x" * 1_000_000)) == 257


def test_numbers_and_nothing_stay_what_they_are() -> None:
    assert redacted({"a": 1, "b": 1.5, "c": True, "d": None}) == {"a": 1, "b": 1.5, "c": True, "d": None}


def test_a_secret_prints_as_stars_everywhere() -> None:
    secret = Secret("CANARY")
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>20}", repr([secret]), repr({"x": secret})]
    assert "CANARY" not in "".join(shown)
    assert "CANARY" not in json.dumps(redacted({"what": secret}))
    assert secret.reveal() == "CANARY"


def test_a_secret_is_neither_pickled_nor_copied() -> None:
    """Both would carry it out of sight of its stars."""
    with pytest.raises(TypeError, match="not to be pickled"):
        pickle.dumps(Secret("CANARY"))
    with pytest.raises(TypeError, match="not to be pickled"):
        copy.deepcopy(Secret("CANARY"))


def test_a_secret_has_no_dictionary() -> None:
    """`vars(secret)` is what debuggers and careless loggers print."""
    with pytest.raises(TypeError):
        vars(Secret("CANARY"))


@given(st.text(st.characters(codec=None)))
def test_a_plain_text_can_be_written(text: str) -> None:
    """JSON can name half of a character, which no encoding takes."""
    assert plain(text).encode("utf-8", "strict") is not None
