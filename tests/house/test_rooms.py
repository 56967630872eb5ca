"""The page for newcomers knows every room."""

from pathlib import Path

from buckler.drill.attack import FAMILIES
from tests.house.rooms import disagreements, standing, tabled
from tests.house.tree import ROOT


def test_the_table_has_every_room_once_and_no_other() -> None:
    """In CONTRIBUTING.md."""
    document = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert disagreements(ROOT / "src" / "buckler", document) == []


def test_the_table_of_the_drill_has_every_room_once_and_no_other() -> None:
    """In the page for whoever reads its code; the families of attacks are one room, and what they share is named."""
    drill = ROOT / "src" / "buckler" / "drill"
    shared = {f"attacks/{each}" for each in standing(drill / "attacks") - {f"{family}/" for family in FAMILIES}}
    named = tabled((ROOT / "docs" / "drill" / "inside.md").read_text(encoding="utf-8"), "The rooms")
    assert sorted(named) == sorted(standing(drill) | shared)


def test_a_room_too_many_and_one_too_few_are_found(tmp_path: Path) -> None:
    """And one that is named twice; a name in the other column counts for nothing."""
    for path in ("edge/__init__.py", "cellar/__init__.py", "clock.py", "attic.py", "__init__.py", "__main__.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    rows = "| room | answers |\n|---|---|\n| `edge/` | `attic.py`? |\n| `clock.py`, `gone.py`, `edge/` | all |\n"
    assert disagreements(tmp_path, f"# Us\n\n## The house in a page\n\n{rows}\n## More\n\n| `cellar/` | x |\n") == [
        "attic.py stands and is not in the table",
        "cellar/ stands and is not in the table",
        "gone.py is in the table and does not stand",
        "edge/ is in the table twice",
    ]
