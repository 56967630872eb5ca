"""What an app leaves running when its drill is over."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import thread as executors
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from buckler.staging.leftovers import left_since, let_go, threads, told_of


@contextmanager
def at_work(executor: ThreadPoolExecutor) -> Generator[None]:
    """One thread of it waits for the end of the block."""
    over = Event()
    executor.submit(over.wait)
    try:
        yield
    finally:
        over.set()
        executor.shutdown()


def test_what_is_at_work_is_left_and_what_was_there_before_is_not() -> None:
    """In words for the report, with names."""
    before = threads()
    with at_work(ThreadPoolExecutor(1, "old")):
        known = threads()
        with at_work(ThreadPoolExecutor(1, "mailer")):
            left = left_since(known)
            assert [each.name for each in left] == ["mailer_0"]
            assert told_of(left) == ("left running: 1 threads of the app (mailer_0)",)
    assert left_since(before) == ()
    assert told_of(()) == ()


def test_a_thread_that_waits_for_work_is_not_left() -> None:
    """Nobody will give it any: the pool of an app that serves no more is no leftover."""
    before = threads()
    with ThreadPoolExecutor(1) as executor:
        executor.submit(int).result()
        assert left_since(before) == ()


def test_a_thread_that_is_about_to_end_is_not_left() -> None:
    """It has a second for it."""
    before, over = threads(), Event()
    ending = Thread(target=over.wait, args=(0.1,))
    ending.start()
    assert left_since(before) == ()
    assert not ending.is_alive()


def test_looking_changes_nothing_and_letting_go_frees_the_exit_of_the_process() -> None:
    """Python waits at exit for each thread of an executor that it knows of."""
    awaited: Any = vars(executors)["_threads_queues"]
    before = threads()
    with at_work(ThreadPoolExecutor(1)):
        (thread,) = left_since(before)
        assert thread in awaited
        let_go((thread,))
        assert thread not in awaited
