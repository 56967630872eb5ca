"""Files of accounts: read line by line, bounded, and never guessed at."""

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buckler.cli import account_file
from buckler.cli.account_file import LONGEST_LINE, Format, format_of, records
from buckler.errors import ConfigurationError
from buckler.identity.administration.importing import Fault, Record

HEAD = b"name,email,hash,roles,confirmed,disabled\n"


def told(text: bytes, form: Format = "csv") -> list[Record | Fault]:
    return list(records(io.BytesIO(text), form))


def test_csv_is_read_as_it_is_written() -> None:
    """With a mark in front, with either line end, with columns in any order and quotes; empty lines count as lines."""
    text = (
        b"\xef\xbb\xbfHash,name,roles,disabled,confirmed,email\r\n"
        b'"a,b",ada,"editor  reader",yes,TRUE, ada@example.com\r\n'
        b'\r\n,b"ob,,,0,\n'
        b'x,"car""ol",admin,no,,'
    )
    assert told(text) == [
        Record(2, "ada", "ada@example.com", "a,b", ("editor", "reader"), True, True),
        Record(4, 'b"ob', None, "", None, False, False),
        Record(5, 'car"ol', None, "x", ("admin",), False, False),
    ]


def test_json_lines_are_read_as_they_are_written() -> None:
    """What is null or left out says nothing; an empty list of roles says none."""
    text = (
        b'{"name":"ada","hash":"a","email":"ada@example.com","roles":["editor"],"confirmed":true,"disabled":true}\n\n'
        b'{"hash":null,"name":"bob","roles":[]}\n{"hash":" x ","name":"\\u00e9ve","roles":null,"email":null}'
    )
    assert told(text, "jsonl") == [
        Record(1, "ada", "ada@example.com", "a", ("editor",), True, True),
        Record(3, "bob", None, "", (), False, False),
        Record(4, "\u00e9ve", None, "x", None, False, False),
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"ada,,x", "3 fields and the header has 6"),
        (b"ada,,x,,,,", "7 fields"),
        (b'"ada,,x,,,', "quote"),
        (b'"ada"b,,x,,,', "quote"),
        (b"ada,,x,,maybe,", "confirmed is neither true nor false"),
        (b"ada,,x,,,2", "disabled is neither"),
        (b"\xff,,x,,,", "not UTF-8"),
        (b"ada,," + b"x" * LONGEST_LINE + b",,,", "more than 4096 bytes"),
    ],
)
def test_a_line_of_csv_that_says_nothing_is_told(line: bytes, words: str) -> None:
    """And the one after it is read all the same."""
    fault, after = told(HEAD + line + b"\nbob,,y,,,\n")
    assert isinstance(fault, Fault)
    assert (fault.line, words in fault.text) == (2, True), fault
    assert after == Record(3, "bob", None, "y", None, False, False)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"ada", "no JSON"),
        (b"[]", "no object"),
        (b'"ada"', "no object"),
        (b'{"name":"ada"}', "It has name and hash"),
        (b'{"name":"ada","hash":"x","disbled":true}', "It has name and hash"),
        (b'{"name":"ada","hash":"x","name":"bob"}', "no JSON"),
        (b'{"name":"ada\\ud800","hash":"x"}', "no JSON"),
        (b'{"name":"ada","hash":"x"} {}', "no JSON"),
        (b'{"name":["ada"],"hash":"x"}', "name is no text"),
        (b'{"name":"ada","hash":1}', "hash is no text"),
        (b'{"name":"ada","hash":"x","email":true}', "email is no text"),
        (b'{"name":"ada","hash":"x","confirmed":"true"}', "confirmed is no true or false"),
        (b'{"name":"ada","hash":"x","disabled":1}', "disabled is no true or false"),
        (b'{"name":"ada","hash":"x","roles":"admin"}', "no list of texts"),
        (b'{"name":"ada","hash":"x","roles":[null]}', "no list of texts"),
        (b"[" * 4000, "no JSON"),
        (b'{"name":"' + b"a" * 5000 + b'"}', "more than 4096 bytes"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_a_line_of_json_that_says_nothing_is_told(line: bytes, words: str) -> None:
    """And the one after it is read all the same."""
    fault, after = told(line + b'\n{"name":"bob","hash":"y"}\n', "jsonl")
    assert isinstance(fault, Fault)
    assert (fault.line, words in fault.text) == (1, True), fault
    assert after == Record(2, "bob", None, "y", None, False, False)


@pytest.mark.parametrize(
    "head",
    [b"", b"\n\n", b"ada,x\n", b"name,email\n", b"name,hash,name\n", b"name,hash,password\n", b'"name,hash\n', b"\xff"],
)
def test_a_file_without_a_fit_header_is_refused(head: bytes) -> None:
    """A column that is not known might be a misspelt one."""
    with pytest.raises(ConfigurationError, match=r"^Line \d: "):
        told(head + b"ada,x\n")


def test_the_name_that_is_not_known_is_told() -> None:
    """A short one; and none of a file without a header, whose first line has somebody's hash."""
    with pytest.raises(ConfigurationError, match=r"Not known: 'disbled', 'x{40}'\.$"):
        told(b"name,hash,disbled," + b"x" * 90 + b"\n")
    (fault,) = told(b'{"name":"ada","hash":"x","disbled":true}', "jsonl")
    assert isinstance(fault, Fault)
    assert fault.text.endswith(" Not known: 'disbled'.")
    with pytest.raises(ConfigurationError) as raised:
        told(b"ada,$argon2id$secret\n")
    assert "secret" not in str(raised.value)


def test_a_file_has_a_most_number_of_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that it says is held in memory."""
    monkeypatch.setattr(account_file, "MOST_LINES", 3)
    assert len(told(b"name,hash\na,b\nc,d\n")) == 2
    with pytest.raises(ConfigurationError, match="Line 4: a file has at most 3 lines"):
        told(b"name,hash\na,b\nc,d\ne,f\n")


def test_a_line_is_never_held_past_its_bound() -> None:
    """However long it is, and where no line ends at all."""

    class Counting(io.BytesIO):
        most = 0

        def readline(self, size: int | None = -1, /) -> bytes:
            line = super().readline(size)
            self.most = max(self.most, len(line))
            return line

    file = Counting(HEAD + b"x" * 1_000_000)
    assert [each.line for each in records(file, "csv")] == [2]
    assert file.most == LONGEST_LINE + 1


@given(st.binary(max_size=200), st.sampled_from(("csv", "jsonl")))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(text: bytes, form: Format) -> None:
    """Nothing else is raised, and no line is told twice."""
    try:
        found = told((HEAD if form == "csv" else b"") + text, form)
    except ConfigurationError:
        return
    lines = [each.line for each in found]
    assert lines == sorted(set(lines))


def test_how_a_file_is_written_is_said_or_seen() -> None:
    """What is said counts more."""
    assert format_of(Path("people.csv"), None) == "csv"
    assert format_of(Path("people.JSONL"), None) == "jsonl"
    assert format_of(Path("people.csv"), "jsonl") == "jsonl"
    with pytest.raises(ConfigurationError, match=r"people\.json: .* --format csv or --format jsonl"):
        format_of(Path("people.json"), None)
