"""What a route says of itself: the words that an app writes, and what they mean."""
