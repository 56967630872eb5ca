"""Refresh tokens: secrets of sessions that are good once (RFC 6749 section 1.5; RFC 9700 section 2.2.2; ASVS 10.4.5).

1. An old token that has its tag was once ours, and its coming back is a replay.
2. The successor is a keyed digest of the secret that it follows. Every process derives the same one, so two
   tabs that refresh at once get the same successor, and nobody has to keep it for them. The database alone
   derives nothing: the key comes from the master secret.
"""

from typing import Final

from buckler.identity.sessions.session_secrets import Presented, SessionSecrets
from buckler.tokens.vault import Vault

_TAG: Final = "refresh tag"
_SUCCESSOR: Final = "refresh successor"


class RefreshTokens(SessionSecrets):
    """Makes refresh tokens, and tells those that we made."""

    def __init__(self, vault: Vault) -> None:
        super().__init__(vault, _TAG)

    def successors(self, presented: Presented) -> list[Presented]:
        """What follows it: first by the newest master secret, then what another process may have derived."""
        data = presented.bound
        return [Presented(presented.session_id, secret) for secret in self._vault.macs(_SUCCESSOR, data)]
