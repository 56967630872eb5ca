"""Where a trusted template shows what others write: its blocks and its includes.

Whoever trusts a layout answers for the layout, and not for the templates that fill it. A block in its script would let
an expression of any of them stand where escaping does not hold. So a trusted file is read too, for these places alone.
"""

from collections.abc import Container, Mapping, Sequence

from jinja2 import Environment

from buckler.errors import ConfigurationError
from buckler.pages.html_reader import BRANCH, EXPRESSION, HtmlReader


def apart_in(environment: Environment, name: str, trusted: Container[str]) -> set[str]:
    """The blocks of a trusted template that are not in the text.

    Raises `ConfigurationError` where a file that nobody trusts is included there.
    """
    loader = environment.loader
    source = "" if loader is None else loader.get_source(environment, name)[0]
    found: set[str] = set()
    reader = HtmlReader(_let_be)
    tokens = [each for each in environment.lex(source) if each[1] != "whitespace"]
    for at, (line, kind, text) in enumerate(tokens):
        if kind == "data":
            reader.read(text)
        elif kind in ("variable_begin", "block_begin"):
            statement, of = (each[2] for each in (*tokens[at + 1 : at + 3], (0, "", ""), (0, "", ""))[:2])
            if kind == "block_begin" and reader.place().where != "text":
                if statement == "block":
                    found.add(of)
                elif statement == "include" and of[1:-1] not in trusted:
                    raise ConfigurationError(
                        f"{name}, line {line}: it includes {of}, where escaping does not hold, and only this file is"
                        f" trusted; name that one in Templates(trusted=...) too, with the reason."
                    )
            reader.pass_gap(EXPRESSION if kind == "variable_begin" else BRANCH)
    return found


def _let_be(_tag: str, _is_end: bool, _attributes: Mapping[str, Sequence[str]]) -> None:
    """What the tags of a trusted template say is not judged."""
