"""What careful apps do around their routes: bounded bodies, headers, budgets, hashed passwords, silent errors."""
