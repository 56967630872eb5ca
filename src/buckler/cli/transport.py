"""TLS as the server speaks it (RFC 9325; ASVS 12.1.1, 12.1.2).

- TLS 1.2 and 1.3 only.
- In 1.2, forward secrecy and authenticated encryption only: the ECDHE suites of Mozilla's
  "intermediate" profile. In 1.3 every suite is of that kind.
- No compression (CRIME), no renegotiation, HTTP/1.1 the one protocol offered.
"""

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
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    for option, path in (("--certificate", certificate), ("--key", key)):
        if not path.is_file():
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
