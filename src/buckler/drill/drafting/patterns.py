"""Patterns of a document: whether a text fits one, and a text that does, in bounded work whatever the pattern is.

1. The engine of pydantic's patterns matches in time that grows as the text does. It reads most of what apps write.
2. What it does not read, look-around above all, is matched by Python where the pattern and the text are so small that
   trying every way takes no time. Else nothing is known.
3. A text is put together by the parts of the pattern, each as few times as it allows. Where that does not fit, and the
   pattern is one that no text makes try again and again, Hypothesis finds one.

Python's own parser of patterns is the one private name; `tests/drill/drafting/test_patterns.py` fails when it changes.
"""

import re
import warnings
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from itertools import product
from typing import Any, Final, cast

from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema

from buckler.drill.own_files import by_the_drill, own_folder

_PARSER: Final[Any] = import_module("re._parser")
_LONGEST: Final = 2_000
"""Characters of a pattern that is read."""
_LONGEST_TEXT: Final = 10_000
_MOST_TRIES: Final = 2_000_000
"""Ways in which Python might part a text, at the worst."""
_REPEATS: Final = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
_GROUPS: Final = ("SUBPATTERN", "ATOMIC_GROUP")
_LOOKS: Final = ("ASSERT", "ASSERT_NOT")
_PLAIN: Final = "a0A-_. x@/:1Z!z9#+,~"
"""Characters that are tried for a class, the plainest first."""
_CATEGORIES: Final = {
    "CATEGORY_DIGIT": "0",
    "CATEGORY_WORD": "a",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": "a",
    "CATEGORY_NOT_WORD": "-",
    "CATEGORY_NOT_SPACE": "a",
}
_OF_ALL_KINDS: Final = ("Drill-word-17!", "Drill17@", "Drillword17")
"""What looks ahead wants a character of each kind somewhere, as rules for passwords do."""
_BRANCHES: Final = range(4)
_EXTRA: Final = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256)

Parsed = Sequence[tuple[Any, Any]]


def fits(pattern: str, text: str) -> bool | None:
    """Whether a text has a part that matches; None where nobody here can tell."""
    if len(pattern) > _LONGEST or len(text) > _LONGEST_TEXT:
        return None
    engine = _engine(pattern)
    if engine is not None:
        try:
            engine.validate_python(text)
        except ValidationError:
            return False
        return True
    parsed = _parsed(pattern)
    if parsed is None or not _is_tame(parsed) or (len(text) + 2) ** (_variable(parsed) + 1) > _MOST_TRIES:
        return None
    return _compiled(pattern).search(text) is not None


def text_for(pattern: str, least: int, most: int) -> str | None:
    """A text of that length that fits; None where none was found."""
    parsed = _parsed(pattern)
    if parsed is None:
        return None
    written = (_written(parsed, extra, branch, {}) for extra, branch in product(_EXTRA, _BRANCHES))
    for text in (*_OF_ALL_KINDS, *written):
        if text is not None and least <= len(text) <= most and fits(pattern, text):
            return text
    return _found_by_hypothesis(pattern, least, most) if _is_tame(parsed) else None


@lru_cache(256)
def _engine(pattern: str) -> SchemaValidator | None:
    """What matches this pattern in linear time; None where it cannot be read."""
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except (SchemaError, UnicodeError):
        return None


@lru_cache(256)
def _parsed(pattern: str) -> Parsed | None:
    """The parts of a pattern as Python reads it; None where it does not."""
    if len(pattern) > _LONGEST:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return cast("Parsed", _PARSER.parse(pattern))
    except (re.error, RecursionError, OverflowError):
        return None


