"""A collector of the tests: OpenTelemetry's own SDK, for one test and not for the process."""

from typing import Any

import pytest
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader


class Collector:
    """What was measured, by the name of the instrument."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._reader = InMemoryMetricReader()
        self.provider = MeterProvider([self._reader])
        # The provider of a process is set once and never taken back.
        monkeypatch.setattr(metrics, "get_meter_provider", lambda: self.provider)

    def metrics(self, scope: str = "buckler") -> dict[str, Any]:
        """Each metric of one scope."""
        data = self._reader.get_metrics_data()
        found = data.resource_metrics if data is not None else ()
        return {
            metric.name: metric
            for resource in found
            for each in resource.scope_metrics
            if each.scope.name == scope
            for metric in each.metrics
        }

    def points(self, name: str) -> dict[tuple[tuple[str, Any], ...], Any]:
        """The points of one metric, by their attributes: the sum, or the count of a histogram."""
        metric = self.metrics().get(name)
        points = metric.data.data_points if metric is not None else ()
        return {
            tuple(sorted((point.attributes or {}).items())): getattr(point, "value", None) or getattr(point, "count", 0)
            for point in points
        }
