"""The page of settings says what the tree says."""

from pathlib import Path

from buckler import Settings
from buckler.settings.display import meanings
from buckler.settings.words import FORMS
from tests.house.settings_page import MARK, PAGE, current, write


def test_the_page_is_current() -> None:
    """Else: python -m tests.house.settings_page"""
    page = PAGE.read_text(encoding="utf-8")
    assert page == current(page)


def test_every_setting_has_a_meaning_and_a_form() -> None:
    """And nothing else has: no form is left behind by a setting that went."""
    assert set(meanings(Settings)) == set(FORMS) == set(Settings.model_fields)


def test_a_page_that_was_changed_is_found(tmp_path: Path) -> None:
    page = tmp_path / "settings.md"
    page.write_text(f"# Ours\n\n{MARK}\n\n| `BUCKLER_GONE` |\n")
    write(page)
    text = page.read_text()
    assert text.startswith("# Ours\n")
    assert "BUCKLER_GONE" not in text
    assert "`BUCKLER_ORIGIN`" in text
    assert current(text) == text
