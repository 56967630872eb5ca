"""Accounts as rows: one name, one account, also when many ask at once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from buckler.identity.account_store import Account, AccountStore, NameTaken
from buckler.randomness import identifier
from buckler.storage.database import Database


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[AccountStore]:
    """A store on a new database."""
    database = Database(tmp_path / "data" / "buckler.db")
    await database.open()
    yield AccountStore(database)
    await database.close()


def _account(name: str, *roles: str) -> Account:
    return Account(identifier(), name, frozenset(roles), b"sealed", 1)


async def test_what_was_kept_is_found(store: AccountStore) -> None:
    """An account is found by every spelling of its name, whole."""
    alice = _account("Alice", "reader", "editor")
    await store.create(alice)
    assert await store.find("\uff41LICE") == alice
    assert await store.find("nobody") is None


async def test_fifty_registrations_at_once_are_all_kept(store: AccountStore) -> None:
    """Fifty accounts made at once: none fails, none is lost."""
    drafts = [_account(f"user{number}") for number in range(50)]
    await asyncio.gather(*(store.create(draft) for draft in drafts))
    assert [await store.find(draft.name) for draft in drafts] == drafts


async def test_of_many_with_one_name_one_is_made(store: AccountStore) -> None:
    """Twenty at once with spellings of one name: one account, and nineteen are told."""
    drafts = [_account("Alice" if number % 2 else "ALICE") for number in range(20)]
    results = await asyncio.gather(*(store.create(draft) for draft in drafts), return_exceptions=True)
    assert sum(isinstance(result, NameTaken) for result in results) == 19
    assert results.count(None) == 1


async def test_of_many_first_administrators_one_is_made(store: AccountStore) -> None:
    """Ten claims at once make one administrator, and a later one makes none."""
    drafts = [_account(f"user{number}", "admin") for number in range(10)]
    assert await store.anybody_holds("admin") is False
    made = await asyncio.gather(*(store.create_first(draft, "admin") for draft in drafts))
    assert made.count(True) == 1
    assert await store.anybody_holds("admin") is True
    assert await store.create_first(_account("late", "admin"), "admin") is False


async def test_a_hash_is_replaced_only_while_it_is_the_same(store: AccountStore) -> None:
    """A hash made anew at sign-in never undoes a password that was changed meanwhile."""
    alice = _account("alice")
    await store.create(alice)
    await store.replace_hash(alice, b"newer")
    await store.replace_hash(alice, b"late")
    assert await store.find("alice") == replace(alice, password_sealed=b"newer")


def test_an_account_never_shows_its_hash() -> None:
    """What is written of an account in a log has no hash in it."""
    assert "sealed" not in repr(_account("alice"))
