"""What one installation is served with, once the ports are taken and a certificate is found."""

from dataclasses import dataclass
from socket import socket

import typer

from buckler.cli.serve.announcement import Announcement
from buckler.cli.serve.app_to_serve import FirstWords
from buckler.cli.serve.order import Order
from buckler.cli.serve.systemd import Notifier
from buckler.cli.serve.tls.certificates import CertificateFiles
from buckler.cli.serve.tls.local_authority import LocalCertificate
from buckler.cli.target import Surroundings


@dataclass(frozen=True, slots=True)
class Prepared:
    """`secure` and `plain` listen already: callers wait in their queues. `local` is None for a certificate brought."""

    order: Order
    surroundings: Surroundings
    secure: socket
    plain: socket
    files: CertificateFiles
    local: LocalCertificate | None
    notifier: Notifier

    def announce(self, words: FirstWords) -> None:
        """Say to the person, and to systemd, that it serves."""
        listening: tuple[str, int] = self.secure.getsockname()[:2]
        told = Announcement(
            origin=words.origin,
            plain=f"http://localhost:{self.plain.getsockname()[1]}",
            environment=self.surroundings.environment,
            named=self.order.named is not None,
            data=self.order.data,
            local=self.local,
            first_administrator_code=words.code,
            listening=listening,
            path=words.path,
            signs_in_with=words.signs_in_with,
            console=words.console,
        )
        typer.echo(str(told))
        self.notifier.ready()
