"""Runs the stand-in for AWS from the checkout:

    /usr/bin/python3 tests/aws --dir DIR [--ready-fd N] [--world FILE] [--parent PID]

It writes DIR/ca.pem (the authority to trust), DIR/endpoint and DIR/control (URLs), and for
each user of the world DIR/keys/USER.id and USER.secret (of a second key USER.2.…); then "ready" to descriptor N. It
prints nothing and ends on SIGTERM, SIGINT, or when its parent is gone.
"""

import argparse
import json
import os
import select
import shutil
import signal
import sys
import threading

sys.dont_write_bytecode = True        # a demo leaves nothing behind in the checkout

from standin import control, server, worlds                           # noqa: E402
from standin.desk import Desk                                         # noqa: E402
from standin.state import World                                       # noqa: E402
from standin.tls import Certificates                                  # noqa: E402


def _options():
    parser = argparse.ArgumentParser(prog="tests/aws", description="A stand-in for AWS.")
    parser.add_argument("--dir", required=True, help="where its files go; made if missing")
    parser.add_argument("--ready-fd", type=int, help="told 'ready', then closed")
    parser.add_argument("--world", help="JSON in the form of standin/worlds.py")
    parser.add_argument("--parent", type=int, default=os.getppid(),
                        help="the process whose end is the stand-in's end")
    return parser.parse_args()


def _write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text + "\n")


def _write_keys(directory, world):
    keys = os.path.join(directory, "keys")
    os.makedirs(keys, mode=0o700, exist_ok=True)
    for account in world.accounts.values():
        for user in account.users.values():
            for number, key in enumerate(user.keys, 1):
                name = user.name if number == 1 else f"{user.name}.{number}"
                _write(os.path.join(keys, name + ".id"), key.id)
                _write(os.path.join(keys, name + ".secret"), key.secret)


def _world(path):
    if path is None:
        return World(worlds.DEFAULT)
    with open(path, encoding="utf-8") as file:
        return World(json.load(file))


def _watch(pid, stop):
    """Stops when the process is gone. By descriptor: its number may be used again."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        stop()
        return
    select.select([process], [], [])
    stop()


def main():
    options = _options()
    os.makedirs(options.dir, mode=0o700, exist_ok=True)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_signal: stopping.set())
    threading.Thread(target=_watch, args=(options.parent, stopping.set), daemon=True).start()

    world = _world(options.world)
    desk = Desk(world)
    certificates = Certificates(os.path.join(options.dir, "tls"))

    def new_listener(context):
        listener = server.Listener(desk, context, stopping)
        listener.start()
        return listener

    endpoint = new_listener(certificates.context("good"))
    port = control.ControlPort(control.Levers(world, desk, certificates, endpoint, new_listener,
                                              stopping.set))
    port.start()

    shutil.copy(certificates.ca_pem, os.path.join(options.dir, "ca.pem"))
    _write(os.path.join(options.dir, "endpoint"), endpoint.url)
    _write(os.path.join(options.dir, "control"), port.url)
    _write_keys(options.dir, world)
    if options.ready_fd is not None:
        with os.fdopen(options.ready_fd, "w", encoding="ascii") as ready:
            ready.write("ready\n")
    stopping.wait()


main()
