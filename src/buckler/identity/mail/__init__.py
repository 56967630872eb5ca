"""Mail: what is written, where it waits, and who carries it away."""
