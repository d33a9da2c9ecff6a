"""A small world for one test: a home, a stand-in for AWS, and the installed programs.

    with World() as world:
        world.configure("[dest prod]\\naccount = 222222222222\\nrole = Admin\\n")
        world.xacct("add", "main", "--access-key-id", id, "--secret-fd", Fd(secret), …)

As root, the programs run as a spare user without capabilities, so that a test says the
same on a machine of its own and on a person's. XACCT_PREFIX names the installation.
"""

import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile

_HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(_HERE), "aws"))

import processes                                                      # noqa: E402
from standin.client import StandIn                                    # noqa: E402
from terminal import Terminal                                         # noqa: E402

PASSPHRASE = "correct horse battery staple"
REGION = "eu-west-1"
_FROM_OUTSIDE = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")


@dataclasses.dataclass
class Fd:
    """An argument: the number of a pipe from which the program can read this text."""
    text: str


@dataclasses.dataclass
class Result:
    command: list
    status: int
    out: str
    err: str

    def __str__(self):
        return (f"{' '.join(self.command)}\nstatus {self.status}\n"
                f"stdout: {self.out!r}\nstderr: {self.err}")


class Started:
    """A program that runs beside the test; end() waits for it and returns its Result."""

    def __init__(self, command, popen, given):
        self.command = command
        self.popen = popen
        self._given = given

    @property
    def pid(self):
        return self.popen.pid

    def end(self, timeout_s=60):
        out, err = self.popen.communicate(self._given, timeout=timeout_s)
        return Result(self.command, self.popen.returncode, out.decode("utf-8", "replace"),
                      err.decode("utf-8", "replace"))


