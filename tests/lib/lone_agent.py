"""One agent in a home of its own, and nothing else: for tests that speak to it themselves.

The test's own process is the client, so as root it first becomes the spare user under
whom the agent runs (step_down), once and for all."""

import atexit
import ctypes
import os
import shutil
import subprocess
import sys
import tempfile

import processes
from xacct_wire import Connection

PASSPHRASE = b"correct horse battery staple"
KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
_PR_SET_DUMPABLE = 4
_FROM_OUTSIDE = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")

# Nobody listens on this port: what needs AWS ends at once, by `unreachable`.
CONFIG = """[agent]
region = eu-west-1
endpoint_url = http://127.0.0.1:1

[dest prod]
account = 222222222222
role = Admin
source = main
"""


def prefix():
    """Where the programs are installed: XACCT_PREFIX, or the first argument."""
    if "XACCT_PREFIX" not in os.environ:
        os.environ["XACCT_PREFIX"] = sys.argv.pop(1)
    return os.environ["XACCT_PREFIX"]


def step_down():
    """From root to a user without any capability, for the rest of this process."""
    uid = processes.spare_uid()
    if uid == os.geteuid():
        return
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    # Who changes his user loses his own /proc/self, and the client needs it.
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)


class LoneAgent:
    def __init__(self, config=CONFIG):
        self.program = os.path.join(prefix(), "bin", "xacct-agent")
        self.root = tempfile.mkdtemp(prefix="xacct-lone-")
        # For a test that ends without close(); a second time does no harm.
        atexit.register(shutil.rmtree, self.root, ignore_errors=True)
        self.config_path = os.path.join(self.root, "config", "xacct", "config")
        self.vault_path = os.path.join(self.root, "data", "xacct", "vault")
        self.socket_path = os.path.join(self.root, "run", "agent.sock")
        os.makedirs(os.path.dirname(self.config_path), 0o700)
        os.mkdir(os.path.dirname(self.socket_path), 0o700)
        with open(self.config_path, "w", encoding="utf-8") as file:
            file.write(config)
        os.chmod(self.config_path, 0o600)
        self.start()

    def start(self):
        self.env = env = {"PATH": "/usr/bin:/bin", "HOME": self.root, "LANG": "C.UTF-8",
               "XDG_CONFIG_HOME": f"{self.root}/config", "XDG_DATA_HOME": f"{self.root}/data",
               "XDG_STATE_HOME": f"{self.root}/state", "XACCT_SOCK": self.socket_path}
        env.update({name: os.environ[name] for name in _FROM_OUTSIDE if name in os.environ})
        reading, writing = os.pipe()
        self.process = subprocess.Popen([self.program, "--ready-fd", str(writing)], env=env,
                                        pass_fds=[writing], stdin=subprocess.DEVNULL)
        os.close(writing)
        with open(reading, "rb") as ready:
            said = ready.read()
        if said != b"R":
            processes.end(self.process.pid)
            self.process.wait(20)
            raise AssertionError(f"the agent did not start: {said!r}")

    def connect(self, timeout_s=60):
        """A connection before its HELLO."""
        return Connection(self.socket_path, timeout_s)

    def client(self, timeout_s=60):
        """A connection whose HELLO goes with its first request."""
        return self.connect(timeout_s).greet(self.config_path, self.vault_path)

    def ask(self, kind, **fields):
        """One request on a connection of its own."""
        with self.client() as client:
            return client.ask(kind, **fields)

    def make_vault(self):
        """A vault that holds the key of `main`; unlocked."""
        with self.client() as client:
            made = client.ask("UNLOCK", passphrase=PASSPHRASE, create=True)
            added = client.ask("ADD", name="main", access_key_id=KEY_ID, secret=SECRET,
                               no_verify=True)
        if (made.type, added.type) != ("RESULT", "RESULT"):
            raise AssertionError(f"no vault: {made} {added}")

    def is_alive(self):
        return self.process.poll() is None and self.ask("STATUS").type == "RESULT"

    def log(self):
        with open(f"{self.root}/state/xacct/agent.log", encoding="utf-8") as file:
            return file.read()

    def log_if_any(self):
        try:
            return self.log()
        except FileNotFoundError:
            return ""

    def memory_kib(self):
        """Resident memory of the serving process; 0 of one with a sanitizer in it, which
        keeps what was freed."""
        with open(self.program, "rb") as program:
            if b"__asan_init" in program.read():
                return 0
        return int(processes.status_field(self.ask("STATUS").pid, "VmRSS").split()[0])

    def close(self):
        """Ends it; an agent that had ended before, or ends badly, is an error."""
        early = self.process.poll()
        if early is None:
            self.process.terminate()
        try:
            status = self.process.wait(20)
        finally:
            if self.process.poll() is None:
                processes.end(self.process.pid)
            log = self.log_if_any()
            shutil.rmtree(self.root)
        if early is not None or status != 0:
            raise AssertionError(f"the agent ended with status {status}\n{log}")
