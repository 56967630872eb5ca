"""An exchange said so that somebody else can send it: for a shell, and as a test."""
