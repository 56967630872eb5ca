"""Rich text: HTML of which only what formats is left (ASVS 1.3.1, 1.3.5).

1. Judged as text first (`characters.py`): bounded, NFC, no control or direction characters.
2. Parsed as browsers parse and written anew by nh3: the tags, attributes and schemes of the lists below
   stay; other tags go and leave their text, `script` and `style` go with theirs. No CSS, no comments,
   no SVG or MathML, no forms, no frames, no `id` or `class` to borrow the page's own from.
3. Links are complete addresses and say `rel="noopener noreferrer nofollow"`. Pictures are not on the
   list: each tells its server who reads.
4. What came out is judged again: character references may have held what was refused above. It is in NFC,
   so that whoever normalises it later joins no mark with the `>` of a tag.
5. What would cost a parser more than text of its length deserves never reaches it (`markup_cost.py`).
6. Text without `<`, `>` and `&` is HTML already and stays as it is, at a hundredth of the cost.

The value is HTML: put it into the content of an element, unescaped, and nowhere else. Text that is
no HTML does not come here: it is `Text`, and encoded where it is shown.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Final

from nh3 import Cleaner
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import SchemaValidator, ValidationError
from pydantic_core import core_schema as core

from buckler.errors import ConfigurationError
from buckler.input import characters
from buckler.input.faults import fault
from buckler.input.markup_cost import is_too_complex
from buckler.input.settled import several
from buckler.input.texts import example_within, text_of

LONGEST: Final = 20_000
TAGS: Final = frozenset(
    (
        "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "dfn", "dl", "dt", "em",
        "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "kbd", "li", "mark", "ol",
        "p", "pre", "q", "s", "samp", "small", "strong", "sub", "sup",
        "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var",
    )
)  # fmt: skip
"""What formats."""
ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "a": frozenset(("href", "title")),
        "abbr": frozenset(("title",)),
        "ol": frozenset(("start",)),
        "td": frozenset(("colspan", "rowspan")),
        "th": frozenset(("colspan", "rowspan", "scope")),
    }
)
SCHEMES: Final = frozenset(("https", "http", "mailto"))
"""Where a link may lead."""
LINK_REL: Final = "noopener noreferrer nofollow"

_MAY_BE_ADDED: Final = TAGS | frozenset(
    ("bdi", "bdo", "details", "div", "img", "rp", "rt", "ruby", "span", "summary", "time", "wbr")
)
_ATTRIBUTES_ADDED: Final = frozenset(
    (
        "alt",
        "cite",
        "colspan",
        "datetime",
        "dir",
        "height",
        "href",
        "lang",
        "rowspan",
        "scope",
        "src",
        "start",
        "title",
        "width",
    )
)
_SCHEMES_ADDED: Final = SCHEMES | {"tel"}


@dataclass(frozen=True, slots=True)
class HtmlRule:
    """What is left of HTML. Made by `html_of`."""

    longest: int
    tags: frozenset[str]
    attributes: Mapping[str, frozenset[str]]
    schemes: frozenset[str]
    _clean: "_Cleaning" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _refuse("tags", self.tags - _MAY_BE_ADDED)
        _refuse("attributes", frozenset[str]().union(*self.attributes.values()) - _ATTRIBUTES_ADDED)
        _refuse("tags of attributes", frozenset(self.attributes) - self.tags)
        _refuse("schemes", self.schemes - _SCHEMES_ADDED)
        object.__setattr__(self, "_clean", _Cleaning(self))

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core.CoreSchema:
        judged = text_of(longest=self.longest).__get_pydantic_core_schema__(source, handler)
        return core.no_info_after_validator_function(self._clean, judged)

    def __get_pydantic_json_schema__(self, schema: core.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        pattern = characters.shown(lines=True, bidi=False, visible=False)
        shown = {"pattern": pattern, "examples": [example_within("<p>a <b>few</b> words</p>", 0, self.longest)]}
        return {"type": "string", "contentMediaType": "text/html", "maxLength": self.longest, **shown}


class _Cleaning:
    """Leaves of a text what formats, by one rule."""

    __slots__ = ("_cleaner", "_judge", "_longest")

    def __init__(self, rule: HtmlRule) -> None:
        self._judge = SchemaValidator(core.str_schema(pattern=characters.accepting(lines=True, bidi=False)))
        self._longest = rule.longest
        self._cleaner = Cleaner(
            tags=set(rule.tags),
            clean_content_tags={"script", "style"},
            # Without the star nh3 adds two of its own to every tag.
            attributes={"*": set[str](), **{tag: set(names) for tag, names in rule.attributes.items()}},
            strip_comments=True,
            link_rel=LINK_REL,
            generic_attribute_prefixes=set(),
            url_schemes=set(rule.schemes),
            url_relative="deny",
        )

    def __call__(self, sent: str) -> str:
        if "<" not in sent and "&" not in sent and ">" not in sent:
            return sent
        if is_too_complex(sent):
            raise fault("html_too_complex")
        clean = self._cleaner.clean(sent)
        if len(clean) > self._longest:
            raise fault("html_too_long")
        if not unicodedata.is_normalized("NFC", clean):
            raise fault("text_characters")
        try:
            return str(self._judge.validate_python(clean))
        except ValidationError:
            raise fault("text_characters") from None


def html_of(
    longest: int = LONGEST,
    *,
    tags: Iterable[str] = TAGS,
    attributes: Mapping[str, frozenset[str]] = ATTRIBUTES,
    schemes: Iterable[str] = SCHEMES,
) -> HtmlRule:
    """HTML with other lists than `Html`: `Annotated[str, html_of(tags={"b", "i"}, attributes={})]`."""
    return HtmlRule(longest, several("html_of", "tags", tags), attributes, several("html_of", "schemes", schemes))


def _refuse(what: str, wrong: frozenset[str]) -> None:
    if wrong:
        raise ConfigurationError(
            f"The {what} {', '.join(sorted(wrong))} cannot be left in HTML of strangers: with them it runs scripts,"
            " borrows the page's own style or forms, or means nothing. Take them off the list."
        )


Html = Annotated[str, html_of()]
"""HTML of at most 20,000 characters of which only what formats is left."""
