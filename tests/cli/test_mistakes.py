"""Mistakes of the person at the keyboard: each is a few lines that say what to do."""

from pathlib import Path

import pytest

from buckler.cli.target import split
from buckler.errors import ConfigurationError
from tests.cli.running import buckler

CHECK = ("--environment", "development", "--check")


def refused(folder: Path, *arguments: str) -> str:
    """The error stream of a `buckler serve` that is refused."""
    done = buckler("serve", *arguments, folder=folder)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert done.stderr.startswith("buckler: ")
    for theirs in ("site-packages", "importlib", "typer", "/buckler/", "Application startup failed"):
        assert theirs not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("line", "last"),
    [
        ("int(None)", "TypeError: int() argument must be"),
        ("def (", "SyntaxError: invalid syntax"),
        ("import surely_not_there", "ModuleNotFoundError: No module named 'surely_not_there'"),
        ("from email import surely_not", "ImportError: cannot import name 'surely_not'"),
        ("import json; json.loads('{')", "json.decoder.JSONDecodeError: "),
    ],
)
def test_a_mistake_in_the_module_shows_the_line_and_nothing_around_it(tmp_path: Path, line: str, last: str) -> None:
    """Not one frame of the command line, of Python's import or of a library."""
    (tmp_path / "mine.py").write_text(f"x = 1\n{line}\n")
    text = refused(tmp_path, "mine:app", *CHECK)
    assert "mine:app cannot be imported" in text
    assert f'File "{tmp_path / "mine.py"}", line 2' in text
    assert text.count("File ") == 1
    assert text.splitlines()[-1].startswith(last)


def test_a_module_that_is_missing_inside_ours_is_not_taken_for_ours(tmp_path: Path) -> None:
    """`main` importing a missing `ma` is no missing `main`."""
    (tmp_path / "mine.py").write_text("import min_\n")
    assert "No module named 'min_'" in refused(tmp_path, "mine:app", *CHECK)
    assert "there is no module 'gone.main'" in refused(tmp_path, "gone.main:app", *CHECK)


def test_a_setting_refused_at_import_is_its_message_and_the_line(tmp_path: Path) -> None:
    """Our own words need no traceback."""
    (tmp_path / "mine.py").write_text(
        "from fastapi import FastAPI\nfrom buckler import Buckler\napp = FastAPI()\nBuckler(app)\nBuckler(app)\n"
    )
    text = refused(tmp_path, "mine:app", *CHECK)
    assert "Traceback" not in text
    assert "(Raised while mine:app was imported: mine.py:5)" in text


def test_a_lifespan_that_fails_shows_its_own_line(tmp_path: Path) -> None:
    """The start is refused in the app's own words."""
    (tmp_path / "mine.py").write_text(
        "from contextlib import asynccontextmanager\nfrom fastapi import FastAPI\nfrom buckler import Buckler\n"
        "@asynccontextmanager\nasync def life(_):\n    raise LookupError('no queue')\n    yield\n"
        "app = FastAPI(lifespan=life)\nBuckler(app)\n"
    )
    text = refused(tmp_path, "mine:app", *CHECK)
    assert text.splitlines()[-1] == "LookupError: no queue"
    assert text.count("File ") == 1


@pytest.mark.parametrize("data", ["file", "file/below", "loop", "x" * 300, "/proc/x"])
@pytest.mark.parametrize("more", [(), ("--check",)])
def test_a_data_folder_that_cannot_be_is_one_line(tmp_path: Path, data: str, more: tuple[str, ...]) -> None:
    """With the system's reason and the remedy."""
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    text = refused(tmp_path, "--port", "0", "--http-port", "0", "--data", data, *more)
    assert len(text.splitlines()) == 1
    assert f"--data {data}" in text or str(tmp_path / data) in text
    assert "--data FOLDER" in text


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("main.py", "did you mean main:app?"),
        ("./main.py:api", "did you mean main:api?"),
        ("folder/main.py:app", "did you mean folder.main:app?"),
        ("folder/main:app", "did you mean folder.main:app?"),
        ("/srv/api/main.py", "did you mean main:app (in /srv/api)?"),
        ("../main.py", "did you mean main:app (in ..)?"),
        (":app", "an app is named MODULE:APP"),
        (".main:app", "an app is named MODULE:APP"),
    ],
)
def test_a_file_is_answered_with_the_module_that_was_meant(target: str, meant: str) -> None:
    """Whoever writes a path is told the name."""
    with pytest.raises(ConfigurationError) as refusal:
        split(target)
    assert meant in str(refusal.value)


def test_a_file_is_told_before_the_environment_is_judged(tmp_path: Path) -> None:
    """First things first: a certificate would not help."""
    assert "did you mean main:app?" in refused(tmp_path, "main.py")
