"""What goes over the wire: requests, answers, and the two ways to carry them."""
