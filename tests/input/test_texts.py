"""Plain text: what means no harm passes unchanged, what hides is refused, and nothing outgrows its bounds."""

import unicodedata
from time import process_time
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError

from buckler import ConfigurationError
from buckler.input import Line, Text, line_of, text_of
from tests.input.harmless import HARMLESS, HARMLESS_LINES
from tests.input.naughty import HIDDEN, NO_TEXT
from tests.input.twin import kinds_of, taking, value_of
from tests.proof import two_sided


def shortly(text: str) -> str:
    return ascii(text)[:24]


PLAIN = Annotated[str, Field(max_length=200)]
UNBOUNDED = str


@pytest.mark.parametrize("harmless", HARMLESS, ids=shortly)
def test_harmless_text_passes_unchanged(harmless: str) -> None:
    """In every script, whatever it says, byte for byte."""
    assert value_of(Line, harmless) == harmless
    assert value_of(Text, harmless) == harmless


@pytest.mark.parametrize("harmless", HARMLESS_LINES, ids=shortly)
def test_lines_pass_where_lines_are_asked_for(harmless: str) -> None:
    """Line ends stay what they are; a line has none."""
    assert value_of(Text, harmless) == harmless
    assert kinds_of(Line, harmless)


@pytest.mark.asvs("1.3.3")
@pytest.mark.parametrize("hidden", HIDDEN, ids=shortly)
def test_what_hides_in_a_text_is_refused(hidden: str) -> None:
    """Controls, overrides, tags, noncharacters and towers of accents: a bound alone takes them."""

    def attack(kind: object) -> bool:
        return taking(kind)(hidden)

    two_sided(attack, whole=Line, twin=PLAIN)
    two_sided(attack, whole=Text, twin=PLAIN)
    assert kinds_of(Text, hidden) == ["text_characters"]


@pytest.mark.asvs("1.3.3", "2.2.1")
@pytest.mark.parametrize(("kind", "longest"), [(Line, 200), (Text, 10_000), (Annotated[str, line_of(longest=5)], 5)])
def test_a_text_without_end_is_refused(kind: object, longest: int) -> None:
    """One character over its bound; a plain text takes a megabyte."""

    def attack(kind: object) -> bool:
        return taking(kind)("x" * (longest + 1)) and taking(kind)("x" * 1_000_000)

    two_sided(attack, whole=kind, twin=UNBOUNDED)
    assert taking(kind)("x" * longest)


@pytest.mark.parametrize("half", NO_TEXT, ids=shortly)
def test_half_a_character_is_no_text(half: str) -> None:
    """A lone surrogate is refused like any other value that does not fit."""
    assert kinds_of(Line, half) == kinds_of(Text, half) == ["string_unicode"]


@pytest.mark.parametrize("blank", ["", " ", "\u00a0", "\u3000", "\u3164", "\u200b\u2060", "\u2800", "\u0301", "\u00ad"])
def test_a_line_has_something_to_be_read(blank: str) -> None:
    """A title of spaces or of invisible letters is none; a text may be empty."""
    assert kinds_of(Line, blank) in (["text_blank"], ["string_too_short"])
    assert value_of(Text, blank) == blank
    assert kinds_of(Annotated[str, text_of(shortest=1)], blank)


def test_two_ways_to_type_a_letter_are_one_text() -> None:
    """NFC joins what belongs together, and changes no meaning as NFKC would."""
    assert value_of(Line, "e\u0301") == "\u00e9"
    assert value_of(Line, "x\u00b2 \ufb01") == "x\u00b2 \ufb01"


def test_a_text_that_grows_when_it_is_settled_is_bounded_afterwards() -> None:
    """One letter of these is three in NFC."""
    kind = Annotated[str, line_of(longest=10)]
    assert value_of(kind, "\ufb2c" * 3) == unicodedata.normalize("NFC", "\ufb2c" * 3)
    assert kinds_of(kind, "\ufb2c" * 4) == ["string_too_long"]
    assert kinds_of(Text, "a" + "\u0344" * 30) == ["text_characters"]


def test_direction_is_turned_only_where_it_is_asked_for() -> None:
    """A field for text of two directions says so."""
    turned = "\u202eright\u202c \u2067to left\u2069"
    assert value_of(Annotated[str, text_of(bidi=True)], turned) == turned
    assert value_of(Annotated[str, line_of(bidi=True)], turned) == turned
    assert kinds_of(Text, turned) == ["text_characters"]


@given(st.text(max_size=300))
def test_a_text_that_is_taken_stays_as_it_is(sent: str) -> None:
    """Within its bounds, in NFC, encodable, and the same when it comes back."""
    for kind, longest in ((Line, 200), (Text, 10_000)):
        adapter = TypeAdapter[str](kind)
        try:
            taken = adapter.validate_python(sent)
        except ValidationError:
            continue
        assert taken == unicodedata.normalize("NFC", sent)
        assert len(taken) <= longest
        assert adapter.validate_python(taken) == taken
        assert adapter.validate_json(adapter.dump_json(taken)) == taken


@pytest.mark.parametrize(
    "hostile",
    ["a" * 100_000, "\u0301" * 100_000, "a\u0301" * 50_000, "\u0316\u0301" * 50_000, " " * 100_000, "\r" * 100_000,
     "\U0001f3f4\U000e0067" * 50_000, "\u3164" * 99_999 + "\x00"],
    ids=lambda text: ascii(text[:2]),
)  # fmt: skip
def test_a_hostile_text_costs_no_more_than_its_length(hostile: str) -> None:
    """100,000 characters are judged in a blink; a pattern that backtracks needs ages for a few."""
    kind = Annotated[str, text_of(longest=100_000, shortest=1)]

    def quick(length: int) -> bool:
        begin = process_time()
        taking(kind)(hostile[:length])
        return process_time() - begin < 0.5

    assert quick(100_000)


@pytest.mark.parametrize(
    "bounds", [{"longest": 0}, {"longest": -1}, {"longest": 5, "shortest": 6}, {"shortest": -1}, {"longest": 2_000_000}]
)
def test_bounds_that_cannot_hold_are_refused_when_they_are_written(bounds: dict[str, int]) -> None:
    """The message says which would do."""
    with pytest.raises(ConfigurationError, match="0 <= shortest <= longest"):
        text_of(**bounds)


def test_the_document_shows_bounds_and_alphabet() -> None:
    """So that a client knows before it asks."""
    shown = TypeAdapter[str](Line).json_schema()
    assert (shown["type"], shown["minLength"], shown["maxLength"]) == ("string", 1, 200)
    assert "\\u202a-\\u202e" in shown["pattern"]
    assert "minLength" not in TypeAdapter[str](Text).json_schema()
