"""Metrics as a page for Prometheus: the one file that names its library. Extra: `buckler[prometheus]`.

- The page has what Buckler measures, and nothing else: no version of Python, no memory, nothing of the library's own.
- Each process tells its own numbers, under the label `worker`, which is its number for the operating system.
"""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from buckler.errors import ConfigurationError
from buckler.metrics.instruments import INSTRUMENTS, Instrument
from buckler.metrics.tally import Take

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""Of the text format that every Prometheus reads."""
WORKER: Final = "worker"


class Prometheus:
    """Keeps the values until they are asked for. Raises `ConfigurationError` where the library is not installed."""

    def __init__(self) -> None:
        try:
            from prometheus_client import CollectorRegistry
        except ModuleNotFoundError as error:
            raise ConfigurationError(
                f"metrics= needs {error.name}, which is not installed: pip install 'buckler[prometheus]'."
            ) from error
        self._registry = CollectorRegistry()
        self._takes = {each.name: _made(each, self._registry) for each in INSTRUMENTS}

    def take(self, instrument: Instrument) -> Take:
        """Of this page."""
        return self._takes[instrument.name]

    def page(self) -> bytes:
        """The values of this process up to now."""
        from prometheus_client import generate_latest

        return generate_latest(self._registry)


def _made(each: Instrument, registry: "CollectorRegistry") -> Take:
    from prometheus_client import Counter, Gauge, Histogram

    name = each.name.replace(".", "_") + ("_seconds" if each.unit == "s" else "")
    labels = (WORKER, *(label.replace(".", "_") for label in each.labels))
    if each.kind == "histogram":
        histogram = Histogram(name, each.about, labels, registry=registry, buckets=each.bounds)
        return lambda amount, values: histogram.labels(*_of(values)).observe(amount)
    if each.kind == "level":
        gauge = Gauge(name, each.about, labels, registry=registry)
        return lambda amount, values: gauge.labels(*_of(values)).inc(amount)
    counter = Counter(name, each.about, labels, registry=registry)
    return lambda amount, values: counter.labels(*_of(values)).inc(amount)


def _of(values: Sequence[str]) -> tuple[str, ...]:
    # Asked each time: the process may have been forked after the page was made.
    return (str(os.getpid()), *values)
