"""The command `buckler`."""

from buckler.cli.program import main

__all__ = ["main"]
