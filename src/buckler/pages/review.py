"""What a template may not do, found when it is loaded (ASVS 1.2.1, 1.3.7, 3.2.2, 3.5.1).

1. Nothing takes escaping away: `|safe`, `|xmlattr`, `{% autoescape %}`. `|sanitised` shows HTML of strangers.
2. An expression stands in the text, or in the value of an attribute that is in quotes. Escaping makes it harmless
   there and nowhere else: not as a name in a tag, not in a script, a style or a comment, not in `onclick`, `style` or
   `srcdoc`. A statement that writes HTML stands in the text alone.
3. In an address (`href`, `src`, `action`, ...) an expression that could choose the scheme goes through `link`. An
   address that names `javascript:` itself runs nothing under our policy, and is refused. Of scripts, styles and forms
   with a token the address stays on this origin (`tags.py`).
4. A form that changes something has `{{ csrf_field }}` before its other fields, and one that leads to another site
   does not have it.
5. What is markup already is not cut: no filter stands around a piece of it (`markup.py`).

Each way through a file has to leave HTML as it found it: an `{% if %}` that opens a quote which its `{% else %}` does
not open, and a file that opens a tag or a form which another one closes, are refused. So what is read once, from top to
bottom, holds for every way.

Caveat: it knows what HTML is and not what an app's own scripts make of an attribute.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from jinja2 import Environment, nodes

from buckler.pages.html_reader import BRANCH, EXPRESSION, HtmlReader, Place
from buckler.pages.markup import WHOLE
from buckler.pages.tags import FIELDS, Form, Tags

UNSAFE: Final = ("safe", "xmlattr")
"""Filters that say of any value that it is HTML."""
_CODE: Final = frozenset(("style", "srcdoc"))
_SILENT: Final = frozenset(("elif", "else", "endfor", "endif", "endset", "endwith", "for", "if", "set", "with"))
"""Statements that write no HTML of their own, so that they may stand anywhere."""
_APART: Final = frozenset(("block", "call", "include"))
"""Statements whose HTML is written elsewhere."""
_FROM_ELSEWHERE: Final = (nodes.CallBlock, nodes.FilterBlock, nodes.Include)
_PAIRED: Final = frozenset(("autoescape", "block", "call", "filter", "for", "if", "macro", "with"))
_OTHER_WAYS: Final = frozenset(("elif", "else"))
_QUOTES: Final = 'put it into quotes, as in class="{{ kind }}"'
_REMEDIES: Final = {
    "tag": "an expression in a tag can become any attribute; write {% if open %}open{% endif %}",
    "unquoted": f"a space in the value begins another attribute; {_QUOTES}",
    "script": 'escaping does not hold in a script; put the value into an attribute: data-notes="{{ notes|tojson }}"',
    "style": "escaping does not hold in a style; choose between classes",
    "comment": "a comment may end in the value; take it out, or write {# ... #}, which no browser is sent",
}


class Review:
    """Reads one template. `faults` is every line to mend; `wrap` is to be called where there is none."""

    def __init__(
        self, environment: Environment, source: str, tree: nodes.Template, apart: frozenset[str] = frozenset()
    ) -> None:
        """`apart` are the blocks that a trusted template shows where escaping does not hold."""
        self.faults: list[str] = []
        self._tree = tree
        self._wrappers: list[str | None] = []
        self._line = 1
        self._fields = 0
        self._open: list[_Way] = []
        self._tags = Tags(self._say, self._wrappers)
        self._reader = HtmlReader(self._tags.see)
        self._follow(list(environment.lex(source)))
        self._find_unsafe()
        self._find_tokens()
        self._find_apart(apart)

    def wrap(self) -> None:
        """Let each expression in an attribute go through what its place asks for."""
        for part in list(self._tree.find_all(nodes.Getitem)):
            if isinstance(part.arg, nodes.Slice):
                part.node = nodes.Filter(part.node, "uncut", [], [], None, None, lineno=part.lineno)
        at = 0
        for output in self._tree.find_all(nodes.Output):
            for number, node in enumerate(output.nodes):
                if isinstance(node, nodes.TemplateData):
                    continue
                name, at = self._wrappers[at], at + 1
                if name is not None:
                    output.nodes[number] = nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)

    def _follow(self, tokens: list[tuple[int, str, str]]) -> None:
        for at, (line, kind, text) in enumerate(tokens):
            self._line = line
            if kind == "data":
                self._read(text)
            elif kind == "variable_begin":
                self._judge(self._reader.place(), _name_at(tokens, at))
                self._reader.pass_gap(EXPRESSION)
            elif kind == "block_begin":
                name = _name_at(tokens, at)
                self._judge_statement(name)
                self._compare(name, _is_open(tokens, at))
                self._reader.pass_gap(BRANCH)
            elif kind in ("comment_begin", "raw_begin"):
                self._reader.pass_gap("")
        self._end()
        found = sum(
            not isinstance(node, nodes.TemplateData)
            for each in self._tree.find_all(nodes.Output)
            for node in each.nodes
        )
        if found != len(self._wrappers):  # fail closed: which expression stands where is not known
            self._say("its expressions cannot be told apart; write each as {{ name }}")

    def _read(self, text: str) -> None:
        reader = self._reader
        reader.read(text)
        for name in reader.repeated:
            self._say(f"{name}= stands in this tag twice, and browsers take the first; leave one of them out")
        reader.repeated.clear()
        if reader.hides_end:
            self._say("<!-- in a script hides its end from a browser; leave it out")
            reader.hides_end = False
        if reader.is_mixed:
            self._say("a tag stands in a title of an SVG or the like, where only some browsers see one; leave it out")
            reader.is_mixed = False

    def _end(self) -> None:
        if self._reader.breaks_name:
            self._say("a statement stands inside the name of a tag or an attribute; write the whole name in each way")
        if self._reader.state[0] != "text":
            self._say("the file ends inside a tag, a comment or a script; close it here")
        if self._tags.form is not None:
            self._say("the file ends inside a form; close it here")

    def _judge(self, place: Place, name: str) -> None:
        """One expression; `name` is what it begins with."""
        wrapper: str | None = None
        if place.where in _REMEDIES:
            self._say(_REMEDIES[place.where])
        elif place.where == "value":
            wrapper = self._judge_value(place)
            if name == "csrf_token" and place.tag in FIELDS:
                self._tags.show_token()
        elif name == "csrf_field":
            self._tags.show_token()
            self._fields += 1
        self._wrappers.append(wrapper)

    def _judge_value(self, place: Place) -> str:
        if place.attribute in _CODE or place.attribute.startswith("on"):
            self._say(
                f"{place.attribute}= holds code, where escaping does not hold; write a class or a data- attribute, and"
                " a script in a file of its own"
            )
        return self._tags.keep(place)

    def _judge_statement(self, name: str) -> None:
        form = self._tags.form
        if name == "print" or (name not in _SILENT and self._reader.place().where != "text"):
            self._say(
                f"{{% {name} %}} stands where nobody can see what its HTML becomes; write {{{{ name }}}} in its place"
            )
        elif name in _APART and form is not None and not form.is_own:
            self._say(f"{{% {name} %}} stands in a form that leads to another site, and could hold the token")

    def _compare(self, name: str, opens: bool) -> None:
        """Whether HTML stands where it stood at the other ways through this statement."""
        reader = self._reader
        if opens:
            self._open.append(_Way(name, reader.state, self._tags.form, frozenset(reader.names), set(reader.names)))
        elif self._open and (name in _OTHER_WAYS or name.startswith("end")):
            way = self._open[-1]
            if (way.state, way.form) != (reader.state, self._tags.form):
                self._say(
                    f"not every way through {{% {way.statement} %}} ends where it began; open and close in the same one"
                )
            way.names_of_all |= reader.names
            reader.names = set(way.names)
            if name.startswith("end"):
                reader.names = self._open.pop().names_of_all

    def _find_unsafe(self) -> None:
        for node in self._tree.find_all((nodes.Filter, nodes.ScopedEvalContextModifier)):
            self._line = node.lineno
            if isinstance(node, nodes.Filter) and node.name not in WHOLE and _is_of_block(node):
                self._say(f"{{% filter {node.name} %}} may cut markup or unmake it; write |{node.name} in expressions")
            if not isinstance(node, nodes.Filter):
                self._say("{% autoescape %} changes what is escaped; leave it out, all of it is")
            elif node.name in UNSAFE:
                self._say(
                    f"|{node.name} lets a value be markup; leave it out, or write |sanitised for HTML of strangers"
                )
            elif node.name == "map" and not _is_plain_map(node):
                self._say("|map applies a filter that is not known here, or one that lets a value be markup")

    def _find_tokens(self) -> None:
        """Whether the field of forms is shown as it is, so that it was seen where it stands."""
        names = [each for each in self._tree.find_all(nodes.Name) if each.name == "csrf_field"]
        shown = [each for output in self._tree.find_all(nodes.Output) for each in output.nodes if each in names]
        if len(names) != len(shown) or len(names) != self._fields:
            self._line = names[0].lineno if names else self._line
            self._say("the field with the token is written {{ csrf_field }}, in its form and nowhere else")

    def _find_apart(self, apart: frozenset[str]) -> None:
        if self._tree.find(nodes.Extends) is None:
            return
        for block in self._tree.find_all(nodes.Block):
            writes = any(not isinstance(each, nodes.TemplateData) for each in _written(block))
            if block.name in apart and (writes or any(block.find(kind) for kind in _FROM_ELSEWHERE)):
                self._line = block.lineno
                self._say(
                    f"{{% block {block.name} %}} stands in a script, a tag or a comment of a trusted template, where"
                    " escaping does not hold; write no expression in it"
                )

    def _say(self, fault: str) -> None:
        self.faults.append(f"line {self._line}: {fault}")


@dataclass(slots=True)
class _Way:
    """A statement that is open: where HTML stood when it began, and the attributes that its tag has by then."""

    statement: str
    state: tuple[object, ...]
    form: Form | None
    names: frozenset[str]
    names_of_all: set[str]


def _written(node: nodes.Node) -> Iterator[nodes.Node]:
    return (each for output in node.find_all(nodes.Output) for each in output.nodes)


def _is_of_block(node: nodes.Filter) -> bool:
    """Whether it is a filter of a statement: the first of such a chain has no value of its own."""
    at: nodes.Node | None = node
    while isinstance(at, nodes.Filter):
        at = at.node
    return at is None


def _is_plain_map(node: nodes.Filter) -> bool:
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        return False
    first = node.args[0] if node.args else None
    return first is None or (isinstance(first, nodes.Const) and first.value not in UNSAFE)


def _is_open(tokens: list[tuple[int, str, str]], at: int) -> bool:
    """Whether the statement that begins there has an end of its own; `{% set %}` has one where it assigns no value."""
    name = _name_at(tokens, at)
    if name != "set":
        return name in _PAIRED
    for _, kind, text in tokens[at + 1 :]:
        if kind == "block_end" or (kind == "operator" and text == "="):
            return kind == "block_end"
    return False


def _name_at(tokens: list[tuple[int, str, str]], at: int) -> str:
    """The first name behind a bracket."""
    following: Iterator[tuple[int, str, str]] = iter(tokens[at + 1 :])
    for _, kind, text in following:
        if kind != "whitespace":
            return text if kind == "name" else ""
    return ""
