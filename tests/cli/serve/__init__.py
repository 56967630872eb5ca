"""The server, from its command line to the wire."""
