"""The certificate in use, replaced while the server runs.

1. The files are looked at every few seconds. What has changed is read once it has stayed the same for one look more:
   a renewal that has written the one file and not yet the other is no news.
2. The pair is judged in a context of its own. One that will not do is told once and changes nothing.
3. A good one is what the next handshakes get, through the callback that every handshake asks; connections that stand
   go on.
4. Of a certificate that ends in less than 14 days the log has a line at the start and each day.
"""

import asyncio
import ssl
from collections.abc import Callable
from datetime import datetime
from typing import Final

from buckler.cli.serve.tls.certificates import CertificateFiles, expiry_warning, judge
from buckler.cli.serve.tls.context import tls_context
from buckler.clock import Clock
from buckler.errors import ConfigurationError

PERIOD: Final = 5.0
"""Seconds between two looks."""
_DAY: Final = 86_400.0
Tell = Callable[..., None]
"""Writes an event: its name, and its fields."""


class CurrentCertificate:
    """One pair of files, and what TLS makes of it. Raises `ConfigurationError` for one that will not do.

    `host` is what the certificate must cover, or None.
    """

    def __init__(self, files: CertificateFiles, host: str | None, clock: Clock, tell: Tell) -> None:
        self._files, self._host, self._clock, self._tell = files, host, clock, tell
        self._used = self._seen = files.stamp()
        self.context, self.ends = self._read()
        """What the server is made with, and when the certificate ends."""
        self._newest = self.context
        self.context.sni_callback = self._choose
        self._told_at = -_DAY
        self.remind()

    def look(self) -> None:
        """Read the files again if they have changed, and have stayed the same since the last look."""
        stamp, before = self._files.stamp(), self._seen
        self._seen = stamp
        if stamp == before and stamp != self._used:
            self.read()
        self.remind()

    def read(self) -> None:
        """Read the files again, whatever they are."""
        self._used = self._seen = self._files.stamp()
        try:
            self._newest, self.ends = self._read()
        except ConfigurationError as fault:
            self._tell("sys_certificate_refused", reason=str(fault))
            return
        except Exception as failure:  # noqa: BLE001 - whatever lies there now, the one in use goes on
            self._tell("sys_certificate_refused", reason=f"{type(failure).__qualname__}: {failure}")
            return
        self._told_at = -_DAY
        self._tell("sys_certificate_reloaded", ends=f"{self.ends:%Y-%m-%dT%H:%M:%S+00:00}")

    def remind(self) -> None:
        """Tell once a day that it ends soon."""
        line, now = expiry_warning(self.ends, self._clock.now()), self._clock.monotonic()
        if line is not None and now - self._told_at >= _DAY:
            self._told_at = now
            self._tell("sys_certificate_ending", reason=line)

    async def keep(self, _ending: object) -> None:
        """Look for as long as the server runs."""
        while True:
            await asyncio.sleep(PERIOD)
            self.look()

    def _read(self) -> tuple[ssl.SSLContext, datetime]:
        context = tls_context(self._files.certificate, self._files.key)
        return context, judge(self._files.certificate, self._host, self._clock.now())

    def _choose(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        connection.context = self._newest
