"""A bare machine gets an environment, or one line that says what it lacks."""

import shutil
from pathlib import Path

import pytest

from tests.house.tree import ROOT, run

OLD = "#!/bin/sh\nexit 1\n"
NEW = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 0 ;; *version_info*) exit 0 ;; esac\n'
BARE = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; *version_info*) exit 0 ;; esac\nexit 1\n'
MAKES = 'if [ "$2" = venv ]; then mkdir -p .boot/bin; echo "$0 $*" > .boot/made; cp "$0" .boot/bin/python; fi\n'


def boot(folder: Path, **pythons: str) -> tuple[int, list[str]]:
    """What `.ci/boot` answers on a machine that has these Pythons only."""
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "boot", folder / ".ci")
    programs = folder / "bin"
    programs.mkdir()
    for name in ("sh", "dirname", "touch", "mkdir", "cp"):
        (programs / name).symlink_to(str(shutil.which(name)))
    for name, text in pythons.items():
        program = programs / name.replace("_", ".")
        program.write_text(text)
        program.chmod(0o755)
    done = run(str(programs / "sh"), ".ci/boot", "1.2.3", cwd=folder, PATH=str(programs))
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize(
    ("pythons", "said"),
    [
        ({}, "needs Python 3.11 or newer"),
        ({"python3": OLD}, "needs Python 3.11 or newer"),
        (
            {"python3": BARE},
            "python3 cannot make an environment (no ensurepip): install the Debian package python3-venv.",
        ),
    ],
)
def test_what_is_missing_is_said_in_one_line(tmp_path: Path, pythons: dict[str, str], said: str) -> None:
    """And nothing is made."""
    code, lines = boot(tmp_path, **pythons)
    assert code == 1
    assert len(lines) == 1
    assert said in lines[0]
    assert not (tmp_path / ".boot").exists()


@pytest.mark.parametrize(
    ("pythons", "chosen"),
    [
        ({"python3": OLD, "python3_11": NEW + MAKES}, "python3.11"),
        ({"python3": NEW + MAKES, "python3_13": BARE}, "python3"),
        ({"python3": NEW + MAKES, "python3_12": NEW + MAKES}, "python3.12"),
    ],
)
def test_the_first_python_that_can_is_taken(tmp_path: Path, pythons: dict[str, str], chosen: str) -> None:
    """Whatever stands before it."""
    assert boot(tmp_path, **pythons) == (0, [])
    assert (tmp_path / ".boot" / "made").read_text().split()[0].endswith(f"bin/{chosen}")
    assert (tmp_path / ".boot" / "uv-1.2.3").exists()


def test_make_alone_lists_every_recipe() -> None:
    """One line each."""
    listed = run("make", "--no-print-directory", cwd=ROOT).stdout.splitlines()
    names = {line.split()[1] for line in listed}
    assert {"serve", "test", "lint", "types", "imports", "check-docs", "bench", "standards", "tour", "wheel"} <= names
    assert len(listed) == len(names)
