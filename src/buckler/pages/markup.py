"""What is markup already, and stays whole: a piece of it is text.

`|sanitised` and macros make HTML that is shown as it is. Half of it is not HTML: `{{ x|sanitised|truncate }}` would end
in the middle of a tag, and what follows on the page would be read as the rest of that tag. So filters that may cut a
text, its methods and its slices are given the text of the markup, which is then escaped.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

from markupsafe import Markup

WHOLE: Final = frozenset(("e", "escape", "forceescape", "indent", "lower", "sanitised", "string", "trim", "upper"))
"""Filters that leave markup whole, so that they may stand around it."""
_OTHERS: Final = frozenset(("d", "default", "join", "safe"))
"""Those that take a value as it is, or none; `safe` is refused elsewhere."""


def plain(value: object) -> str:
    """The text of a value. What is markup already is text again, so that an attribute escapes its quotes too."""
    if not hasattr(value, "__html__"):
        return str(value)
    return Markup(value).unescape()  # noqa: S704 - it says so of itself, and is text again at once


def uncut(value: Any) -> Any:
    """A value from which a piece may be taken: markup as its text, anything else as it is."""
    return plain(value) if isinstance(value, str) and hasattr(value, "__html__") else value


def on_text(filters: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """The filters of Jinja2, of which those that may cut get no markup."""
    return {name: each if name in WHOLE | _OTHERS else _on_text(each) for name, each in filters.items()}


def _on_text(wrapped: Callable[..., Any]) -> Callable[..., Any]:
    at = 1 if hasattr(wrapped, "jinja_pass_arg") else 0  # before the value some are given their context

    @wraps(wrapped)
    def on_text_alone(*given: Any, **named: Any) -> Any:
        return wrapped(*given[:at], *map(uncut, given[at : at + 1]), *given[at + 1 :], **named)

    return on_text_alone
