"""JSON that passes has one meaning and a bounded cost; what has not is refused.

The table follows the manner of the well-known suites: `y_` must pass, `n_` must not, and `i_` is where RFC 8259
leaves a choice, with ours. All of it is our own.
"""

import json
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckler.input.json import DEEPEST, LONGEST_NUMBER, MOST_MEMBERS, MalformedJson, judge
from tests.proof import stopped_by, two_sided

PASS = {
    "y_null": b"null",
    "y_true": b"true",
    "y_false": b"false",
    "y_zero": b"0",
    "y_minus_zero": b"-0",
    "y_integer": b"1234567890",
    "y_negative": b"-17",
    "y_fraction": b"0.25",
    "y_fraction_long": b"3.14159265358979323846264338327950288",
    "y_exponent": b"1e3",
    "y_exponent_upper": b"1E3",
    "y_exponent_plus": b"1e+3",
    "y_exponent_minus": b"1e-3",
    "y_exponent_zeros": b"1e003",
    "y_zero_exponent": b"0e1",
    "y_tiny_becomes_zero": b"1e-9999",
    "y_largest_double": b"1.7976931348623157e308",
    "y_long_integer": b"9" * LONGEST_NUMBER,
    "y_above_64_bits": b"18446744073709551616",
    "y_empty_string": b'""',
    "y_string": b'"lantern"',
    "y_escapes": rb'"\"\\\/\b\f\n\r\t"',
    "y_escape_letter": rb'"\u0041"',
    "y_escape_nul": rb'"\u0000"',
    "y_escape_upper_hex": rb'"\u00E9\u00e9"',
    "y_escape_pair": rb'"\ud83d\ude00"',
    "y_escape_pair_upper": rb'"\uD83D\uDE00"',
    "y_escape_pairs": rb'"\ud83d\ude00\ud83d\ude01 \uDBFF\uDFFF"',
    "y_escape_noncharacter": rb'"\uffff\ufffe"',
    "y_escape_just_below_pairs": rb'"\ud7ff"',
    "y_escape_just_above_pairs": rb'"\ue000"',
    "y_backslash_before_u": rb'"\\ud800"',
    "y_backslashes_before_u": rb'"\\\\\\ud83d"',
    "y_backslash_then_pair": rb'"\\\ud83d\ude00"',
    "y_emoji": '"\U0001f993"'.encode(),
    "y_arabic": '"مرحبا بالعالم"'.encode(),
    "y_hebrew": '"שלום"'.encode(),
    "y_chinese": '"你好"'.encode(),
    "y_bidi_character": '"\u202eabc"'.encode(),
    "y_byte_order_mark_inside": '"\ufeff"'.encode(),
    "y_line_separator": '"\u2028\u2029"'.encode(),
    "y_delete": b'"\x7f"',
    "y_c1_control": '"\x80"'.encode(),
    "y_highest": '"\U0010ffff"'.encode(),
    "y_html": b'"<script>alert(1)</script>"',
    "y_sql": b'"Robert\'); DROP TABLE students;--"',
    "y_template": b'"{{7*7}} ${7*7}"',
    "y_path": b'"../../etc/passwd"',
    "y_empty_list": b"[]",
    "y_empty_object": b"{}",
    "y_list": b"[1,2,3]",
    "y_object": b'{"a":1,"b":2}',
    "y_empty_name": b'{"":0}',
    "y_names_that_differ_in_case": b'{"a":1,"A":2}',
    "y_names_that_differ_in_form": '{"é":1,"e\u0301":2}'.encode(),
    "y_same_name_in_two_objects": b'[{"a":1},{"a":2}]',
    "y_same_name_inside": b'{"a":{"a":{"a":1}}}',
    "y_proto": b'{"__proto__":{"admin":true}}',
    "y_blanks": b" \t\r\n[ \t\r\n1 \t\r\n, \t\r\n2 \t\r\n] \t\r\n",
    "y_blanks_in_object": b' { "a" : 1 } ',
    "y_depth": b"[" * DEEPEST + b"]" * DEEPEST,
    "y_depth_of_objects": b'{"a":' * (DEEPEST - 1) + b"{}" + b"}" * (DEEPEST - 1),
    "y_depth_mixed": b'[{"a":' * (DEEPEST // 2) + b"1" + b"}]" * (DEEPEST // 2),
    "y_depth_beside_another": b"[[]," + b"[" * (DEEPEST - 1) + b"]" * DEEPEST,
    "y_many_shallow": b"[" + b"[]," * 500 + b"[]]",
    "y_members": b"[" + b"1," * (MOST_MEMBERS - 1) + b"1]",
    "y_commas_in_a_string": b'"' + b"," * (2 * MOST_MEMBERS) + b'"',
    "y_brackets_in_a_string": b'["' + b"[{" * 5000 + b'"]',
    "y_quotes_and_brackets_in_a_string": b'["' + b'\\"[' * 500 + b'"]',
    "y_backslashes_and_brackets_in_a_string": b'["' + b"\\\\" * 501 + b'",["' + b"[" * 70 + b'"]]',
}
REFUSED = {
    "n_blanks_alone": (b"  \n", "syntax"),
    "n_word": (b"lantern", "syntax"),
    "n_upper_null": (b"NULL", "syntax"),
    "n_upper_true": (b"True", "syntax"),
    "n_none": (b"None", "syntax"),
    "n_undefined": (b"undefined", "syntax"),
    "n_half_a_word": (b"tru", "syntax"),
    "n_nan": (b"NaN", "number"),
    "n_nan_inside": (b'{"a":[NaN]}', "number"),
    "n_infinity": (b"Infinity", "number"),
    "n_minus_infinity": (b"[-Infinity]", "number"),
    "n_minus_nan": (b"-NaN", "syntax"),
    "n_small_inf": (b"inf", "syntax"),
    "n_infinite": (b"1e999", "number"),
    "n_infinite_negative": (b"-1e999", "number"),
    "n_infinite_inside": (b'{"a":{"b":[1,2e400]}}', "number"),
    "n_infinite_by_digits": (b"9" * 390 + b".0", "number"),
    "n_just_above_double": (b"1.8e308", "number"),
    "n_too_many_digits": (b"9" * (LONGEST_NUMBER + 1), "number"),
    "n_too_many_digits_of_a_fraction": (b"0." + b"1" * LONGEST_NUMBER, "number"),
    "n_too_many_digits_of_an_exponent": (b"1e" + b"0" * LONGEST_NUMBER + b"1", "number"),
    "n_leading_zero": (b"01", "syntax"),
    "n_leading_zero_negative": (b"-01", "syntax"),
    "n_double_zero": (b"[00]", "syntax"),
    "n_plus": (b"+1", "syntax"),
    "n_minus_alone": (b"-", "syntax"),
    "n_two_minuses": (b"--1", "syntax"),
    "n_point_first": (b".5", "syntax"),
    "n_point_last": (b"5.", "syntax"),
    "n_point_then_exponent": (b"5.e1", "syntax"),
    "n_exponent_alone": (b"1e", "syntax"),
    "n_exponent_sign_alone": (b"1e+", "syntax"),
    "n_exponent_fraction": (b"1e1.5", "syntax"),
    "n_hexadecimal": (b"0x1F", "syntax"),
    "n_octal": (b"0o17", "syntax"),
    "n_underscore": (b"1_000", "syntax"),
    "n_thousands": (b"[1 000]", "syntax"),
    "n_arabic_digits": ("[\u0661]".encode(), "syntax"),
    "n_full_width_digit": ("[\uff11]".encode(), "syntax"),
    "n_comma_decimal": (b"1,5", "syntax"),
    "n_single_quotes": (b"'a'", "syntax"),
    "n_no_quotes": (b"{a:1}", "syntax"),
    "n_back_quotes": (b"`a`", "syntax"),
    "n_open_string": (b'"a', "syntax"),
    "n_escaped_end": (b'"\\"', "syntax"),
    "n_escape_x": (rb'"\x41"', "syntax"),
    "n_escape_a": (rb'"\a"', "syntax"),
    "n_escape_quote": (rb'"\'"', "syntax"),
    "n_escape_zero": (rb'"\0"', "syntax"),
    "n_escape_upper_u": (rb'"\U0041"', "syntax"),
    "n_escape_u_short": (rb'"\u004"', "syntax"),
    "n_escape_u_no_hex": (rb'"\u00g1"', "syntax"),
    "n_escape_u_sign": (rb'"\u+041"', "syntax"),
    "n_escape_u_blank": (rb'"\u 041"', "syntax"),
    "n_escape_u_braces": (rb'"\u{41}"', "syntax"),
    "n_raw_newline": (b'"a\nb"', "syntax"),
    "n_raw_tab": (b'"a\tb"', "syntax"),
    "n_raw_nul": (b'"a\x00b"', "syntax"),
    "n_raw_escape": (b'"\x1b[31m"', "syntax"),
    "n_nul_after": (b"1\x00", "syntax"),
    "n_lone_high": (rb'"\ud800"', "surrogate"),
    "n_lone_high_upper": (rb'"\uD800"', "surrogate"),
    "n_lone_low": (rb'"\udc00"', "surrogate"),
    "n_lone_high_then_letter": (rb'"\ud800a"', "surrogate"),
    "n_lone_high_then_escape": (rb'"\ud800\n"', "surrogate"),
    "n_lone_high_then_other": (rb'"\ud800\u0041"', "surrogate"),
    "n_two_highs": (rb'"\ud800\ud800"', "surrogate"),
    "n_high_high_low": (rb'"\ud800\ud83d\ude00"', "surrogate"),
    "n_low_high": (rb'"\ude00\ud83d"', "surrogate"),
    "n_pair_then_lone": (rb'"\ud83d\ude00\ude00"', "surrogate"),
    "n_pair_over_two_strings": (rb'["\ud83d","\ude00"]', "surrogate"),
    "n_pair_around_a_backslash": (rb'"\ud83d\\\ude00"', "surrogate"),
    "n_lone_in_a_name": (rb'{"\ud800":1}', "surrogate"),
    "n_backslashes_then_lone": (rb'"\\\ud800"', "surrogate"),
    "n_lone_after_much": (b'"' + b"a" * 5000 + rb'\udfff"', "surrogate"),
    "n_encoded_surrogate": (b'"\xed\xa0\x80"', "encoding"),
    "n_overlong_slash": (b'"\xc0\xaf"', "encoding"),
    "n_overlong_three": (b'"\xe0\x80\xaf"', "encoding"),
    "n_overlong_nul": (b'"\xc0\x80"', "encoding"),
    "n_latin_1": ('"é"'.encode("latin-1"), "encoding"),
    "n_continuation_alone": (b'"\x80"', "encoding"),
    "n_cut_character": (b'"\xe2\x82"', "encoding"),
    "n_above_unicode": (b'"\xf4\x90\x80\x80"', "encoding"),
    "n_five_bytes": (b'"\xf8\x88\x80\x80\x80"', "encoding"),
    "n_utf_16_mark": ('{"a":1}'.encode("utf-16"), "encoding"),
    "n_utf_16_little": ('{"a":1}'.encode("utf-16-le"), "syntax"),
    "n_utf_16_big": ('{"a":1}'.encode("utf-16-be"), "syntax"),
    "n_utf_32_big": ("1".encode("utf-32-be"), "syntax"),
    "n_utf_7": (b"+AHs-", "syntax"),
    "n_byte_order_mark": (b"\xef\xbb\xbf{}", "encoding"),
    "n_byte_order_mark_alone": (b"\xef\xbb\xbf", "encoding"),
    "n_no_break_space": ("[\u00a01]".encode(), "syntax"),
    "n_form_feed": (b"[\x0c1]", "syntax"),
    "n_vertical_tab": (b"[\x0b1]", "syntax"),
    "n_twice": (b'{"a":1,"a":2}', "duplicate"),
    "n_twice_the_same": (b'{"a":1,"a":1}', "duplicate"),
    "n_twice_apart": (b'{"a":1,"b":2,"c":3,"a":4}', "duplicate"),
    "n_twice_inside": (b'[{"x":{"a":1,"a":2}}]', "duplicate"),
    "n_twice_escaped": (rb'{"a":1,"\u0061":2}', "duplicate"),
    "n_twice_escaped_slash": (rb'{"/":1,"\/":2}', "duplicate"),
    "n_twice_empty": (b'{"":1,"":2}', "duplicate"),
    "n_twice_emoji": ('{"\U0001f600":1,"\\ud83d\\ude00":2}'.encode(), "duplicate"),
    "n_two_values": (b"1 2", "syntax"),
    "n_two_objects": (b"{}{}", "syntax"),
    "n_lines_of_values": (b'{"a":1}\n{"a":2}', "syntax"),
    "n_trailing_word": (b"{} x", "syntax"),
    "n_trailing_bracket": (b"[]]", "syntax"),
    "n_trailing_comma_after": (b"[],", "syntax"),
    "n_comment": (b"[1/* one */]", "syntax"),
    "n_line_comment": (b"[1] // one", "syntax"),
    "n_hash_comment": (b"# one\n[1]", "syntax"),
    "n_comma_last": (b"[1,]", "syntax"),
    "n_comma_last_in_object": (b'{"a":1,}', "syntax"),
    "n_comma_first": (b"[,1]", "syntax"),
    "n_comma_twice": (b"[1,,2]", "syntax"),
    "n_comma_alone": (b"[,]", "syntax"),
    "n_no_comma": (b'["a" "b"]', "syntax"),
    "n_no_colon": (b'{"a" 1}', "syntax"),
    "n_two_colons": (b'{"a"::1}', "syntax"),
    "n_equals": (b'{"a"=1}', "syntax"),
    "n_no_value": (b'{"a":}', "syntax"),
    "n_no_name": (b"{:1}", "syntax"),
    "n_number_as_name": (b"{1:1}", "syntax"),
    "n_list_as_name": (b"{[]:1}", "syntax"),
    "n_null_as_name": (b"{null:1}", "syntax"),
    "n_colon_in_list": (b'["a":1]', "syntax"),
    "n_open_list": (b"[1", "syntax"),
    "n_open_object": (b'{"a":1', "syntax"),
    "n_closed_wrong": (b"[1}", "syntax"),
    "n_closed_alone": (b"]", "syntax"),
    "n_round": (b"(1)", "syntax"),
    "n_markup": (b"<a/>", "syntax"),
    "n_padded_for_scripts": (b")]}',\n{}", "syntax"),
    "n_call": (b'f({"a":1})', "syntax"),
    "n_too_deep": (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "depth"),
    "n_too_deep_objects": (b'{"a":' * DEEPEST + b"{}" + b"}" * DEEPEST, "depth"),
    "n_too_deep_mixed": (b'[{"a":' * DEEPEST + b"1" + b"}]" * DEEPEST, "depth"),
    "n_too_deep_after_a_string": (b'["\\"]]]",' + b"[" * DEEPEST + b"]" * DEEPEST + b"]", "depth"),
    "n_deep_and_open": (b"[" * 1000, "depth"),
    "n_deep_and_crossed": (b"[{" * 100 + b"]}" * 100, "depth"),
    "n_closed_before_open": (b"]" * 100 + b"[" * 100, "depth"),
    "n_200_000_deep": (b"[" * 200_000 + b"]" * 200_000, "members"),
    "n_200_000_deep_objects": (b'{"a":' * 200_000 + b"1" + b"}" * 200_000, "members"),
    "n_too_many_values": (b"[" + b"1," * MOST_MEMBERS + b"1]", "members"),
    "n_too_many_objects": (b"[" + b"{}," * MOST_MEMBERS + b"{}]", "members"),
    "n_a_million_names": (b"{" + b",".join(b'"%d":1' % at for at in range(1_000_000)) + b"}", "members"),
    "n_commas_alone": (b"," * (MOST_MEMBERS + 1), "members"),
}
CHOSEN = {
    "i_number_below_double": (b"[123.456e-789]", None),
    "i_integer_that_no_double_holds": (b"[9007199254740993]", None),
    "i_noncharacter": ('["\ufdd0"]'.encode(), None),
    "i_single_value": (b'"not an object"', None),
    "i_names_that_look_alike": ('{"a":1,"\u0430":2}'.encode(), None),
    "i_byte_order_mark": (b"\xef\xbb\xbf[1]", "encoding"),
    "i_number_above_double": (b"[1e400]", "number"),
    "i_half_a_pair": (rb'["\uDADA"]', "surrogate"),
    "i_same_name": (b'{"a":1,"a":1}', "duplicate"),
}


def verdict(text: bytes) -> str | None:
    """The rule that refuses it, or None."""
    try:
        judge(text)
    except MalformedJson as error:
        return error.rule
    return None


@pytest.mark.parametrize("text", PASS.values(), ids=PASS.keys())
def test_what_is_json_passes_and_has_a_value(text: bytes) -> None:
    judge(text)
    json.loads(text)


@pytest.mark.parametrize(("text", "rule"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_none_is_refused_by_its_rule(text: bytes, rule: str) -> None:
    assert verdict(text) == rule


@pytest.mark.parametrize(("text", "rule"), CHOSEN.values(), ids=CHOSEN.keys())
def test_where_there_is_a_choice_ours_is_written_down(text: bytes, rule: str | None) -> None:
    assert verdict(text) == rule


@pytest.mark.parametrize("text", [text for text, _ in REFUSED.values()], ids=REFUSED.keys())
def test_the_words_never_repeat_what_was_sent(text: bytes) -> None:
    """They are for whoever sent it, or had it sent."""
    canary = b'"CANARY" x' + text
    with pytest.raises(MalformedJson) as refused:
        judge(canary)
    assert "CANARY" not in str(refused.value)


@pytest.mark.asvs("1.5.2")
@pytest.mark.parametrize(
    "text",
    [b'{"role":"user","role":"admin"}', b'{"n":NaN}', b'{"n":1e999}', rb'{"n":"\ud800"}', b"\xff\xfe{\x00}\x00"],
)
def test_a_text_with_two_readings_is_taken_by_the_parser_alone(text: bytes) -> None:
    """The twin is what FastAPI parses with."""

    def attack(read: Callable[[bytes], object]) -> bool:
        return not stopped_by(MalformedJson, lambda: read(text))

    two_sided(attack, whole=judge, twin=json.loads)


numbers = st.integers(-(10**390), 10**390) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=("Cs",)))
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=40,
)


