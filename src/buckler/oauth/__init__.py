"""Callers whom others vouch for: access tokens of issuers that are not we."""
