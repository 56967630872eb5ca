"""Requests that work: valid ones, with what they need made for them, sent by somebody whom they do not harm."""
