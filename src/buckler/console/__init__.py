"""Pages for people: whoever has an account, and whoever looks after them. Rendered here, with a little script."""
