"""The names under which reports show what the staged people hold."""

import re
from typing import Final

from buckler.drill.people.identity import Identity
from buckler.drill.transport.secrets import Secrets

_OTHER: Final = re.compile(r"[^A-Z0-9]+")


def keep(identity: Identity, secrets: Secrets) -> Identity:
    """Have every secret of somebody shown by name, as in `$READER_2_ACCESS`; the same identity."""
    stem = _OTHER.sub("_", identity.name.upper()).strip("_")
    for kind, token in identity.tokens.items():
        secrets.keep(token, f"{stem}_{kind.upper()}")
        for each in token.split("; ") if kind == "session" else ():
            secrets.keep(each.partition("=")[2], f"{stem}_{_OTHER.sub('_', each.partition('=')[0].upper()).strip('_')}")
    if identity.account is not None:
        secrets.keep(identity.account.password, f"{stem}_PASSWORD")
    return identity
