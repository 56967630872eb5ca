"""What somebody reads of a page: its text, without what only the browser reads."""

import re
from typing import Final

_UNSEEN: Final = re.compile(r"<(script|style|template|head)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_TAG: Final = re.compile(r"<[^>]*>")
_PASSWORD: Final = re.compile(r"<input\b[^>]*\btype\s*=\s*[\"']?password\b", re.IGNORECASE)


def visible(page: str) -> str:
    """The words of a page, one blank between them."""
    return " ".join(_TAG.sub(" ", _UNSEEN.sub(" ", page)).split())


def asks_for_password(page: str) -> bool:
    """Whether a page has a field for a password."""
    return bool(_PASSWORD.search(page))
