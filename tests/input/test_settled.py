"""Rules whose settings are of another type than they say cannot be built, and the words name value and remedy."""

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError
from sqlalchemy import Column, Integer, MetaData, String, Table

from buckler import ConfigurationError
from buckler.input import (
    FileName,
    Filters,
    Html,
    Identifier,
    Key,
    Line,
    Moment,
    Money,
    Outbound,
    Password,
    ReturnPath,
    Sorting,
    StrictModel,
    Text,
    Url,
    Username,
    UuidKey,
    file_name_of,
    html_of,
    line_of,
    money_of,
    password_of,
    text_of,
    url_of,
)

T = Table("t", MetaData(), Column("id", Integer, primary_key=True), Column("n", String(9)))
WRONG: Any = "80"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: line_of(longest=WRONG), "longest='80' is no whole number"),
        (lambda: text_of(shortest=True), "shortest=True is no whole number"),
        (lambda: password_of(longest=WRONG), "longest='80' is no whole number"),
        (lambda: url_of(longest=WRONG), "longest='80' is no whole number"),
        (lambda: url_of(schemes="https"), "write schemes={'https'}"),
        (lambda: html_of(tags="b"), "write tags={'b'}"),
        (lambda: file_name_of(endings="pdf"), "write endings={'pdf'}"),
        (lambda: file_name_of(endings={".PDF"}), "endings={'pdf'}"),
        (lambda: Outbound(hosts=(), answer_bytes="1MB"), "Did you mean '1 MB'"),
        (lambda: Outbound(hosts=(), answer_bytes=0), "answer_bytes: 0 is not a size"),
        (lambda: Outbound(hosts=(), seconds=WRONG), "seconds='80'"),
        (lambda: Filters({"n": T.c.n}), "'n' has no column with its comparisons: write them in brackets"),  # type: ignore[dict-item]
        (lambda: Filters({"n": ()}), "in brackets"),  # type: ignore[dict-item]
        (lambda: Sorting({"n": "name"}, default="n", tie=WRONG), "'n': str is no column"),  # type: ignore[dict-item]
    ],
)
def test_a_setting_of_another_type_is_told(make: Callable[[], object], words: str) -> None:
    """Where it is written."""
    with pytest.raises(ConfigurationError) as error:
        make()
    assert words in str(error.value)


def test_the_longest_needs_no_name() -> None:
    """`line_of(80)`."""
    assert (line_of(80), text_of(80), password_of(80), html_of(80).longest) == (
        line_of(longest=80),
        text_of(longest=80),
        password_of(longest=80),
        80,
    )
    assert Outbound(hosts=(), answer_bytes="1 MB")
    assert "examples" not in TypeAdapter(Annotated[str, url_of(longest=12)]).json_schema()


@pytest.mark.parametrize(
    "kind",
    [FileName, Html, Identifier, Key, Line, Moment, Money, Password, ReturnPath, Text, Url, Username, UuidKey,
     Annotated[str, line_of(5)], Annotated[str, text_of(shortest=100)], Annotated[str, money_of(scale=0)],
     Annotated[str, money_of(scale=3)], Annotated[str, url_of(schemes={"http", "wss"})],
     Annotated[str, file_name_of(endings={"png", "gif"})], Annotated[Password, password_of(longest=4)]],
)  # fmt: skip
def test_every_type_shows_an_example_that_it_takes(kind: Any) -> None:
    """A page that shows the document would otherwise make one up from the pattern."""
    adapter = TypeAdapter[Any](kind)
    (example,) = adapter.json_schema()["examples"]
    assert adapter.validate_python(example)


class Plain(StrictModel):
    """Texts without a type of ours."""

    name: str = ""
    table: dict[str, str] = Field(default_factory=dict)


def test_a_plain_text_shows_its_bound_and_no_pattern() -> None:
    """Coming in and going out; NUL is refused all the same, in words."""
    for mode in ("validation", "serialization"):
        shown = Plain.model_json_schema(mode=mode)["properties"]
        assert (shown["name"]["type"], shown["name"]["maxLength"]) == ("string", 10_000)
        assert "pattern" not in str(shown)
    for sent in ({"name": "a\0"}, {"table": {"a\0": "x"}}, {"table": {"a": "\0"}}):
        assert told(Plain, sent) == "A text has no NUL character"
    assert told(Plain, {"name": "x" * 10_001}) == "String should have at most 10000 characters"


@pytest.mark.parametrize(
    ("kind", "sent", "words"),
    [
        (Money, "12.505", "at most 13 digits before the point and at most 2 behind it, no sign"),
        (Annotated[str, money_of(scale=0, negative=True)], "1.5", "before the point, without a point, no zero"),
        (Line, "a\nb", "Write one line"),
        (Text, "a\0b", "control, direction or hidden"),
        (Url, "example.com", "begins with https://"),
        (Annotated[str, url_of(schemes={"https", "http"})], "javascript:x", "begins with http:// or https://"),
        (Username, "_ada", "A name begins with a letter or a digit."),
        (FileName, "n" * 300, "at most 255"),
    ],
)
def test_what_is_refused_is_told_with_its_bounds(kind: Any, sent: str, words: str) -> None:
    """In words, and never with what was sent."""
    assert words in told(kind, sent)
    assert len(told(kind, sent)) <= 200


def told(kind: Any, sent: object) -> str:
    with pytest.raises(ValidationError) as error:
        TypeAdapter[Any](kind).validate_python(sent)
    (only,) = error.value.errors()
    return only["msg"]
