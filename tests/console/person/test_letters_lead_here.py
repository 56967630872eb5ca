"""Where there is a console, the links of letters lead to its pages."""

from pathlib import Path

from buckler.accounts_from_settings import accounts_settings
from buckler.console.navigation import HOME
from buckler.console.person.coming_back import CONFIRM as RESET
from buckler.console.person.joining import CONFIRM
from buckler.console.person.profile import ADDRESS_CODE
from buckler.settings import Settings

ORIGIN = "https://localhost:8443"


def _pages(data: Path, *, console: str | None = HOME, origin: str = ORIGIN, **given: object) -> dict[str, str]:
    settings = Settings.load(environment="development", data=data, origin=origin, **given)
    mail = accounts_settings(settings, "Shop", None, console=console).mail
    assert mail is not None
    return dict(mail.code_pages)


def test_each_kind_of_letter_has_the_page_on_which_its_code_is_typed(tmp_path: Path) -> None:
    """By the paths of the console itself."""
    assert _pages(tmp_path) == {"confirm": CONFIRM, "invite": CONFIRM, "reset": RESET, "address": ADDRESS_CODE}


def test_without_a_console_or_an_origin_there_is_none(tmp_path: Path) -> None:
    """A link that leads nowhere helps nobody."""
    assert _pages(tmp_path, console=None) == {}
    assert _pages(tmp_path, origin="") == {}
