"""What the tests of the command line share."""

from pathlib import Path

import pytest

from tests.cli.in_process import Shell


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Commands that run in a folder of the test, without processes of their own."""
    return Shell(tmp_path, monkeypatch, capsys)
