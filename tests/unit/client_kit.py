"""What the client's tests share: a client with an agent's stand-in, with or without a
terminal to itself. The first argument of a test program is the xacct-client to test."""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from fake_agent import Agent, listen

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:      # as tests/lib/processes.py says
    signal.signal(signal.SIGINT, signal.default_int_handler)

CLIENT = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "xacct-client"
HERE = os.path.dirname(os.path.abspath(__file__))

PAGES = [
    [dict(entry_kind=2, name="prod", account="222222222222", role="Admin", source="main",
          region="eu-west-1", expires_at=int(time.time()) + 3501),
     dict(entry_kind=1, name="main", account="111111111111", key_tail="WXYZ",
          arn="arn:aws:iam::111111111111:user/alice")],
    [dict(entry_kind=2, name="production-eu", account="333333333333", role="ops/ReadOnly",
          source="main", note="hides the profile of that name")],
]


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="xa-client-")
        os.chmod(self.dir, 0o700)
        self.bin = os.path.join(self.dir, "bin")
        self.client = os.path.join(self.bin, "xacct-client")
        os.mkdir(self.bin)
        shutil.copy(CLIENT, self.client)
        os.symlink("xacct-client", os.path.join(self.bin, "xacct"))
        self.sock = os.path.join(self.dir, "run", "agent.sock")
        os.mkdir(os.path.dirname(self.sock), 0o700)
        self.config = os.path.join(self.dir, "config")
        os.makedirs(os.path.join(self.config, "xacct"))
        self.env = dict(PATH=self.bin + ":/usr/bin:/bin", HOME=self.dir, TERM="xterm", XACCT_SOCK=self.sock,
                        XDG_CONFIG_HOME=self.config, XDG_STATE_HOME=self.dir, LANG="C.UTF-8",
                        XACCT_SHELL="sh")
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.agent = None

    def tearDown(self):
        if self.agent:
            self.agent.listener.close()
        else:
            subprocess.run([self.client, "agent", "stop"], env=self.env, capture_output=True)
        shutil.rmtree(self.dir)

    def serve(self, **play):
        self.agent = Agent(listen(self.sock), **play)
        return self.agent

    def spawnable(self, **play):
        with open(os.path.join(self.dir, "play.json"), "w") as f:
            json.dump(play, f)
        shutil.copy(os.path.join(HERE, "fake_agent.py"), os.path.join(self.bin, "xacct-agent"))
        os.chmod(os.path.join(self.bin, "xacct-agent"), 0o755)

    def starts(self):
        path = os.path.join(self.dir, "starts")
        if not os.path.exists(path):
            return []
        with open(path) as f:
            return [json.loads(line) for line in f]

    def run_client(self, *args, env=None, stdin=b"", pass_fds=(), timeout=30):
        """Without a controlling terminal: nobody can be asked."""
        r = subprocess.run([self.client, *args], env=dict(self.env, **(env or {})), input=stdin,
                           capture_output=True, pass_fds=pass_fds, timeout=timeout,
                           start_new_session=True)
        return r.returncode, r.stdout.decode(), r.stderr.decode()

    def script(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, 0o755)
        return path

    def configure(self, text, mode=0o600):
        """xacct's own configuration, which the client looks into for commands."""
        path = os.path.join(self.config, "xacct", "config")
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, mode)

    def types(self):
        return [kind for kind, _ in self.agent.seen]

    def last(self, kind):
        return [fields for k, fields in self.agent.seen if k == kind][-1]


class Terminal:
    """The client on a terminal of its own; talk() is (wait for this, type that)."""

    def __init__(self, case, *args, env=None, argv=None):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(argv[0] if argv else case.client, argv or [case.client, *args],
                      dict(case.env, **(env or {})))
        self.text = ""

    def wait(self, pattern, timeout=10):
        end = time.time() + timeout
        while not re.search(pattern, self.text):
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.time()))
            if not ready:
                raise AssertionError("no %r in %r" % (pattern, self.text))
            try:
                part = os.read(self.fd, 65536)
            except OSError:
                part = b""
            if not part:
                raise AssertionError("ended without %r in %r" % (pattern, self.text))
            self.text += part.decode(errors="replace").replace("\r\n", "\n")
        self.text = self.text[re.search(pattern, self.text).end():]

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self, timeout=10):
        end = time.time() + timeout
        while True:
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.time()))
            if not ready:
                raise AssertionError("still there: %r" % self.text)
            try:
                part = os.read(self.fd, 65536)
            except OSError:
                part = b""
            if not part:
                break
            self.text += part.decode(errors="replace").replace("\r\n", "\n")
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return (os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status),
                self.text)
