"""What nobody named is secret too: what answers give out while an app is attacked, and what a shell holds."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

from buckler.drill.transport.answer import Answer

_MEMBER: Final = re.compile(
    r'"[^"\\]{0,40}(?:token|secret|password|passwd|passphrase|pw|(?:api|secret|private|access|signing|encryption)[_-]?key'
    r'|jwt|session(?:_?id)?)"\s*:\s*"((?:[^"\\]|\\.){8,8192})"',
    re.IGNORECASE,
)
_BLOCK: Final = "-----BEGIN "
"""How a key begins that has spaces in it (RFC 7468)."""
_LINE: Final = re.compile(
    r"^[ \t]*(?:export[ \t]+)?([A-Z][A-Z0-9_]{2,60})=[\"']?([^\s\"']{8,512})[\"']?[ \t\r]*$", re.MULTILINE
)
"""Of settings, as a file of them has it."""
_IN_ADDRESS: Final = re.compile(r":(?:\\?/){2}([^\s/:@\"'<>\\]{0,64}):([^\s/@\"'<>\\]{1,512})@")
_VARIABLE: Final = re.compile(
    r"(^|_)(SECRET|TOKEN|PASSWD|PASSPHRASE|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)(_|$)"
)
_ENDING: Final = re.compile(
    r"((^|_)(SECRET|TOKEN|PASSWD|PASSPHRASE|PASS|PW|PAT|KEY|APIKEY|ACCESSKEY|PRIVATEKEY|CREDENTIALS?)|PASSWORD|_PWD)$"
)
"""Names that end so are those of the secret itself: `TOKEN`, and not `TOKEN_MINUTES`."""
_IN_DSN: Final = re.compile(r"(?:^|[\s;])(?:password|pwd)\s*=\s*(?:'([^']+)'|([^\s;']+))", re.IGNORECASE)
_HIDDEN: Final = re.compile(r"(?:^|:)(?:\$\{?[A-Z][A-Z0-9_]*\}?|\*+)$")
"""The name of a secret, or stars, stand there already."""
_PORT: Final = re.compile(r"\d{1,5}")
_PLACEHOLDERS: Final = frozenset(
    ("changeme", "default", "development", "example", "password", "postgres", "production", "required", "secret")
)
"""What stands in a variable where nothing is kept secret, and in texts as a word."""
_LOOKED_THROUGH: Final = 64 * 1024
_SHORTEST: Final = 8
_SHORTEST_HELD: Final = 6
"""In a variable, which says itself that it is a secret."""


def issued_in(answer: Answer) -> Iterator[str]:
    """The values of its cookies, of members and settings that are called as secrets are, and passwords in addresses."""
    return (each for each in _issued_in(answer) if not _HIDDEN.search(each))


def _issued_in(answer: Answer) -> Iterator[str]:
    for name, value in answer.headers:
        if name.lower() == "set-cookie":
            found = value.partition(";")[0].partition("=")[2].strip('" ')
            if is_no_word(found):
                yield found
    text = answer.body[:_LOOKED_THROUGH].decode("utf-8", "replace")
    for match in _MEMBER.finditer(text):
        found = _unescaped(match[1])
        if found.startswith(_BLOCK) or (is_no_word(found) and not re.search(r"\s", found)):
            yield found
    for _, found in held_in(dict(_LINE.findall(text))):
        if is_no_word(found):
            yield found
    yield from _in_addresses(text)
    yield from _in_addresses(answer.failure[:_LOOKED_THROUGH])


def _in_addresses(text: str) -> Iterator[str]:
    """The passwords: `postgresql://shop:...@db`. A word stands in texts by chance: it counts with its user."""
    for user, password in _IN_ADDRESS.findall(text):
        if is_no_word(password):
            yield from {password, unquote(password)}
        elif not _PORT.fullmatch(password) and len(f"{user}:{password}") >= _SHORTEST:
            yield f"{user}:{password}"


def _unescaped(text: str) -> str:
    """What a text in JSON stands for; as it is where it is none."""
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def held_in(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The variables that are called as secrets are, and the passwords in addresses, each with a name."""
    for name, value in environment.items():
        found = _password_in(value)
        if found:
            yield f"{name}_PASSWORD", found
        elif _is_secret(name.upper(), value) and "://" not in value and not value.startswith(("/", "./")):
            yield name, value


def _is_secret(name: str, value: str) -> bool:
    return bool((value and _ENDING.search(name)) or (is_no_word(value) and _VARIABLE.search(name)))


def is_known_anywhere(held: str) -> bool:
    """Whether what a variable holds is hidden wherever it stands; else only beside the name of the variable."""
    return len(held) >= _SHORTEST_HELD and held.lower() not in _PLACEHOLDERS


def is_no_word(text: str) -> bool:
    """Whether it stands nowhere by chance: a word of letters, and what is short, does."""
    return len(text) >= _SHORTEST and not text.isalpha()


def _password_in(value: str) -> str | None:
    """Of an address, or of a line of settings as databases take it."""
    try:
        found = urlsplit(value).password if "://" in value else None
    except ValueError:
        found = None
    if found:
        return found
    named = _IN_DSN.search(value)
    return (named[1] or named[2]) if named else None
