"""The lines of a `.env`, and the parser of python-dotenv, whose name is not promised."""

import inspect
from io import StringIO
from pathlib import Path

import pytest
from dotenv import dotenv_values, parser

from buckler import ConfigurationError
from buckler.settings.dotenv_file import read_dotenv
from buckler.settings.files import SettingsFile

TEXT = """
# a comment
export BUCKLER_ORIGIN=https://a.test   # where
BUCKLER_HOSTS = 'b.test, c.test'
BUCKLER_MAIL_PASSWORD="a \\"b\\" $HOME #c"

BUCKLER_CODE_PAGE=
DATABASE_URL=sqlite://
ODD
"""


def file(text: str) -> SettingsFile:
    return SettingsFile(Path("x/.env"), text, Path(__file__).stat())


def test_values_are_read_as_other_tools_read_them() -> None:
    """With the line of each; what is empty or not ours is no setting."""
    read = read_dotenv(file(TEXT))
    plain = dotenv_values(stream=StringIO(TEXT), interpolate=False)
    assert {name: said.value for name, said in read.items()} == {
        name.removeprefix("BUCKLER_").lower(): value
        for name, value in plain.items()
        if name.startswith("BUCKLER_") and value
    }
    assert {name: said.place for name, said in read.items()} == {
        "origin": "x/.env:3",
        "hosts": "x/.env:4",
        "mail_password": "x/.env:5",
    }


def test_a_dollar_stays_a_dollar() -> None:
    """A secret may have one; nothing of the environment is put in its place."""
    assert read_dotenv(file(TEXT))["mail_password"].value == 'a "b" $HOME #c'


def test_every_line_to_mend_is_named() -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_dotenv(file("BUCKLER_MAIL\n\n\n=x\nBUCKLER_HOSTS='CANARY\n"))
    lines = [line.partition(": ")[0] for line in str(refused.value).splitlines()]
    assert lines == ["x/.env, line 1", "x/.env, line 4", "x/.env, line 5"]
    assert "CANARY" not in str(refused.value)


def test_the_parser_is_still_what_it_was() -> None:
    """One argument, and bindings of these four."""
    assert list(inspect.signature(parser.parse_stream).parameters) == ["stream"]
    assert parser.Binding._fields == ("key", "value", "original", "error")
    assert parser.Original._fields == ("string", "line")
