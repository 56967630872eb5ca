"""What `Buckler.policy()` and `Buckler.explain()` return, and what stands inside."""

from buckler.access.policy.explanation import Decision, Explanation, Step
from buckler.access.policy.policy import (
    Answering,
    Asked,
    AskedCondition,
    Body,
    CallerSource,
    GuardedField,
    Limited,
    May,
    OnTrial,
    Policy,
    PublicRoute,
    RouteKind,
    RoutePolicy,
    ServedFiles,
    WhoMay,
)

__all__ = [
    "Answering",
    "Asked",
    "AskedCondition",
    "Body",
    "CallerSource",
    "Decision",
    "Explanation",
    "GuardedField",
    "Limited",
    "May",
    "OnTrial",
    "Policy",
    "PublicRoute",
    "RouteKind",
    "RoutePolicy",
    "ServedFiles",
    "Step",
    "WhoMay",
]
