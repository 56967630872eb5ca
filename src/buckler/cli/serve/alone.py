"""One process that serves by itself: it starts fastest, and nothing stands between it and the system."""

import asyncio
import signal
from contextlib import suppress
from functools import partial

from buckler.cli.serve.app_to_serve import asked_host, first_words, protected
from buckler.cli.serve.prepared import Prepared
from buckler.cli.serve.signals import hangup_stops
from buckler.cli.serve.systemd import Notifier
from buckler.cli.serve.tls.current_certificate import CurrentCertificate
from buckler.cli.serve.wire.ending import Drain, Ending
from buckler.cli.serve.wire.server import Beside, Listeners, serve
from buckler.clock import SystemClock
from buckler.events import EventLog


def serve_alone(prepared: Prepared) -> None:
    """Serve until a signal ends it. Raises `ConfigurationError` and `StartRefused`."""
    prepared.surroundings.establish()
    app, buckler = protected(prepared.order.app, prepared.order.workers)
    clock = SystemClock()
    host = asked_host(buckler) if prepared.local is None else None
    certificate = CurrentCertificate(prepared.files, host, clock, EventLog(clock).emit)
    tells = partial(_tell_systemd, prepared.notifier)
    hears = partial(_hear_hangups, certificate, prepared.notifier)

    def announce() -> None:
        prepared.announce(first_words(prepared.order.app, buckler))

    drain = Drain(buckler.drain, buckler.settings.drain_seconds)
    listeners = Listeners(prepared.secure, prepared.plain, certificate.context)
    serve(app, listeners, Beside(announce, drain, (certificate.keep, hears, tells)))


async def _hear_hangups(certificate: CurrentCertificate, notifier: Notifier, ending: Ending) -> None:
    """SIGHUP reads the certificate again; where a terminal was closed, it ends the service."""

    def read() -> None:
        notifier.reloading()
        certificate.read()
        notifier.ready()

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, ending.ask if hangup_stops() else read)
    await ending.asked.wait()


async def _tell_systemd(notifier: Notifier, ending: Ending) -> None:
    """Signs of life while it serves, and that it ends. One that hangs gives none, and is started again."""
    while not ending.asked.is_set():
        notifier.alive() if notifier.period is not None else None
        with suppress(TimeoutError):
            await asyncio.wait_for(ending.asked.wait(), notifier.period)
    notifier.stopping()
    while notifier.period is not None:
        notifier.alive()
        await asyncio.sleep(notifier.period)
