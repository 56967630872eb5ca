"""Names that look the same are one account, or are refused."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckler.input.look_alikes import PAIRS
from buckler.input.scripts import script
from buckler.input.usernames import LONGEST, InvalidUsername, shown_name, username_key

IGNORABLE = frozenset(
    map(chr, (0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), *range(0x200B, 0x2010)))
) | frozenset(
    map(chr, (*range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x3164, *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0))
)


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
        ("apple", "\u0430\u0440\u0440\u04cf\u0435"),
        ("coco", "\u0441\u043e\u0441\u043e"),
        ("AHHA", "\u0410\u041d\u041d\u0410"),
        ("\u00e1vva", "\u03ac\u03bd\u03bd\u03b1"),
        ("hugo", "\u0570\u057d\u0581\u0585"),
        ("olo", "\u05e1\u05d5\u05e1"),
        ("\u0643\u0631\u064a\u0645", "\u06a9\u0631\u06cc\u0645"),
        ("\u0647\u0627\u0646\u064a", "\u06c1\u0627\u0646\u06cc"),
        ("\u5c71\u53e3\u4e00\u90ce", "\u5c71\u30ed\u4e00\u90ce"),
        ("\u3078\u306e\u3082", "\u30d8\u306e\u3082"),
        ("\u308a\u3093\u3054", "\u30ea\u3093\u3054"),
        ("\u529b\u4e8c\u5de5", "\u30ab\u30cb\u30a8"),
        ("\u0e40\u0e40\u0e21\u0e19", "\u0e41\u0e21\u0e19"),
        ("\u0218tefan", "\u015etefan"),
    ],
)
def test_names_that_look_the_same_have_one_key(one: str, other: str) -> None:
    """Case, full width, composed letters, ligatures, look-alikes of other scripts and keyboards: one account."""
    assert username_key(one) == username_key(other)


@pytest.mark.parametrize(
    "name",
    [
        "\u0430lice",
        "\ua4ee\ua4d3\ua4df\ua4f2\ua4e0",
        "\u0501\u0430\u0475\u0456\u0501",
        "\u2ca5\u2c9f\u2ca5\u2c9f",
        "\u13a0\u13a1\u13aa\u13b3",
        "\U00010428\U00010429\U0001042a",
        "\uae40\ucca0\uc218\u3164",
        "\uae40\ucca0\uc218\uffa0",
        "\uae40\ucca0\uc218\u115f",
        "\uae40\ucca0\uc218\u1160",
        "12345\u3164",
        "\u3164\u3164\u3164",
        "\u0391\u039d\u0391",
        "\u039d\u03af\u03bd\u03b1",
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
    with pytest.raises(InvalidUsername) as caught:
        username_key(name)
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
        "Анна",
        "Νίκος",
        "Μαρία",
        "Արամ",
        "გიორგი",
        "አበበ",
        "\u0645\u062d\u0645\u062f",
        "สมชาย",
        "कमल",
        "佐々木",
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
    assert username_key(name)


@given(st.text(max_size=70))
def test_any_text_ends_in_a_name_or_a_refusal(text: str) -> None:
    """Whatever is typed ends in a key that is stable and fits its column, or in `InvalidUsername`."""
    try:
        key = username_key(text)
    except InvalidUsername:
        return
    assert username_key(shown_name(text)) == key
    assert 0 < len(key) <= 255
    key.encode()


@given(st.text(st.sampled_from("abcXYZ019._-@+"), min_size=3, max_size=LONGEST).filter(lambda text: text[0].isalnum()))
def test_plain_names_are_never_refused(name: str) -> None:
    """Letters, digits and the five signs make a name, and only case is lost in its key."""
    assert username_key(name) == name.lower()


def test_nothing_invisible_is_a_letter() -> None:
    """Of all code points, those that may stand in a name have a shape: no filler, mark, joiner or selector."""
    taken = [chr(at) for at in range(0x110000) if script(chr(at)) is not None]
    assert len(taken) > 90_000
    assert not [each for each in taken if unicodedata.combining(each) or each in IGNORABLE]
    assert not [each for each in taken if not each.isalpha()]


def test_a_name_that_shows_a_latin_word_has_its_key() -> None:
    """Of each letter that looks Latin, three in a row are the account of that word, or are refused."""
    for typed, looks in PAIRS:
        for letter, shown in zip(typed, looks, strict=True):
            if script(letter) is None or not shown.isascii():
                continue
            try:
                assert username_key(letter * 3) == username_key(shown * 3)
            except InvalidUsername:
                assert script(letter) in ("Greek", "Cyrillic", "Armenian")
                assert letter.isupper()