@given(values, st.booleans())
def test_whatever_python_writes_passes(value: object, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only).encode()
    judge(text)
    assert json.loads(text) == value


FRAGMENTS = """[ ] { } , : " "a" "b": \\ \\u \\ud83d \\ude00 d800 1 - e . 0 NaN null a é \ufeff""".encode().split(b" ")
odd = st.lists(st.sampled_from([*FRAGMENTS, b" ", b"\n", b"\x00", b"\xff"]), max_size=30).map(b"".join)


@given(odd | st.binary(max_size=60))
def test_whatever_passes_has_one_reading(text: bytes) -> None:
    """Python's lenient parser agrees, and what it read can be written and read again."""
    if verdict(text) is None:
        value = json.loads(text)
        assert json.loads(text.decode()) == value
        assert json.loads(json.dumps(value, allow_nan=False).encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 1_000_000,
        b'"' * 1_000_000,
        b'"\\' + b'\\"' * 500_000,
        b"[" * 70 + b'"\\"' * 300_000,
        b"[" * 70 + b"\\" * 1_000_000,
        b"9" * 1_000_000,
        b'"' + rb"\ud83d\ude00" * 80_000 + rb'\ud83d"',
        b'"' + rb"\u" * 500_000,
        b"[" + b'"",' * 99_000 + b'""]',
        b"{" + b",".join(b'"%d":{}' % at for at in range(49_000)) + b"}",
        b" " * 1_000_000,
    ],
    ids=range(11),
)
def test_a_megabyte_of_anything_costs_little(text: bytes) -> None:
    """CPU time, with tenfold room: each takes less than a tenth of a second."""
    begun = time.process_time()
    verdict(text)
    assert time.process_time() - begun < 1
