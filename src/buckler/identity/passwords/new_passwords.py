"""A password that somebody chooses: judged, then hashed for its account."""

from buckler.identity.passwords.hashing import PasswordHashing
from buckler.identity.passwords.rules import PasswordRules


class NewPasswords:
    """The rules and the hash, in this order: a weak one costs no hashing."""

    def __init__(self, rules: PasswordRules, hashing: PasswordHashing) -> None:
        self._rules = rules
        self._hashing = hashing

    def judge(self, name: str, password: str) -> str:
        """The password as it is hashed. Raises `WeakPassword`."""
        return self._rules.judge(password, name)

    async def seal(self, account_id: str, name: str, password: str) -> bytes:
        """The sealed hash, good for this account alone. Raises `WeakPassword` or `Busy`."""
        return await self._hashing.hash(account_id, self.judge(name, password))
