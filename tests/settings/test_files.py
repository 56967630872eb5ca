"""A file of settings: whose it is, and who can reach it."""

import os
from pathlib import Path

import pytest

from buckler import ConfigurationError, Settings
from buckler.settings.files import opened

SECRET = "BUCKLER_MASTER_SECRET=CANARY-CANARY-CANARY\n"


def written(folder: Path, mode: int) -> Path:
    file = folder / "here.env"
    file.write_text(SECRET)
    file.chmod(mode)
    return file


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_secret_that_others_can_reach_is_never_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    """Not even where something else says it first: it is known by now."""
    monkeypatch.setenv("BUCKLER_ENV_FILE", str(written(tmp_path, mode)))
    with pytest.raises(ConfigurationError, match=f"with master_secret in it has mode {mode:o}") as refused:
        Settings.load(origin="https://a.test", master_secret="said in code")  # type: ignore[arg-type]
    assert "CANARY" not in str(refused.value)
    written(tmp_path, 0o600)
    assert Settings.load(origin="https://a.test").said("master_secret").source == ".env"


def test_a_file_that_belongs_to_somebody_else_keeps_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner can read it."""
    file = written(tmp_path, 0o600)
    own = os.geteuid()
    opened(file).refuse_open_secrets(["master_secret"])
    monkeypatch.setattr("buckler.private_files.os.geteuid", lambda: own + 1)
    with pytest.raises(ConfigurationError, match=r"master_secret in it belongs to user .* we run as user .* chown"):
        opened(file).refuse_open_secrets(["master_secret"])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files of root's")
def test_a_credential_of_systemd_may_have_a_secret_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`LoadCredential=` hands over a TOML file as it does the master secret: root's, and for a group to look at."""
    file = tmp_path / "buckler.toml"
    file.write_text('origin = "https://a.test"\nmail_password = "CANARY"\n')
    file.chmod(0o440)
    tmp_path.chmod(0o550)
    monkeypatch.setenv("BUCKLER_CONFIG", str(file))
    with pytest.raises(ConfigurationError, match="has mode 440"):
        Settings.load()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert Settings.load().said("mail_password").source == "toml"


def test_a_file_without_a_secret_may_be_read_by_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "buckler.toml").write_text('origin = "https://a.test"\n')
    (tmp_path / "buckler.toml").chmod(0o644)
    assert Settings.load().origin == "https://a.test"


def test_a_pipe_in_its_place_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigurationError, match="not a regular file"):
        opened(tmp_path / "pipe")
