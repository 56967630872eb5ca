"""What the letters say: the configured origin, the code, what to do when it was not you, and no stranger's words."""

from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from buckler.identity.mail.letter import LIVES, Letter
from buckler.identity.mail.letters import Letters
from buckler.identity.mail.plain_words import one_line, unlinked
from tests.clocks import FakeClock

ORIGIN = "https://shop.example"
TO = "ada@example.com"
CODE = "01234-56789-ABCDE-FGHJK-MNPQR1"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def letters(application: str = "Shop", page: str | None = "/confirm") -> Letters:
    return Letters(ORIGIN, application, FakeClock(), page)


def every(made: Letters) -> list[Letter]:
    with_code: list[Callable[[str, str], Letter]] = [
        made.confirm, made.invite, made.reset, made.change_address, made.sign_in_code,
    ]  # fmt: skip
    notices = [made.taken(TO), made.address_changed(TO), made.password_changed(TO)]
    device = made.new_device(TO, at=1_800_000_000, place="203.0.113.0/24", agent=AGENT)
    return [*(write(TO, CODE) for write in with_code), *notices, device]


class Tags(HTMLParser):
    """Every element of a page with its attributes, and every word."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data.split()


def test_there_is_a_letter_of_every_kind() -> None:
    assert sorted(each.kind for each in every(letters())) == sorted(LIVES)


@pytest.mark.parametrize("letter", every(letters()), ids=lambda each: each.kind)
class TestEvery:
    def test_it_says_what_to_do_when_it_was_not_you(self, letter: Letter) -> None:
        told = letter.text.replace("\n", " ")
        assert any(
            each in told for each in ("If it was not you", "If you do not expect this", "If you are not signing in")
        )

    def test_both_parts_say_the_same(self, letter: Letter) -> None:
        """Word for word, so that nobody reads another letter than somebody else."""
        assert Tags(letter.html).words == letter.text.split()

    def test_the_page_loads_nothing(self, letter: Letter) -> None:
        """No picture, no style, no script; the one link leads to the origin."""
        for tag, attributes in Tags(letter.html).tags:
            assert tag in {"html", "body", "div", "p", "a"}
            assert set(attributes) <= {"lang", "style", "href"}
            assert (attributes.get("href") or ORIGIN).startswith(f"{ORIGIN}/confirm#") or "href" not in attributes
            assert "url(" not in (attributes.get("style") or "")

    def test_it_is_plain_and_short(self, letter: Letter) -> None:
        assert len(letter.text) < 1000
        assert letter.text.isascii() or set(letter.text) - set(map(chr, range(128))) <= {"\u2002", "\u00b7"}
        assert "Shop" in letter.subject
        assert letter.at == 1_800_000_000


def test_a_code_stands_behind_the_hash_of_a_link_alone() -> None:
    """What is behind it goes to no server: no log, no Referer, and no scanner uses it up."""
    for letter in every(letters()):
        links = [attributes["href"] for tag, attributes in Tags(letter.html).tags if tag == "a"]
        wanted = [f"{ORIGIN}/confirm#code={CODE}"] if letter.kind in {"confirm", "invite", "reset", "address"} else []
        assert links == wanted
        assert (CODE in letter.text) == (letter.kind in {"confirm", "invite", "reset", "address", "sign-in"})
        assert CODE not in letter.subject


def test_without_a_page_there_is_no_link() -> None:
    assert not any("<a " in each.html or "#code" in each.text for each in every(letters(page=None)))


def test_the_name_of_the_application_is_escaped() -> None:
    """It is the developer's, and yet no part of a page: in the text as it is, in the HTML as words."""
    for letter in every(letters("Tom & Jerry's <b>\r\nshop</b>")):
        assert "Tom & Jerry's <b> shop</b>" in letter.text.replace("\n", " ")
        assert "<b>" not in letter.html


def test_without_a_name_the_origin_stands_for_it() -> None:
    assert "https://shop.example" in letters(" ").taken(TO).subject


def test_the_notice_tells_time_network_and_device() -> None:
    letter = letters().new_device(TO, at=1_800_000_000, place="203.0.113.0/24", agent=AGENT)
    for told in ("When: 15 January 2027, 08:00 UTC", "203.0.113.0/24", "rv 140.0", "Firefox/140.0"):
        assert told in letter.text.replace("\n", " ")


@pytest.mark.parametrize(
    "agent",
    [
        "Your account is locked, call http://evil.example/now",
        "www.evil.example",
        "mail eve@evil.example",
        "evil\u2024example evil\u3002example",
        "<a href=//evil.example>here</a>",
        "a\r\nBcc: eve@evil.example\u202e",
        "javascript:alert(1)",
    ],
)
def test_a_stranger_writes_no_link_into_a_letter(agent: str) -> None:
    """Whoever knows a password chooses what its device is called, and that is all they choose."""
    letter = letters().new_device(TO, at=0, place="203.0.113.0/24", agent=agent)
    named = next(line for line in letter.text.split("\n\n") if line.startswith("What it calls itself:"))
    assert not set(named.partition(":")[2]) & set("@:<>&\"'\u2024\u3002\u202e\r")
    assert "//" not in named
    assert ".example" not in named
    assert "www.evil" not in named


def test_a_nameless_device_is_told_as_such() -> None:
    letter = letters().new_device(TO, at=0, place="", agent="\x00")
    assert "From the network: unknown" in letter.text
    assert "What it calls itself: nothing" in letter.text


def test_long_and_hostile_names_are_cut() -> None:
    """In time that grows with nothing but what is kept."""
    assert len(one_line("a" * 1_000_000)) == 80
    assert len(unlinked("1." * 1_000_000)) <= 80
    assert one_line(" a\t\u200b\u2028b\u00a0 ") == "a b"


def test_with_a_console_each_letter_leads_to_its_page_of_it() -> None:
    """Unless the operator named a page; the code to sign in with is asked for where one stands already."""
    pages = {"confirm": "/console/confirm", "reset": "/console/reset/confirm"}
    ours = Letters(ORIGIN, "Shop", FakeClock(), None, pages)
    assert f"{ORIGIN}/console/confirm#code=A-B" in ours.confirm("ada@example.com", "A-B").text
    assert f"{ORIGIN}/console/reset/confirm#code=A-B" in ours.reset("ada@example.com", "A-B").text
    assert "#code" not in ours.sign_in_code("ada@example.com", "A-B").text
    theirs = Letters(ORIGIN, "Shop", FakeClock(), "/confirm", pages)
    assert f"{ORIGIN}/confirm#code=A-B" in theirs.reset("ada@example.com", "A-B").text
