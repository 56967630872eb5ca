"""What the log is told of an exception in a guard: its kind, and of our own its words.

Those repeat nothing of a request.
"""

from buckler.access.callers.authenticator import CallerUnfit
from buckler.access.declarations.budget import KeyFailed
from buckler.access.declarations.conditions import ConditionFailed


def reason_of(error: Exception) -> str:
    """In words for the log alone."""
    return str(error) if isinstance(error, KeyFailed | ConditionFailed | CallerUnfit) else type(error).__name__
