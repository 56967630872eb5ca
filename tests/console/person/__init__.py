"""Tests of the pages of a person."""
