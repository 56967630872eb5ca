"""What a command needs beyond the bare package."""

from importlib.util import find_spec
from typing import Final

from buckler.errors import ConfigurationError

NEEDED: Final = {
    "server": ("httptools", "uvicorn", "websockets"),
    "accounts": ("aiosmtplib", "aiosqlite", "alembic", "argon2", "sqlalchemy"),
    "advisories": ("packaging", "pip_audit"),
    "bcrypt": ("bcrypt",),
    "console": ("aiosmtplib", "aiosqlite", "alembic", "argon2", "jinja2", "sqlalchemy"),
    "drill": ("h11", "httpx2", "hypothesis"),
    "images": ("PIL",),
    "issuers": ("h11", "httpx2", "joserfc"),
    "otel": ("opentelemetry",),
    "outbound": ("h11", "httpx2"),
    "pages": ("jinja2",),
    "prometheus": ("prometheus_client",),
}
"""What each extra brings wherever it is installed, by the names to import. A test compares it with the extras."""


def require(*extras: str, first: str = "") -> None:
    """Raise `ConfigurationError` unless all of them are installed; what comes `first` is told before that."""
    missing = [extra for extra in extras if not all(find_spec(module) for module in NEEDED[extra])]
    if missing:
        raise ConfigurationError(
            f"{first}This needs more than the bare package: pip install 'buckler[{','.join(missing)}]'"
        )
