"""A mailer that keeps letters in memory, and fails when it is told to."""

from buckler.identity.mail.letter import Letter


class MemoryMailer:
    """Every letter that left, in order. `down` is what each attempt raises meanwhile."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.attempts = 0
        self.down: Exception | None = None

    async def deliver(self, letter: Letter) -> None:
        self.attempts += 1
        if self.down is not None:
            raise self.down
        self.letters.append(letter)

    def code(self, kind: str) -> str:
        """The code in the newest letter of a kind."""
        letter = next(each for each in reversed(self.letters) if each.kind == kind)
        lines = letter.text.splitlines()
        return lines[lines.index("Your code:") + 2].strip()
