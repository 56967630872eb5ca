"""Names that look the same are one account, or are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckler.identity.names import LONGEST, InvalidName, name_key, shown_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alice", "ALICE"),
        ("alice", "\uff21\uff4c\uff49\uff43\uff45"),
        ("jos\u00e9", "jose\u0301"),
        ("istanbul", "\u0130stanbul"),
        ("istanbul", "\u0131stanbul"),
        ("strasse", "stra\u00dfe"),
        ("\u00e5ngstrom", "\u212bngstrom"),
        ("kelvin", "\u212aelvin"),
        ("fish", "\ufb01sh"),
        ("\u03bd\u03af\u03ba\u03bf\u03c2", "\u039d\u038a\u039a\u039f\u03a3"),
    ],
)
def test_names_that_look_the_same_have_one_key(one: str, other: str) -> None:
    """Case, full width, composed and decomposed letters, ligatures: one account."""
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    "name",
    [
        "\u0430lice",
        "\u0430\u0440\u0440\u04cf\u0435",
        "\u03b1\u03b2\u03b3",
        "al\u200bice",
        "al\u200dice",
        "al\u2060ice",
        "\ufeffalice",
        "ali\u0308\u0308ce",
        "\u202ealice",
        "alice\u2066",
        "ali\x00ce",
        "ali\nce",
        "ali\ud800ce",
        "\u0251lice",
        "\u01c0alice",
        "alice\u3164",
        "alice\u00ad",
        "\u0967\u0968\u0969",
        "ali ce",
        "o'brien",
        "-alice",
        ".alice",
        "ab",
        "",
        "a" * 65,
        "\ufdfa" * 10,
        "a\U000e0061bc",
    ],
)
def test_names_made_to_deceive_are_refused(name: str) -> None:
    """Mixed scripts, look-alikes, invisible, combining, direction and control characters: refused, unrepeated."""
    with pytest.raises(InvalidName) as caught:
        name_key(name)
    assert not name.strip() or name not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "alice",
        "o.brien",
        "bob@example.org",
        "x_1+tag",
        "Zoë",
        "Nguyễn",
        "сергей",
        "田中さん",
        "김철수",
        "דוד",
        "a" * 64,
        "42nd",
    ],
)
def test_honest_names_are_taken(name: str) -> None:
    """Names of many scripts, mail addresses and nicknames are taken, and shown as they were typed."""
    assert shown_name(name) == name
    assert name_key(name)


@given(st.text(max_size=70))
def test_any_text_ends_in_a_name_or_a_refusal(text: str) -> None:
    """Whatever is typed ends in a key that is stable and fits its column, or in `InvalidName`."""
    try:
        key = name_key(text)
    except InvalidName:
        return
    assert name_key(shown_name(text)) == key
    assert 0 < len(key) <= 255
    key.encode()


@given(st.text(st.sampled_from("abcXYZ019._-@+"), min_size=3, max_size=LONGEST).filter(lambda text: text[0].isalnum()))
def test_plain_names_are_never_refused(name: str) -> None:
    """Letters, digits and the five signs make a name, and only case is lost in its key."""
    assert name_key(name) == name.lower()
