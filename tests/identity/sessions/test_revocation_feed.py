"""What was ended stays ended: here, in every other process on the same file, and after a restart."""

from pathlib import Path

import pytest

from buckler.access.callers.authenticator import NotAccepted
from buckler.identity.sessions import revocation_feed as module
from buckler.identity.sessions.revocation_feed import FRESH, PERIOD
from buckler.storage.database.database import DatabaseClosed
from buckler.tokens.jwt import LONGEST_LIFE
from buckler.tokens.revocation import Revocations
from tests.clocks import FakeClock
from tests.identity.house import House, accounts, settings
from tests.identity.processes import keep_account, running, two
from tests.proof import two_sided_async
from tests.tokens.forge import NOW, good, written
from tests.waiting import wait_until_async


async def test_what_another_process_ended_is_dead_after_one_look(tmp_path: Path) -> None:
    """A token, a session, an account up to a version; and what it did not end lives."""
    async with two(tmp_path) as (one, other):
        async with other.database.writing() as connection:
            await other.feed.add(connection, "token", "a")
            await other.feed.add(connection, "session", "s")
            await other.feed.add(connection, "account", "ada", 2)
        assert len(one.known) == 0
        await one.feed.refresh()
        assert one.known.is_ended("a", "", "bob", 0)
        assert one.known.is_ended("b", "s", "bob", 0)
        assert one.known.is_ended("b", "t", "ada", 1)
        assert not one.known.is_ended("b", "t", "ada", 2)


async def test_the_background_looks_often_enough(tmp_path: Path) -> None:
    """Twenty times a second, so that what ended elsewhere is dead within a tenth of one."""
    assert PERIOD <= 0.05
    async with two(tmp_path) as (one, other):
        one.feed.start()
        await other.feed.end_token("a", NOW + 600)
        await wait_until_async(lambda: one.knows("a"))


@pytest.mark.asvs("7.4.1")
async def test_who_is_not_sure_asks_before_a_token_is_believed(tmp_path: Path) -> None:
    """The process looked at the file more than a second ago: a remembered token is not let in from memory."""

    async def attack(kind: str) -> bool:
        async with two(tmp_path, kind, revoking=kind == "whole") as (one, other):
            token = written(good())
            assert await one.lets_in(token)
            await other.feed.end_token("token-1", NOW + 600)
            one.clock.advance(FRESH + 0.001)
            return await one.lets_in(token)

    await two_sided_async(attack, whole="whole", twin="twin")


async def test_a_look_at_an_unchanged_file_is_as_good_as_reading_it(tmp_path: Path) -> None:
    """It is fresh again for a second, and nothing is judged anew."""
    async with two(tmp_path) as (one, _):
        one.clock.advance(FRESH + 0.001)
        assert one.feed.is_stale
        before = one.known.generation
        await one.feed.refresh()
        assert not one.feed.is_stale
        assert one.known.generation == before
        one.clock.advance(FRESH + 0.001)
        assert one.feed.is_stale


async def test_where_the_file_is_lost_nobody_is_let_in(tmp_path: Path) -> None:
    """Neither from memory nor after a new look, and the error is not a refusal that counts against somebody."""
    async with two(tmp_path) as (one, _):
        token = written(good())
        assert await one.lets_in(token)
        await one.database.close()
        one.clock.advance(FRESH + 0.001)
        assert one.callers.recall(token) is None
        with pytest.raises(DatabaseClosed):
            await one.callers.authenticate(token)
        await one.database.open()
        assert await one.lets_in(token)


async def test_a_clock_set_back_hides_no_lost_file(tmp_path: Path) -> None:
    """What was last looked at five minutes from now is not known."""
    async with two(tmp_path) as (one, _):
        token = written(good(iat=NOW - 400, exp=NOW + 200, auth_time=NOW - 400))
        assert await one.lets_in(token)
        one.clock.advance(-300)
        await one.database.close()
        assert one.callers.recall(token) is None
        with pytest.raises(DatabaseClosed):
            await one.callers.authenticate(token)
        await one.database.open()
        assert await one.lets_in(token)


