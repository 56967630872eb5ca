"""In development a letter is a file that only this user reads; the newest is the last."""

import stat
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from buckler.identity.mail.letter import Letter
from buckler.identity.mail.letters import Letters
from buckler.identity.mail.mailer import MailFailed
from buckler.identity.mail.message import Sender
from buckler.identity.mail.outbox import Outbox
from tests.clocks import FakeClock

LETTER = Letter("reset", "ada@example.com", "Hello", "Hello\n", "<p>Hello</p>\n", at=1_800_000_000)


def outbox(folder: Path) -> Outbox:
    return Outbox(folder, Sender("noreply@localhost", "localhost"))


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def test_a_letter_is_a_file_of_this_user_alone(tmp_path: Path) -> None:
    """There is a code in it."""
    folder = tmp_path / "data" / "outbox"
    await outbox(folder).deliver(LETTER)
    (file,) = files(folder)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    message = message_from_bytes(file.read_bytes(), policy=default)
    assert (message["From"], message["To"]) == ("noreply@localhost", "ada@example.com")


async def test_a_link_stands_in_the_file_as_it_is(tmp_path: Path) -> None:
    """Whole, so that it can be copied out of it; and a mail program reads what was written."""
    letters = Letters("https://127.0.0.1:8443", "N\u00f6tes", FakeClock(), None, {"reset": "/console/reset/confirm"})
    letter = letters.reset("ada@example.com", "7K2M4-R2D9X-WBT3H-NVC6J-PZ0A1K")
    await outbox(tmp_path).deliver(letter)
    (file,) = files(tmp_path)
    text = file.read_bytes().replace(b"\r\n", b"\n").decode()
    assert text.count("https://127.0.0.1:8443/console/reset/confirm#code=7K2M4-R2D9X-WBT3H-NVC6J-PZ0A1K") == 3
    assert "=3D" not in text
    body = message_from_bytes(file.read_bytes(), policy=default).get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == letter.text


async def test_names_sort_by_time(tmp_path: Path) -> None:
    """Also within a second; and a name says what is inside."""
    times = (1_800_000_000.25, 1_800_000_000.5, 1_800_000_001, 1_900_000_000)
    for at in reversed(times):
        await outbox(tmp_path).deliver(replace(LETTER, at=at, id=f"{int(at * 4):032x}"))
    names = [each.name for each in files(tmp_path)]
    assert [name.partition("-")[0] for name in names] == [
        "20270115T080000.250000Z", "20270115T080000.500000Z", "20270115T080001.000000Z", "20300317T174640.000000Z",
    ]  # fmt: skip
    assert all("-reset-" in name and name.endswith(".eml") for name in names)


async def test_the_same_letter_again_is_one_file(tmp_path: Path) -> None:
    """What an attempt left half done before does not stand in the way."""
    await outbox(tmp_path).deliver(LETTER)
    (file,) = files(tmp_path)
    (tmp_path / f".{file.name}").write_bytes(b"half")
    await outbox(tmp_path).deliver(LETTER)
    assert files(tmp_path) == [file]


async def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    """Nothing outside the folder is overwritten."""
    victim = tmp_path / "victim"
    victim.write_text("kept")
    folder = tmp_path / "outbox"
    await outbox(folder).deliver(LETTER)
    (file,) = files(folder)
    for name in (file.name, f".{file.name}"):
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(victim)
        await outbox(folder).deliver(LETTER)
    assert victim.read_text() == "kept"
    assert not file.is_symlink()


async def test_a_folder_that_cannot_be_written_delays(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file")
    with pytest.raises(MailFailed, match="the outbox"):
        await outbox(tmp_path / "outbox").deliver(LETTER)