class World:
    patience_s = 5.0                  # how long a program may take to end after the test

    def __init__(self, uid=None, aws=True, description=None):
        """uid: the user who runs the programs; a spare one when we are root.
        aws: False for a test that needs no stand-in.
        description: of what AWS holds, in place of the default (standin/worlds.py)."""
        processes.adopt_orphans()
        self.uid = processes.spare_uid() if uid is None else uid
        self.prefix = os.environ["XACCT_PREFIX"]
        self.client = os.path.join(self.prefix, "bin", "xacct-client")
        self.agent = os.path.join(self.prefix, "bin", "xacct-agent")
        self.courier = os.path.join(self.prefix, "libexec", "xacct", "xacct-courier")
        self._before = processes.children()
        self._running = []
        self.root = tempfile.mkdtemp(prefix="xacct-world-")
        os.chmod(self.root, 0o711)
        self._make_home()
        self.aws = None
        if aws:
            self.aws = StandIn(self._directory("aws", 0o755, os.geteuid()), description)

    def _directory(self, name, mode=0o700, uid=None):
        path = os.path.join(self.root, name)
        os.mkdir(path)
        os.chmod(path, mode)
        os.chown(path, self.uid if uid is None else uid, -1)
        return path

    def _make_home(self):
        self.home = self._directory("home")
        self.runtime = self._directory("run")
        self.config_home = self._directory("home/.config")
        self.env = {
            "PATH": f"{self.prefix}/bin:/usr/local/bin:/usr/bin:/bin",
            "HOME": self.home, "USER": "alice", "LOGNAME": "alice", "TERM": "dumb",
            "LANG": "C.UTF-8", "XDG_RUNTIME_DIR": self.runtime,
        }
        self.env.update({name: os.environ[name] for name in _FROM_OUTSIDE if name in os.environ})

    # --- places -------------------------------------------------------------------------

    @property
    def config_file(self):
        return os.path.join(self.config_home, "xacct", "config")

    @property
    def vault_file(self):
        return os.path.join(self.home, ".local", "share", "xacct", "vault")

    @property
    def socket(self):
        return os.path.join(self.runtime, "xacct", "agent.sock")

    def write(self, path, text, mode=0o600):
        """A file of the person's, with its directories; path relative to the home."""
        path = os.path.join(self.home, path)
        missing, parent = [], os.path.dirname(path)
        while not os.path.isdir(parent):
            missing.append(parent)
            parent = os.path.dirname(parent)
        for directory in reversed(missing):
            os.mkdir(directory, 0o700)
            os.chown(directory, self.uid, -1)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        os.chown(path, self.uid, -1)
        return path

    def configure(self, text="", agent=""):
        """xacct's configuration: the stand-in as [agent]'s endpoint, then the text."""
        head = f"[agent]\nregion = {REGION}\n{agent}"
        if self.aws:
            head += f"endpoint_url = {self.aws.endpoint}\nca_bundle = {self.aws.ca_pem}\n"
        self.write(self.config_file, f"{head}\n{text}")

    # --- programs -------------------------------------------------------------------------

    def start(self, *command, given="", env=None, uid=None, cwd=None, before=None):
        """Starts a program without a terminal. given: its standard input; before: run in its
        process first, as us."""
        pipes, words = [], []
        for word in command:
            if isinstance(word, Fd):
                reading, writing = os.pipe()
                os.write(writing, word.text.encode())
                os.close(writing)
                pipes.append(reading)
                word = reading
            words.append(str(word))
        popen = subprocess.Popen(
            processes.become(self.uid if uid is None else uid) + words,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**self.env, **(env or {})}, cwd=cwd or self.home, pass_fds=pipes,
            start_new_session=True, preexec_fn=before)
        for pipe in pipes:
            os.close(pipe)
        self._running.append(popen)
        return Started(words, popen, given.encode())

    def run(self, *command, timeout_s=60, **how):
        return self.start(*command, **how).end(timeout_s)

    def xacct(self, *arguments, **how):
        return self.run(self.client, *arguments, **how)

    def shell(self, shell, script, **how):
        """A line as a person types it, in sh, bash, dash, zsh or fish, without start-up files."""
        quiet = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}
        return self.run(shell, *quiet.get(shell, []), "-c", script, **how)

    def terminal(self, *arguments, env=None, before=(), program=None, columns=0):
        """The client, or another program, at a terminal (terminal.py); before: the words of a
        program that starts it."""
        command = processes.become(self.uid) + [*before, program or self.client,
                                                *map(str, arguments)]
        terminal = Terminal(command, {**self.env, **(env or {})}, self.uid, self.home, columns)
        self._running.append(terminal._program)
        return terminal

    # --- what most stories begin with -------------------------------------------------------

    def add_source(self, name="main", user="alice", passphrase=PASSPHRASE):
        access_key_id, secret = self.aws.key_of(user)
        return self.xacct("add", name, "--access-key-id", access_key_id, "--secret-fd", Fd(secret),
                          "--passphrase-fd", Fd(passphrase))

    def agents(self):
        """The supervisors that went their own way and run now, by number."""
        known = {popen.pid for popen in self._running} | self._before
        if self.aws:
            known.add(self.aws.pid)
        return processes.survivors(known, patience_s=0)

    # --- the end ----------------------------------------------------------------------------

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        """Ends everything; an agent that stays though it was told to stop is an error."""
        try:
            left = self._stop_programs()
        finally:
            if self.aws:
                self.aws.stop()
            shutil.rmtree(self.root)
        if left:
            raise AssertionError(f"still running after 'xacct agent stop': {left}")

    def _stop_programs(self):
        for popen in self._running:
            if popen.poll() is None:
                popen.kill()
                popen.communicate()
        if self.agents():
            self.xacct("agent", "stop", timeout_s=20)
        known = self._before | ({self.aws.pid} if self.aws else set())
        left = {pid: self._name(pid) for pid in processes.survivors(known, self.patience_s)}
        for pid in left:
            processes.end(pid)
        processes.survivors(known, self.patience_s)
        return left

    @staticmethod
    def _name(pid):
        with open(f"/proc/{pid}/comm", encoding="ascii") as file:
            return file.read().strip()
