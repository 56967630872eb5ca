"""Several processes that serve, or one that is started again at each change, and what looks after them."""
