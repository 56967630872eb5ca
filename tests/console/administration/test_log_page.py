"""The kept log by its page: who did what, found by filters, and whether the chain holds."""

import re
import sqlite3
from contextlib import closing

from buckler.events.journal import log_reader
from buckler.identity.accounts import DATABASE_FILE
from buckler.identity.administration.administration import OPERATOR
from tests.console.administration.people import ADA, BEA, DORA, ConsoleHouse, Shown, Visitor, signed_in

LOG, VERIFY = "/console/log", "/console/log/verify"
_PAGE = 50


async def used(house: ConsoleHouse) -> Visitor:
    """A house in which something happened."""
    ada = await signed_in(house, ADA, "admin")
    account = await house.account(BEA)
    await house.opened.administration.disable(OPERATOR, account)
    await house.visitor("127.99.0.9").sign_in(BEA, "another otter plays the harp")
    house.clock.advance(61)
    await house.opened.keeper.tick()
    return ada


def events(page: Shown) -> list[str]:
    """The names of the events of a page, in its order."""
    found, parts = list[str](), page.answer.text.split('<code class="event-name">')[1:]
    for part in parts:
        found.append(part.partition("<")[0])
    return found


async def test_filters_find_what_fits_all_of_them(house: ConsoleHouse) -> None:
    """By kind, by account (its name as well as its id), by whom, from where, when, and by words."""
    ada = await used(house)
    bea = await house.opened.administration.accounts.named(BEA)
    assert bea is not None
    for query, found in (
        ("?event=authn_login_fail", ["authn_login_fail"]),
        (f"?account={BEA}&event=user_updated", ["user_updated"]),
        (f"?account={bea.id}&by=operator", ["authz_admin", "user_updated"]),
        ("?client=127.99.0.0/16", ["authn_login_fail"]),
        ("?client=127.99.0.9&text=LOGIN_FAIL", ["authn_login_fail"]),
        ("?text=nothing of the kind", []),
        ("?until=2020-01-01T00:00", []),
        ("?since=2030-01-01T00:00", []),
        ("?since=2027-01-15T08:00&until=2027-01-15T08:00&event=authn_login_success", ["authn_login_success"]),
        ("?event=&account=&text=&since=&until=&event=authn_login_fail", ["authn_login_fail"]),
    ):
        page = await ada.get(LOG + query)
        assert (page.status, events(page)) == (200, found), query
        assert 'role="alert"' not in page.answer.text, query


async def test_a_row_says_all_that_the_event_says(house: ConsoleHouse) -> None:
    """With the names of accounts that there are, and the ids of those that were erased."""
    ada = await used(house)
    page = await ada.get(f"{LOG}?event=authn_login_fail")
    assert "A sign-in was refused" in page.words
    for said in ("127.99.0.9", BEA, "request_id", "/console/sign-in", "in batch"):
        assert said in page.words
    async with house.accounts._database.writing() as connection:
        bea = await house.opened.administration.accounts.named(BEA)
        assert bea is not None
        await house.accounts._opener._store.delete(connection, bea.id)
    page = await ada.get(f"{LOG}?event=authn_login_fail")
    assert BEA not in page.words
    assert f"erased {bea.id[:8]}" in page.words


async def test_garbage_is_told_and_shows_all(house: ConsoleHouse) -> None:
    """Never an error page, never a page that silently left something out."""
    ada = await signed_in(house, ADA, "admin")
    for query in (
        "?event=no_such_event", "?event=%00", "?account=nobody@example.com", "?account=%F0%9F%92%A9", "?by=somebody",
        "?client=10.0.0.0/99", "?client=here", "?since=yesterday", "?since=9999-99-99T00:00", "?until=0000-01-01",
        "?since=10000000000000", "?before=0", "?before=-1", "?before=x", f"?before={10**30}", "?text=" + "x" * 201,
        "?drop=table", "?since=2027-01-15T08:00%2b99:99", "?until=9999-12-31T23:59:59Z", "?since=9999-12-31T23:59",
        "?until=9999-12-31T23:59-23:59",
    ):  # fmt: skip
        page = await ada.get(LOG + query)
        assert (page.status, "authn_login_success" in events(page)) == (200, True), query
        assert 'role="alert"' in page.answer.text, query


async def test_pages_follow_each_other(house: ConsoleHouse) -> None:
    """The newest first, each once, filters kept; an event of meanwhile moves nothing."""
    ada = await signed_in(house, ADA, "admin")
    async with house.accounts._database.writing() as connection:
        for number in range(_PAGE + 7):
            house.opened.keeper._journal.note(connection, "user_created", None, account=f"{number:032x}")
    first = await ada.get(f"{LOG}?event=user_created")
    (following,) = [each for each in first.links if "before=" in each]
    async with house.accounts._database.writing() as connection:
        house.opened.keeper._journal.note(connection, "user_created", None, account="f" * 32)
    second = await ada.get(following)
    assert (len(events(first)), len(events(second))) == (_PAGE, 8)  # and the account of who looks
    assert not [each for each in second.links if "before=" in each]


