"""The apps that are compared. Each answers the same `GET /me` with the same two fields."""
