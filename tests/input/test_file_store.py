"""A folder for files of strangers."""

import io
import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from buckler import ConfigurationError
from buckler.input import FileStore, examine_zip
from tests.input.files import archive
from tests.proof import stopped_by, two_sided


async def test_a_file_is_kept_for_us_alone(tmp_path: Path) -> None:
    """In a folder that is made, from its first byte."""
    file = io.BytesIO(b"content")
    file.seek(3)
    path = await FileStore(tmp_path / "a" / "b").keep(file, "name.png")
    assert (path, path.read_bytes()) == (tmp_path / "a" / "b" / "name.png", b"content")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_nothing_is_overwritten_and_no_link_is_followed(tmp_path: Path) -> None:
    """Whoever puts a link there first gets nothing."""
    store = FileStore(tmp_path / "kept")
    (tmp_path / "kept" / "there").write_text("old")
    (tmp_path / "kept" / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("there", "link"):
        with pytest.raises(FileExistsError):
            store.write(name, [b"new"])
    assert (tmp_path / "kept" / "there").read_text() == "old"
    assert not (tmp_path / "elsewhere").exists()


def test_what_is_begun_and_not_finished_is_removed(tmp_path: Path) -> None:
    """Whatever ended it."""

    def pieces() -> Iterator[bytes]:
        yield b"a"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        FileStore(tmp_path / "kept").write("a", pieces())
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file may grow beyond 66,000 bytes: the last of them fail when they are flushed, or when the file is closed."""
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (66_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.usefixtures("small_disk")
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    """The twin writes as one does: half a file stays under a name that looks whole."""

    plain = tmp_path / "plain"
    plain.mkdir()

    def plainly(name: str, pieces: list[bytes]) -> object:
        return (plain / name).write_bytes(b"".join(pieces))

    def attack(write: Callable[[str, list[bytes]], object]) -> bool:
        assert stopped_by(OSError, lambda: write("ours.bin", [b"x" * 65_536, b"x" * 4464]))
        return ((plain if write is plainly else tmp_path / "kept") / "ours.bin").exists()

    store = FileStore(tmp_path / "kept")
    two_sided(attack, whole=store.write, twin=plainly)
    assert store.write("ours.bin", [b"x"]).read_bytes() == b"x"


@pytest.mark.usefixtures("small_disk")
async def test_a_full_disk_is_not_the_sender_s_fault(tmp_path: Path) -> None:
    """It is told as itself, and nothing of the archive stays."""
    content = archive({"a": b"1" * 100, "b": b"x" * 70_000})
    with pytest.raises(OSError, match="too large"):
        await examine_zip(io.BytesIO(content)).extract(FileStore(tmp_path / "kept"))
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../a", "/a"])
def test_a_name_with_folders_in_it_is_refused(tmp_path: Path, name: str) -> None:
    """Names are ours; one that is not was handed on by mistake."""
    with pytest.raises(ValueError, match="no folders"):
        FileStore(tmp_path / "kept").write(name, [])


def test_a_folder_that_others_may_change_is_refused(tmp_path: Path) -> None:
    """At the start, and when it became so since."""
    kept = tmp_path / "kept"
    store = FileStore(kept)
    kept.chmod(0o777)
    with pytest.raises(ConfigurationError, match="others may write"):
        FileStore(kept)
    with pytest.raises(ConfigurationError, match="others may write"):
        store.write("a", [b"a"])


def test_a_folder_that_is_a_link_or_a_file_is_refused(tmp_path: Path) -> None:
    """It would lead elsewhere."""
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "file").touch()
    for name in ("link", "file"):
        with pytest.raises(ConfigurationError, match="is no folder"):
            FileStore(tmp_path / name)
