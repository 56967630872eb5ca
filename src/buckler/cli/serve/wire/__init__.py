"""HTTP/1.1 as it comes from the wire: connections, their places and deadlines, the protocol, the server, its end."""
