"""An app does not outlive its test."""

import gc
from pathlib import Path
from weakref import ref

from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.house.let_go import forget_functions
from tests.identity.house import House, accounts, settings


def served(data: Path) -> "ref[FastAPI]":
    """An app with accounts that has answered and that nobody has any more."""
    house = House(accounts(settings(data)))
    with TestClient(house.app, base_url="http://localhost") as client:
        assert client.get("/auth/me").status_code == 401
    return ref(house.app)


def test_an_app_ends_with_its_test(tmp_path: Path) -> None:
    """FastAPI would keep it, until thousands of functions later; all that looks for garbage would go through it."""
    app = served(tmp_path)
    gc.collect()
    assert app() is not None
    forget_functions()
    gc.collect()
    assert app() is None
