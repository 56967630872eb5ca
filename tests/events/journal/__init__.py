"""Events that are kept."""
