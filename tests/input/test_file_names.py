"""Names of files: no path, no device, no disguise; and a header that no name can break."""

from typing import Annotated
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter

from buckler import ConfigurationError
from buckler.input import FileName, content_disposition, file_name_of
from tests.input.twin import kinds_of, taking, value_of
from tests.proof import two_sided

PLAIN = Annotated[str, Field(max_length=255)]
PDF = Annotated[str, file_name_of(endings={"pdf", "tar.gz"})]


@pytest.mark.parametrize(
    "name",
    ["report.pdf", "O'Brien & Sons (final) [2].docx", "Grüße.txt", "報告書.pdf", "تقرير.pdf", "👍.png", "a", "README",
     "1e309",
     "{{77}}.txt", "100% sure.txt", "semi;colon.txt", "a.b.c", "x" * 255, "con-struct.txt", "console.log",
     "com10.txt"],
)  # fmt: skip
def test_an_honest_name_stays_as_it_is(name: str) -> None:
    """In every script."""
    assert value_of(FileName, name) == name


@pytest.mark.asvs("2.2.1")
@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "..", ".", ".htaccess", "a/b", "a\\b", "C:x", "x.txt:stream", "/etc/passwd",
     "\\\\server\\x", "-rf",
     "~root", " x", "x ", "x.", "x\u3000", "con", "NUL.txt", "com1.tar.gz", "LPT\u00b9", "aux .txt", "a\x00.png",
     "a\nb", "a\r\nX: y",
     "invoice\u202efdp.exe", "a\u2028b", 'a"b', "a*b", "a?b", "a<b", "a|b", "\u00e9" * 128, "a\u200b/b", "\u200b"],
    ids=lambda name: ascii(name)[:20],
)  # fmt: skip
def test_a_name_that_is_more_than_a_name_is_refused(name: str) -> None:
    """Paths, drives, streams, devices, options, hidden files, reversed endings and torn headers."""

    def attack(kind: object) -> bool:
        return taking(kind)(name)

    two_sided(attack, whole=FileName, twin=PLAIN)


def test_only_listed_endings_are_taken_where_they_are_listed() -> None:
    """Whatever their case; the last one decides."""
    assert value_of(PDF, "a.PDF") == "a.PDF"
    assert value_of(PDF, "a.tar.gz") == "a.tar.gz"
    for name in ("a.pdf.exe", "a.gz", "pdf", "a.pdf.", "apdf"):
        assert kinds_of(PDF, name)[0] in ("file_name_ending", "file_name")


@pytest.mark.parametrize("ending", ["PDF", ".pdf", "", "p/f", "x" * 17])
def test_an_ending_that_no_name_has_is_refused_when_it_is_written(ending: str) -> None:
    """The message says how it is written."""
    with pytest.raises(ConfigurationError, match="small letters"):
        file_name_of(endings={ending})


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("report.pdf", 'attachment; filename="report.pdf"'),
        ("a b.pdf", 'attachment; filename="a b.pdf"'),
        ("Grüße.txt", "attachment; filename=\"Gr__e.txt\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt"),
        ('a"b.txt', "attachment; filename=\"a_b.txt\"; filename*=UTF-8''a%22b.txt"),
        ("100%.txt", "attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
        ("../x", 'attachment; filename="_x"'),
        ("", 'attachment; filename="file"'),
        ("a\r\nSet-Cookie: b", "attachment; filename=\"a__Set-Cookie_ b\"; filename*=UTF-8''a__Set-Cookie%3A%20b"),
        ("\ud800.txt", 'attachment; filename="_.txt"'),
    ],
    ids=ascii,
)
def test_the_header_names_the_file(name: str, header: str) -> None:
    """An ASCII stand-in for old clients, and the name itself for the others (RFC 6266, RFC 8187)."""
    assert content_disposition(name) == header
    assert content_disposition(name, inline=True) == header.replace("attachment", "inline", 1)


def naive(name: str) -> str:
    """How it is written by hand."""
    return f'attachment; filename="{name}"'


@pytest.mark.asvs("5.4.1", "5.4.2")
@pytest.mark.parametrize(
    "name", ['x"; filename="evil.exe', "x\r\nSet-Cookie: a=b", "../../x", "a\u202etxt.exe"], ids=ascii
)
def test_no_name_breaks_the_header(name: str) -> None:
    """Another name, another header, a path or a reversed ending smuggled in by the name of a file."""

    def attack(header: object) -> bool:
        value: str = header(name)  # type: ignore[operator]
        return value.count('"') != 2 or "\n" in value or "/" in value or "\u202e" in value

    two_sided(attack, whole=content_disposition, twin=naive)


@given(st.text(max_size=300))
def test_the_header_is_well_formed_whatever_the_name(name: str) -> None:
    """Printable ASCII, one quoted stand-in, and a name that decodes."""
    header = content_disposition(name)
    assert header.isascii()
    assert header.isprintable()
    kind, stand_in, *extended = header.split("; ") if "; filename*" in header else [*header.split("; ", 1)]
    assert kind == "attachment"
    assert stand_in.startswith('filename="') or extended
    assert "/" not in unquote(header.partition("filename*=UTF-8''")[2])


@given(st.text(max_size=60))
def test_a_name_that_is_taken_stays_as_it_is(name: str) -> None:
    """It fits a file system, its header, and itself."""
    if not taking(FileName)(name):
        return
    kept = value_of(FileName, name)
    assert len(kept.encode()) <= 255
    assert value_of(FileName, kept) == kept
    assert "/" not in kept
    assert content_disposition(kept)


def test_the_document_shows_the_endings() -> None:
    """As a pattern."""
    assert r"\.(?:[pP][dD][fF]|[tT][aA][rR][.][gG][zZ])$" in TypeAdapter[str](PDF).json_schema()["pattern"]
    assert TypeAdapter[str](FileName).json_schema()["maxLength"] == 255


@pytest.mark.parametrize("hidden", ["\u200b", "\u00ad", "\u2060"], ids=ascii)
def test_a_name_has_nothing_that_shows_nothing(hidden: str) -> None:
    """Two names that look alike in every list; joiners, which scripts and emoji need, stay."""
    assert kinds_of(FileName, f"in{hidden}voice.pdf") == ["file_name"]
    assert value_of(FileName, "\u0645\u06cc\u200c\u062e.pdf") == "\u0645\u06cc\u200c\u062e.pdf"
