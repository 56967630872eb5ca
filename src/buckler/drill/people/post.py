"""The letters that come to somebody after a moment. An app may send them after its answer, so they are waited for."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from buckler.drill.people.identity import Account
from buckler.drill.people.letters import Letter, Letterbox

NOT_FOUND: Final = "no letter was found: tell where letters can be read"
_PATIENCE: Final = 8
"""Looks into a folder or a file where letters are said to come."""
_A_MOMENT: Final = 0.04


@dataclass(frozen=True, slots=True)
class Post:
    """What comes to one account from now on, by its address or its name."""

    box: Letterbox
    known: tuple[tuple[str, int], ...]
    looks: int

    async def letters(self) -> list[Letter]:
        """The letters that came, the newest first. What has neither a link nor a code is none."""
        for look in range(self.looks):
            found = [each for name, before in self.known for each in self._new(name, before)]
            if found or look + 1 == self.looks:
                return found
            await asyncio.sleep(_A_MOMENT)
        return []

    async def codes(self) -> list[str]:
        """Every code in them, once."""
        return list(dict.fromkeys(code for letter in await self.letters() for code in letter.codes))

    def _new(self, name: str, before: int) -> list[Letter]:
        several = self.box.letters_to(name)
        return [each for each in several[: len(several) - before] if each.hosts or each.codes]


def post_for(account: Account, letters: str, logged: Sequence[str]) -> Post:
    """The letters that come to this account from now on, into a folder or among the lines that the app logs."""
    box = Letterbox(letters, logged)
    names = [name for name in dict.fromkeys((account.email, account.name)) if len(name) > 3]
    known = tuple((name, len(box.letters_to(name))) for name in names)
    return Post(box, known, _PATIENCE if letters else 1)
