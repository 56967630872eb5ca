"""HTML of strangers: what formats is left, what runs, leads astray or borrows is not."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from buckler import ConfigurationError
from buckler.input import Html, html_of
from buckler.input.sanitised import ATTRIBUTES, TAGS
from tests.input.harmless import HARMLESS, HARMLESS_LINES
from tests.input.scripts_of_strangers import BORROWING, LEADING, MUTATING, RUNNING
from tests.input.twin import kinds_of, value_of
from tests.proof import two_sided

HOSTILE = (*RUNNING, *MUTATING, *BORROWING, *(f'<a href="{link}">x</a>' for link in LEADING))
FORMATTED = (
    "<p>One <b>bold</b>, <i>another</i> and <code>x &lt; y</code>.</p>",
    '<ul><li>a</li><li>b</li></ul><ol start="3"><li>c</li></ol>',
    "<h1>T</h1><blockquote>q<br>r</blockquote><hr><pre>a\n  b</pre>",
    '<table><thead><tr><th scope="col">a</th></tr></thead><tbody><tr><td colspan="2">b</td></tr></tbody></table>',
    '<a href="https://example.com/?a=b&amp;c=d" title="t" rel="noopener noreferrer nofollow">x</a>',
    '<a href="mailto:ada@example.com" rel="noopener noreferrer nofollow">Ada</a>',
    "O'Brien &amp; Søn, 日本語, العربية, 👍",
)


class Reading(HTMLParser):
    """What a second parser finds in the text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, "", ""))
        self.found.extend((tag, name, value or "") for name, value in attrs)

    def handle_comment(self, data: str) -> None:
        self.found.append(("!--", "", data))

    def handle_decl(self, decl: str) -> None:
        self.found.append(("!", "", decl))


def strange(text: str) -> Iterator[tuple[str, str, str]]:
    """Tags and attributes of `text` that no list of ours has, and links that lead elsewhere."""
    reading = Reading()
    reading.feed(text)
    reading.close()
    for tag, name, value in reading.found:
        listed = not name or name in ATTRIBUTES.get(tag, ()) or (tag, name) == ("a", "rel")
        leads = name == "href" and not value.lower().startswith(("https:", "http:", "mailto:"))
        if tag not in TAGS or not listed or leads:
            yield tag, name, value


def kept(kind: Any, sent: str) -> str:
    """What is left of `sent`, which is nothing where it is refused."""
    try:
        return str(value_of(kind, sent))
    except ValidationError:
        return ""


@pytest.mark.asvs("1.3.1", "1.3.5")
@pytest.mark.parametrize("sent", HOSTILE, ids=lambda sent: ascii(sent)[:40])
def test_nothing_is_left_but_what_formats(sent: str) -> None:
    """Read by another parser, once and twice, what is left has no tag, attribute or link but the listed ones."""

    def attack(kind: Any) -> bool:
        left = kept(kind, sent)
        again = left.replace("&lt;", "<").replace("&gt;", ">") if sent.startswith("&") and kind is str else left
        return any(strange(again)) or (kind is str and "owned" in again)

    two_sided(attack, whole=Html, twin=str)
    left = kept(Html, sent)
    assert kept(Html, left) == left


@pytest.mark.parametrize("sent", FORMATTED)
def test_what_formats_stays(sent: str) -> None:
    """Byte for byte, once it is written as we write it."""
    assert value_of(Html, sent) == sent


@pytest.mark.parametrize(
    "sent", [text for text in (*HARMLESS, *HARMLESS_LINES) if not {*text} & {*"<>&"}], ids=lambda s: ascii(s)[:24]
)
def test_text_without_markup_stays_as_it_is(sent: str) -> None:
    """It is HTML already."""
    assert value_of(Html, sent) == sent


def test_signs_of_markup_that_are_none_are_written_out() -> None:
    """So that they are read as what was typed."""
    assert value_of(Html, "5 < 6 > 4 & O'Brien") == "5 &lt; 6 &gt; 4 &amp; O'Brien"


def test_a_link_says_that_it_is_a_stranger_s() -> None:
    """It gives its page no handle on ours, no referrer and no rank."""
    assert 'rel="noopener noreferrer nofollow"' in value_of(Html, '<a href="https://example.com" rel="opener">x</a>')


@pytest.mark.parametrize(
    "sent",
    [
        "&#x202e;x",
        "&#1;<b>x</b>",
        "&#xfeff;",
        "e&#x301;",
        "<b>&#x338;</b>",
        '<a href="https://x.example">&#x338;</a>',
        "a\x00b",
    ],
)
def test_what_a_text_may_not_have_is_not_smuggled_in(sent: str) -> None:
    """Character references are read before they are judged; a mark that joins a tag's end would open it again."""
    assert kinds_of(Html, sent) == ["text_characters"]


def test_what_grows_when_it_is_written_out_is_bounded_afterwards() -> None:
    """An ampersand is five characters in HTML."""
    kind = Annotated[str, html_of(longest=100)]
    assert value_of(kind, "&" * 20) == "&amp;" * 20
    assert kinds_of(kind, "&" * 21) == ["html_too_long"]
    assert kinds_of(kind, "<b>" * 40) == ["string_too_long"]


def test_other_lists_are_taken_where_they_are_asked_for() -> None:
    """Less, or a little more."""
    bold = Annotated[str, html_of(tags={"b"}, attributes={}, schemes=())]
    assert value_of(bold, '<b>x</b> <a href="https://example.com">y</a><script>z</script>') == "<b>x</b> y"
    pictures = Annotated[
        str, html_of(tags=TAGS | {"img"}, attributes={"img": frozenset(("src", "alt"))}, schemes={"https"})
    ]
    picture = '<img src="https://example.com/x.png" alt="x"{}>'
    assert value_of(pictures, picture.format(' onerror="y"')) == picture.format("")


@pytest.mark.parametrize(
    "lists",
    [{"tags": {"script"}}, {"tags": {"style"}}, {"tags": {"svg"}}, {"tags": {"iframe"}}, {"tags": {"form"}},
     {"attributes": {"a": frozenset(("onclick",))}}, {"attributes": {"p": frozenset(("style",))}},
     {"attributes": {"p": frozenset(("id",))}},
     {"attributes": {"img": frozenset(("src",))}}, {"schemes": {"javascript"}}, {"schemes": {"data"}}],
    ids=str,
)  # fmt: skip
def test_a_list_that_lets_scripts_in_is_refused_when_it_is_written(lists: dict[str, Any]) -> None:
    """The message says why."""
    with pytest.raises(ConfigurationError, match="off the list"):
        html_of(**lists)


PIECES = st.sampled_from(
    ["<", ">", "</", "b", "p", "svg", "math", "style", "script", "mtext", "table", "<!--", "-->", '"', "'", "=",
     " ", "href", "title",
     "onerror", "javascript:", "https://x", "&lt;", "&#x3c;", "\u0338", "x", "<b>", "</b>", "<a ", "<p title=",
     "<style>", "</style>"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25).map("".join))
def test_whatever_is_put_together_only_what_formats_is_left(sent: str) -> None:
    """And what is left stays as it is."""
    left = kept(Html, sent)
    assert not list(strange(left))
    assert kept(Html, left) == left
    assert len(left) <= 20_000


def test_the_document_calls_it_html() -> None:
    """With its bound."""
    shown = TypeAdapter[str](Html).json_schema()
    assert (shown["contentMediaType"], shown["maxLength"]) == ("text/html", 20_000)
