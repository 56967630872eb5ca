"""Metrics through OpenTelemetry's API: the one file that names it. Extra: `buckler[otel]`.

Whether anybody listens is asked when the app starts: a meter provider that the API itself brings, as a stand-in until
one is set, hands nothing on. Then nothing is made, and no request pays for a measurement that nobody reads.
"""

from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, Protocol

from buckler.metrics.instruments import Instrument
from buckler.metrics.tally import Take

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter

SCOPE: Final = "buckler"
_API: Final = "opentelemetry.metrics"


class Record(Protocol):
    """What hands one value over: `add` or `record` of an instrument."""

    def __call__(self, amount: float, attributes: dict[str, str] | None = None, /) -> None: ...


def listening() -> "OpenTelemetry | None":
    """Where measurements go; None without the package, without a meter provider, and where it is switched off."""
    try:
        from opentelemetry import metrics
    except ModuleNotFoundError:
        return None
    provider = metrics.get_meter_provider()
    # By where it was written: the API's stand-in has no public name.
    if type(provider).__module__.partition("._")[0] == _API:
        return None
    meter = provider.get_meter(SCOPE, version("buckler"))
    return None if isinstance(meter, metrics.NoOpMeter) else OpenTelemetry(meter)


class OpenTelemetry:
    """Hands values to one meter."""

    def __init__(self, meter: "Meter") -> None:
        self._meter = meter

    def take(self, instrument: Instrument) -> Take:
        """The instrument of this meter."""
        record = self._record_of(instrument)
        if not instrument.labels:
            return lambda amount, _: record(amount)

        def take(amount: float, values: Sequence[str]) -> None:
            record(amount, {name: value for name, value in zip(instrument.labels, values, strict=True) if value})

        return take

    def _record_of(self, each: Instrument) -> Record:
        name, unit, about = each.name, each.unit, each.about
        if each.kind == "counter":
            return self._meter.create_counter(name, unit, about).add
        if each.kind == "level":
            return self._meter.create_up_down_counter(name, unit, about).add
        bounds = list(each.bounds)
        return self._meter.create_histogram(name, unit, about, explicit_bucket_boundaries_advisory=bounds).record
