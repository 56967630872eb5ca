"""What the review of a template finds, and what it lets through."""

import re
from pathlib import Path

import pytest

from buckler import ConfigurationError
from tests.pages.test_templates import request, templates

REFUSED = [
    ("{{ x|safe }}", "|safe lets a value be markup"),
    ("{% filter safe %}{{ x }}{% endfilter %}", "|safe lets"),
    ("{% set y = x|safe %}{{ y }}", "|safe lets"),
    ("{{ [x]|map('safe')|join }}", "|map applies a filter"),
    ("{{ [x]|map(how)|join }}", "|map applies a filter"),
    ("{{ [x]|map(*how)|join }}", "|map applies a filter"),
    ("<p{{ x|xmlattr }}>", "|xmlattr lets"),
    ("{% autoescape false %}{{ x }}{% endautoescape %}", "{% autoescape %} changes"),
    ("<p class={{ x }}>", "another attribute"),
    ("<p class=a{{ x }}>", "another attribute"),
    ("<p class= {{ x }}>", "another attribute"),
    ("<p {{ x }}>", "can become any attribute"),
    ("<p data-{{ x }}='1'>", "can become any attribute"),
    ("<h{{ x }}>", "can become any attribute"),
    ("<{{ x }}>", "can become any attribute"),
    ("</{{ x }}>", "can become any attribute"),
    ("<script>var x = '{{ x }}';</script>", "does not hold in a script"),
    ("<SCRIPT type='application/json'>{{ x|tojson }}</SCRIPT>", "does not hold in a script"),
    ("<script>if (a</b) { '{{ x }}' }</script>", "does not hold in a script"),
    ("<style>p { color: {{ x }} }</style>", "does not hold in a style"),
    ("<p style='color: {{ x }}'>", "style= holds code"),
    ("<p onclick=\"go('{{ x }}')\">", "onclick= holds code"),
    ("<iframe srcdoc='{{ x }}'></iframe>", "srcdoc= holds code"),
    ("<a href='javascript:go()'>go</a>", "runs a script or hides a page"),
    ("<a href='java\nscript:{{ x }}'>go</a>", "runs a script or hides a page"),
    ("<a href='{{ x }}script:{{ y }}'>go</a>", "runs a script or hides a page"),
    ("<form method=post><input name=a></form>", "no {{ csrf_field }} before its fields"),
    ("<form method='POST' action='/x'></form>", "no {{ csrf_field }} before its fields"),
    ("<form method=post><input name=a>{{ csrf_field }}</form>", "no {{ csrf_field }} before its fields"),
    ("<form method=post action='https://evil.test/'>{{ csrf_field }}</form>", "leads to another site"),
    ("<form method=post action='//evil.test/'>{{ csrf_field }}</form>", "leads to another site"),
    ("<p title='{% include 'page.html' %}'>", "stands where nobody can see"),
    ("<script>{% block code %}{% endblock %}</script>", "stands where nobody can see"),
    ("<p {% if x %}title='{% else %}onclick='{% endif %}{{ x }}'>", "not every way through {% if %}"),
    ("<p onclick='{% if x %}' title='{% endif %}{{ x }}'>", "not every way through {% if %}"),
    ("<p title='{% if x %}' title=\"{% endif %}{{ x }}\">", "not every way through {% if %}"),
    ("{% for i in x %}<p title='{% endfor %}'>", "not every way through {% for %}"),
    ("{% set a %}<p{% endset %}>", "not every way through {% set %}"),
    ("{% macro a() %}<script>{% endmacro %}{{ a() }}</script>", "not every way through {% macro %}"),
    ("{% if x %}<script>{% endif %}{{ x }}{% if x %}</script>{% endif %}", "does not hold in a script"),
    ("<{% if x %}script{% endif %}>{{ x }}</script>", "inside the name of a tag"),
    ("<scr{% if x %}ipt{% endif %}>{{ x }}</script>", "inside the name of a tag"),
    ("<p on{% if x %}click{% endif %}='{{ x }}'>", "inside the name of a tag"),
    ("<p on{# #}click='{{ x }}'>", "inside the name of a tag"),
    ("<textarea><!--</textarea><script>{{ x }}</script>-->", "does not hold in a script"),
    ("<textarea>", "the file ends inside a tag"),
    ("{% print x %}", "stands where nobody can see"),
    ("<p title='a", "the file ends inside a tag"),
    ("<p ", "the file ends inside a tag"),
    ("<script>", "the file ends inside a tag"),
    ("<!-- a", "the file ends inside a tag"),
    ("<! a", "the file ends inside a tag"),
    ("<!-- {{ x }} -->", "a comment may end in the value"),
    ("<!doctype {{ x }}>", "a comment may end in the value"),
    ("<! {{ x }}>", "a comment may end in the value"),
    ("<!-{% if x %}{% endif %}- a>", "inside the name of a tag"),
    ("<script>\n<!--\nw('<script></script>'); {{ x }}\n--></script>", "<!-- in a script hides"),
    ("<script><!{# #}-- </script>", "inside the name of a tag"),
    ("<script></scr{# #}ipt></script>", "inside the name of a tag"),
    ("<title><{{ x }}</title>", "inside the name of a tag"),
    ("<svg><title><b title={{ x }}></b></title></svg>", "only some browsers see one"),
    ("<script>'</\u017fcript>' {{ x }}</script>", "does not hold in a script"),
    ("<img src=/a.png\xa0title='{{ x }}'>", "another attribute"),
    ("<img src=/a.png\x0btitle='{{ x }}'>", "another attribute"),
    ("<img src=/a.png\x85title='{{ x }}'>", "another attribute"),
    ("<p {% if x %}a><script {% else %}><textarea {% endif %}>{{ x }}</textarea>", "not every way through {% if %}"),
    ("<p title=a title=b>", "title= stands in this tag twice"),
    ("<p title=a {% if x %}title=b{% endif %}>", "title= stands in this tag twice"),
    ("<p {% if x %}title=a{% else %}title=b{% endif %} title=c>", "title= stands in this tag twice"),
    ("<form method=post action=//evil.test action=/x>{{ csrf_field }}</form>", "action= stands in this tag twice"),
    ("{% filter truncate(9) %}{{ x }}{% endfilter %}", "{% filter truncate %} may cut"),
    ("{% filter upper|striptags %}{{ x }}{% endfilter %}", "{% filter striptags %} may cut"),
    ("{% filter plain %}{{ x }}{% endfilter %}", "{% filter plain %} may cut"),
    ("{% set y|striptags %}{{ x }}{% endset %}{{ y }}", "{% filter striptags %} may cut"),
    ("<a href='{{ x }}&colon;{{ y }}'>", "runs a script or hides a page"),
    ("<a href='{{ x }}&#58;{{ y }}'>", "runs a script or hides a page"),
    ("<a href='{{ x }}&{{ y }}'>", "runs a script or hides a page"),
    ("<a href='{{ x }}&#x{{ y }}'>", "runs a script or hides a page"),
    ("<a href='javascript&colon;{{ y }}'>", "runs a script or hides a page"),
    ("<svg><animate attributeName=href values='{{ x }}'/></svg>", "leads a browser away"),
    ("<svg><set to='{{ x }}'/></svg>", "leads a browser away"),
    ("<svg><animate attributeName='{{ x }}' from='{{ x }}'/></svg>", "leads a browser away"),
    ("<meta http-equiv=Refresh content='0;url={{ x }}'>", "leads a browser away"),
    ("<meta http-equiv='{{ x }}' content='{{ x }}'>", "leads a browser away"),
    ("<base href='{{ x }}'>", "leads a browser away"),
    ("<script src='{% if x %}{{ x }}{% endif %}'></script>", "could lead to any host"),
    ("<script src='//{{ x }}/a.js'></script>", "could lead to any host"),
    ("<script src='https://cdn.example.com{{ x }}'></script>", "could lead to any host"),
    ("<script src='{{ x }}{{ x }}'></script>", "could lead to any host"),
    ("<script src='{{ x }}/{{ x }}'></script>", "could lead to any host"),
    ("<svg><script href='app{{ x }}'></script></svg>", "could lead to any host"),
    ("<link rel='{{ x }}' href='app{{ x }}'>", "could lead to any host"),
    ("<form method=post action='{{ x }}{{ x }}'>{{ csrf_field }}</form>", "could lead to any host"),
    ("<form method=post action='{% if x %}//e.test{% else %}/x{% endif %}'>{{ csrf_field }}</form>", "another site"),
    ("<form method='{{ x }}' action='//e.test'>{{ csrf_field }}</form>", "leads to another site"),
    ("<form method=post action='/\t/e.test'>{{ csrf_field }}</form>", "leads to another site"),
    ("<form method=post action='/\\e.test'>{{ csrf_field }}</form>", "leads to another site"),
    ("<form method=post action='&sol;/e.test'>{{ csrf_field }}</form>", "leads to another site"),
    ("<form method=post action='https:e.test'>{{ csrf_field }}</form>", "leads to another site"),
    (
        "{% if x %}<form method=post action=//e.test>{% else %}<form method=post>{% endif %}{{ csrf_field }}</form>",
        "not every way through {% if %}",
    ),
    ("<form method=post>{{ csrf_field }}<button formaction=//e.test></button></form>", "formaction= leads to"),
    ("<button form=f formaction=https://e.test></button>", "formaction= leads to"),
    ("<form><button form=f formaction=https://e.test></button></form>", "formaction= leads to"),
    ("<form method=post>{{ csrf_field }}<input formaction='{{ x }}{{ y }}'></form>", "could lead to any host"),
    ("<form method=post action=//e.test>{% block a %}{% endblock %}</form>", "could hold the token"),
    ("<form action='{{ x }}'>{% include 'page.html' %}</form>", "could hold the token"),
    ("<form method=post action=//e.test><form method=post>{{ csrf_field }}</form>", "a form stands in a form"),
    ("<form>{{ csrf_field }}</form>", "the token belongs into a form"),
    ("{{ csrf_field }}", "the token belongs into a form"),
    ("<input name=csrf_token value='{{ csrf_token }}'>", "the token belongs into a form"),
    ("{% set f = csrf_field %}<form method=post>{{ csrf_field }}{{ f }}</form>", "in its form and nowhere else"),
    ("<form method=post>{{ csrf_field ~ x }}</form>", "in its form and nowhere else"),
    ("<form>", "the file ends inside a form"),
]
_PLACES = ("<script>{}</script>", "<img src=/a.png {}>", "<img onerror='{}'>", "<a href='{}'>a</a>", "<!-- {} -->")
_WRITES = ("{% call m(x) %}{% endcall %}", "{% filter upper %}a{% endfilter %}")
REFUSED += [(place.replace("{}", each), "stands where nobody can see") for place in _PLACES for each in _WRITES]


