"""What a sign-in leads to: tokens, their renewal, and their end on every process."""
