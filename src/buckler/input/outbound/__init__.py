"""Asking others: requests that a stranger's URL cannot lead astray (ASVS 1.3.6; OWASP API7, API10).

`Outbound` is the whole of it; `errors` tells what can go wrong. Needs the extra `outbound`.
"""

from buckler.input.outbound.errors import OutboundError, OutboundFailed, OutboundRefused
from buckler.input.outbound.outbound import Outbound
from buckler.input.outbound.resolving import Resolver

__all__ = ["Outbound", "OutboundError", "OutboundFailed", "OutboundRefused", "Resolver"]
