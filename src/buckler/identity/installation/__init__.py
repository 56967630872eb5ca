"""The keys and secrets of one installation, and its way back from a backup."""