@pytest.mark.parametrize(("page", "why"), REFUSED)
def test_a_template_that_could_show_more_than_text_is_not_loaded(tmp_path: Path, page: str, why: str) -> None:
    """When the templates are made, with the line and the remedy."""
    with pytest.raises(ConfigurationError, match=re.escape(why)) as error:
        templates(tmp_path, f"\n{page}")
    assert "- page.html, line " in str(error.value)
    assert templates(tmp_path, f"\n{page}", trusted={"page.html": "nothing of strangers is in it"})


GOOD = [
    "<p class='a {% if x %}b{% endif %} c'>{{ x }}</p>",
    "<input {% if x %}checked{% endif %} value='{{ x }}'>",
    "<!doctype html><?xml ?><!-- > --><!--><p>{{ x }}</p><!--->{{ x }}",
    "<script src='/a.js'></script>{{ x }}",
    "<input checked{% if x %} disabled{% endif %}{% if x %} value='{{ x }}'{% endif %}/>",
    "<p{% if x %} class='{{ x }}'{% endif %}{% if not x %} id='a'{% endif %}>{{ x }}</p>",
    "{% if x %}<p class='{{ x }}'>{% else %}<p>{% endif %}{{ x }}</p>",
    "<title><b>{{ x }}</title><textarea>{{ x }}</textarea>",
    "{% set a = x %}{% set b %}{{ a }}{% endset %}{% if x %}{{ b }}{% endif %}",
    "<br/>{{ x }}",
    "<style>p > a { b: c }</style ><p>{{ x }}</p>",
    "a < b {{ x }} <3 </ {{ x }}",
    "{% raw %}{{ y|safe }}{% endraw %}{{ x }}",
    "{% if x %}{{ x }}{% elif x %}{{ x }}{% else %}{{ x }}{% endif %}",
    "{% for i in [x] %}{{ i }}{% else %}{{ x }}{% endfor %}",
    "{#- {{ y }} -#}{{- x -}}{% with a = x %}{{ a }}{% endwith %}{% set b %}{{ x }}{% endset %}{{ b }}",
    "<form method='get' action='https://example.com/'><input name='q' value='{{ x }}'></form>",
    "<form method='post' action='https://example.com/'><input name='q' value='{{ x }}'></form>",
    "<form action='{{ x }}'><input></form>",
    "<p {% if x %}title='a'{% elif x %}title='b'{% else %}title='c'{% endif %}>{{ x }}</p>",
    "{% filter upper|trim %}{{ x }}{% endfilter %}",
    "<svg><title>{{ x }}</title><animate attributeName=width to='{{ x }}'/></svg>",
    "<link rel=canonical href='{{ x }}'><link rel=stylesheet href='/{{ x }}.css'>",
    "<script src='/static/{{ x }}/a.js'></script><script src='https://cdn.example.com/{{ x }}'></script>{{ x }}",
    "<form><button formaction=https://e.test></button></form>{{ x }}",
    "<form method=post action=//e.test><button formaction=https://e.test></button></form>{{ x }}",
    "<form action='/find'>{% block a %}{{ x }}{% endblock %}</form>",
    "<form method=post action='/a/{% if x %}b{% endif %}'>{{ csrf_field }}</form>{{ x }}",
    "<meta name=about content='{{ x }}'><meta http-equiv=x-ua content='{{ x }}'>{{ x }}",
    "<a href='/find?a=1&b={{ x }}'>{{ x }}</a><a href='{{ x }}?a=1&amp;b={{ x }}'>{{ x }}</a>",
    "<a href='{{ x }}{{ x }}'>{{ x }}</a><a href='mailto:{{ x }}'></a><a href='https://{{ x }}/'></a>",
    "<p a=b c = 'd' e>{{ x }}</p><p a=b>{{ x }}</p><p a=>{{ x }}</p>",
    "{{ x|e }}{{ x|escape }}{{ [x]|map('upper')|join }}{{ [x]|map(attribute='a')|join }}",
]


