"""Letters as files, for development: open the folder and read the code.

Each letter is one `.eml` file that any mail program opens, and whose links can be copied; names sort by time. Folder
and files are for this user alone, since there are codes in them. Production refuses the outbox: nobody would get a
letter.
"""

import asyncio
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from buckler.identity.mail.letter import Letter
from buckler.identity.mail.mailer import MailFailed
from buckler.identity.mail.message import Sender, message_of

FOLDER: Final = "outbox"


class Outbox:
    """A `Mailer` that writes files into one folder."""

    def __init__(self, folder: Path, sender: Sender) -> None:
        self.folder = folder
        self._sender = sender

    async def deliver(self, letter: Letter) -> None:
        """Write the letter. The same letter a second time takes the place of the first."""
        content = message_of(letter, self._sender, readable=True).as_bytes()
        try:
            await asyncio.to_thread(_write, self.folder, _name(letter), content)
        except OSError as error:
            raise MailFailed(f"the outbox: {error.strerror or type(error).__name__}") from error


def _name(letter: Letter) -> str:
    return f"{datetime.fromtimestamp(letter.at, UTC):%Y%m%dT%H%M%S.%fZ}-{letter.kind}-{letter.id[:8]}.eml"


def _write(folder: Path, name: str, content: bytes) -> None:
    """Under another name first: who watches the folder never reads half a letter."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = folder / f".{name}"
    with suppress(FileNotFoundError):
        unfinished.unlink()
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    unfinished.replace(folder / name)
