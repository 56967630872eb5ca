"""The catalogue of attacks: what each says of itself, and the page that people read."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from buckler.drill.attack import FAMILIES, SEVERITIES, Attack
from buckler.drill.attacks.catalogue import CATALOGUE
from buckler.drill.attacks.page import as_table
from tests.cli.running import buckler
from tests.house.documents import broken_links
from tests.house.tree import ROOT

_FOLDER = ROOT / "src" / "buckler" / "drill" / "attacks"
_PAGE = ROOT / "docs" / "drill" / "attacks.md"
_OF_ASVS = {
    line.split("|", 1)[0] for line in (ROOT / "standards" / "asvs5.psv").read_text(encoding="utf-8").splitlines()
}
_EACH = pytest.mark.parametrize("attack", CATALOGUE, ids=lambda attack: attack.about.id)


def test_the_page_is_what_the_command_prints(tmp_path: Path) -> None:
    """`make catalogue` writes it anew."""
    done = buckler("drill", "--list", "--format", "markdown", folder=tmp_path)
    assert done.stdout == _PAGE.read_text(encoding="utf-8")


def test_ids_are_in_order_and_each_is_there_once() -> None:
    """Baselines hold on to them."""
    ids = [attack.about.id for attack in CATALOGUE]
    assert ids == sorted(set(ids))


def test_every_file_with_an_attack_is_in_the_catalogue() -> None:
    """One that no family lists would be made by nobody."""
    files = {path for path in _FOLDER.glob("*/*.py") if re.search(r"^ATTACK\b", path.read_text("utf-8"), re.MULTILINE)}
    modules = {f"buckler.drill.attacks.{path.parent.name}.{path.stem}" for path in files}
    assert {import_module(module).ATTACK.about.id for module in modules} == {each.about.id for each in CATALOGUE}
    assert len(modules) == len(CATALOGUE)


@_EACH
def test_an_attack_stands_in_its_family(attack: Attack) -> None:
    """By the first digit of its id, and by its folder."""
    about = attack.about
    assert re.fullmatch(r"D[1-9]\d\d", about.id)
    assert FAMILIES[int(about.id[1]) - 1] == about.family
    assert attack.run.__module__.split(".")[-2] == about.family
    assert about.severity in SEVERITIES


@_EACH
def test_an_attack_says_what_it_is_in_sentences(attack: Attack) -> None:
    """Nothing is left empty, and what is no sentence does not end as one."""
    about = attack.about
    assert all(re.fullmatch(r"[^\n]{5,}\.", each) for each in (about.sends, about.proves, about.fix))
    assert about.name
    assert not about.name.endswith(".")
    assert import_module(attack.run.__module__).__doc__


@_EACH
def test_an_attack_names_what_exists_in_the_standards(attack: Attack) -> None:
    """A weakness, and requirements of the lists that others work by."""
    about = attack.about
    assert about.cwe
    assert all(number > 0 for number in about.cwe)
    assert set(about.owasp) <= {f"API{number}" for number in range(1, 11)}
    assert set(about.asvs) <= _OF_ASVS


def test_a_part_of_the_catalogue_is_a_page_too() -> None:
    """With its own families alone, and a link to each attack."""
    page = as_table(CATALOGUE[:2], markdown=True)
    assert re.findall(r"^## (\w+)", page, re.MULTILINE) == ["access"]
    assert "| [D101](#d101-missing-authentication) |" in page
    assert "\n### D101 missing authentication\n" in page


def test_what_is_no_markup_stays_none() -> None:
    """Between blanks and outside of code `<` opens a tag for most who show Markdown."""
    plain = re.sub(r"`[^`]*`", "", _PAGE.read_text(encoding="utf-8"))
    assert "<" not in plain
    assert broken_links(_PAGE) == []


def test_a_line_for_each_stands_under_one_another() -> None:
    """For a terminal."""
    lines = as_table(CATALOGUE).splitlines()
    assert len(lines) == len(CATALOGUE)
    assert len({line.index(each.about.name, 5) for line, each in zip(lines, CATALOGUE, strict=True)}) == 1
