"""WebSockets of a caller who is played."""

from contextlib import ExitStack

import pytest
from fastapi import WebSocketDisconnect

from buckler.testing import a_client, acting_as
from tests.testing.desk import Strict, desk
from tests.waiting import wait_until
from tests.wire import knock


async def test_a_socket_is_the_callers() -> None:
    """Refused without the right, as any handshake."""
    app = desk()
    with acting_as(app, "bob", roles={"reader"}):
        spoken = await knock(app, "/talk", host="localhost", says=["x"])
        assert [each.get("text") for each in spoken.messages if each["type"] == "websocket.send"] == [
            "bob",
            "still here",
        ]
    with acting_as(app, "bob"):
        assert not (await knock(app, "/talk", host="localhost")).accepted
    assert not (await knock(app, "/talk", host="localhost")).accepted


def test_an_open_socket_goes_on_when_the_access_of_others_ends() -> None:
    """Its caller has no session that could have ended, whatever the authenticator says of strangers."""
    directory = Strict(alice={"a:x"})
    app = desk(authenticator=directory)
    with acting_as(app, "bob", roles={"reader"}), a_client(app) as client, client.websocket_connect("/talk") as socket:
        assert socket.receive_text() == "bob"
        change(directory)
        socket.send_text("x")
        assert socket.receive_text() == "still here"
        with client.websocket_connect("/talk") as later:
            assert later.receive_text() == "bob"
            later.send_text("x")
            assert later.receive_text() == "still here"


def test_an_open_socket_is_judged_like_any_other_once_the_block_is_over() -> None:
    """The authenticator knows no bob."""
    directory = Strict(alice={"a:x"})
    app = desk(authenticator=directory)
    with a_client(app) as client, ExitStack() as block:
        block.enter_context(acting_as(app, "bob", roles={"reader"}))
        with client.websocket_connect("/talk") as socket:
            assert socket.receive_text() == "bob"
            block.close()
            directory.number += 1
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_text()
            assert closed.value.code == 1008


def change(directory: Strict) -> None:
    """Somebody's access ends, and each open connection has been judged again."""
    directory.number += 1
    asked = directory.asked
    wait_until(lambda: directory.asked > asked + 2)
