"""What nobody named is secret too: what answers give out while an app is attacked, and what a shell holds."""

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from buckler.drill.transport.answer import Answer

_MEMBER: Final = re.compile(
    rb'"[^"\\]{0,40}(?:token|secret|password|passwd|api_?key|jwt|session(?:_?id)?)"\s*:\s*"([^"\\\s]{8,8192})"',
    re.IGNORECASE,
)
_VARIABLE: Final = re.compile(
    r"(^|_)(SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)(_|$)"
)
_LOOKED_THROUGH: Final = 64 * 1024
_SHORTEST: Final = 8


def issued_in(answer: Answer) -> Iterator[str]:
    """The values of its cookies, and of members that are called as secrets are."""
    for name, value in answer.headers:
        if name.lower() == "set-cookie":
            found = value.partition(";")[0].partition("=")[2].strip('" ')
            if is_no_word(found):
                yield found
    for match in _MEMBER.finditer(answer.body[:_LOOKED_THROUGH]):
        found = match[1].decode("utf-8", "replace")
        if is_no_word(found):
            yield found


def held_in(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The variables that are called as secrets are, and the passwords in addresses, each with a name."""
    for name, value in environment.items():
        if "://" in value:
            found = _password_in(value)
            if found and is_no_word(found):
                yield f"{name}_PASSWORD", found
        elif _VARIABLE.search(name.upper()) and is_no_word(value) and not value.startswith(("/", "./")):
            yield name, value


def is_no_word(text: str) -> bool:
    """Whether it stands nowhere by chance: a word of letters, and what is short, does."""
    return len(text) >= _SHORTEST and not text.isalpha()


def _password_in(address: str) -> str | None:
    try:
        return urlsplit(address).password
    except ValueError:
        return None
