"""Who is calling: one credential a request, and whoever can tell from it."""
