"""Whose object: one rule on a model, asked of a path, of a list, of an id in a body, and of every write."""
