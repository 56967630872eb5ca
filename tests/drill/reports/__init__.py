"""Each form of a report."""
