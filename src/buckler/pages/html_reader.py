"""Where in a page of HTML one stands: in its text, in a tag, in the value of an attribute, in a script.

A reader of our own, since what it reads has gaps: a template's expressions, whose values nobody knows yet. It follows
the states of the HTML standard (section 13.2.5) as far as they decide how a value has to be written: text, tags,
quoted and unquoted values, comments, and the raw text of scripts and styles.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Where = Literal["text", "comment", "tag", "unquoted", "value", "script", "style"]

EXPRESSION: Final = "\0"
"""Stands in a value of an attribute where an expression does."""
BRANCH: Final = "\1"
"""Stands there where a statement does: what is around it may be there or not."""
_RAW: Final = frozenset(("iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"))
"""Elements whose content is text up to their end tag, with comments and other tags in it."""
_FOREIGN: Final = frozenset(("math", "svg"))
"""In these the raw elements are read as any other, so that browsers see tags in a title of theirs."""
_SPACES: Final = " \t\n\f\r"
"""What HTML calls white space, and nothing else of Unicode."""
_ENDS_NAME: Final = frozenset(f"{_SPACES}/>=")
_TAG: Final = re.compile(r"</?([A-Za-z][^ \t\n\f\r/>]*)")
_HALF_TAG: Final = re.compile(r"</?$")
_HALF_COMMENT: Final = re.compile(r"<!-?$")
_HALF_END: Final = re.compile(r"<(?:/[A-Za-z]*|!-?)?$")
_NAME: Final = re.compile(r"[^ \t\n\f\r/>][^ \t\n\f\r/>=]*")
_COMMENT: Final = re.compile(r"<!--(?:-?>)?")
_COMMENT_END: Final = re.compile(r"--!?>")
_SPACE: Final = re.compile(r"[ \t\n\f\r]*")
_UNQUOTED: Final = re.compile(r"[^ \t\n\f\r>]*")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands. `attribute` and `before`, the value up to there, are of an attribute alone."""

    where: Where
    tag: str = ""
    attribute: str = ""
    before: str = ""
    number: int = 0
    """How many values of this attribute the tag has before, each in another way through the template."""


Seen = Callable[[str, bool, Mapping[str, Sequence[str]]], None]
"""Told of each tag: its name, whether it is an end tag, and the values of its attributes in every way through it."""


