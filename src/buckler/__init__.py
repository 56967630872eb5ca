"""Buckler."""
