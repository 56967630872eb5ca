"""A WebSocket holds the place of the connection that it began as, until it is gone."""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from buckler.cli.serve.wire.connection import Connection


class PlacedWebSocket(WebSocketsSansIOProtocol):
    """The server's WebSocket; `StrictHttp` hands it its connection."""

    connection: Connection | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        super().connection_lost(exc)
        if self.connection is not None:
            self.connection.end()
