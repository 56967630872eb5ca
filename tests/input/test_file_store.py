"""A folder for files of strangers."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from buckler import ConfigurationError
from buckler.input import FileStore


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
