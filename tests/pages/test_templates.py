"""What is shown is text, whatever was sent; and a template that could show it as anything else is not loaded."""

import json
import re
import sys
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from fastapi import Request
from jinja2 import DictLoader, Environment, UndefinedError
from markupsafe import Markup
from starlette.datastructures import Headers
from starlette.routing import Route, Router

from buckler import ConfigurationError
from buckler.asgi import EXCHANGE_KEY, Exchange
from buckler.pages import Templates
from buckler.pages.request_values import HiddenField
from tests.proof import two_sided

VECTORS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover=alert(1) x="',
    "' onmouseover=alert(1) x='",
    "</textarea><svg onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "javascript:alert(1)",
    " \x01java\tscript\n:alert(1)",
    "JAVASCRIPT:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "{{ 7 * 7 }}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]
WHOLE = """<!doctype html><html lang="en"><head><title>{{ text }}</title></head><body class="{{ text }}">
<p>{{ text }}</p><!-- a --><textarea name='a'>{{ text }}</textarea>
<div data-x='{{ {"a": text}|tojson }}'></div><b lang='{{ text }}'></b>
<a href="{{ text }}">1</a><a href="/notes/{{ text }}">2</a><img src="{{ text }}" alt="{{ text }}">
<form method="post" action="{{ text }}">{{ csrf_field }}<button formaction="{{ text }}" name="b">b</button></form>
<svg><a xlink:href="{{ text }}">3</a></svg>{% macro shown(x) %}<b title="{{ x }}">{{ x }}</b>{% endmacro %}
{{ shown(text) }}<i title="{{ shown(text) }}"></i>{% set kept %}<u>{{ text }}</u>{% endset %}{{ kept }}
<a href="{% if text %}{{ text }}{% endif %}">4</a>{{ text|sanitised }}{{ [text]|map("upper")|join(", ") }}
</body></html>"""


