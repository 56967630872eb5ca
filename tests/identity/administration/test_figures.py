"""Figures of accounts and sessions, and looking for accounts."""

from pathlib import Path
from typing import Any

import pytest

from buckler.identity.administration import figures
from buckler.identity.administration.account_search import CursorRefused, Search, searched
from buckler.identity.administration.administration import OPERATOR
from tests.identity.office import Office


async def test_sessions_that_go_on_are_counted_by_their_last_use(tmp_path: Path) -> None:
    """One that has ended, one that is idle for too long and one that is over are none."""
    async with Office(tmp_path) as office:
        for name in ("ada", "bea", "carl"):
            await office.hire(name)
        await office.administration.end_sessions(OPERATOR, office.ids["carl"])
        office.accounts.clock.advance(3601)  # type: ignore[attr-defined]  # a clock of tests
        await office.token("ada")
        await office.administration.disable(OPERATOR, office.ids["bea"])
        await office.token("ada")
        found = await office.accounts.opened().figures.read()
        assert (found.accounts, found.disabled, found.more_accounts, found.more_sessions) == (3, 1, False, False)
        assert dict(found.by_last_use)["in the last hour"] == found.sessions - 1
        assert dict(found.by_last_use)["in the last day"] == 1


async def test_counting_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And it is said that there are more."""
    monkeypatch.setattr(figures, "MOST", 2)
    async with Office(tmp_path) as office:
        for name in ("ada", "bea", "carl"):
            await office.hire(name)
        found = await office.accounts.opened().figures.read()
        assert (found.accounts, found.more_accounts, found.sessions, found.more_sessions) == (2, True, 2, True)


async def test_accounts_are_found_by_what_they_are_called(tmp_path: Path) -> None:
    """Capitals count for nothing, signs of SQL stand for themselves, and a role is a whole word."""
    async with Office(tmp_path) as office:
        for name in ("alice", "alicia", "boris", "ёлка"):
            await office.hire(name, *({"boris": ("desk",), "alice": ("admin", "reader")}.get(name, ())))
        for search, names in (
            (Search(text="ALI"), ["alice", "alicia"]),
            (Search(text="_li"), []),
            (Search(text="%"), []),
            (Search(text="ЁЛ"), ["ёлка"]),
            (Search(role="desk"), ["boris"]),
            (Search(role='", "'), []),
            (Search(role="read"), []),
            (Search(text="ali", role="admin"), ["alice"]),
            (Search(state="disabled"), []),
            (Search(order="newest"), None),
        ):
            page = await office.administration.accounts.page(searched(search, None, 10))
            assert names is None or sorted(each.name for each in page.items) == names, search


@pytest.mark.parametrize("cursor", ["", "!", "W10", "WyJuYW1lIiwxLDJd", "x" * 5000])
def test_a_cursor_of_elsewhere_is_refused(cursor: str) -> None:
    with pytest.raises(CursorRefused):
        searched(Search(), cursor, 10)


async def test_a_name_and_an_id_lead_to_an_account(tmp_path: Path) -> None:
    """And nothing else does."""
    async with Office(tmp_path) as office:
        await office.hire("ada")
        accounts = office.administration.accounts
        found: list[Any] = [await accounts.named(text) for text in ("ada", "ADA", office.ids["ada"], "eve", "", "@ @")]
        assert [each and each.name for each in found] == ["ada", "ada", "ada", None, None, None]
        assert await accounts.names([office.ids["ada"], "0" * 32]) == {office.ids["ada"]: "ada"}
