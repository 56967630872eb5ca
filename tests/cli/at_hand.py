"""The command `buckler` of a PATH, run by the process that has it ready: told all that this one was given.

Started without any library, by a script that `started.py` writes. Its signals are the command's, and its exit code.
"""

import json
import os
import signal
import socket
import sys


def main(place: str, name: str, *arguments: str) -> int:
    mask = os.umask(0o077)
    order = {
        "arguments": arguments,
        "folder": os.getcwd(),  # noqa: PTH109 - pathlib takes longer to import than all the rest
        "environment": dict(os.environ),
        "umask": mask,
        "place": name.rpartition("/")[0],
        "name": name,
    }
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as ready, theirs:
        ready.connect(place)
        socket.send_fds(ready, [json.dumps(order).encode()], [theirs.fileno(), 0, 1, 2])
    child = int(ours.recv(64))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: os.kill(child, number))
    code = int(ours.recv(64))
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
