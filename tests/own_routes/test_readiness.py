"""What makes accounts unready: the database, ends of tokens that nobody can read, keys that do not open."""

import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from fastapi import FastAPI

from buckler import Buckler, Issuer
from buckler.identity.accounts import DATABASE_FILE
from buckler.storage.unavailable import StorageUnavailable
from tests.clocks import FakeClock
from tests.identity.house import HousedBuckler, accounts, settings
from tests.own_routes.test_health import LIVE, PROBES, probe, told
from tests.stage import development


@asynccontextmanager
async def with_accounts(folder: Path) -> AsyncIterator[tuple[FastAPI, HousedBuckler]]:
    app = FastAPI()
    made = HousedBuckler(app, accounts(settings(folder)), health=PROBES)
    await made.start()
    try:
        yield app, made
    finally:
        await made.stop()


async def test_accounts_are_ready_once_they_are_open_and_while_they_can_be_read(tmp_path: Path) -> None:
    async with with_accounts(tmp_path) as (app, made):
        clock = made._clock
        assert isinstance(clock, FakeClock)
        before = rows(tmp_path)
        assert (await probe(app)).status == 200
        assert rows(tmp_path) == before
        assert made.accounts is not None
        await made.accounts.close()
        clock.advance(1)
        assert ((await probe(app)).status, (await probe(app, LIVE)).status) == (503, 200)
        await made.accounts.open()
        clock.advance(1)
        assert (await probe(app)).status == 200


def rows(folder: Path) -> list[tuple[str, int]]:
    """How many rows each table has."""
    with closing(sqlite3.connect(folder / DATABASE_FILE)) as file:
        names = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [(name, file.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in names]  # noqa: S608


async def test_ends_of_tokens_that_nobody_can_read_make_it_unready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Stale ones that can be read again do not: a request would do the same."""
    caplog.set_level(logging.INFO, "buckler.events")
    async with with_accounts(tmp_path) as (app, made):
        assert made.accounts is not None
        assert isinstance(made._clock, FakeClock)
        opened, clock = made.accounts.opened(), made._clock
        await opened.revocations.close()
        clock.advance(5)
        assert opened.revocations.is_stale
        assert (await probe(app)).status == 200

        async def lost() -> int:
            raise StorageUnavailable("unreadable", "x", "SQLITE_IOERR")

        monkeypatch.setattr(made.accounts._database, "data_version", lost)
        clock.advance(5)
        assert (await probe(app)).status == 503
        assert told(caplog, "sys_not_ready")[0]["reason"] == "unreadable: SQLITE_IOERR"


async def test_keys_that_do_not_open_make_it_unready_until_they_do(tmp_path: Path) -> None:
    async with with_accounts(tmp_path) as (app, made):
        assert made.accounts is not None
        assert isinstance(made._clock, FakeClock)
        made.accounts.opened().ring.is_outdated = True
        assert (await probe(app)).status == 503
        made.accounts.opened().ring.is_outdated = False
        made._clock.advance(1)
        assert (await probe(app)).status == 200


@pytest.mark.parametrize("own", [False, True])
async def test_an_issuer_that_is_away_takes_nobody_out(tmp_path: Path, own: bool) -> None:
    """Alone, or beside accounts of our own, which are asked."""
    app, issuers = FastAPI(), [Issuer("https://login.example.invalid", audience="my-api")]
    given = development(data=tmp_path)
    buckler = Buckler(app, accounts=own, issuers=issuers, settings=given, health=PROBES)
    await buckler.start()
    assert (await probe(app)).status == 200
    await buckler.stop()
    assert (await probe(app, LIVE)).status == 200  # it starts anew, as nobody runs the lifespan
    await buckler.stop()