@pytest.mark.parametrize("page", GOOD)
def test_what_is_safe_is_loaded_and_shown(tmp_path: Path, page: str) -> None:
    class Text(str):
        __slots__ = ()
        a = "<attribute>"

    shown = templates(tmp_path, page).html(request(), "page.html", {"x": Text("<x'>")})
    assert "&lt;" in shown or "&LT;" in shown
    assert "<x" not in shown


def test_parts_of_a_page_work_together(tmp_path: Path) -> None:
    """Inheritance, includes, imports and macros with a body."""
    (tmp_path / "base.html").write_text("<title>{% block title %}{% endblock %}</title>{% block body %}{% endblock %}")
    (tmp_path / "part.html").write_text("<i>{{ x }}</i>")
    (tmp_path / "macros.html").write_text("{% macro box(kind) %}<p class='{{ kind }}'>{{ caller() }}</p>{% endmacro %}")
    pages = templates(
        tmp_path,
        "{% extends 'base.html' %}{% from 'macros.html' import box %}{% block title %}{{ x }}{% endblock %}"
        "{% block body %}{% include 'part.html' %}{% call box('a\"b') %}{{ x }}{% endcall %}{% endblock %}",
    )
    assert pages.html(request(), "page.html", {"x": "<x>"}) == (
        "<title>&lt;x&gt;</title><i>&lt;x&gt;</i><p class='a&#34;b'>&lt;x&gt;</p>"
    )


