"""Brings an app that Buckler protects before a drill, in the drill's own process: who comes, and where it may write.

The drill itself knows nothing of this: what is made here is plain data of `buckler.drill`.
"""

from buckler.staging.rehearsal import Rehearsal
from buckler.staging.stage import staged
from buckler.staging.truth import Truths, difference, truths_of

__all__ = ["Rehearsal", "Truths", "difference", "staged", "truths_of"]
