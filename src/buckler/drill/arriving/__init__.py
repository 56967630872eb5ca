"""How people come in: registered, signed in, and brought back, at the doors of the app itself."""
