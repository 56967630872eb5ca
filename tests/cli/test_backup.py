"""`buckler backup` and `buckler restore`: what they say, and what they refuse."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from buckler.randomness import secret_text
from tests.cli.in_process import Shell
from tests.cli.running import buckler
from tests.cli.test_keys import install
from tests.cli.test_users import add, listed


@pytest.mark.heavy
def test_a_backup_is_put_back(tmp_path: Path) -> None:
    """With what was kept then; each says what it did, and what else is needed."""
    assert add(tmp_path, "ada@example.com", "--role", "admin").returncode == 0
    saved = buckler("backup", "copy.db", folder=tmp_path)
    assert (saved.returncode, "The master secret is not in it" in saved.stdout) == (0, True), saved.stderr
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    assert add(tmp_path, "bob@example.com").returncode == 0
    done = buckler("restore", "copy.db", "--replace", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 accounts. This is epoch 1" in done.stdout
    assert '"event":"sys_backup_restored"' in done.stderr
    assert list(listed(tmp_path)) == ["ada@example.com"]
    aside = next((tmp_path / "data").glob("buckler.db.*Z"))
    assert str(aside) in done.stdout
    with closing(sqlite3.connect(aside)) as connection:
        assert connection.execute("SELECT count(*) FROM account").fetchone() == (2,)


def test_what_cannot_be_is_one_line(shell: Shell) -> None:
    """The reason and the remedy, exit code 1, and nothing is changed."""
    install(shell.folder / "data")
    assert shell.run("backup", "copy.db").code == 0
    (shell.folder / "letter").write_text("hello")
    wrong = {"BUCKLER_MASTER_SECRET": secret_text(48)}
    refused: list[tuple[str, dict[str, str], str]] = [
        ("backup copy.db", {}, "never overwritten"),
        ("backup no/folder/copy.db", {}, "no/folder: No such file"),
        ("backup new.db --data elsewhere", {}, "no database"),
        ("restore copy.db", {}, "--replace"),
        ("restore missing.db --replace", {}, "No such file"),
        ("restore letter --replace", {}, "is no database"),
        ("restore copy.db --replace", wrong, "not the one"),
    ]
    before = (shell.folder / "data" / "buckler.db").read_bytes()
    for line, more, words in refused:
        done = shell.run(*line.split(), **more)
        assert (done.code, done.said, words in done.told) == (1, "", True), done.told
        assert len(done.told.splitlines()) == 1
    assert shell.run("restore").code == shell.run("backup").code == 2
    assert (shell.folder / "data" / "buckler.db").read_bytes() == before
    assert shell.run("keys", "list").code == 0