class Dangers(HTMLParser):
    """What of a page could run: scripts, handlers, addresses of schemes that run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [tag] if tag in ("script", "style") else []
        for name, value in attrs:
            address = re.sub(r"[\x00-\x20]", "", value or "").lower()
            if name.startswith("on") or (
                name != "title" and re.match(r"(?:java|vb)script:|data:", address) and _leads(name)
            ):
                self.found.append(f"{tag} {name}")


def _leads(name: str) -> bool:
    return name in ("href", "src", "action", "formaction", "xlink:href")


def templates(folder: Path, page: str, name: str = "page.html", **given: Any) -> Templates:
    (folder / name).write_text(page, encoding="utf-8")
    return Templates(folder, **given)


def request() -> Request:
    """Such as came through Buckler."""
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "headers": Headers().raw}
    scope[EXCHANGE_KEY] = Exchange(scope, None)
    return Request(scope)


def with_notes() -> Request:
    """One of an app with a path that has a parameter."""
    asked = request()
    asked.scope["router"] = Router(
        [Route("/notes/{name:path}", lambda _: None, name="note"), Route("/{name:path}", lambda _: None, name="any")]
    )
    asked.scope["server"] = ("api.example.test", 443)
    return asked


class Careless:
    """The same page by Jinja2 as it comes: nothing is escaped."""

    def __init__(self, page: str) -> None:
        self._environment = Environment(loader=DictLoader({"page.html": page}), autoescape=False)  # noqa: S701
        self._environment.filters["sanitised"] = str

    def html(self, request: Request, name: str, values: dict[str, Any]) -> str:
        return self._environment.get_template(name).render(values, csrf_field="")


@pytest.mark.asvs("1.2.1", "3.2.2")
@pytest.mark.parametrize("vector", VECTORS[:6])
def test_what_was_sent_is_shown_as_text(tmp_path: Path, vector: str) -> None:
    """In every place of a page where an expression may stand."""

    def attack(pages: Any) -> bool:
        return bool(Dangers(pages.html(request(), "page.html", {"text": vector})).found)

    two_sided(attack, whole=templates(tmp_path, WHOLE), twin=Careless(WHOLE))


@pytest.mark.parametrize("vector", VECTORS)
def test_no_vector_runs_anywhere(tmp_path: Path, vector: str) -> None:
    shown = templates(tmp_path, WHOLE)
    assert Dangers(shown.html(request(), "page.html", {"text": vector})).found == []


@pytest.mark.asvs("1.2.2")
def test_an_address_that_runs_a_script_leads_nowhere(tmp_path: Path) -> None:
    """Escaping alone lets it through: there is nothing in it to escape."""
    page = '<a href="{{ to }}">go</a>'

    class Escaping(Careless):
        def __init__(self) -> None:
            self._environment = Environment(loader=DictLoader({"page.html": page}), autoescape=True)

    def attack(pages: Any) -> bool:
        return "javascript:" in pages.html(request(), "page.html", {"to": "javascript:alert(1)"})

    two_sided(attack, whole=templates(tmp_path, page), twin=Escaping())


@pytest.mark.asvs("1.2.2")
@pytest.mark.parametrize("name", ["a/b", "a?b=c", "a#b", "a?x#y/z", "a%2Fb", "a b&c=d", "\u00e9", "//evil.test"])
def test_a_parameter_of_a_path_stays_in_its_place(tmp_path: Path, name: str) -> None:
    """Put into the address as it stands, it becomes more of the path, a query or a fragment."""
    page = '<a href="{{ url_for("note", name=name) }}">go</a>'

    class Joining(Careless):
        def html(self, request: Request, name: str, values: dict[str, Any]) -> str:
            return self._environment.get_template(name).render(values, url_for=lambda _, name: f"/notes/{name}")

    def attack(pages: Any) -> bool:
        shown = pages.html(with_notes(), "page.html", {"name": name})
        led = urlsplit(unescape(re.findall('href="([^"]*)"', shown)[0]))
        return (led.netloc, led.query, led.fragment, unquote(led.path)) != ("", "", "", f"/notes/{name}")

    whole = templates(tmp_path, page)
    if {"?", "#", "%"} & set(name):
        two_sided(attack, whole=whole, twin=Joining(page))
    else:
        assert not attack(whole)


@pytest.mark.parametrize(
    ("route", "name", "shown"),
    [
        ("any", "/evil.test", "/%2Fevil.test"),
        ("any", "\\evil.test", "/%5Cevil.test"),
        ("note", "../admin", "about:invalid"),
        ("note", "a/./b", "about:invalid"),
        ("note", "..a", "/notes/..a"),
        ("note", "\ud800", "/notes/%3F"),
    ],
)
def test_a_parameter_leads_to_no_host_and_climbs_nowhere(tmp_path: Path, route: str, name: str, shown: str) -> None:
    pages = templates(tmp_path, "<a href='{{ url_for(route, name=name) }}'>")
    assert pages.html(with_notes(), "page.html", {"route": route, "name": name}) == f"<a href='{shown}'>"


@pytest.mark.asvs("1.2.3")
@pytest.mark.parametrize("script", ["go(`{{ x }}`)", 'go("{{ x }}", name)', "go({{ x }})"])
def test_what_was_sent_does_not_stand_in_a_script(tmp_path: Path, script: str) -> None:
    """Escaping for HTML holds no text together there: a script reads `${...}` and a backslash in its own way."""
    page = f"<script>{script}</script><p data-x='{{{{ {{'a': x}}|tojson }}}}'></p>"

    class Escaping(Careless):
        def __init__(self) -> None:
            self._environment = Environment(loader=DictLoader({"page.html": page}), autoescape=True)

    def attack(make: Any) -> bool:
        try:
            shown = make().html(request(), "page.html", {"x": "${alert(1)}\\"})
        except ConfigurationError:
            return False
        return "${alert(1)}\\" in shown.partition("</script>")[0]

    two_sided(attack, whole=lambda: templates(tmp_path, page), twin=Escaping)


@pytest.mark.parametrize("x", ["\"}, {'b': '", "</p><script>", "\\", "\u2028"])
def test_json_in_an_attribute_is_read_back_whole(tmp_path: Path, x: str) -> None:
    """In quotes of either kind."""
    shown = templates(tmp_path, "<p data-x='{{ x|tojson }}' data-y=\"{{ x|tojson }}\"></p>").html(
        request(), "page.html", {"x": [x]}
    )
    values: list[str | None] = []

    class Attributes(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            values.extend(value for _, value in attrs)

    Attributes().feed(shown)
    assert [json.loads(value or "") for value in values] == [[x], [x]]


@pytest.mark.parametrize(
    ("to", "shown"),
    [
        ("/notes?a=b&c=d#e", "/notes?a=b&amp;c=d#e"),
        ("notes", "notes"),
        ("https://example.com/", "https://example.com/"),
        ("mailto:ada@example.com", "mailto:ada@example.com"),
        ("?at=10:30", "?at=10:30"),
        (":x", "about:invalid"),
        ("blob:x", "about:invalid"),
        (Markup("java&#115;cript:alert(1)"), "about:invalid"),
    ],
)
def test_where_a_link_leads(tmp_path: Path, to: object, shown: str) -> None:
    pages = templates(tmp_path, '<a href="{{ to.it }}">go</a>')

    class Holder:
        it = to

    assert pages.html(request(), "page.html", {"to": Holder()}) == f'<a href="{shown}">go</a>'


@pytest.mark.asvs("1.3.7")
def test_a_text_that_was_sent_is_never_a_template(tmp_path: Path) -> None:
    """With Jinja2 alone, a text that holds an expression may be made one, and reads what it likes."""
    page = templates(tmp_path, "<p>{{ text }}</p>")

    def attack(pages: Any) -> bool:
        make = getattr(pages, "from_string", None)
        said = make("{{ 7 * 7 }}").render() if make else pages.html(request(), "page.html", {"text": "{{ 7 * 7 }}"})
        return "49" in said

    two_sided(attack, whole=page, twin=Environment(autoescape=True))


def test_html_of_strangers_is_cleaned_where_it_is_shown(tmp_path: Path) -> None:
    """And what cannot be cleaned is text."""
    pages = templates(tmp_path, "{{ x|sanitised }}")
    assert pages.html(request(), "page.html", {"x": "<b onclick=a()>b</b><script>c</script>"}) == "<b>b</b>"
    assert pages.html(request(), "page.html", {"x": "<b>\x00</b>"}) == "&lt;b&gt;\x00&lt;/b&gt;"


def test_a_name_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """An empty text in its place would be a page that nobody meant."""
    with pytest.raises(UndefinedError):
        templates(tmp_path, "{{ missing }}").html(request(), "page.html")


def test_markup_from_the_code_asks_for_trust(tmp_path: Path) -> None:
    values = {"drawing": Markup("<svg></svg>")}
    with pytest.raises(ConfigurationError, match="'drawing' says of itself that it is markup"):
        templates(tmp_path, "{{ drawing }}").html(request(), "page.html", values)
    trusting = templates(tmp_path, "{{ drawing }}", trusted={"page.html": "drawn by our own code"})
    assert trusting.html(request(), "page.html", values) == "<svg></svg>"
    own = {"drawing": HiddenField("<input>")}
    assert templates(tmp_path, "{{ drawing }}").html(request(), "page.html", own) == "<input>"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "say where they are, once"),
        ({"directory": "x", "package": "y"}, "say where they are, once"),
        ({"directory": "no-such-folder"}, "there is no such folder"),
        ({"package": "no_such_package"}, "no such package"),
        ({"package": "json"}, "no such package with a folder templates"),
        ({"directory": ".", "trusted": {"a.html": " "}}, "say in words why"),
        ({"directory": ".", "trusted": {"a.html": True}}, "say in words why"),
        ({"directory": ".", "trusted": {"gone.html": "it was here"}}, "there is no template 'gone.html'"),
        ({"directory": ".", "filters": {"link": str}}, "'link' is a filter of ours"),
    ],
)
def test_templates_that_cannot_work_are_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=re.escape(why)):
        Templates(**given)


def test_a_file_that_is_no_template_stops_the_start_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"page\.html, line 2: .*Mend the template"):
        templates(tmp_path, "\n{% if %}")
    (tmp_path / "page.html").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="no text in UTF-8"):
        Templates(tmp_path)


def test_without_jinja2_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "buckler.pages.environment", raising=False)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ConfigurationError, match=re.escape("pip install 'buckler[console]'")):
        Templates("templates")


def test_names_of_ours_are_not_taken(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="'csp_nonce' has a name that is ours"):
        templates(tmp_path, "x").html(request(), "page.html", {"csp_nonce": "known"})
