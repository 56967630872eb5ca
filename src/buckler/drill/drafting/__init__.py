"""Valid requests from schemas, and the same with one value exchanged."""
