"""Files as forms send them: a name, a kind and what is in it."""

import base64
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Upload:
    """One file."""

    name: str
    content: bytes
    media: str

    def called(self, name: str) -> "Upload":
        """The same file by another name."""
        return replace(self, name=name)


_PICTURE: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""One pixel."""
TEXT: Final = Upload("drill.txt", b"drill", "text/plain")
KINDS: Final = (
    TEXT,
    Upload("drill.png", _PICTURE, "image/png"),
    Upload("drill.csv", b"name,number\ndrill,1\n", "text/csv"),
    Upload("drill.json", b'{"name": "drill"}', "application/json"),
)
"""Small ones of the kinds that apps take, each what its name says."""
