"""The certificate, this machine's own or one that was brought, and TLS as the server speaks it."""
