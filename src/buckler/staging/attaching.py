"""Which other databases a statement of SQLite opens: `ATTACH name AS ...` and `VACUUM INTO name`.

It is read and not asked of SQLite: its authorizer calls Python while the connection is locked, and an app that shares
one connection among its threads would wait for itself for ever.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

_WORD: Final = re.compile(
    r"--[^\n]*|/\*.*?(?:\*/|\Z)"  # what SQLite leaves out
    r"|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|\[[^\]]*\]"
    r"|[?]\d*|[:@$]\w+(?:\([^\s)]*\))?|\w+|\S",
    re.DOTALL,
)
_MARK: Final = "\ufeff"
"""A mark of the order of bytes, which SQLite takes for a space wherever a word might begin."""
_QUOTED: Final = ("'", '"', "`")
_MOST: Final = 1_000_000
"""Characters that are read of a text; whoever writes more opens what nobody can tell."""


def opened_by(text: str, given: object = ()) -> Iterator[str | None]:
    """The name of each database that these statements open beside; None for one that is not said in so many words.

    `given` is what the statement is carried out with.
    """
    lowered = text.lower()
    if "attach" not in lowered and "into" not in lowered:
        return
    if len(text) > _MOST:
        yield None
        return
    for words in _statements(text):
        place = _place_of_name(words)
        if place is not None:
            yield _name(words, place, given)


def _statements(text: str) -> Iterator[list[str]]:
    """The words of each statement, quoted ones and signs among them, without comments."""
    words: list[str] = []
    for word in _WORD.findall(text):
        if word == ";":
            yield words
            words = []
        elif not word.startswith(("--", "/*", _MARK)):
            words.append(word)
    yield words


def _place_of_name(words: Sequence[str]) -> int | None:
    """Where the name of what is opened stands; None where nothing is."""
    upper = [word.upper() for word in words[:5]]
    if upper[:1] == ["ATTACH"]:
        return 2 if upper[1:2] == ["DATABASE"] else 1
    if upper[:1] == ["VACUUM"] and "INTO" in upper[1:3]:
        return upper.index("INTO") + 1
    return None


def _name(words: Sequence[str], place: int, given: object) -> str | None:
    """A name in quotation marks, or one that is given beside; None for one that is worked out."""
    rest = words[place:]
    is_alone = len(rest) == 1 or (len(rest) > 1 and rest[1].upper() in ("AS", "KEY"))
    if not rest or not is_alone:
        return None
    word = rest[0]
    if word.startswith(_QUOTED):
        return word[1:-1].replace(word[0] * 2, word[0])
    if word.startswith("["):
        return word[1:-1]
    found = _given(word, given)
    return found if isinstance(found, str) else None


def _given(word: str, given: object) -> object:
    """What stands for `?`, `?3` or `:name`."""
    if word.startswith("?") and isinstance(given, Sequence) and not isinstance(given, str):
        values, number = cast("Sequence[object]", given), int(word[1:] or 1) - 1
        return values[number] if 0 <= number < len(values) else None
    if isinstance(given, Mapping):
        return cast("Mapping[str, object]", given).get(word[1:])
    return None
