"""The comment on a pull request."""

import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from buckler.drill.attack import Finding
from buckler.drill.report import Judged
from buckler.drill.reports.markdown import code, fenced, said, write_markdown
from tests.drill.reports.samples import BODY, HOSTILE, exchange, hostile, shop


def test_it_says_what_was_found() -> None:
    """The verdict, a table, and the details folded away."""
    text = write_markdown(shop())
    assert text.startswith("## Drill: 6 findings\n")
    assert "| 🟧 high | D103 Object read | `GET /orders/{id}` |" in text
    assert 'curl -i https://localhost/orders/7 -H "authorization: Bearer $BOB_TOKEN"' in text
    assert text.count("<details>") == text.count("</details>") == 8
    assert "`shop.main:app`: 19 routes, 4 identities, 1,840 requests in 12.5 s (147 a second)." in text


class Tags(HTMLParser):
    """What a parser of the rendered comment sees."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.outside = ""
        self._inside = 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.seen.update(f"{tag} {name}" for name, _ in attrs if name != "class")
        self._inside += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self._inside -= tag == "code"

    def handle_data(self, data: str) -> None:
        self.outside += "" if self._inside else data


@pytest.mark.parametrize("lead", ["", "# ", "- ", "1. ", "> ", "    ", "| ", "<!--", "---", "[a]: b", "`", "~~~"])
def test_nothing_of_a_target_renders(lead: str) -> None:
    """Once it is rendered there is no element but our own, and what stands outside of code calls nobody."""
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(write_markdown(hostile(lead + HOSTILE)))
    tags = Tags(rendered)
    ours = "h2 p code pre table thead tbody tr th td details summary strong ul li"
    assert tags.seen <= set(ours.split())
    assert "alert(1)" in tags.outside
    assert not re.search(r"[@#]\w", tags.outside)


@pytest.mark.parametrize("text", ["a", "a`b", "``", "`", "```\n# x", "", "a|b"])
def test_code_ends_where_it_should(text: str) -> None:
    """The ticks around it are more than any within."""
    for shown in (code(text), fenced(text, "sh")):
        ticks = re.match("`+", shown)
        assert ticks is not None
        inside = shown.removeprefix(ticks[0]).removesuffix(ticks[0])
        assert ticks[0] not in inside
        assert shown.endswith(ticks[0])


def test_a_sentence_stays_a_sentence() -> None:
    """What Markdown reads is escaped, and `@` and `#` are parted from what follows."""
    shown = said("see #12, @all: <b> [x](y)").replace("\u200b", "~")
    assert shown == r"see \#~12, \@~all\: \<b\> \[x\]\(y\)"


def test_it_is_no_longer_than_a_comment_may_be() -> None:
    """With a thousand findings too; it says how many are left."""
    findings = tuple(
        Judged(BODY, Finding(f"POST /a/{number}", "seen", exchange("POST", body=b"x" * 900), (exchange(),)))
        for number in range(1000)
    )
    text = write_markdown(shop(judged=findings))
    assert len(text) < 65_536
    assert "more findings in the full report." in text
    assert text.count("<details>") == text.count("</details>")


def test_what_is_accepted_and_what_is_untested_is_told() -> None:
    """With the reasons."""
    key = "D103 | GET /orders/{id} | bob | path id"
    text = write_markdown(shop(accepted={key: "known"}))
    assert f"- `{key}`: known" in text
    assert "<summary>Untested: 35 verdicts</summary>" in text
