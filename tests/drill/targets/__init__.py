"""Small apps with planted flaws, and their mended twins."""