LINK = "<a href='{{ bad }}'>{{ bad }}</a>"
CONSTRUCTS = [
    f"{LINK}{{% if a %}}{LINK}{{% elif b %}}{LINK}{{% elif c %}}{LINK}{{% else %}}{LINK}{{% endif %}}{LINK}",
    f"{{% for i in several if i %}}{LINK}{{% else %}}{LINK}{{% endfor %}}{LINK}",
    f"{{% macro m(x, y=bad) %}}{LINK}{{{{ caller() }}}}{LINK}{{% endmacro %}}{{% call m(1) %}}{LINK}{{% endcall %}}",
    f"{{% set kept %}}{LINK}{{% endset %}}{{% with other = bad %}}{LINK}{{% endwith %}}{{{{ kept }}}}{LINK}",
    f"{{% filter lower %}}{LINK}{{% endfilter %}}{{% block b %}}{LINK}{{% endblock %}}{LINK}",
    f"{{% block b scoped %}}{LINK}{{% block c %}}{LINK}{{% endblock %}}{LINK}{{% endblock b %}}",
    f"{{{{ 'a' }}}}{{# {LINK} #}}{{% raw %}}{{{{ a }}}}{{% endraw %}}{LINK}",
]


@pytest.mark.parametrize("page", CONSTRUCTS)
@pytest.mark.parametrize("values", [{}, {"a": 1}, {"b": 1}, {"c": 1}, {"several": [1, 2]}])
def test_whatever_stands_around_an_address_it_goes_through_link(
    tmp_path: Path, page: str, values: dict[str, object]
) -> None:
    """And the text beside it does not: which expression stands where is known in every way of writing."""
    given = {"a": 0, "b": 0, "c": 0, "several": [], "bad": "javascript:alert(1)", **values}
    shown = templates(tmp_path, page).html(request(), "page.html", given)
    links = re.findall("<a href='([^']*)'>([^<]*)</a>", shown)
    assert set(links) == {("about:invalid", "javascript:alert(1)")}


