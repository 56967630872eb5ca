"""The page of the drill explains all that a person can say."""

import ast
import re

import typer.main

from buckler.cli.program import program
from buckler.drill.reports import FORMS
from tests.house.tree import ROOT

_PAGE = (ROOT / "docs" / "start" / "drill.md").read_text(encoding="utf-8")
_OPTIONS = ROOT / "src" / "buckler" / "drill" / "plan" / "options.py"


def keys(source: str) -> set[str]:
    """Every name that the options file may have, as the source names them to refuse others."""
    calls = (each for each in ast.walk(ast.parse(source)) if isinstance(each, ast.Call))
    names = (each for each in calls if isinstance(each.func, ast.Attribute) and each.func.attr == "only")
    return {each.value for call in names for each in ast.walk(call) if isinstance(each, ast.Constant)}


def test_every_key_of_the_options_file_is_explained() -> None:
    """In the table of the page, or in its example."""
    found = keys(_OPTIONS.read_text(encoding="utf-8"))
    assert {"sign_in", "letters", "tenant"} <= found
    assert {each for each in found if not re.search(rf"[`\[ ]{each}[`\]] ?", _PAGE)} == set()


def test_every_option_is_explained() -> None:
    """Of the command; and every form of a report."""
    taken = typer.main.get_command(program).commands["drill"].params  # type: ignore[attr-defined]
    options = {name for each in taken for name in each.opts if name.startswith("--")}
    assert {each for each in options if each not in _PAGE} == set()
    assert {form for form in FORMS if f"| `{form}` |" not in _PAGE} == set()


def test_keys_are_found_however_many_stand_in_one_call() -> None:
    """Also in a tuple that is taken apart."""
    assert keys('table.only(*("a", "b"), "c")\ntable.text("d")') == {"a", "b", "c"}
