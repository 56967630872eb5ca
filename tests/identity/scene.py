"""A house whose owner reads mail while strangers guess, and a clock that tests turn by hand."""

from pathlib import Path
from typing import Any, Self

from buckler.identity.mail.settings import MailSettings
from buckler.identity.sign_in.throttle import LONGEST_WAIT
from tests.clocks import FakeClock
from tests.identity.house import WRONG, House, accounts, settings
from tests.identity.mail.memory import MemoryMailer

OWNER = "alice@example.com"
HOUR = 3600
DAY = 86_400


def network(number: int) -> str:
    """An address of a network that nobody else is in."""
    return f"127.{1 + number // 65536}.{number // 256 % 256}.{number % 256}"


class Scene:
    """A house with one account, whose mail can be read, and strangers of ever new networks."""

    def __init__(self, folder: Path, *, mails: bool = True, **given: Any) -> None:
        self.mailer = MemoryMailer()
        self.clock = FakeClock()
        mail = MailSettings(mailer=self.mailer) if mails else None
        self.house = House(accounts(settings(folder, mail=mail, identifier="email"), self.clock, **given))
        self._networks = 0

    async def __aenter__(self) -> Self:
        await self.house.__aenter__()
        assert (await self.house.register(OWNER)).status_code == 201
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.house.__aexit__(None, None, None)

    @property
    def hashes(self) -> int:
        return self.house.accounts._workbench.begun

    async def guess(self, name: str = OWNER, password: str = WRONG, **members: Any) -> tuple[int, str]:
        """Status and code of a sign-in from a network that was never seen."""
        self._networks += 1
        answer = await self.house.knock(network(self._networks), name, password, **members)
        return answer.status_code, str(answer.json().get("type", "")).rpartition(":")[2]

    async def guess_slowly(self, count: int, name: str = OWNER) -> list[tuple[int, str]]:
        """As many guesses, each after the longest wait."""
        answers = []
        for _ in range(count):
            answers.append(await self.guess(name))
            self.clock.advance(LONGEST_WAIT)
        return answers

    async def code(self) -> str:
        """The newest code that was mailed to the owner."""
        await self.deliver()
        return self.mailer.code("sign-in")

    async def deliver(self) -> None:
        """Let every letter that waits leave."""
        opened = self.house.accounts.opened()
        await opened.afterwards.settle()
        while await opened.postbox.deliver_due():
            continue
