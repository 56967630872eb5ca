"""The file of the master secret: who may lie there, and who may read it."""

import os
import stat
from pathlib import Path

import pytest

from buckler.errors import ConfigurationError
from buckler.tokens.secret import MasterSecret
from tests.proof import stopped_by


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "master"
    path.parent.mkdir()
    MasterSecret.create_file(path)
    return path


def opened(path: Path, data: Path | None = None, *, development: bool = False) -> MasterSecret:
    return MasterSecret.from_file(path, data=data, development=development)


def test_what_was_created_is_what_is_read(tmp_path: Path) -> None:
    """A new file of mode 600 whatever the umask, holding one secret of 48 random bytes."""
    path = tmp_path / "master"
    made = MasterSecret.create_file(path)
    assert opened(path).derive("x") == made.derive("x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text(encoding="ascii").strip()) == 64


def test_a_file_that_is_there_is_never_overwritten(secret_file: Path) -> None:
    """All that was sealed with it would be lost."""
    before = secret_file.read_bytes()
    with pytest.raises(ConfigurationError, match="never overwritten"):
        MasterSecret.create_file(secret_file)
    assert secret_file.read_bytes() == before


def test_a_new_file_is_not_written_through_a_link(tmp_path: Path) -> None:
    """Not even a link to nowhere."""
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match="cannot be created"):
        MasterSecret.create_file(tmp_path / "link")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o602, 0o610, 0o660, 0o777])
def test_a_file_that_others_can_reach_is_refused(secret_file: Path, mode: int) -> None:
    """Any bit for group or others; the error names the command that mends it."""
    secret_file.chmod(mode)
    with pytest.raises(ConfigurationError, match=f"chmod 600 {secret_file}"):
        opened(secret_file)


def test_a_read_only_file_of_ours_is_fine(secret_file: Path) -> None:
    """Mode 400 is closed to others too."""
    secret_file.chmod(0o400)
    opened(secret_file)


def test_a_link_is_refused(secret_file: Path, tmp_path: Path) -> None:
    """What it points to could be changed by who owns the link."""
    (tmp_path / "link").symlink_to(secret_file)
    with pytest.raises(ConfigurationError, match="not a link"):
        opened(tmp_path / "link")


def test_a_folder_and_a_pipe_are_refused_at_once(tmp_path: Path) -> None:
    """Neither is a regular file, and a pipe does not hang the start."""
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(ConfigurationError, match="regular file"):
            opened(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A lost secret stops the start; no new one is made."""
    with pytest.raises(ConfigurationError, match="backup"):
        opened(tmp_path / "gone")
    assert not (tmp_path / "gone").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_refused(secret_file: Path) -> None:
    """Its owner could read and change it."""
    os.chown(secret_file, 12345, -1)
    with pytest.raises(ConfigurationError, match="belongs to user 12345"):
        opened(secret_file)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files of root's")
@pytest.mark.parametrize(("mode", "folder_mode", "is_taken"), [
    (0o440, 0o550, True), (0o460, 0o550, False), (0o444, 0o550, False), (0o440, 0o570, False), (0o440, 0o557, False),
])  # fmt: skip
def test_a_credential_of_systemd_is_taken_where_root_alone_writes(
    secret_file: Path, monkeypatch: pytest.MonkeyPatch, mode: int, folder_mode: int, is_taken: bool
) -> None:
    """It is root's, and an access list that lets the service read looks like a right of the group; elsewhere not."""
    secret_file.chmod(mode)
    secret_file.parent.chmod(folder_mode)
    with pytest.raises(ConfigurationError):
        opened(secret_file)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secret_file.parent))
    assert stopped_by(ConfigurationError, lambda: opened(secret_file)) is not is_taken


def test_in_production_it_lies_outside_the_data(secret_file: Path, tmp_path: Path) -> None:
    """Also when the data folder is named by a detour; in development it may lie there."""
    detour = tmp_path / "keys" / ".." / "keys"
    for data in (secret_file.parent, tmp_path, detour):
        with pytest.raises(ConfigurationError, match="data folder"):
            opened(secret_file, data)
        opened(secret_file, data, development=True)
    opened(secret_file, tmp_path / "data")


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "bytes"), (b"\xff" * 64, "not text"), (b"x" * 70_000, "longer than"), (b"changeme", "example")],
)
def test_a_file_with_something_else_in_it_is_refused(secret_file: Path, content: bytes, reason: str) -> None:
    """Empty, not text, far too long, weak."""
    secret_file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=reason):
        opened(secret_file)


def test_a_list_in_the_file_is_read_in_order(secret_file: Path) -> None:
    """The first seals."""
    old = secret_file.read_text(encoding="ascii").strip()
    secret_file.unlink()
    new = MasterSecret.create_file(secret_file).derive("x")
    text = secret_file.read_text(encoding="ascii").strip()
    secret_file.write_text(f"{text},\n{old}\n", encoding="ascii")
    assert opened(secret_file).derive("x") == new + MasterSecret.from_text(old).derive("x")


def test_a_secret_is_renewed_in_front_of_those_that_still_open(secret_file: Path) -> None:
    """The file is exchanged as a whole, of mode 600 whatever it was, and nothing else is left beside it."""
    old, before = opened(secret_file).derive("x"), secret_file.stat().st_ino
    secret_file.chmod(0o400)
    made = MasterSecret.renew_file(secret_file, data=None, development=False)
    assert len(made) == 2
    assert made.derive("x")[1:] == old
    assert opened(secret_file).derive("x") == made.derive("x")
    assert secret_file.stat().st_ino != before
    assert stat.S_IMODE(secret_file.stat().st_mode) == 0o600
    assert list(secret_file.parent.iterdir()) == [secret_file]


def test_the_newest_secret_is_left_alone(secret_file: Path) -> None:
    """Of three, the two before it are gone from the file."""
    for _ in range(2):
        made = MasterSecret.renew_file(secret_file, data=None, development=False)
    assert len(made) == 3
    kept = MasterSecret.keep_newest(secret_file)
    assert kept.derive("x") == opened(secret_file).derive("x") == made.derive("x")[:1]
    assert list(secret_file.parent.iterdir()) == [secret_file]


def test_a_file_that_would_be_refused_is_not_renewed(secret_file: Path) -> None:
    """Neither one that others can read, nor one among the data, nor one with a weak secret; it stays as it was."""
    good = secret_file.read_bytes()
    with pytest.raises(ConfigurationError, match="data folder"):
        MasterSecret.renew_file(secret_file, data=secret_file.parent, development=False)
    for mode, content, reason in ((0o644, good, "chmod 600"), (0o600, b"changeme", "example")):
        secret_file.write_bytes(content)
        secret_file.chmod(mode)
        with pytest.raises(ConfigurationError, match=reason):
            MasterSecret.renew_file(secret_file, data=None, development=False)
        with pytest.raises(ConfigurationError, match=reason):
            MasterSecret.keep_newest(secret_file)
        assert secret_file.read_bytes() == content
        assert list(secret_file.parent.iterdir()) == [secret_file]


def test_a_file_that_cannot_be_exchanged_leaves_no_copy(secret_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret does not lie about under another name."""
    before = secret_file.read_bytes()

    def fails(path: Path, target: Path) -> None:
        raise OSError(f"{path} cannot become {target}")

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(OSError, match="cannot become"):
        MasterSecret.renew_file(secret_file, data=None, development=False)
    assert secret_file.read_bytes() == before
    assert list(secret_file.parent.iterdir()) == [secret_file]
