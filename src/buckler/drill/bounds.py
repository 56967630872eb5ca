"""What bounds a drill unless it is told otherwise: by the command, by a test, and by the plugin alike."""

from typing import Final, Literal

Threshold = Literal["low", "medium", "high", "critical", "never"]
"""The least severity that fails, or that none does."""

TIME: Final = "60s"
"""As it is written."""
SECONDS: Final = 60.0
REQUESTS: Final = 50_000
FAIL_ON: Final[Threshold] = "medium"
