"""How people come in, and come back."""
