"""The clock of the bench: CPU time of this process, all its threads together.

CPU time and not wall time, because on a shared machine a neighbour makes a request later but not
dearer. Threads count, so work handed to a thread pool is not hidden.
"""

import gc
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

cpu_ns: Final = time.process_time_ns


@contextmanager
def quiet_garbage() -> Generator[None]:
    """Collect now, and not again until the end: a collection falls on whoever happens to run."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
