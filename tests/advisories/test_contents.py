"""Files, folders and archives of records, as whoever wants to do harm would write them."""

import json
import os
import zipfile
from pathlib import Path

import pytest

from buckler.advisories.osv import read
from buckler.advisories.packages import InputRefused
from tests.advisories.made import record

CONTENTS = "buckler.advisories.contents"


def archive(folder: Path, *files: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(folder / "all.zip", "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files:
            made.writestr(name, content)
    return folder / "all.zip"


def one() -> bytes:
    return json.dumps(record()).encode()


def test_a_record_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """Also where a thousandth of it lies in the archive."""
    bomb = archive(tmp_path, ("a.json", b" " * ((32 << 20) + 1)))
    assert bomb.stat().st_size < 1 << 20
    with pytest.raises(InputRefused, match="larger than a record"):
        read(bomb, ["shape"])


def test_many_that_are_too_large_together_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{CONTENTS}._MOST_OF_ALL", 2 * len(one()))
    assert read(archive(tmp_path, ("1.json", one()), ("2.json", one())), ["shape"]).records == 2
    with pytest.raises(InputRefused, match="MB of records"):
        read(archive(tmp_path, *((f"{number}.json", one()) for number in range(3))), ["shape"])


def test_more_about_the_packages_than_can_be_held_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is about other packages is counted and let go."""
    monkeypatch.setattr("buckler.advisories.osv._MOST_KEPT", 2 * len(one()))
    many = archive(tmp_path, *((f"{number}.json", one()) for number in range(3)))
    assert read(many, ["solid"]).records == 3
    with pytest.raises(InputRefused, match="more about the packages than can be held"):
        read(many, ["shape"])


@pytest.mark.parametrize(("limit", "most"), [("_MOST_FILES", 1), ("_LARGEST", 100)])
def test_an_archive_of_too_many_files_or_bytes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    """Records or not: their list alone fills the memory."""
    monkeypatch.setattr(f"{CONTENTS}.{limit}", most)
    with pytest.raises(InputRefused, match=r"has more than 1 files|larger than an archive"):
        read(archive(tmp_path, ("1.json", one()), ("2.txt", b"")), ["shape"])


def test_a_name_in_an_archive_writes_nothing_and_is_told_on_one_line(tmp_path: Path) -> None:
    """Nothing is unpacked to where it says."""
    folder = tmp_path / "in"
    folder.mkdir()
    assert read(archive(folder, ("../../above.json", one()), ("A.JSON", one())), ["shape"]).records == 2
    assert [each.name for each in tmp_path.rglob("*")] == ["in", "all.zip"]
    with pytest.raises(InputRefused) as refused:
        read(archive(folder, ("a\n\x1b[31m.json", b"{")), ["shape"])
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("damage", ["none", "cut", "content", "method", "locked"])
def test_an_archive_that_is_damaged_is_refused(tmp_path: Path, damage: str) -> None:
    """Whatever it is in it that cannot be read."""
    file = archive(tmp_path, ("a.json", one() * 9))
    whole = file.read_bytes()
    head, central = whole.index(b"a.json") + 6, whole.rindex(b"PK\x01\x02")
    broken = {
        "none": b"no archive",
        "cut": whole[:head] + whole[head + 20 :],
        "content": whole[:head] + b"\xff" * 20 + whole[head + 20 :],
        "method": whole[: central + 10] + b"\x63" + whole[central + 11 :],
        "locked": whole[: central + 8] + b"\x01" + whole[central + 9 :],
    }
    file.write_bytes(broken[damage])
    with pytest.raises(InputRefused, match=r"is no archive that can be read|cannot be read \(Invalid argument\)"):
        read(file, ["shape"])


def test_a_pipe_in_a_folder_is_refused(tmp_path: Path) -> None:
    """Nobody writes into it, and whoever reads waits for ever."""
    os.mkfifo(tmp_path / "a.json")
    with pytest.raises(InputRefused, match="is no file"):
        read(tmp_path, ["shape"])


def test_a_record_that_points_to_nothing_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(one())
    (tmp_path / "b.json").symlink_to(tmp_path / "gone.json")
    with pytest.raises(InputRefused, match="No such file"):
        read(tmp_path, ["shape"])
