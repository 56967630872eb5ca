"""What supervisor and worker say to each other arrives whole, and the end of one is seen by the other."""

import asyncio
import os

from buckler.cli.serve.crew.channel import Channel, Line, joined


def test_lines_arrive_whole_whatever_the_pieces() -> None:
    """Several at once, and one in halves."""
    ours, end = joined()
    with end:
        end.sendall(b'{"a":1}\n{"b":2}\n{"c"')
        assert ours.waiting() == [{"a": 1}, {"b": 2}]
        assert ours.waiting() == []
        end.sendall(b':3}\n{"d":4}\n')
        assert ours.receive() == {"c": 3}
        assert ours.receive() == {"d": 4}
        assert not ours.is_over
    assert (ours.waiting(), ours.is_over) == ([], True)
    ours.close()


def test_the_last_words_of_who_ended_are_heard() -> None:
    """And nobody there is no failure."""
    ours, end = joined()
    end.sendall(b'{"refused":"why"}\n')
    end.close()
    assert ours.waiting() == [{"refused": "why"}]
    assert ours.is_over
    ours.send({"to": "nobody"})
    assert ours.receive() is None
    ours.close()


async def test_a_worker_hears_each_line_and_the_end() -> None:
    """It is how it learns that its supervisor was killed."""
    ours, end = joined()
    theirs = Channel.inherited(os.dup(end.fileno()))
    end.close()
    assert not os.get_inheritable(theirs.fileno())

    async def hear() -> list[Line]:
        return [line async for line in theirs.lines()]

    hearing = asyncio.create_task(hear())
    ours.send({"retire": True})
    await asyncio.sleep(0)
    ours.close()
    assert await asyncio.wait_for(hearing, 10) == [{"retire": True}]
    theirs.close()


def test_an_end_with_something_unread_is_an_end() -> None:
    """The system then says so by an error."""
    ours, theirs = joined()
    ours.send({"unread": 1})
    theirs.close()
    assert ours.receive() is None
    ours.close()
