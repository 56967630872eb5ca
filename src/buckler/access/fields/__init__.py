"""Which permission reads or writes which field of a model."""
