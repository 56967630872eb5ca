"""What is said once, on the page after something was done. An address names it; the words are ours alone.

No cookie and no store is needed for it, and nobody's own words can be put on a page by a link.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# While one waits to be used no other is made (`identity/mail/post.py`), whoever asks and whatever is said here.
_ONE: Final = "one that was sent in the last ten minutes is still good, and no second one is sent."
SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "address": "Your address has been changed.",
        "address-code": "If the address is free, a code is on its way to it. The newest code alone is good.",
        "address-proved": "Your address is the new one now.",
        "administrator": "The first administrator is made. Sign in with the name and password that you chose.",
        "code-sent": f"If there is such an account, a code is on its way to its owner; {_ONE}",
        "confirmed": "Your account is ready. Sign in with the password that you chose.",
        "devices": "All devices are forgotten. The next sign-in from each is one from a new device.",
        "erased": "Your account and what hung on it are erased.",
        "everywhere": "You are signed out on every device.",
        "others-ended": "All your other sessions have ended.",
        "password": "Your password has been changed. Every other session has ended.",
        "registered": "Your account is ready. Sign in with the name and password that you chose.",
        "register-code": f"If the address can be registered, a code is on its way to it; {_ONE}",
        "reset": "Your password has been changed, and every session has ended. Sign in with the new one.",
        "session-ended": "The session has ended.",
        "session-over": "Your session has ended. Sign in again.",
        "session-gone": "That session had ended already.",
        "signed-out": "You are signed out.",
        "stale": "That page was out of date, so nothing was done. Look at it as it is now, and try again.",
    }
)
"""For each word in `?said=`, the sentence that is shown. `administration/` adds its own to `View`."""
NOTHING_DONE: Final = frozenset(("session-gone", "stale"))
"""Those that tell of nothing done."""
