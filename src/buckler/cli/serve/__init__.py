"""What `buckler serve` does: ports, certificate, TLS, the protocol as it comes from the wire, and the server."""
