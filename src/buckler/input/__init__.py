"""What crosses the border inwards: field types, bodies, files, queries, and answers of others.

A public room: `from buckler.input import ...` takes any name of `__all__`.
"""

__all__: list[str] = []
