"""Plain text: one line or several, bounded, of characters that mean no harm (ASVS 1.1.1, 1.3.3, 2.2.1).

- Which characters are taken: `characters.py`. What a text says is never judged: a lesson on SQL, a
  piece of HTML and O'Brien pass as they are; whoever shows them encodes them there.
- Bounds count code points, as a VARCHAR and `maxLength` do; before and after normalisation.
- NFC, so that a letter typed in two ways is one text: it joins what belongs together and changes
  no meaning. NFKC would: it makes `2` of a superscript and `fi` of a ligature. Line ends stay.
- What has to have something (`shortest` of 1 or more) has to have something to be read.

Caveat: two texts that look alike are two texts. Names that must not are `Username`.
"""

import unicodedata
from dataclasses import dataclass, field
from typing import Annotated, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticKnownError, SchemaValidator
from pydantic_core import core_schema as core

from buckler.errors import ConfigurationError
from buckler.input import characters
from buckler.input.faults import fault, told_as
from buckler.input.settled import whole

LONGEST_LINE: Final = 200
LONGEST_TEXT: Final = 10_000
_LONGEST: Final = 1_000_000
_LINE_EXAMPLE: Final = "a few words"
_TEXT_EXAMPLE: Final = "A few words.\nAnd a second line."
_FILLERS: Final = "\u115f\u1160\u3164\uffa0"
"""Letters that show nothing."""
_VISIBLE: Final = SchemaValidator(core.str_schema(pattern=characters.VISIBLE))


@dataclass(frozen=True, slots=True)
class TextRule:
    """What a text has to fit. Made by `line_of` and `text_of`."""

    longest: int
    shortest: int
    lines: bool
    bidi: bool

    def __post_init__(self) -> None:
        whole("A text", longest=self.longest, shortest=self.shortest)
        if not 0 <= self.shortest <= self.longest <= _LONGEST or self.longest == 0:
            raise ConfigurationError(
                f"A text of {self.shortest} to {self.longest} characters can never be taken, or holds a whole file."
                f" Give bounds with 0 <= shortest <= longest <= {_LONGEST}; what is larger is an upload."
            )

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core.CoreSchema:
        pattern = characters.accepting(lines=self.lines, bidi=self.bidi)
        judged = core.chain_schema(
            [
                core.str_schema(strict=True, min_length=self.shortest or None, max_length=self.longest),
                told_as(
                    "text_characters" if self.lines else "line_characters",
                    core.str_schema(strict=True, pattern=pattern),
                ),
            ]
        )
        settle = _Settling(self.longest, self.shortest > 0, SchemaValidator(judged))
        return core.no_info_after_validator_function(settle, judged)

    def __get_pydantic_json_schema__(self, schema: core.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        pattern = characters.shown(lines=self.lines, bidi=self.bidi, visible=self.shortest > 0)
        bounds = {"maxLength": self.longest, **({"minLength": self.shortest} if self.shortest else {})}
        words = _TEXT_EXAMPLE if self.lines else _LINE_EXAMPLE
        return {
            "type": "string",
            **bounds,
            "pattern": pattern,
            "examples": [example_within(words, self.shortest, self.longest)],
        }


def example_within(words: str, shortest: int, longest: int) -> str:
    """`words` as an example of a text with these bounds; others where they do not fit."""
    return words if shortest <= len(words) <= longest else "x" * max(shortest, 1)


@dataclass(frozen=True, slots=True)
class _Settling:
    """Brings a text that was judged to its one form, and judges that form where it differs."""

    longest: int
    visible: bool
    judge: SchemaValidator = field(repr=False)

    def __call__(self, text: str) -> str:
        if text.isascii():
            # Of what is taken only white space shows nothing here.
            if self.visible and text.isspace():
                raise fault("text_blank")
            return text
        if self.visible and (not text[0].isalnum() or text[0] in _FILLERS):
            self._judge_visible(text)
        settled = unicodedata.normalize("NFC", text)
        return text if settled == text else self._judge_settled(settled)

    def _judge_visible(self, text: str) -> None:
        try:
            _VISIBLE.validate_python(text)
        except ValidationError:
            raise fault("text_blank") from None

    def _judge_settled(self, text: str) -> str:
        # A few letters are longer in NFC than they were typed (Hebrew with points, musical signs).
        if len(text) > self.longest:
            raise PydanticKnownError("string_too_long", {"max_length": self.longest})
        try:
            return str(self.judge.validate_python(text))
        except ValidationError:
            raise fault("text_characters") from None


def line_of(longest: int = LONGEST_LINE, *, shortest: int = 1, bidi: bool = False) -> TextRule:
    """One line with other bounds than `Line`: `Annotated[str, line_of(longest=80)]`."""
    return TextRule(longest, shortest, lines=False, bidi=bidi)


def text_of(longest: int = LONGEST_TEXT, *, shortest: int = 0, bidi: bool = False) -> TextRule:
    """Text with other bounds than `Text`: `Annotated[str, text_of(longest=500)]`."""
    return TextRule(longest, shortest, lines=True, bidi=bidi)


Line = Annotated[str, line_of()]
"""One line of 1 to 200 characters with something to be read in it."""
Text = Annotated[str, text_of()]
"""Lines of text, at most 10,000 characters; may be empty."""