AT_HOME = [
    ("{{ a }}", "//evil.test/x.js", "about:invalid"),
    ("{{ a }}", "https://evil.test/x.js", "about:invalid"),
    ("{{ a }}", "/\\evil.test", "about:invalid"),
    ("{{ a }}", " /\t/evil.test", "about:invalid"),
    ("{{ a }}", "data:,x", "about:invalid"),
    ("{{ a }}", "/app.js", "/app.js"),
    ("{{ a }}", "/", "/"),
    ("{{ a }}?v=1", "app.js", "app.js?v=1"),
    ("{{ a }}/app.js", "", "/app.js"),
    ("{{ a }}/app.js", "/", "/app.js"),
    ("{{ a }}/app.js", "/below", "/below/app.js"),
    ("{{ a }}/app.js", "//evil.test", "about:invalid/app.js"),
    ("{{ a }}/app.js", "evil.test", "about:invalid/app.js"),
    ("{{ a }}/app/{{ a }}", "/x", "/x/app//x"),
    ("/{{ a }}", "/evil.test/x.js", "/about:invalid"),
    ("/{{ a }}", "\\evil.test/x.js", "/about:invalid"),
    ("/{{ a }}", "\t/evil.test/x.js", "/about:invalid"),
    ("/{{ a }}/{{ a }}", "", "/./"),
    ("/{{ a }}/{{ a }}", "x", "/x/x"),
    ("/js/{{ a }}", "/evil.test", "/js//evil.test"),
]


