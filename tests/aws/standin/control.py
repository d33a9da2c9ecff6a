"""How tests steer the stand-in: JSON over plain HTTP on a loopback port of its own.

    POST /fault        {…}                   adds a fault (faults.py)
    POST /reset        {}                    no faults, empty journal, clock, certificate and
                                             dials right; what exists stays
    POST /clock        {"offset_s": N}       moves the stand-in's clock
    POST /world        {"accounts": {…}}     adds to the world; answers the new users' keys
    POST /deactivate   {"access_key_id": …}  the key is refused from now on
    POST /remove       {"account": …, KIND: NAME}   from outside, at once and with all that
                                             hangs on it: a "user", "role", "policy" or "key"
    POST /inventory    {"account": …}        all that IAM holds of it (inventory.py)
    POST /consistency  {"seconds": N or {kind: N}}  how long a change takes to be seen
                                             everywhere (spread.py)
    POST /explain      {"on": true}          refusals of AssumeRole say why
    POST /page         {"items": N}          how many a list of IAM gives at once; null: as many
                                             as were asked for
    POST /certificate  {"kind": …}           what the endpoint shows to new connections (tls.py)
    POST /listen       {"kind": …}           a further endpoint: a kind of certificate, "plain"
                                             (no TLS) or "tls1.0", "tls1.1"; answers its url
    GET  /calls                              the journal
    GET  /now                                the stand-in's clock
    POST /stop         {}
"""

import http.server
import json
import socketserver
import ssl
import threading

from . import inventory

_OLD_TLS = {"tls1.0": ssl.TLSVersion.TLSv1, "tls1.1": ssl.TLSVersion.TLSv1_1}


class Levers:
    """What the control port can move; one method for each path."""

    def __init__(self, world, desk, certificates, endpoint, new_listener, stop):
        self._world = world
        self._desk = desk
        self._certificates = certificates
        self._endpoint = endpoint
        self._new_listener = new_listener
        self._stop = stop

    def fault(self, **description):
        self._desk.script.add(description)

    def reset(self):
        self._desk.script.clear()
        self._desk.journal.clear()
        self._world.calm()
        self.certificate("good")

    def clock(self, offset_s):
        self._world.clock_offset_s = float(offset_s)

    def world(self, **description):
        return self._world.add(description)

    def deactivate(self, access_key_id):
        self._world.deactivate(access_key_id)

    def remove(self, account, **what):
        (kind, name), = what.items()
        inventory.remove(self._world, account, kind, name)

    def inventory(self, account):
        return inventory.of(self._world, account)

    def consistency(self, seconds):
        self._world.spread(seconds)

    def explain(self, on):
        self._world.explain_denials = bool(on)

    def page(self, items):
        self._world.page_max = items

    def certificate(self, kind):
        self._endpoint.context = self._certificates.context(kind)

    def listen(self, kind):
        if kind == "plain":
            context = None
        else:
            newest = _OLD_TLS.get(kind)
            context = self._certificates.context("good" if newest else kind, newest)
        return {"url": self._new_listener(context).url}

    def calls(self):
        return self._desk.journal.read()

    def now(self):
        return self._world.now()

    def stop(self):
        self._stop()


_READ = {"/calls", "/now"}
_WRITE = {"/fault", "/reset", "/clock", "/world", "/deactivate", "/remove", "/inventory",
          "/consistency", "/explain", "/page", "/certificate", "/listen", "/stop"}


class _Order(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        self._obey(_READ, {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._obey(_WRITE, json.loads(body or b"{}"))

    def _obey(self, known, arguments):
        if self.path not in known:
            self._say(404, {"error": f"no such lever: {self.path}"})
            return
        try:
            said = getattr(self.server.levers, self.path[1:])(**arguments)
        except (TypeError, ValueError, KeyError, RuntimeError) as wrong:
            self._say(400, {"error": f"{type(wrong).__name__}: {wrong}"})
            return
        self._say(200, said)

    def _say(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        """Silent."""


class ControlPort(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, levers):
        super().__init__(("127.0.0.1", 0), _Order)
        self.levers = levers

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self):
        threading.Thread(target=self.serve_forever, args=(0.2,), daemon=True).start()