class HtmlReader:
    """Reads pieces of HTML one after the other. `seen` is told of each tag that is complete."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._state: str = "text"
        self._tag = self._name = self._value = self._quote = ""
        self._is_end = self._is_glued = self._ends_in_name = False
        self.breaks_name = False
        """Whether a gap stood inside the name of a tag or an attribute, so that nobody knows the name."""
        self.hides_end = False
        """Whether `<!--` stood in a script, after which browsers look for its end elsewhere (section 13.2.5.20)."""
        self.is_mixed = False
        """Whether a tag stood in a raw element of an SVG or of MathML, where browsers read it as a tag."""
        self.names: set[str] = set()
        """Of the attributes of this tag, on this way through the template."""
        self.repeated: list[str] = []
        """Attributes that a tag has twice, of which browsers take the first."""
        self._foreign = 0
        self._attributes: dict[str, list[str]] = {}
        self._read = {
            "text": self._read_text,
            "tag": self._read_tag,
            "named": self._read_named,
            "equals": self._read_equals,
            "value": self._read_value,
            "unquoted": self._read_unquoted,
            "raw": self._read_raw,
            "comment": self._read_comment,
            "bogus": self._read_bogus,
        }

    def read(self, text: str) -> None:
        """Go on with `text`."""
        at = 0
        self.breaks_name |= self._is_glued and text[:1] not in _ENDS_NAME
        while at < len(text):
            at = self._read[self._state](text, at)
        self._is_glued = False
        self._ends_in_name = self._state in ("tag", "named") and text[-1:] not in _ENDS_NAME and text[-1:] not in "\"'"

    @property
    def state(self) -> tuple[object, ...]:
        """What has to be the same on each way through a template."""
        name = self._name if self._state in ("value", "unquoted", "equals") else ""
        quote = self._quote if self._state == "value" else ""
        tag = (self._tag, self._is_end) if self._state not in ("text", "comment", "bogus") else ("", False)
        return ("tag" if self._state == "named" else self._state, *tag, name, quote, self._foreign)

    def place(self) -> Place:
        """Where the reader stands."""
        if self._state == "value":
            return Place("value", self._tag, self._name, self._value, len(self._attributes[self._name]))
        if self._state in ("equals", "unquoted"):
            return Place("unquoted", self._tag, self._name)
        if self._state in ("tag", "named"):
            return Place("tag", self._tag)
        if self._state == "raw" and self._tag in ("script", "style"):
            return Place("script" if self._tag == "script" else "style", self._tag)
        return Place("text" if self._state in ("text", "raw") else "comment")

    def pass_gap(self, mark: str) -> None:
        """Go on behind an expression or a statement."""
        self._is_glued = self._is_glued or self._ends_in_name
        self.breaks_name |= self._state == "raw" and bool(_HALF_END.search(self._value))
        if self._state in ("value", "unquoted"):
            self._value += mark

    def _read_text(self, text: str, at: int) -> int:
        at = text.find("<", at)
        if at < 0:
            return len(text)
        comment = _COMMENT.match(text, at)
        if comment:
            self._state = "text" if comment.end() > at + 4 else "comment"
            return comment.end()
        if text.startswith(("<!", "<?"), at):
            self._state = "bogus"
            self.breaks_name |= bool(_HALF_COMMENT.match(text, at))
            return at + 2
        tag = _TAG.match(text, at)
        if tag is None and not _HALF_TAG.match(text, at):
            return at + 1
        self._begin_tag(is_end=text.startswith("</", at))
        self._tag = ""
        if tag is None:  # the rest of the name is a gap
            return len(text)
        self._tag = tag[1].lower()
        return tag.end()

    def _read_tag(self, text: str, at: int) -> int:
        if text[at] in _SPACES or text[at] == "/":
            return at + 1
        if text[at] == ">":
            return self._end_tag(at)
        name = _NAME.match(text, at)
        end = name.end() if name else at + 1
        self._name, self._value, self._state = text[at:end].lower(), "", "named"
        if self._name in self.names:
            self.repeated.append(self._name)
        self.names.add(self._name)
        self._attributes.setdefault(self._name, [])
        return end

    def _read_named(self, text: str, at: int) -> int:
        at = _end_of(_SPACE, text, at)
        if at < len(text):
            self._state = "equals" if text[at] == "=" else "tag"
            at += self._state == "equals"
        return at

    def _read_equals(self, text: str, at: int) -> int:
        at = _end_of(_SPACE, text, at)
        if at == len(text):
            return at
        if text[at] in "\"'":
            self._quote, self._state = text[at], "value"
            return at + 1
        if text[at] == ">":
            return self._end_tag(at)
        self._state = "unquoted"
        return at

    def _read_value(self, text: str, at: int) -> int:
        end = text.find(self._quote, at)
        self._value += text[at : end if end >= 0 else len(text)]
        if end < 0:
            return len(text)
        return self._end_value(end + 1)

    def _read_unquoted(self, text: str, at: int) -> int:
        end = _end_of(_UNQUOTED, text, at)
        self._value += text[at:end]
        return self._end_value(end) if end < len(text) else end

    def _end_value(self, at: int) -> int:
        self._attributes[self._name].append(self._value)
        self._state = "tag"
        return at

    def _begin_tag(self, *, is_end: bool) -> None:
        self._is_end, self._attributes, self.names, self._state = is_end, {}, set(), "tag"

    def _end_tag(self, at: int) -> int:
        self._seen(self._tag, self._is_end, self._attributes)
        self._state, self._value = "raw" if self._tag in _RAW and not self._is_end else "text", ""
        if self._tag in _FOREIGN:
            self._foreign = max(self._foreign + (-1 if self._is_end else 1), 0)
        return at + 1

    def _read_raw(self, text: str, at: int) -> int:
        end = re.compile(rf"</{self._tag}(?=[ \t\n\f\r/>])", re.IGNORECASE | re.ASCII).search(text, at)
        self._value += text[at : end.start() if end else len(text)]
        self.hides_end |= self._tag == "script" and "<!--" in self._value
        self.is_mixed |= bool(self._foreign) and self._tag not in ("script", "style") and "<" in self._value
        if end is None:
            return len(text)
        self._begin_tag(is_end=True)
        return end.end()

    def _read_comment(self, text: str, at: int) -> int:
        end = _COMMENT_END.search(text, at)
        if end is None:
            return len(text)
        self._state = "text"
        return end.end()

    def _read_bogus(self, text: str, at: int) -> int:
        end = text.find(">", at)
        self._state = "text" if end >= 0 else "bogus"
        return end + 1 if end >= 0 else len(text)


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where a pattern that may be empty ends."""
    found = pattern.match(text, at)
    return found.end() if found else at
