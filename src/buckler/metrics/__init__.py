"""What is counted and timed, for whoever collects it: `Tally` and where it goes."""

from buckler.metrics.tally import Sink, Take, Tally

__all__ = ["Sink", "Take", "Tally"]
