"""What a command needs beyond the bare package, and the one way to say no."""

import sys
from importlib.util import find_spec
from typing import Final

import typer

NEEDED: Final = {
    "server": ("httptools", "uvicorn", "websockets"),
    "accounts": ("aiosmtplib", "aiosqlite", "alembic", "argon2", "sqlalchemy"),
    "bcrypt": ("bcrypt",),
    "images": ("PIL",),
    "issuers": ("h11", "httpx2", "joserfc"),
    "outbound": ("h11", "httpx2"),
}
"""What each extra brings wherever it is installed, by the names to import. A test compares it with the extras."""


def require(*extras: str) -> None:
    """End with exit code 1 unless all of them are installed."""
    missing = [extra for extra in extras if not all(find_spec(module) for module in NEEDED[extra])]
    if missing:
        tell(f"This needs more than the bare package: pip install 'buckler[{','.join(missing)}]'")
        sys.exit(1)


def tell(text: str) -> None:
    """On the error stream; in red on a terminal alone."""
    typer.secho(f"buckler: {text}", err=True, fg=typer.colors.RED if sys.stderr.isatty() else None)
