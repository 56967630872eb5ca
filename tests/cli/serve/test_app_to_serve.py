"""Which app is served by several, and whose name its certificate must have."""

import pytest
from fastapi import FastAPI

from buckler import Buckler
from buckler.cli.serve import app_to_serve
from buckler.cli.serve.app_to_serve import asked_host, protected
from buckler.edge.proxies import behind
from buckler.errors import ConfigurationError
from buckler.settings import Settings


def settings(*, behind: str = "", processes: int | None = None) -> Settings:
    return Settings.load(origin="https://api.example.com:8443", behind=behind, processes=processes)


def test_an_app_that_was_told_of_fewer_processes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own settings would say that it is alone."""
    app = FastAPI()
    Buckler(app, settings=settings(processes=1))

    def load(_target: str) -> FastAPI:
        return app

    monkeypatch.setattr(app_to_serve, "load", load)
    assert protected("mine:app", 1)[0] is app
    with pytest.raises(ConfigurationError, match="--workers 2, and the settings of the app say processes=1"):
        protected("mine:app", 2)


def test_the_certificate_covers_the_origin_unless_a_proxy_meets_the_clients() -> None:
    """Whether the settings say so or the app does."""
    assert asked_host(Buckler(FastAPI(), settings=settings())) == "api.example.com"
    assert asked_host(Buckler(FastAPI(), settings=settings(behind="1"))) is None
    assert asked_host(Buckler(FastAPI(), settings=settings(), client_address=behind(hops=1))) is None
