"""The names under which reports show what the staged people hold."""

from buckler.drill.people.identity import Identity
from buckler.drill.transport.secrets import Secrets, label


def keep_secrets_of(identity: Identity, secrets: Secrets) -> Identity:
    """Have every secret of somebody shown by name, as in `$READER_2_ACCESS`; the same identity."""
    stem = label(identity.name)
    for kind, token in identity.tokens.items():
        secrets.keep(token, f"{stem}_{kind.upper()}")
        for each in token.split("; ") if kind == "session" else ():
            name, _, value = each.partition("=")
            secrets.keep(value, f"{stem}_{label(name)}")
    if identity.account is not None:
        secrets.keep(identity.account.password, f"{stem}_PASSWORD")
    return identity
