"""The attacks, one a file, by family."""
