"""What an isolated app changes outside of its folder is told; what the drill itself changes is not."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile

import pytest

from buckler.drill.attacks.input.canary import planted
from buckler.drill.own_files import by_the_drill
from buckler.staging.isolation import isolated


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder that stays, with a file and a folder in it, beside that of the app."""
    (tmp_path / "own").mkdir()
    folder = tmp_path / "kept"
    (folder / "empty").mkdir(parents=True)
    (folder / "file").write_text("kept")
    return folder


def _of_the_app(kept: Path) -> Path:
    """A file of its own, in its folder."""
    made = kept.parent / "own" / "made"
    made.write_text("of the app")
    return made


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda kept: (kept / "file").unlink(), "file was removed"),
        (lambda kept: (kept / "empty").rmdir(), "empty was removed"),
        (lambda kept: (kept / "file").rename(kept / "other"), "file was renamed"),
        (lambda kept: (kept / "new").mkdir(), "new was made"),
        (lambda kept: (kept / "file").chmod(0o600), "file was given other rights"),
        (lambda kept: (kept / "link").symlink_to("file"), "link was made"),
        (lambda kept: (kept / "link").hardlink_to(kept / "file"), "link was made"),
        (lambda kept: os.truncate(kept / "file", 0), "file was cut"),
        (lambda kept: os.utime(kept / "file", (0, 0)), "file was given another time"),
        (lambda kept: os.chown(kept / "file", os.getuid(), os.getgid()), "file was given another owner"),
        (lambda kept: shutil.move(kept / "file", kept / "moved"), "file was renamed"),
        (lambda kept: shutil.move(kept / "file", kept / "moved"), "moved was made"),
        (lambda kept: _of_the_app(kept).replace(kept / "file"), "file was replaced"),
        (lambda kept: _of_the_app(kept).rename(kept / "new"), "new was made"),
        (lambda kept: shutil.move(_of_the_app(kept), kept / "file"), "file was replaced"),
        (lambda kept: (kept.parent / "own" / "link").hardlink_to(kept / "file"), "file was given another name"),
    ],
)
def test_what_is_changed_elsewhere_is_told(kept: Path, change: Callable[[Path], object], told: str) -> None:
    """And done: an app tidies up its logs."""
    with isolated(kept.parent / "own") as block:
        change(kept)
    assert f"written: {kept}/{told}" in block.notes


def test_a_tree_that_goes_is_told_by_its_files(kept: Path) -> None:
    """They are named relative to folders that are open."""
    with isolated(kept.parent / "own") as block:
        shutil.rmtree(kept)
    assert {f"written: {kept}{each} was removed" for each in ("/file", "/empty", "")} <= set(block.notes)


def test_a_file_that_is_open_is_known_by_its_name(kept: Path) -> None:
    """It has a number, and no path; one that was closed has neither."""
    with (kept / "file").open("r+") as file, isolated(kept.parent / "own") as block:
        os.truncate(file.fileno(), 0)
    with isolated(kept.parent / "own") as second, pytest.raises(OSError, match="Bad file descriptor"):
        os.truncate(99_999, 0)
    assert (block.notes, second.notes) == ((f"written: {kept}/file was cut",), ())


def test_what_changes_nothing_and_what_lies_in_the_folder_is_not_told(kept: Path) -> None:
    """What is not there cannot go, and what is there is not made."""
    own = kept.parent / "own"
    with isolated(own) as block:
        (kept / "nothing").unlink(missing_ok=True)
        (kept / "empty").mkdir(exist_ok=True)
        (own / "new").mkdir()
        (own / "new").rmdir()
        (own / "link").symlink_to(kept / "file")
        (own / "link").unlink()
        _of_the_app(kept).replace(own / "renamed")
        with pytest.raises(FileNotFoundError):
            (own / "nothing").replace(kept / "file")
    assert block.notes == ()


def test_a_folder_is_no_file_that_is_written(kept: Path) -> None:
    """What has no name goes by itself; of what has one, the file is told, and not the folder that `tempfile` opens."""
    with isolated(kept.parent / "own") as block:
        with TemporaryFile(dir=kept) as nameless:
            nameless.write(b"a")
        with NamedTemporaryFile(dir=kept, delete=False) as named:
            named.write(b"a")
        with pytest.raises(IsADirectoryError):
            kept.write_text("")
    assert [each for each in block.notes if each.startswith("written: the file")] == [f"written: the file {named.name}"]


def test_what_the_drill_plants_is_not_told(kept: Path) -> None:
    """It is ours; what the app does in the meantime is the app's."""
    with isolated(kept.parent / "own") as block:
        with planted(here=True) as canary:
            assert Path(canary.path).read_text() == canary.text
            (kept / "of the app").write_text("")
        with by_the_drill():
            (kept / "of the drill").write_text("")
    assert block.notes == (f"written: the file {kept}/of the app",)
    assert not Path(canary.path).exists()


def test_what_python_compiled_is_its_own(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it is told to keep it; what lies beside is the app's."""
    compiled = kept / "compiled"
    compiled.mkdir()
    monkeypatch.setattr("sys.pycache_prefix", str(compiled))
    with isolated(kept.parent / "own") as block:
        (compiled / "module.pyc.1").write_bytes(b"")
        (compiled / "module.pyc.1").rename(compiled / "module.pyc")
        (kept / "notes").write_text("of the app")
    assert block.notes == (f"written: the file {kept}/notes",)
