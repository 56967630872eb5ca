"""A copy of a folder has what an app needs, and work on it leaves the folder as it was."""

import os
import sqlite3
import sys
from importlib import import_module, invalidate_caches
from pathlib import Path

import pytest

from buckler import ConfigurationError
from buckler.staging.copying import copy, working_in

LEFT = (".git/config", ".venv/lib/x.py", "node_modules/x/index.js", "pkg/__pycache__/a.pyc", "elsewhere/pyvenv.cfg")
KEPT = ("application_of_copies.py", "pkg/templates/page.html", ".env", "data.db", "src/deep.py")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As people have them."""
    source = tmp_path / "source"
    for name in (*LEFT, *KEPT):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("")
    (source / "application_of_copies.py").write_text("from pathlib import Path\nHERE = Path(__file__).parent\n")
    with sqlite3.connect(source / "data.db") as database:
        database.execute("create table note (text)")
    database.close()
    return source


def test_what_an_app_needs_comes_along(folder: Path, tmp_path: Path) -> None:
    """And nothing else: no history, no environment of whatever name, no caches."""
    (folder / "elsewhere" / "lib.py").write_text("")
    target = tmp_path / "target"
    assert copy(folder, target) == ()
    found = sorted(str(each.relative_to(target)) for each in target.rglob("*") if each.is_file())
    assert found == sorted(KEPT)


def test_links_stay_links(folder: Path, tmp_path: Path) -> None:
    """What they lead to is not copied; a folder that is one is none to walk into."""
    (folder / "latest").symlink_to("pkg")
    (folder / "outside").symlink_to(tmp_path)
    target = tmp_path / "target"
    copy(folder, target)
    assert (target / "latest").readlink() == Path("pkg")
    assert (target / "latest" / "templates" / "page.html").exists()
    assert (target / "outside").readlink() == tmp_path


def test_what_is_no_file_is_left_and_what_cannot_be_read_is_told(folder: Path, tmp_path: Path) -> None:
    """A pipe would be waited for for ever."""
    os.mkfifo(folder / "pipe")
    blocked = tmp_path / "target" / "pkg"
    blocked.parent.mkdir()
    blocked.write_text("a file where a folder should be")
    (told,) = copy(folder, tmp_path / "target")
    assert told.startswith("not copied: pkg/templates/page.html (")
    assert not (tmp_path / "target" / "pipe").exists()


def test_a_folder_that_is_too_large_is_refused(folder: Path, tmp_path: Path) -> None:
    """By bytes and by files, before a disk is full of it."""
    (folder / "film").write_bytes(b"x" * 2_000_000)
    for number, bounds in enumerate(({"most_bytes": 1_000_000}, {"most_files": 3})):
        with pytest.raises(ConfigurationError, match="too large to be copied"):
            copy(folder, tmp_path / f"target{number}", **bounds)
        assert not (tmp_path / f"target{number}" / "film").exists()


def test_a_copy_does_not_lie_in_what_it_copies(folder: Path) -> None:
    """It would copy itself."""
    with pytest.raises(ConfigurationError, match="cannot lie in that folder itself"):
        copy(folder, folder / "target")


def test_work_is_done_in_the_copy(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative database is that of the copy, and so are the modules; afterwards all is as it was."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", ["", str(folder), str(folder / "src"), str(folder / "none"), *sys.path])
    before, target = list(sys.path), tmp_path / "target"
    copy(folder, target)
    with working_in(target):
        assert Path.cwd() == target
        assert sys.path[:3] == [str(target), str(target / "src"), str(folder / "none")]
        invalidate_caches()
        assert target == import_module("application_of_copies").HERE
        with sqlite3.connect("data.db") as database:
            database.execute("insert into note values ('of the drill')")
        database.close()
    assert (Path.cwd(), sys.path) == (folder, before)
    with sqlite3.connect(folder / "data.db") as database:
        assert database.execute("select count(*) from note").fetchone() == (0,)
    database.close()
    del sys.modules["application_of_copies"]
