"""TLS as the server speaks it (RFC 9325; ASVS 12.1.1, 12.1.2).

- TLS 1.2 and 1.3 only.
- In 1.2, forward secrecy and authenticated encryption only: the ECDHE suites of Mozilla's
  "intermediate" profile. In 1.3 every suite is of that kind.
- No compression (CRIME), no renegotiation, HTTP/1.1 the one protocol offered.
- No session tickets in 1.2: their key would live as long as the process, and open every connection of it that somebody
  recorded. In 1.3 a ticket names a session that is kept here, and keys are exchanged anew.

Caveat: which groups keys are exchanged in is OpenSSL's to say (decision 0039).
"""

import os
import ssl
from pathlib import Path
from typing import Final

from buckler.errors import ConfigurationError

CIPHERS: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """The server's side of TLS. Raises `ConfigurationError` for files that will not do."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET
    context.set_alpn_protocols(["http/1.1"])
    for option, path in (("--certificate", certificate), ("--key", key)):
        if not os.path.isfile(path):  # noqa: PTH113 - false, too, where its folder cannot be searched
            raise ConfigurationError(f"{option} {path}: there is no such file.")
    _load(context, certificate, key)
    return context


def _load(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError) as failure:
        raise ConfigurationError(
            f"--certificate {certificate} --key {key}: they cannot be used ({failure})."
            " Both must be PEM files, the key must be the certificate's own and without a passphrase."
        ) from failure


def _no_password() -> str:
    """Asked for by OpenSSL when a key is locked: a service must never wait for a person."""
    raise ValueError("the key has a passphrase")
