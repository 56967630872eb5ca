"""What a whole tag of a template may say: where it leads, whose form it opens, and what it loads.

Only when a tag is complete is known what it is. So the expressions of a tag are kept until then, and their wrappers,
the filters that they go through, are chosen at its end.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Final

from buckler.pages.html_reader import BRANCH, EXPRESSION, Place
from buckler.pages.links import SCHEMES, leads_away, link, settles, settles_place

FIELDS: Final = frozenset(("button", "input", "select", "textarea"))
_ADDRESSES: Final = frozenset(
    ("action", "background", "cite", "data", "formaction", "href", "manifest", "ping", "poster", "src", "xlink:href")
)
_LINKS: Final = frozenset(("href", "xlink:href"))
_ANIMATIONS: Final = frozenset(("animate", "animatecolor", "animatemotion", "animatetransform", "set"))
_STEPS: Final = frozenset(("by", "from", "to", "values"))
_NOT_LOADED: Final = frozenset(
    ("alternate", "author", "canonical", "help", "license", "me", "next", "prev", "privacy-policy", "search")
)
"""Kinds of `<link>` of which a browser loads nothing by itself."""
_GAPS: Final = f"{EXPRESSION}{BRANCH}"
_GAP: Final = re.compile(f"([{_GAPS}])")
_LATE_COLON: Final = re.compile(rf"[^/?#:]*[{_GAPS}][^/?#:]*:")
_HALF_REFERENCE: Final = re.compile(rf"[^/?]*&#?[A-Za-z0-9]*[{_GAPS}]")
_BEHIND_ROOT: Final = re.compile(rf"/[^/\\\s{_GAPS}]")
_PLACED_BY_ROOT: Final = re.compile(rf"{EXPRESSION}(?:[?#]|/[^/\\\s{_GAPS}])|/{EXPRESSION}")
_Attributes = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Gap:
    """An expression in the value of an attribute, by the number of its wrapper."""

    place: Place
    wrapper: int


class Form:
    """A form that is open."""

    def __init__(self, *, changes: bool, is_own: bool, is_abroad: bool) -> None:
        self.changes, self.is_own, self.is_abroad = changes, is_own, is_abroad
        self.has_field = self.is_told = False


class Tags:
    """Judges each tag. `say` is told of a fault; `wrappers` are those of all expressions so far."""

    def __init__(self, say: Callable[[str], None], wrappers: list[str | None]) -> None:
        self._say = say
        self._wrappers = wrappers
        self._gaps: list[_Gap] = []
        self.form: Form | None = None

    def keep(self, place: Place) -> str:
        """The wrapper of an expression in a value, until its tag is complete."""
        self._gaps.append(_Gap(place, len(self._wrappers)))
        before = decoded(place.before)
        if place.attribute not in _ADDRESSES:
            return "plain"
        if before == "/":
            return "below_root"
        return "plain" if settles(_GAP.split(before, maxsplit=1)[0]) else "link"

    def see(self, tag: str, is_end: bool, attributes: _Attributes) -> None:
        """A tag is complete."""
        gaps, self._gaps = self._gaps, []
        for name in _ADDRESSES.intersection(attributes):
            for value in attributes[name]:
                self._judge_address(name, decoded(value))
        for gap in gaps:
            self._judge_gap(tag, gap, attributes)
        if tag == "form":
            self._see_form(is_end, attributes)
        elif "formaction" in attributes and not is_end:
            self._judge_formaction(attributes)
        if self.form is not None and tag in FIELDS and "name" in attributes and not self.form.is_told:
            self._need_field(self.form)

    def show_token(self) -> None:
        """The token of forms is shown as a field."""
        form = self.form
        if form is None or not form.changes:
            self._say('the token belongs into a form that is opened in this file with method="post"')
        elif not form.is_own:
            self._say("this form leads to another site, which would learn the token; take {{ csrf_field }} out of it")
        else:
            form.has_field = True

    def _judge_address(self, name: str, value: str) -> None:
        fixed = _GAP.split(value, maxsplit=1)[0]
        if link(fixed) != fixed or (not settles(fixed) and (_LATE_COLON.match(value) or _HALF_REFERENCE.match(value))):
            self._say(
                f"{name}={fixed!r} runs a script or hides a page; lead to an address ({', '.join(sorted(SCHEMES))})"
            )

    def _judge_gap(self, tag: str, gap: _Gap, attributes: _Attributes) -> None:
        name = gap.place.attribute
        if _is_hidden_address(tag, name, attributes):
            self._say(f"{name}= of <{tag}> leads a browser away from this page; no expression can stand there")
        elif _stays(tag, name, attributes):
            wrapper = _wrapper_at_home(decoded(gap.place.before), decoded(attributes[name][gap.place.number]))
            if wrapper is None:
                self._say(
                    f"{name}= of <{tag}> could lead to any host; write a path before the expression, or nothing but one"
                    " expression for the whole path"
                )
            self._wrappers[gap.wrapper] = wrapper

    def _judge_formaction(self, attributes: _Attributes) -> None:
        away = any(leads_away(_start(value)) for value in attributes["formaction"])
        alone = self.form is not None and not self.form.changes and "form" not in attributes
        if away and not alone and not (self.form is not None and self.form.is_abroad):
            self._say("formaction= leads to another site, which would learn the token of the form; lead to a path")

    def _see_form(self, is_end: bool, attributes: _Attributes) -> None:
        if is_end:
            if self.form is not None and not self.form.is_told:
                self._need_field(self.form)
            self.form = None
            return
        if self.form is not None:
            self._say("a form stands in a form, where browsers do not see it; close the first one before")
        changes = any(value.lower() == "post" or _GAP.search(value) for value in attributes.get("method", ()))
        away = [_leads(value, changes) for value in attributes.get("action", ())]
        self.form = Form(changes=changes, is_own=not any(away), is_abroad=any(each == "abroad" for each in away))

    def _need_field(self, form: Form) -> None:
        if form.changes and not form.has_field and not form.is_abroad:
            form.is_told = True
            self._say(
                "this form has no {{ csrf_field }} before its fields; without it nobody who is signed in can send it"
            )


def decoded(value: str) -> str:
    """A value as a browser reads it, with its gaps: no reference reaches over one."""
    return "".join(each if each in (EXPRESSION, BRANCH) else unescape(each) for each in _GAP.split(value))


def _start(value: str) -> str:
    return _GAP.split(decoded(value), maxsplit=1)[0]


def _leads(value: str, changes: bool) -> str:
    """Where a form goes: `abroad`, `anywhere`, or nowhere else, which is empty."""
    read, start = decoded(value), _start(value)
    if leads_away(start):
        return "abroad"
    if read == start or settles_place(start):
        return ""
    return "" if changes and BRANCH not in read and _wrapper_at_home("", read) else "anywhere"


def _wrapper_at_home(before: str, value: str) -> str | None:
    """What keeps an expression on this origin, by what stands before it; None where nothing does."""
    if settles_place(_GAP.split(before, maxsplit=1)[0]) or _PLACED_BY_ROOT.match(before):
        return "plain"
    if before == "/":
        return "below_root"
    if before:
        return None
    if not value.startswith(EXPRESSION):
        return "below_root" if value.startswith(f"/{EXPRESSION}") else None
    behind = value[1:]
    if not behind or behind[0] in "?#":
        return "own_path"
    return "own_root" if _BEHIND_ROOT.match(behind) else None


def _stays(tag: str, name: str, attributes: _Attributes) -> bool:
    """Whether this address has to be one of ours: it names what runs, or where a token goes."""
    if tag == "script":
        return name in ("src", *_LINKS)
    if tag == "link":
        kinds = [kind for value in attributes.get("rel", ()) for kind in value.lower().split()]
        return name == "href" and not (kinds and _NOT_LOADED.issuperset(kinds))
    if name == "action" and tag == "form":
        return any(value.lower() == "post" or _GAP.search(value) for value in attributes.get("method", ()))
    return name == "formaction"


def _is_hidden_address(tag: str, name: str, attributes: _Attributes) -> bool:
    """Whether this is an address that has another name, or that changes what all others of the page mean."""
    if tag == "base":
        return name == "href"
    if tag == "meta":
        kinds = attributes.get("http-equiv", ())
        return name == "content" and any(_GAP.search(kind) or decoded(kind).lower() == "refresh" for kind in kinds)
    if tag in _ANIMATIONS and name in _STEPS:
        moved = [decoded(each).strip().lower() for each in attributes.get("attributename", ())]
        return not moved or any(each in _LINKS or each.startswith("on") or _GAP.search(each) for each in moved)
    return False
