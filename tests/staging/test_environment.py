"""What an app finds that is imported for a drill."""

import os
from pathlib import Path

import pytest

from buckler.staging.environment import development_in, said


def test_what_a_shell_says_to_buckler_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of production, or a limit, would drill another app than the one that is meant; all comes back after."""
    monkeypatch.setenv("BUCKLER_ENVIRONMENT", "production")
    monkeypatch.setenv("BUCKLER_CLIENT_LIMIT", "1")
    monkeypatch.setenv("OTHER", "stays")
    before = dict(os.environ)
    with development_in(tmp_path):
        assert os.environ["BUCKLER_ENVIRONMENT"] == "development"
        assert os.environ["BUCKLER_DATA"] == str(tmp_path / "data")
        assert "BUCKLER_CLIENT_LIMIT" not in os.environ
        assert os.environ["OTHER"] == "stays"
    assert dict(os.environ) == before


def test_what_is_said_to_the_app_counts_more(tmp_path: Path) -> None:
    """Also of what is ours; the folder that is thrown away has a name there."""
    before = dict(os.environ)
    with development_in(tmp_path), said({"BUCKLER_PROCESSES": "2", "DATABASE": "sqlite:///{folder}/a.db"}, tmp_path):
        assert os.environ["BUCKLER_PROCESSES"] == "2"
        assert os.environ["DATABASE"] == f"sqlite:///{tmp_path}/a.db"
    assert dict(os.environ) == before
