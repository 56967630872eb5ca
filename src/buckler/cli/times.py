"""Times as a person reads them."""

from datetime import UTC, datetime


def shown_time(seconds: int | None) -> str:
    """UTC to the second; a dash for what never was."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ") if seconds else "-"
