"""Keeping secrets at rest: sealed, and bound to their place (ASVS 11.3.1 to 11.3.4).

1. AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits; a version byte in front.
2. One key for each purpose, derived from the master secret (HKDF, RFC 5869). A purpose may seal 2^32 values
   before the master secret must be replaced (SP 800-38D section 8.3).
3. A seal is bound to purpose, row and installation: moved anywhere else it does not open.
4. The first master secret seals and makes digests; every one opens, and is asked for digests made before.
   A list that changed is adopted while the process runs.

This protects a stolen database or backup. It does not protect a process that has been taken over.
"""

import hmac
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from buckler.errors import BucklerError, ConfigurationError
from buckler.randomness import secret_bytes
from buckler.tokens.secret import MasterSecret

_VERSION: Final = b"\x01"
_NONCE: Final = 12
_SHORTEST: Final = len(_VERSION) + _NONCE + 16


class SealBroken(BucklerError):
    """A sealed value was altered, moved, or sealed with a secret that we do not have."""


class Vault:
    """Seals small values for one installation."""

    def __init__(self, master: MasterSecret, installation: str) -> None:
        if not installation:
            raise ConfigurationError(
                "Vault(installation=''): seals would open in any other installation. Give it a name of its own."
            )
        self._master = master
        self._installation = installation
        self._ciphers: dict[str, tuple[AESGCM, ...]] = {}
        self._macs: dict[str, tuple[bytes, ...]] = {}

    def adopt(self, master: MasterSecret) -> None:
        """Go on with this list of secrets: whoever replaces one keeps the one before in it."""
        self._master = master
        self._ciphers, self._macs = {}, {}

    def seal(self, purpose: str, row: str, plain: bytes) -> bytes:
        """`plain` so that only the same purpose and row open it."""
        nonce = secret_bytes(_NONCE)
        place = self._place(purpose, row)
        return _VERSION + nonce + self._for(purpose)[0].encrypt(nonce, plain, place)

    def unseal(self, purpose: str, row: str, sealed: bytes) -> bytes:
        """The value again. Raises `SealBroken`, whatever the reason."""
        return self.open(purpose, row, sealed)[1]

    def open(self, purpose: str, row: str, sealed: bytes) -> tuple[int, bytes]:
        """The number of the secret that opens it, the first is 1, and the value. Raises `SealBroken`."""
        if len(sealed) < _SHORTEST or not sealed.startswith(_VERSION):
            raise SealBroken("A sealed value has no form that we know.")
        nonce, box = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        place = self._place(purpose, row)
        for number, cipher in enumerate(self._for(purpose), 1):
            try:
                return number, cipher.decrypt(nonce, box, place)
            except InvalidTag:
                continue
        # Fail closed: no master secret opens it.
        raise SealBroken(f"A sealed value of purpose {purpose!r} does not open at its place.")

    def mac(self, purpose: str, data: bytes) -> bytes:
        """A keyed digest (HMAC-SHA256) of `data` that nobody outside can compute."""
        return hmac.digest(self._mac_keys(purpose)[0], data, "sha256")

    def macs(self, purpose: str, data: bytes) -> tuple[bytes, ...]:
        """The same under every master secret, the newest first: what was kept before may have any of them."""
        return tuple(hmac.digest(key, data, "sha256") for key in self._mac_keys(purpose))

    def _mac_keys(self, purpose: str) -> tuple[bytes, ...]:
        keys = self._macs.get(purpose)
        if keys is None:
            keys = self._macs[purpose] = self._master.derive(f"mac:{purpose}")
        return keys

    def _for(self, purpose: str) -> tuple[AESGCM, ...]:
        ciphers = self._ciphers.get(purpose)
        if ciphers is None:
            keys = self._master.derive(f"seal:{purpose}")
            ciphers = self._ciphers[purpose] = tuple(AESGCM(key) for key in keys)
        return ciphers

    def _place(self, purpose: str, row: str) -> bytes:
        """Purpose, row and installation, each behind its length: no two places read the same."""
        parts = (purpose.encode(), row.encode(), self._installation.encode())
        return _VERSION + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
