"""A listener of ours, and whether a target can reach it."""
