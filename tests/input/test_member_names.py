"""Names of an archive's members."""

import io

import pytest

from buckler.input import ArchiveLimits, examine_zip
from tests.input.files import archive, archive_with
from tests.input.test_archives import refusal_of


@pytest.mark.parametrize(
    "name",
    [
        "../a",
        "a/../b",
        "a/..",
        "..",
        "/a",
        "//a/b",
        "C:/a",
        "c:a",
        "a\\b",
        "..\\a",
        "a//b",
        "./a",
        "a/./b",
        "a\nb",
        "a\x7f",
        "a\x85b",
        "a.",
        "a ",
        "a/ .. /b",
        "a./b",
        " /etc",
        "\uff0e\uff0e\uff0fx",
        "\u2025/x",
        "C\u200b:/x",
        "a\u202etxt.exe",
        "con",
        "COM1.txt",
        "a/Aux/b",
        "nul .txt",
        "lpt\u00b9",
        "x" * 256,
        "\u6f22" * 86,
        "xx/" * 400 + "x",
    ],
)
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    """On any system."""
    assert refusal_of(archive_with(name)) == "archive_name"


@pytest.mark.parametrize(
    "name",
    ["a..b", "..a", "a...b", ".hidden", "console.txt", "com10", "auxiliary/x", "a b", "\u6f22/\u0639.txt", "ab: c"],
)
def test_harmless_names_pass(name: str) -> None:
    """They are shown; nothing is opened by them."""
    assert examine_zip(io.BytesIO(archive_with(name))).members[0].name == name


@pytest.mark.parametrize(
    "pair", [("a", "A"), ("\u00e9", "e\u0301"), ("a", "a/"), ("a", "a/b"), ("A/b/c", "a/B"), ("a/b", "a")]
)
def test_two_members_of_one_name_are_refused(pair: tuple[str, str]) -> None:
    """Readers differ in which of them they take."""
    assert refusal_of(archive(dict.fromkeys(pair, b""))) == "archive_name"


@pytest.mark.parametrize(
    "name",
    [
        "b.zip",
        "b.JAR",
        "b.tar.gz",
        "b.7z",
        "b.docx",
        "b.docm",
        "b.xlsm",
        "b.pptm",
        "b.epub",
        "b.odt",
        "b.ear",
        "b.tbz2",
        "b.deb",
        "b.zipx",
        "b.lzma",
        "b.cpio",
        "b.lz4",
        "b.whl",
    ],
)
def test_an_archive_in_an_archive_is_refused_by_its_name(name: str) -> None:
    """Unless it is taken."""
    content = archive({name: b"x"})
    assert refusal_of(content) == "archive_nested"
    assert examine_zip(io.BytesIO(content), ArchiveLimits(is_nested_taken=True)).members
