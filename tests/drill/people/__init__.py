"""How the drill comes into apps that it never heard of."""
