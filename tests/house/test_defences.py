"""A defence is one thing with one name: a file, a test and a page of it."""

from pathlib import Path

import pytest

from tests.house.defences import Found, defences, lacking
from tests.house.tree import ROOT, modules


@pytest.fixture(scope="module")
def ours() -> list[Found]:
    """Every defence of the source. Read where it is asked for: each worker collects, and one runs this file."""
    found = defences(modules(ROOT, "src"))
    assert len(found) > 40
    return found


def test_every_defence_has_a_file_a_test_and_a_page(ours: list[Found]) -> None:
    """All of its name."""
    assert [lack for found in ours for lack in lacking(ROOT, found)] == []


def test_no_two_defences_share_a_name(ours: list[Found]) -> None:
    """The name is how events, twins and pages speak of it."""
    names = [found.name for found in ours]
    assert sorted(names) == sorted(set(names))


def test_every_page_is_about_a_defence_that_stands(ours: list[Found]) -> None:
    """A page of a defence that left would promise what nobody keeps."""
    pages = {path.stem for path in (ROOT / "docs" / "defences").glob("*.md")} - {"README"}
    assert pages - {found.page.stem for found in ours} == set()


def test_a_defence_that_lacks_everything_is_found(tmp_path: Path) -> None:
    """Also one that inherits from another defence."""
    source = tmp_path / "src" / "buckler" / "edge" / "wrong.py"
    source.parent.mkdir(parents=True)
    source.write_text('class Host(Arrival):\n    pass\n\n\nclass Door(Host):\n    name: ClassVar[str] = "door"\n')
    found = defences(modules(tmp_path, "src"))
    assert [it.name for it in found] == ["door"]
    assert lacking(tmp_path, found[0]) == [
        "door lacks a file named after it, not src/buckler/edge/wrong.py",
        "door lacks the test tests/edge/test_wrong.py",
        "door lacks the page docs/defences/door.md",
    ]


def test_defences_that_share_a_file_share_a_page_with_a_heading_each(tmp_path: Path) -> None:
    """Named after the file."""
    source = tmp_path / "src" / "buckler" / "tokens" / "checks.py"
    source.parent.mkdir(parents=True)
    source.write_text('class A(Defence):\n    name = "size"\n\n\nclass B(Defence):\n    name = "shape"\n')
    for path, text in (("tests/tokens/test_checks.py", ""), ("docs/defences/checks.md", "# Checks\n\n## Size\n")):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text)
    found = defences(modules(tmp_path, "src"))
    assert [lacking(tmp_path, it) for it in found] == [["shape lacks a heading in docs/defences/checks.md"], []]