async def test_a_file_that_is_lost_for_long_is_told_to_open_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And that it is back."""
    monkeypatch.setattr(module, "PERIOD", 0.0)
    async with two(tmp_path) as (one, _):
        await one.database.close()
        one.feed.start()
        await wait_until_async(lambda: one.known.is_lost)
        await one.database.open()
        await wait_until_async(lambda: not one.known.is_lost)


async def test_a_few_looks_that_failed_close_no_connection(tmp_path: Path) -> None:
    """Some five seconds without any answer do."""
    async with two(tmp_path) as (one, _):
        for _ in range(99):
            one.feed._fail(OSError())
        assert not one.known.is_lost
        one.feed._fail(OSError())
        assert one.known.is_lost


async def test_a_process_that_begins_knows_what_ended_before(tmp_path: Path) -> None:
    """Before it answers anybody, for as long as a token of it could live."""
    clock = FakeClock(NOW)
    async with running(tmp_path / "accounts.db", clock) as before:
        await before.feed.end_token("a", NOW + 600)
        async with before.database.writing() as connection:
            await before.feed.add(connection, "session", "s")
            await before.feed.add(connection, "account", "ada", 7)
    clock.advance(LONGEST_LIFE - 1)
    async with running(tmp_path / "accounts.db", clock) as again:
        assert not again.knows("a")  # it has been over for an hour
        assert again.known.is_ended("b", "s", "bob", 0)
        assert again.known.is_ended("b", "t", "ada", 6)
        assert not again.feed.is_stale


async def test_an_end_that_was_undone_is_none(tmp_path: Path) -> None:
    """The row stands in the transaction of the change that it follows from."""
    async with two(tmp_path) as (one, other):

        async def ends_and_fails() -> None:
            async with one.database.writing() as connection:
                await one.feed.add(connection, "token", "a")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await ends_and_fails()
        for process in (one, other):
            await process.feed.apply()
            assert not process.knows("a")
        assert await one.rows() == []


async def test_ending_twice_keeps_one_row(tmp_path: Path) -> None:
    """And undoes nothing else of its transaction."""
    async with two(tmp_path) as (one, _):
        await one.feed.end_token("a", NOW + 599.5)
        async with one.database.writing() as connection:
            await one.feed.add(connection, "session", "s")
            await one.feed.add(connection, "token", "a", expires_at=NOW + 9)
            await one.feed.add(connection, "session", "t")
        ends = NOW + LONGEST_LIFE
        assert await one.rows() == [("token", "a", 0, NOW + 600), ("session", "s", 0, ends), ("session", "t", 0, ends)]


async def test_rows_go_when_they_are_long_over(tmp_path: Path) -> None:
    """An hour after that, in case the clock is set back: all at a start, a few with each new one."""
    async with two(tmp_path) as (one, _):
        async with one.database.writing() as connection:
            for number in range(10):
                await one.feed.add(connection, "token", f"old-{number}", expires_at=NOW + 599)
        one.clock.advance(600 + LONGEST_LIFE)
        await one.feed.end_token("new-0", one.clock.now() + 600)
        assert len(await one.rows()) == 11
        one.clock.advance(1)
        for number, left in ((1, 8), (2, 5), (3, 4), (4, 5)):
            await one.feed.end_token(f"new-{number}", one.clock.now() + 600)
            assert len(await one.rows()) == left
    async with running(one.database.path, one.clock) as again:
        assert len(await again.rows()) == 5
    one.clock.advance(700 + LONGEST_LIFE)
    async with running(one.database.path, one.clock) as again:
        assert await again.rows() == []


async def test_no_row_stays_for_ever(tmp_path: Path) -> None:
    """Whatever end a token names: none that we issue lives longer, however far a clock was set back."""
    async with two(tmp_path) as (one, _):
        for number, end in enumerate((2.0**53, float("inf"), NOW + LONGEST_LIFE)):
            await one.feed.end_token(str(number), end)
        ends = [NOW + 2 * LONGEST_LIFE] * 2 + [NOW + LONGEST_LIFE + 1]
        assert await one.rows() == [("token", str(number), 0, end) for number, end in enumerate(ends)]


async def test_a_row_that_went_is_no_gap_for_the_next(tmp_path: Path) -> None:
    """Numbers of rows are not used again: a process that has read up to one sees whatever comes after."""
    async with two(tmp_path) as (one, other):
        await one.feed.end_token("old", NOW + 600)
        await other.feed.refresh()
        one.clock.advance(2 * LONGEST_LIFE)
        await one.feed.load()
        assert await one.rows() == []
        await one.feed.end_token("new", one.clock.now() + 600)
        await other.feed.refresh()
        assert other.knows("new")


async def test_a_process_that_runs_for_long_does_not_grow(tmp_path: Path) -> None:
    """What it learned of ends that are over leaves its memory as new ones come."""
    async with two(tmp_path) as (one, other):
        for wave in range(5):
            async with other.database.writing() as connection:
                for number in range(20):
                    ends = one.clock.now() + 600
                    await other.feed.add(connection, "token", f"{wave}-{number}", expires_at=ends)
            for process in (one, other):
                await process.feed.refresh()
                assert process.knows(f"{wave}-19")
                assert len(process.known) == 20
            one.clock.advance(700)


async def test_an_outdated_account_loses_its_tokens_and_no_other_does(tmp_path: Path) -> None:
    """Also one that is signed too late, from what was read before; one of the new version is good."""
    async with two(tmp_path) as (one, other):
        await keep_account(one, "bob")
        before, late = written(good(ver=1)), written(good(ver=1, jti="late"))
        assert await one.lets_in(before)
        async with other.database.writing() as connection:
            assert await other.feed.outdate(connection, "bob") == 2
        await one.feed.refresh()
        assert [await one.lets_in(token) for token in (before, late)] == [False, False]
        assert await one.lets_in(written(good(ver=2, jti="new")))
        assert await one.lets_in(written(good(sub="carol", jti="hers")))


async def test_outdating_counts_on(tmp_path: Path) -> None:
    """Each time the version grows by one; an account that is not there has none, and leaves no row."""
    async with two(tmp_path) as (one, _):
        await keep_account(one, "bob")
        async with one.database.writing() as connection:
            assert [await one.feed.outdate(connection, "bob") for _ in range(3)] == [2, 3, 4]
            assert await one.feed.outdate(connection, "nobody") == 0
        assert [row[:3] for row in await one.rows()] == [("account", "bob", number) for number in (2, 3, 4)]


async def test_changed_keys_are_read_again_until_that_succeeds(tmp_path: Path) -> None:
    """A process that cannot read them knows nothing for sure; what it did read it reads once."""
    async with two(tmp_path) as (one, other):
        asked: list[int] = []

        async def reread() -> None:
            asked.append(len(asked))
            if len(asked) < 3:
                raise ConnectionError

        one.feed.on_keys(reread)
        async with other.database.writing() as connection:
            await other.feed.add(connection, "keys", "ring", 1)
        one.clock.advance(FRESH + 0.001)
        for _ in range(2):
            with pytest.raises(ConnectionError):
                await one.feed.refresh()
            assert one.feed.is_stale
        await one.feed.refresh()
        await one.feed.refresh()
        assert (asked, one.feed.is_stale) == ([0, 1, 2], False)


async def test_without_the_defence_rows_are_kept_and_nothing_is_refused(tmp_path: Path) -> None:
    """So a twin without it differs in nothing else."""
    async with two(tmp_path, revoking=False) as (one, _):
        await one.feed.end_token("token-1", NOW + 600)
        assert len(await one.rows()) == 1
        assert not one.feed.is_stale
        assert await one.lets_in(written(good()))


@pytest.mark.asvs("7.4.1")
async def test_a_token_outlives_no_logout(tmp_path: Path) -> None:
    """Without the defence the token is good after logout, warm or cold; with it neither."""

    async def attack(house: House) -> bool:
        warm, cold = await house.token(), await house.token()
        assert (await house.get("/auth/me", warm)).status_code == 200
        ended = [(await house.post("/auth/logout", token)).status_code for token in (warm, cold)]
        assert ended == [204, 204]
        return [(await house.get("/auth/me", token)).status_code for token in (warm, cold)] == [200, 200]

    async with (
        House(accounts(settings(tmp_path / "whole"))) as whole_house,
        House(accounts(settings(tmp_path / "twin"), without=Revocations)) as twin,
    ):
        await whole_house.register()
        await twin.register()
        await two_sided_async(attack, whole=whole_house, twin=twin)


async def test_a_new_process_knows_what_was_revoked(tmp_path: Path) -> None:
    """After a restart the first request with a revoked token is 401; another token of the account is good."""
    async with House(accounts(settings(tmp_path))) as house:
        await house.register()
        ended, kept = await house.token(), await house.token()
        await house.post("/auth/logout", ended)
    async with House(accounts(settings(tmp_path))) as again:
        assert (await again.get("/auth/me", ended)).status_code == 401
        assert (await again.get("/auth/me", kept)).status_code == 200


async def test_a_lost_database_lets_nobody_in(tmp_path: Path) -> None:
    """503 over HTTP, for a token that was good a moment before, and never an answer of the app."""
    clock = FakeClock()
    async with House(accounts(settings(tmp_path), clock)) as house:
        await house.register()
        token = await house.token()
        assert (await house.get("/auth/me", token)).status_code == 200
        await house.accounts._database.close()
        clock.advance(FRESH + 0.001)
        assert (await house.get("/auth/me", token)).status_code == 503


async def test_an_exposed_token_is_ended(tmp_path: Path) -> None:
    """`withdraw` ends a good token, and does nothing for what is none."""
    async with House(accounts(settings(tmp_path))) as house:
        await house.register()
        token = (await house.token()).encode()
        assert await house.accounts.authenticate(token) is not None
        await house.accounts.withdraw(b"no token")
        await house.accounts.withdraw(token)
        assert house.accounts.recall(token) is None
        with pytest.raises(NotAccepted, match="it was revoked"):
            await house.accounts.authenticate(token)
