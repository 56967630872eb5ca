"""The page: it holds everything, and nothing in it is anybody else's."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from buckler.drill.report import Judged
from buckler.drill.reports.html import write_html
from buckler.drill.reports.page.element import Html, element
from tests.drill.reports.samples import HOSTILE, OBJECT, OWNED, ROUTES, hostile, shop

_TAGS = """
html head meta title style body header main section footer h1 h2 h3 h4 p div span ul li dl dt dd strong code pre mark a
table caption thead tbody tr th td details summary article svg g defs path rect text use
"""
_ATTRIBUTES = """
lang charset http-equiv content name class id href tabindex role aria-label aria-labelledby aria-hidden scope width
height viewbox x y d transform
"""
TAGS = frozenset(_TAGS.split())
ATTRIBUTES = frozenset(_ATTRIBUTES.split())
VOID = frozenset(("meta",))


class Page(HTMLParser):
    """What a parser sees."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)

    def text(self, tag: str) -> str:
        """All that stands right in elements of this name."""
        return "".join(self.texts.get(tag, ()))

    def values(self, name: str) -> list[str]:
        """Of the attributes of this name."""
        return [value for each, value in self.attributes if each == name]


REPORTS = {"shop": shop(), "hostile": hostile(), "clean": shop(judged=shop().judged[6:]), "empty": shop(judged=())}


@pytest.mark.parametrize("name", REPORTS)
def test_it_is_made_of_our_own_elements(name: str) -> None:
    """No script, no form, no frame, no handler, no style but the one; every element is closed where it was opened."""
    page = Page(write_html(REPORTS[name]))
    assert page.open == []
    assert set(page.tags) <= TAGS
    assert {each for each, _ in page.attributes} <= ATTRIBUTES
    assert page.tags.count("style") == 1


@pytest.mark.parametrize("name", REPORTS)
def test_it_loads_nothing(name: str) -> None:
    """Links lead into the page, and its policy allows the one sheet of styles by its hash."""
    text = write_html(REPORTS[name])
    page = Page(text)
    assert all(re.fullmatch(r"#[a-z0-9-]+", value) for value in page.values("href"))
    assert set(page.values("href")) <= {f"#{value}" for value in page.values("id")}
    assert len(set(page.values("id"))) == len(page.values("id"))
    style = page.text("style")
    assert not re.search(r"url\(|@import|expression", style)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'" in page.values(
        "content"
    )


def test_hostile_texts_are_texts() -> None:
    """They are shown, without what a terminal or a reader of right to left would make of them."""
    text = write_html(hostile())
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert {char for char in text if not char.isprintable()} == {"\n"}
    text.encode()
    assert HOSTILE[:20] in Page(text).text("p")


def test_a_finding_is_told_in_full() -> None:
    """What was seen, the control beside the attack, a line for a shell, a test, and what to do."""
    page = Page(write_html(shop()))
    shown = page.text("pre")
    for part in (
        "GET /orders/7\n",
        "200 OK\n",
        'curl -i https://localhost/orders/7 -H "authorization: Bearer $BOB_TOKEN"',
        "def test_d103_get_orders_id() -> None:",
    ):
        assert part in shown
    assert page.text("mark").count("authorization: Bearer $BOB_TOKEN") == 1
    assert OWNED.words in page.text("p")
    assert "Load the object together with its owner" in page.text("p")
    assert "CWE-639" in page.text("li")
    assert page.tags.count("article") == 6


def test_the_picture_and_the_table_say_the_same() -> None:
    """A shape for each cell that is known, each in the picture by its state, and each in words."""
    report = shop()
    page = Page(write_html(report))
    drawn = [value for value in page.values("href") if value.startswith("#is-")]
    assert len(drawn) == len(report.grid)
    for state in ("found", "withstood", "untested", "not applicable"):
        assert drawn.count(f"#is-{state.replace(' ', '-')}") == list(report.grid.values()).count(state)
    assert all(route in page.text("code") for route in ROUTES)
    assert "found: bob; withstood: anonymous, ada, admin" in page.text("td")
    assert "#finding-3" in page.values("href")


def test_bodies_are_bounded() -> None:
    """A megabyte that says one thing is told in a line."""
    text = write_html(shop())
    assert len(text) < 200_000
    assert "(a, 1000000 times)" in text


@pytest.mark.parametrize(
    ("name", "head"), [("shop", "6 findings"), ("empty", "Nothing attacked"), ("clean", "Nothing found")]
)
def test_the_verdict_stands_on_top(name: str, head: str) -> None:
    """And in the title."""
    page = Page(write_html(REPORTS[name]))
    assert page.text("h1") == head
    assert page.text("title").startswith(f"Drill of shop.main:app: {head}")


def test_an_element_escapes_what_it_is_given() -> None:
    """In its texts and its attributes; what was made here stays."""
    made = element("p", {"class": "a\"'<>&\x00"}, "<b>\x00\"'&", Html("<i></i>"))
    assert made.markup == ('<p class="a&quot;&#x27;&lt;&gt;&amp;\\u0000">&lt;b&gt;\\u0000&quot;&#x27;&amp;<i></i></p>')


def test_code_in_a_remedy_is_code_and_the_foot_names_what_is_needed() -> None:
    """Not the password that no line shows."""
    mended = Judged(replace(OBJECT, fix="Load it as `Owned(Order)` does."), OWNED)
    text = write_html(shop(judged=(mended,)))
    assert "Load it as <code>Owned(Order)</code> does." in text
    assert "Put what stands for $ADA_TOKEN, $BOB_TOKEN into the environment first." in text
    assert "ADA_PASSWORD" not in text
