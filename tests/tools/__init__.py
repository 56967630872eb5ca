"""Other people's tools, run on what we make."""