@lru_cache(256)
def _compiled(pattern: str) -> re.Pattern[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return re.compile(pattern)


def _inner(name: str, argument: Any) -> list[Parsed]:
    """What stands within a part."""
    if name in _REPEATS:
        return [argument[2]]
    if name == "BRANCH":
        return list(argument[1])
    if name in _LOOKS:
        return [argument[1]]
    if name == "SUBPATTERN":
        return [argument[3]]
    if name == "GROUPREF_EXISTS":
        return [each for each in argument[1:] if each is not None]
    return [argument] if name == "ATOMIC_GROUP" else []


def _is_tame(parsed: Parsed, *, repeated: bool = False, times: int = 1) -> bool:
    """Whether nothing is repeated within what is repeated, and no number is large: no text makes it try for ever."""
    for operation, argument in parsed:
        name, within, factor = str(operation), repeated, times
        if name in _REPEATS:
            low, high = int(argument[0]), int(argument[1])
            factor = times * max(low, 1)
            if (repeated and low != high) or factor > _LONGEST:
                return False
            within = repeated or high > 1
        if name == "BRANCH" and repeated:
            return False
        if not all(_is_tame(each, repeated=within, times=factor) for each in _inner(name, argument)):
            return False
    return True


def _variable(parsed: Parsed) -> int:
    """How many parts take more or fewer characters. One look-around after the other adds, and does not multiply."""
    own, looks = 0, 0
    for operation, argument in parsed:
        name = str(operation)
        below = sum(_variable(each) for each in _inner(name, argument))
        if name in _LOOKS:
            looks = max(looks, below)
        else:
            own += below + (name in _REPEATS and int(argument[0]) != int(argument[1]))
    return own + looks


def _written(parsed: Parsed, extra: int, branch: int, groups: dict[int, str]) -> str | None:
    """A text by the parts of a pattern; None where it would be too long."""
    whole = ""
    for operation, argument in parsed:
        part = _part(str(operation), argument, extra, branch, groups)
        if part is None or len(whole) + len(part) > _LONGEST_TEXT:
            return None
        whole += part
    return whole


def _part(name: str, argument: Any, extra: int, branch: int, groups: dict[int, str]) -> str | None:
    if name == "LITERAL":
        return chr(argument)
    if name in ("ANY", "NOT_LITERAL"):
        return "y" if argument == ord("x") else "x"
    if name == "IN":
        return _of_class(argument)
    if name == "GROUPREF":
        return groups.get(argument, "")
    if name in _REPEATS:
        low, high = int(argument[0]), int(argument[1])
        times = min(low + extra, high)
        part = _written(argument[2], extra, branch, groups) if times else ""
        return None if part is None or len(part) * times > _LONGEST_TEXT else part * times
    if name == "BRANCH":
        return _written(argument[1][branch % len(argument[1])], extra, branch, groups)
    if name in _GROUPS:
        part = _written(_inner(name, argument)[0], extra, branch, groups)
        if name == "SUBPATTERN" and argument[0] is not None and part is not None:
            groups[argument[0]] = part
        return part
    return ""


def _of_class(members: Parsed) -> str:
    """A character of a class, a plain one where there is one."""
    negated = str(members[0][0]) == "NEGATE"
    among = set(_candidates(members))
    if negated:
        return next((each for each in _PLAIN if not any(_has(one, each) for one in members[1:])), "x")
    plain = (each for each in _PLAIN if any(_has(one, each) for one in members))
    return next(plain, next(iter(sorted(among)), ""))


def _candidates(members: Parsed) -> Iterator[str]:
    for operation, argument in members:
        match str(operation):
            case "LITERAL":
                yield chr(argument)
            case "RANGE":
                yield chr(argument[0])
            case "CATEGORY":
                yield _CATEGORIES.get(str(argument), "a")
            case _:
                pass


def _has(member: tuple[Any, Any], character: str) -> bool:
    name, argument = str(member[0]), member[1]
    if name == "LITERAL":
        return chr(argument) == character
    if name == "RANGE":
        return bool(argument[0] <= ord(character) <= argument[1])
    return name == "CATEGORY" and _is_of(str(argument), character)


def _is_of(category: str, character: str) -> bool:
    kinds = {
        "DIGIT": character.isdigit(),
        "SPACE": character.isspace(),
        "WORD": character.isalnum() or character == "_",
    }
    kind = category.removeprefix("CATEGORY_").removeprefix("NOT_")
    return kinds.get(kind, False) != ("NOT_" in category)


def _found_by_hypothesis(pattern: str, least: int, most: int) -> str | None:
    try:
        from hypothesis import Phase, find, settings
        from hypothesis.errors import HypothesisException, NoSuchExample
        from hypothesis.strategies import from_regex
    except ModuleNotFoundError:
        return None
    try:
        with _leaving_nothing():
            return find(
                from_regex(_compiled(pattern)),
                lambda text: least <= len(text) <= most,
                settings=settings(
                    database=None, derandomize=True, max_examples=100, deadline=None, phases=[Phase.generate]
                ),
            )
    except (NoSuchExample, HypothesisException, re.error):
        return None


@contextmanager
def _leaving_nothing() -> Generator[None]:
    """Hypothesis takes notes in the folder that one is in: ours are thrown away, and whose tests use it keep theirs."""
    from hypothesis import configuration

    before = configuration.storage_directory(intent_to_write=False).path
    with own_folder() as folder, by_the_drill():
        configuration.set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            configuration.set_hypothesis_home_dir(before)
