"""The limit of open files is raised as far as the places for connections need, or the start is refused."""

import resource

import pytest

from buckler.cli.serve.wire import open_files
from buckler.errors import ConfigurationError


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """What was asked of the system, whose limits are 256 and 4096."""
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 4096))
    monkeypatch.setattr(resource, "setrlimit", lambda _, both: asked.append(both))
    return asked


def test_it_is_raised_where_it_must_be(limits: list[tuple[int, int]]) -> None:
    open_files.allow(100)
    assert limits == []
    open_files.allow(1000)
    assert limits == [(1128, 4096)]


def test_what_the_system_forbids_is_refused_with_the_remedy(limits: list[tuple[int, int]]) -> None:
    with pytest.raises(ConfigurationError, match=r"5128 open files.* 4096.*BUCKLER_MAX_CONNECTIONS=3968"):
        open_files.allow(5000)
    assert limits == []


def test_no_limit_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    open_files.allow(1_000_000)
