"""What `--reload` looks at, and what it does when something changed."""

import os
from pathlib import Path

from buckler.cli.serve.crew.reloader import PERIOD, Reloader
from buckler.cli.serve.crew.watched_files import WatchedFiles
from tests.cli.serve.crew.hands import Hands


def test_files_of_the_author_count_and_no_others(tmp_path: Path) -> None:
    """A changed, a new and a deleted one; none of an environment, of the service itself or of another kind."""
    for folder in ("app", ".venv", "data", "app/__pycache__"):
        (tmp_path / folder).mkdir()
    for name in ("app/main.py", ".env", "pyproject.toml"):
        (tmp_path / name).write_text("1")
    changes = WatchedFiles(tmp_path, tmp_path / "data")
    assert changes.look() is None
    for name in ("notes.md", "data/x.py", ".venv/x.py", "app/__pycache__/x.py"):
        (tmp_path / name).write_text("1")
    assert changes.look() is None
    for name in ("app/main.py", ".env", "pyproject.toml", "app/new.py"):
        (tmp_path / name).write_text("two")
        assert changes.look() == os.path.normpath(name)
        assert changes.look() is None
    (tmp_path / "app/new.py").unlink()
    assert changes.look() == os.path.normpath("app/new.py")


def reloading(folder: Path, hands: Hands) -> Reloader:
    made = Reloader(hands.hire, WatchedFiles(folder, folder / "data"), hands.clock, hands.complete, hands.told.append)
    made.begin()
    return made


def test_a_change_ends_the_worker_and_starts_another_when_it_has_ended(tmp_path: Path) -> None:
    """Never two at once: they would share what the author thinks is his alone."""
    hands = Hands()
    looked_after = reloading(tmp_path, hands)
    hands.all[0].is_ready()
    looked_after.turn()
    (tmp_path / "main.py").write_text("1")
    looked_after.turn()  # not yet: it looks twice a second
    assert hands.all[0].asked == []
    hands.clock.advance(PERIOD)
    looked_after.turn()
    assert (hands.all[0].asked, len(hands.all)) == (["stop"], 1)
    hands.all[0].code = 0
    looked_after.turn()
    assert len(hands.all) == 2
    assert hands.told == ["complete 0", "main.py has changed: starting again."]


def test_a_broken_app_is_told_and_waited_for(tmp_path: Path) -> None:
    """The next change starts it, and no back-off does."""
    hands = Hands()
    looked_after = reloading(tmp_path, hands)
    hands.all[0].is_refused("main.py:3 is broken")
    looked_after.turn()
    hands.clock.advance(3600)
    looked_after.turn()
    assert (len(hands.all), looked_after.is_over) == (1, False)
    assert hands.told == ["main.py:3 is broken\nA change of a file starts it again."]
    (tmp_path / "main.py").write_text("mended")
    hands.clock.advance(PERIOD)
    looked_after.turn()
    assert len(hands.all) == 2


def test_it_ends_with_its_worker(tmp_path: Path) -> None:
    """And asked twice, at once."""
    hands = Hands()
    looked_after = reloading(tmp_path, hands)
    looked_after.stop()
    looked_after.turn()
    assert (looked_after.is_over, hands.all[0].asked) == (False, ["stop"])
    looked_after.stop()
    looked_after.turn()
    assert (looked_after.is_over, hands.all[0].asked) == (True, ["stop", "kill"])