@pytest.mark.parametrize(("address", "value", "shown"), AT_HOME)
@pytest.mark.parametrize(
    "tag",
    [
        "<script src='{}'></script>",
        "<svg><script href='{}'></script></svg>",
        "<link rel=stylesheet href='{}'>",
        "<form method=post action='{}'>{{{{ csrf_field }}}}</form>",
        "<button formaction='{}'></button>",
    ],
)
def test_what_runs_and_what_takes_a_token_stays_on_this_origin(
    tmp_path: Path, tag: str, address: str, value: str, shown: str
) -> None:
    """Whatever the value: a nonce lets a script of any host run, and a form brings its token there."""
    pages = templates(tmp_path, tag.format(address))
    assert pages.html(request(), "page.html", {"a": value}) == tag.format(shown).replace("{{ csrf_field }}", "")


def test_a_link_below_the_root_begins_no_host(tmp_path: Path) -> None:
    pages = templates(tmp_path, "<a href='/{{ a }}'>")
    assert pages.html(request(), "page.html", {"a": "/evil.test"}) == "<a href='/about:invalid'>"


CUT = [
    "{{ x|sanitised|truncate(20, true) }}",
    "{{ (x|sanitised)[:20] }}",
    "{{ (x|sanitised).split('b')[0] }}",
    "{{ x|sanitised|reverse }}",
    "{{ [x|sanitised]|map('truncate', 20, true)|join }}",
    "{{ x|urlize|truncate(20, true) }}",
    "{% set y %}<a title='{{ x }}'>{% endset %}{{ y|truncate(6, true) }}",
    "{% macro m() %}<a title='{{ x }}'>{% endmacro %}{{ m()[:6] }}{{ m()|replace('>', '') }}",
    "{{ x|sanitised|striptags }}",
]


@pytest.mark.parametrize("page", CUT)
def test_a_piece_of_markup_is_text(tmp_path: Path, page: str) -> None:
    """Half a tag would take what follows on the page into it."""
    pages = templates(tmp_path, page)
    assert "<" not in pages.html(request(), "page.html", {"x": "<a href='https://b.test/bbbbbbbbbbbbbbbbbb'>b</a>"})


LAYOUT = (
    "<body class='{% block kind %}{% endblock %}'><script>{% block js %}{% endblock %}</script>"
    "{% block a %}{% endblock %}"
)


@pytest.mark.parametrize("page", ["{% block js %}n = {{ x }}{% endblock %}", "{% block kind %}{{ x }}{% endblock %}"])
def test_a_trusted_layout_lets_no_other_template_write_into_its_scripts(tmp_path: Path, page: str) -> None:
    """What is fixed may stand there, and in its text whatever may stand in any."""
    trusted = {"base.html": "our own layout"}
    (tmp_path / "base.html").write_text(LAYOUT)
    start = "{% extends 'base.html' %}{% block a %}{{ x }}{% endblock %}"
    with pytest.raises(ConfigurationError, match="of a trusted template, where escaping does not hold"):
        templates(tmp_path, start + page, trusted=trusted)
    fixed = templates(tmp_path, start + "{% block js %}go(){% endblock %}", trusted=trusted)
    assert fixed.html(request(), "page.html", {"x": "<"}) == "<body class=''><script>go()</script>&lt;"


def test_a_trusted_file_includes_no_other_where_escaping_does_not_hold(tmp_path: Path) -> None:
    (tmp_path / "data.js").write_text("n = {{ x }}")
    page, trusted = "<script>{% include 'data.js' %}</script>{% include 'data.js' %}", {"page.html": "a loader"}
    with pytest.raises(ConfigurationError, match=re.escape("page.html, line 1: it includes 'data.js'")):
        templates(tmp_path, page, trusted=trusted)
    both = templates(tmp_path, page, trusted={**trusted, "data.js": "x is a number"})
    assert both.html(request(), "page.html", {"x": 1}) == "<script>n = 1</script>n = 1"
