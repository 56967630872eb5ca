"""Texts and requests to send everywhere: those that break programs, and those that only look as if they did."""
