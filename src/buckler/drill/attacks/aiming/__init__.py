"""What attacks of several families stand on: a request that is served, the places in it, and other values in them."""
