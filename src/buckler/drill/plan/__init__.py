"""What is known before the first request, as plain data."""
