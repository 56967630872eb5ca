"""What an answer means is asked of the answer, by attacks and by whoever prepares them.

Where an app answers 200 to everything, its body says what was meant: `Answer.meant`, and `refused`, `worked` and
`says_nothing` with it. The bare status is read at few places, each of which has a reason.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.house.tree import ROOT, Module, modules

DRILL: Final = "src/buckler/drill"
_APART: Final = ("transport", "attacks/wire", "reports")
"""What answers are made of, what looks at the protocol itself, and what writes down what came."""
_WITH_REASON: Final = {
    "attacks/aiming/crash.py": "what fails: many apps write 500 into the body of whatever they refuse",
    "attacks/accounts/telling.py": "what anybody sees beside the bodies, which are compared too",
    "attacks/browser/missing_headers.py": "fields of the head for each status of the protocol",
    "attacks/browser/open_redirect.py": "redirects, of every kind that browsers follow",
}


def _read(module: Module) -> Iterator[int]:
    """The lines that read a status other than to tell it, or to see that no answer came."""
    told = {id(inner) for node in ast.walk(module.tree) if isinstance(node, ast.JoinedStr) for inner in ast.walk(node)}
    none = {id(node.left) for node in ast.walk(module.tree) if isinstance(node, ast.Compare) and _is_nothing(node)}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr == "status" and id(node) not in told | none:
            yield node.lineno


def _is_nothing(node: ast.Compare) -> bool:
    return all(isinstance(each, ast.Name) and each.id == "NOTHING" for each in node.comparators)


def _places(root: Path) -> dict[str, list[int]]:
    found = {module.path.as_posix(): sorted(_read(module)) for module in modules(root, ".")}
    return {path: lines for path, lines in found.items() if lines and not path.startswith(_APART)}


def test_a_bare_status_is_read_where_there_is_a_reason_and_nowhere_else() -> None:
    """Each place of the list has one still."""
    assert _places(ROOT / DRILL).keys() == _WITH_REASON.keys()


def test_what_reads_a_status_is_seen(tmp_path: Path) -> None:
    """Compared, divided, kept for later; not where it is told, or where it says that no answer came."""
    (tmp_path / "one.py").write_text(
        "a = answer.status == 401\nb = answer.status // 100\nc = answer.status\n"
        "d = f'{answer.status}'\ne = answer.status == NOTHING\nf = answer.meant == 401\n",
        encoding="utf-8",
    )
    assert _places(tmp_path) == {"one.py": [1, 2, 3]}
