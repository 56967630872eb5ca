"""The pages of a person: coming in, and everything about an account of one's own."""
