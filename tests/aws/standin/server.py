"""TLS listeners on the loopback: HTTP/1.1, connections kept, a thread for each.

A fault decides here how the bytes of an answer travel; everything else is desk.py's.
"""

import http.server
import itertools
import socket
import socketserver
import ssl
import struct
import sys
import threading
import time

from .desk import Received

_BODY_MAX = 1024 * 1024
_ENDLESS_MAX = 256 * 1024 * 1024      # a client that has not left by then never will
_IDLE_S = 120


def _send_dripping(stream, data, wait_s):
    for at in range(len(data)):
        stream.write(data[at:at + 1])
        time.sleep(wait_s)


def _send_endless(stream, answer, kind):
    stream.write(answer.head())
    if kind == "body":
        stream.write(b"\r\n" + answer.body)
    chunk = (b"X-Endless: " + b"e" * 1000 + b"\r\n") * 16
    for _ in range(_ENDLESS_MAX // len(chunk)):
        stream.write(chunk)


def _send(stream, answer, fault):
    """Returns False when the connection must end here."""
    data = answer.encode()
    if fault.endless:
        _send_endless(stream, answer, fault.endless)
        return False
    if fault.cut_at is not None or fault.reset:
        data = data[:fault.cut_at or 0]
    if fault.drip_s:
        _send_dripping(stream, data, fault.drip_s)
    else:
        stream.write(data)
    return not (fault.reset or fault.cut_at is not None or fault.content_length is None)


class _Conversation(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_S
    disable_nagle_algorithm = True
    _numbers = itertools.count(1)

    def setup(self):
        super().setup()
        self.number = next(self._numbers)

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _BODY_MAX:
            self.close_connection = True
            self.send_error(411 if not length else 413)
            return
        self._answer(self.rfile.read(int(length)))

    do_PUT = do_POST

    def do_GET(self):
        self._answer(b"")

    do_HEAD = do_DELETE = do_GET

    def _answer(self, body):
        received = Received(self.command, self.path, self.headers, body, self.number,
                            self.client_address[0])
        answer, fault = self.server.desk.serve(received)
        self.server.stopping.wait(fault.delay_s)
        if not _send(self.wfile, answer, fault):
            self.close_connection = True
        if fault.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       struct.pack("ii", 1, 0))

    def log_message(self, format, *args):
        """Silent: what was asked stands in the journal."""


class Listener(socketserver.ThreadingTCPServer):
    """context: None for a listener without TLS. It may be replaced while running; new
    connections get the new one."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, desk, context, stopping):
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.desk = desk
        self.context = context
        self.stopping = stopping

    @property
    def url(self):
        scheme = "http" if self.context is None else "https"
        return f"{scheme}://127.0.0.1:{self.server_address[1]}"

    def finish_request(self, request, client_address):
        """In the connection's own thread: a slow handshake holds nobody else up."""
        if self.context is None:
            super().finish_request(request, client_address)
            return
        request.settimeout(_IDLE_S)
        with self.context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def shutdown_request(self, request):
        """Without the shutdown of the base class, after which a reset would be none."""
        self.close_request(request)

    def handle_error(self, request, client_address):
        """A client that leaves, or trusts no such certificate, is part of the play. A fault
        of our own is not: it is raised, and threading prints it."""
        if not isinstance(sys.exc_info()[1], (OSError, ssl.SSLError)):
            raise

    def start(self):
        threading.Thread(target=self.serve_forever, args=(0.2,), daemon=True).start()
