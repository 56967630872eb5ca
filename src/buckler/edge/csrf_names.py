"""What the token of a session's forms is called, wherever it is sent, read or allowed."""

from typing import Final

CSRF_FIELD: Final = "csrf_token"
"""The field of a form."""
CSRF_HEADER: Final = "x-csrf-token"
"""The header field of a request, in lower case."""
