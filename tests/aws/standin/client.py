"""The stand-in from a test's side: start it, steer it, see what it was asked."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request

_PROGRAM = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_START_S = 20


def _read(path):
    with open(path, encoding="ascii") as file:
        return file.read().strip()


class StandIn:
    """with StandIn(directory) as aws: … aws.endpoint, aws.ca_pem, aws.fault(cut_at=100)"""

    def __init__(self, directory, world=None):
        """world: a description as in worlds.py, in place of the default."""
        self._directory = directory
        command = [sys.executable, _PROGRAM, "--dir", directory, "--parent", str(os.getpid())]
        if world is not None:
            path = os.path.join(directory, "world.json")
            with open(path, "w", encoding="ascii") as file:
                json.dump(world, file)
            command += ["--world", path]
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as ready:
            self._process = subprocess.Popen(command + ["--ready-fd", str(writing)],
                                             stdin=subprocess.DEVNULL, pass_fds=(writing,))
            os.close(writing)
            if ready.read() != b"ready\n":
                raise RuntimeError(f"the stand-in did not start (status {self._process.wait()})")
        self.endpoint = _read(os.path.join(directory, "endpoint"))
        self.ca_pem = os.path.join(directory, "ca.pem")
        self._control = _read(os.path.join(directory, "control"))

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.stop()

    @property
    def pid(self):
        return self._process.pid

    def _ask(self, path, arguments=None):
        data = None if arguments is None else json.dumps(arguments).encode()
        try:
            with urllib.request.urlopen(self._control + path, data, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            raise ValueError(json.load(refused)["error"]) from None

    def key_of(self, user):
        """(access key id, secret) of a user of the world it was started with."""
        base = os.path.join(self._directory, "keys", user)
        return _read(base + ".id"), _read(base + ".secret")

    def boto(self, service, key, region="eu-west-1"):
        """A real client. key: of a user of the first world, by name, or (id, secret) or (id,
        secret, token). IAM is signed for where it is."""
        import boto3                  # here: most tests do without
        from botocore.config import Config
        key_id, secret, *token = self.key_of(key) if isinstance(key, str) else key
        return boto3.client(service, aws_access_key_id=key_id, aws_secret_access_key=secret,
                            aws_session_token=token[0] if token else None,
                            region_name="us-east-1" if service == "iam" else region,
                            verify=self.ca_pem, endpoint_url=self.endpoint,
                            config=Config(retries={"max_attempts": 0}))

    def fault(self, **description):
        self._ask("/fault", description)

    def reset(self):
        self._ask("/reset", {})

    def set_clock(self, offset_s):
        self._ask("/clock", {"offset_s": offset_s})

    def add(self, accounts):
        """Returns {user: {"id", "secret"}} for the users that were added."""
        return self._ask("/world", {"accounts": accounts})

    def deactivate(self, access_key_id):
        self._ask("/deactivate", {"access_key_id": access_key_id})

    def remove(self, account, **what):
        """From outside, as an administrator does at the console: user=, role=, policy= a
        name, key= an id."""
        self._ask("/remove", {"account": account, **what})

    def inventory(self, account):
        """All that IAM holds of an account, as plain data (inventory.py)."""
        return self._ask("/inventory", {"account": account})

    def consistency(self, seconds):
        """How long a change takes to be seen everywhere; or by kind: {"keys": 5}."""
        self._ask("/consistency", {"seconds": seconds})

    def explain_denials(self, on=True):
        self._ask("/explain", {"on": on})

    def page(self, items):
        """How many a list of IAM gives at once."""
        self._ask("/page", {"items": items})

    def show_certificate(self, kind):
        self._ask("/certificate", {"kind": kind})

    def listen(self, kind):
        """The URL of a further endpoint (control.py)."""
        return self._ask("/listen", {"kind": kind})["url"]

    def calls(self, action=None):
        return [call for call in self._ask("/calls") if action in (None, call["action"])]

    def now(self):
        return self._ask("/now")

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait(timeout=10)