async def test_markup_in_an_event_is_text(house: ConsoleHouse) -> None:
    """Whatever a stranger had written into it (ASVS 1.2.1)."""
    ada = await signed_in(house, ADA, "admin")
    async with house.accounts._database.writing() as connection:
        house.opened.keeper._journal.note(connection, "user_created", None, account="<img src=x onerror=alert(1)>")
    page = await ada.get(f"{LOG}?event=user_created")
    assert "<img src=x" not in page.answer.text
    assert "&lt;img src=x" in page.answer.text


async def test_a_whole_log_is_said_to_be_whole_and_what_is_not_proved_too(house: ConsoleHouse) -> None:
    ada = await used(house)
    page = await ada.send(await ada.get(LOG), VERIFY)
    assert "The log is whole, as far as it can be proved." in page.words
    assert "What this does not prove" in page.words
    assert "--checkpoints FILE" in page.words
    assert "Anything, against somebody who has the master secret" in page.words


async def test_an_edited_log_is_not(house: ConsoleHouse) -> None:
    """A row that was changed is marked where it stands, and the verification names it; one that is gone is missed."""
    ada = await used(house)
    file = house.accounts.settings.data / DATABASE_FILE
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE event SET body = replace(body, '127.99.0.9', '<b>1</b>') WHERE name LIKE '%fail'")
        connection.execute("DELETE FROM event WHERE name = 'user_updated'")
    page = await ada.get(f"{LOG}?event=authn_login_fail")
    assert "This row does not hold: it is not what was written" in page.words
    told = await ada.send(await ada.get(LOG), VERIFY)
    assert "The log is not what was written." in told.words
    assert re.search(r"Batch \d has", told.words)
    assert "it was edited, or put in." in told.words
    assert "<b>1</b>" not in told.answer.text + page.answer.text


async def test_a_row_that_nobody_can_read_breaks_no_page(house: ConsoleHouse) -> None:
    """It is left aside, and the verification tells it."""
    ada = await used(house)
    with closing(sqlite3.connect(house.accounts.settings.data / DATABASE_FILE)) as connection, connection:
        connection.execute("UPDATE event SET body = x'ff00', at = 'late' WHERE name = 'user_updated'")
        connection.execute("UPDATE event SET body = '{' WHERE name = 'authz_admin'")
    for path in (LOG, f"{LOG}?text=x", f"{LOG}?since=2020-01-01T00:00", "/console/administration"):
        assert (await ada.get(path)).status == 200
    assert "values of a kind that we never write" in (await ada.send(await ada.get(LOG), VERIFY)).words


async def test_a_log_that_is_too_long_for_a_page_is_not_begun(house: ConsoleHouse) -> None:
    """Nothing is said of it then, but how to do it; while one is under way another is not begun either."""
    ada = await used(house)
    page = await ada.get(LOG)
    most, log_reader.MOST_VERIFIED = log_reader.MOST_VERIFIED, 3  # type: ignore[misc]
    try:
        told = await ada.send(page, VERIFY)
    finally:
        log_reader.MOST_VERIFIED = most  # type: ignore[misc]
    assert "too long for a page" in told.words
    assert "buckler events verify" in told.words
    assert "whole" not in told.heading
    house.opened.log._is_verifying = True
    assert "being checked just now" in (await ada.send(page, VERIFY)).words


async def test_a_button_of_another_session_verifies_nothing(house: ConsoleHouse) -> None:
    ada = await used(house)
    page = await ada.post(VERIFY, {"csrf_token": "x" * 43})
    assert page.path == f"{LOG}?said=stale"
    assert "nothing was done" in page.words
    assert 'role="alert"' not in page.answer.text  # what is told once is no filter
    assert f"{LOG}?said" not in page.answer.text
    assert "Clear" not in page.words


async def test_whoever_reads_no_accounts_reads_ids(house: ConsoleHouse) -> None:
    """No name stands there, and none is taken: which accounts there are is not told by a filter either."""
    await used(house)
    dora = await signed_in(house, DORA, "auditor")
    bea = await house.opened.administration.accounts.named(BEA)
    assert bea is not None
    page = await dora.get(LOG)
    assert BEA not in page.words
    assert ADA not in page.words
    assert bea.id in page.words
    for name in ("account", "by"):
        known, unknown = [await dora.get(f"{LOG}?{name}={text}") for text in (BEA, "nobody@example.com")]
        assert "names are for whoever may read accounts" in known.words
        assert known.words == unknown.words
    found = await dora.get(f"{LOG}?account={bea.id}&by=operator")
    assert events(found) == ["authz_admin", "user_updated"]
