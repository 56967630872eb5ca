"""Checkpoints leave the machine, and what stands in their way does not stop the service."""

import asyncio
import io
import json
import os
from pathlib import Path
from threading import Event

import pytest

from buckler.errors import ConfigurationError
from buckler.events.journal.checkpoints import checkpoints_in, sink_named
from buckler.events.journal.errand import Errand
from tests.events.journal.ledger import KEY, opened


def file_sink(folder: Path, name: str = "outside.jsonl") -> tuple[Path, object]:
    data = folder / "data"
    data.mkdir(exist_ok=True)
    return folder / name, sink_named(str(folder / name), data)


async def test_they_are_written_to_a_file_that_is_ours_alone(tmp_path: Path) -> None:
    """A line each, which is read back and holds."""
    place, sink = file_sink(tmp_path)
    async with opened(tmp_path / "log", sink=sink) as log:  # type: ignore[arg-type]
        for _ in range(3):
            await log.write(1)
            await log.batch()
    found = list(checkpoints_in(io.BytesIO(place.read_bytes())))
    assert ([each.number for each in found], place.stat().st_mode & 0o777) == ([1, 2, 3], 0o600)
    assert all(each.holds(KEY) for each in found)


async def test_a_pipe_in_the_place_of_the_file_holds_up_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor does a link; both are told, and the next file is good again."""
    place, sink = file_sink(tmp_path)
    async with opened(tmp_path / "log", sink=sink) as log:  # type: ignore[arg-type]
        os.mkfifo(place)
        await log.write(1)
        await asyncio.wait_for(log.batch(), 5)
        place.unlink()
        place.symlink_to(tmp_path / "elsewhere")
        await log.write(1)
        await log.batch()
        failed = [each.getMessage() for each in caplog.records if "sys_log_failed" in each.getMessage()]
        assert [json.loads(line)["step"] for line in failed] == ["checkpoint"] * 2
        place.unlink()
        log.clock.advance(61)
        await log.keeper.tick()
    assert [each.number for each in checkpoints_in(io.BytesIO(place.read_bytes()))] == [2]


async def test_a_torn_line_does_not_take_the_next_one_along(tmp_path: Path) -> None:
    """There was no room for its end."""
    place, sink = file_sink(tmp_path)
    place.write_bytes(b'{"installation":"inst')
    async with opened(tmp_path / "log", sink=sink) as log:  # type: ignore[arg-type]
        await log.write(1)
        await log.batch()
    assert [each.number for each in checkpoints_in(io.BytesIO(place.read_bytes()))] == [1]


@pytest.mark.parametrize(
    "line",
    [
        '{"installation":"i","epoch":1e999,"batch":1,"made_at":1,"link":"00","mac":"00"}',
        '{"installation":"i","epoch":true,"batch":1,"made_at":1,"link":"00","mac":"00"}',
        '{"installation":"i","epoch":1,"batch":-1,"made_at":1,"link":"00","mac":"00"}',
        '{"installation":"i","epoch":1,"batch":1,"made_at":1,"link":"0","mac":"00"}',
        "[" * 50_000,
        "no line of ours {",
    ],
)
def test_what_is_no_checkpoint_is_passed_over(line: str) -> None:
    """Whatever stands in a log that somebody else can write to."""
    assert list(checkpoints_in(io.BytesIO(line.encode() + b"\n"))) == []


@pytest.mark.parametrize(("text", "words"), [("here.jsonl", "by its whole path"), ("{data}/x.jsonl", "data folder")])
def test_a_place_that_proves_nothing_is_refused(tmp_path: Path, text: str, words: str) -> None:
    """Beside the database, or wherever the process happens to run."""
    with pytest.raises(ConfigurationError, match=words):
        sink_named(text.format(data=tmp_path), tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{out}/nowhere/c.jsonl", "there is no folder .*nowhere.*Make it"),
        ("{out}/file/c.jsonl", "there is no folder .*file.*name a file elsewhere"),
        ("{out}", "is a folder. Name a file in it"),
    ],
)
def test_a_place_that_takes_no_line_is_refused_at_the_start(tmp_path: Path, text: str, words: str) -> None:
    """A path that was mistyped would otherwise be told by the log alone, hours later."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "file").touch()
    with pytest.raises(ConfigurationError, match=words):
        sink_named(text.format(out=out), tmp_path / "data")


def test_a_place_that_we_may_not_write_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judged for the file where there is one, and else for its folder."""
    asked = list[Path]()
    monkeypatch.setattr(os, "access", lambda path, _mode: asked.append(path))
    file = tmp_path / "c.jsonl"
    for _ in range(2):
        with pytest.raises(ConfigurationError, match=r"may not write there\. Let that user write"):
            sink_named(str(file), tmp_path / "data")
        file.touch()
    assert asked == [tmp_path, file]


async def test_an_errand_that_hangs_is_not_waited_for_and_none_is_sent_after_it() -> None:
    """As on a machine that went away."""
    errand, gone, sent = Errand(), Event(), list[int]()
    with pytest.raises(TimeoutError):
        await errand.run(gone.wait, 0.01)
    with pytest.raises(TimeoutError):
        await errand.run(lambda: sent.append(1), 5)
    assert sent == []
    gone.set()
    await asyncio.wait_for(asyncio.wrap_future(errand._under_way), 5)  # type: ignore[arg-type]  # it is there
    await errand.run(lambda: sent.append(2), 5)
    assert sent == [2]


async def test_an_old_epoch_excuses_nothing_by_itself(tmp_path: Path) -> None:
    """A row that holds says that a backup was put back; the column beside it is anybody's who has the file."""
    async with opened(tmp_path) as log:
        for _ in range(3):
            await log.write(1)
            await log.batch()
        log.attack("DELETE FROM event WHERE batch = 3", "DELETE FROM event_batch WHERE number = 3")
        assert (await log.verdict(log.outside)).faults
        later = log.another()
        async with log.database.writing() as connection:
            later.keep(connection, "sys_backup_restored", epoch=1, accounts=0)
        found = await log.verdict(log.outside)
        assert (found.faults, len(found.restored)) == ([], 1)
