"""Whether a request is let in: the guard at every route and the steps that it takes."""
