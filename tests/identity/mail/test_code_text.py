"""A code is long enough that nobody guesses it, and reads the same however it is typed."""

from hypothesis import given
from hypothesis import strategies as st

from buckler.identity.mail.code_text import SYMBOLS, code_text, read_code


def test_codes_differ_and_have_one_form() -> None:
    """Five groups of symbols that cannot be taken for one another."""
    codes = {code_text() for _ in range(1000)}
    assert len(codes) == 1000
    assert all([len(part) for part in code.split("-")] == [5, 5, 5, 5, 6] for code in codes)
    assert set("".join(codes)) == set(SYMBOLS) | {"-"}
    assert not set("ILOU") & set(SYMBOLS)


def test_all_128_bits_are_in_the_code() -> None:
    """26 symbols of five bits hold them; the last symbol has the rest, so it is one of eight."""
    codes = [code_text().replace("-", "") for _ in range(2000)]
    assert len({code[-1] for code in codes}) == 8
    assert all(len({code[at] for code in codes}) == 32 for at in range(25))


def test_however_it_is_typed_it_is_the_same() -> None:
    """Small letters, blanks, other dashes, and the letters that digits are taken for."""
    symbols = "0123456789ABCDEFGHJKMNPQR1"
    for typed in (
        "01234-56789-ABCDE-FGHJK-MNPQR1",
        " o1234 56789 abcde fghjk mnpqrl\r\n",
        "OI234\u201356789\u2011abcde\u00a0FGHJK\u2014mnpqri",
    ):
        assert read_code(typed) == symbols


@given(st.text(max_size=80))
def test_nothing_but_a_code_is_read(text: str) -> None:
    """Whatever comes, what is read has the form of a code, or is none."""
    read = read_code(text)
    assert read is None or (len(read) == 26 and set(read) <= set(SYMBOLS))
