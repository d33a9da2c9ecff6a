"""Where the product is measured: a world of its own, warm, with the floor servers beside it."""

import dataclasses
import json
import os
import struct

import processes
import xacct_wire
from world import PASSPHRASE, Fd, World

TOKEN_LEN = 400                     # of a session token; performance.md counts with it
# Servers have a core of their own, and whoever measures another.
CORES = sorted(os.sched_getaffinity(0))
CLIENT_CORE, SERVER_CORE = CORES[0], CORES[-1]


@dataclasses.dataclass
class Load:
    """What load.c prints: nanoseconds, and requests a second."""
    n: int
    p50: float
    p99: float
    max: float
    rate: float


def pin(pid, cores):
    """A process with all its threads."""
    for task in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(task), cores)


def on(core):
    return lambda: os.sched_setaffinity(0, {core})


def destinations(n):
    return "".join(f"[dest d{i}]\naccount = 222222222222\nrole = Admin\n" for i in range(n))


class Place:
    """n_dests: destinations d0, d1, … in the configuration, all of one role.
    certificates: a function that makes the file of trusted authorities of the stand-in's own.
    uid: in whose name, in place of the spare user."""

    def __init__(self, tools, n_dests=10, certificates=None, uid=None):
        self.tools = tools
        self._echoes = {}
        self.world = World(uid)
        try:
            self._begin(n_dests, certificates)
        except BaseException:
            self.world.close()
            raise

    def _begin(self, n_dests, certificates):
        world = self.world
        if certificates:
            world.aws.ca_pem = certificates(world)
        world.configure(destinations(n_dests))
        world.aws.fault(action="AssumeRole", times=0,
                        edit={"Credentials/SessionToken": "T" * TOKEN_LEN})
        self.done(world.add_source())
        self.xacct("credential-process", "d0")
        said = self.status()
        self.agent, self.supervisor = said["pid"], said["supervisor_pid"]
        self.paths = {"config_path": world.config_file, "vault_path": said["vault_path"]}
        self.pin_agent({SERVER_CORE})
        self.first, self.next = self.requests("d0")

    def close(self):
        self.world.close()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    # --- the product ------------------------------------------------------------------------

    @staticmethod
    def done(result):
        if result.status != 0:
            raise AssertionError(result)
        return result

    def xacct(self, *words, **how):
        return self.done(self.world.xacct(*words, **how))

    def status(self):
        return json.loads(self.xacct("status", "--json", "--security").out)

    def unlock(self):
        self.xacct("unlock", "--passphrase-fd", Fd(PASSPHRASE))

    def pin_agent(self, cores):
        pin(self.agent, cores)

    def couriers(self):
        """Its processes, if there is one now."""
        return [pid for pid in processes.descendants(self.supervisor)
                if processes.text_of(pid, "comm") == "xacct-courier"]

    # --- requests ---------------------------------------------------------------------------

    def file(self, name, data):
        path = os.path.join(self.world.home, name)
        with open(path, "wb") as file:
            file.write(data)
        os.chown(path, self.world.uid, -1)
        return path

    def hello(self, kind, **fields):
        """A connection's first bytes: HELLO, and a request."""
        return (xacct_wire.request("HELLO", 1, protocol=xacct_wire.VERSION, **self.paths) +
                xacct_wire.request(kind, 2, **fields))

    def requests(self, name, **fields):
        """Files with a connection's first request for credentials, and with each further one."""
        fields = {"name": name, "patience_ms": 30000, **fields}
        label = "-".join([name, *fields])
        return (self.file(f"first-{label}", self.hello("CREDENTIALS", **fields)),
                self.file(f"next-{label}", xacct_wire.request("CREDENTIALS", 3, **fields)))

    # --- what measures ------------------------------------------------------------------------

    def run(self, *command, core=CLIENT_CORE, timeout_s=900, **how):
        before = None if core is None else on(core)
        return self.done(self.world.run(*command, before=before, timeout_s=timeout_s, **how)).out

    def load(self, mode, count, socket=None, first=None, following=None, core=CLIENT_CORE):
        out = self.run(self.tools.program("load"), mode, socket or self.world.socket,
                       first or self.first, following or self.next, count, core=core)
        return Load(*map(float, out.split()))

    def rounds(self, n, *commands, **how):
        """[nanoseconds of each round] of each command."""
        words = [word for command in commands for word in ("--", *command)]
        took = [[] for _ in commands]
        for line in self.run(self.tools.program("rounds"), n, *words, **how).splitlines():
            at, ns = line.split()
            took[int(at)].append(int(ns))
        return took

    def count(self, what, *command):
        """(number, processes made, peak KiB)"""
        out = self.run(self.tools.program("count"), what, *command)
        return tuple(map(int, out.split()))

    def start(self, *command, core=SERVER_CORE, ready=True):
        """A program beside the product; it has said "ready"."""
        started = self.world.start(*command, before=on(core))
        if ready and started.popen.stdout.readline() != b"ready\n":
            raise AssertionError(started.popen.stderr.read().decode())
        return started

    def echo(self, kind):
        """The socket of a floor server that answers with what the agent does."""
        if kind not in self._echoes:
            self._echoes[kind] = self._start_echo(kind)
        return self._echoes[kind]

    def _start_echo(self, kind):
        reply = self.world.start(self.tools.program("load"), "once", self.world.socket,
                                 self.first, self.next, 1)
        data, err = reply.popen.communicate(timeout=60)
        if len(data) < 10 or len(data) != 4 + struct.unpack(">I", data[:4])[0]:
            raise AssertionError(f"no reply to keep: {err.decode()}")
        path = os.path.join(self.world.runtime, f"{kind}.sock")
        self.start(self.tools.program(f"echo_{kind}"), path, os.path.getsize(self.first),
                   os.path.getsize(self.next), self.file("reply", data))
        return path


def cpu_ns(pids):
    """What these processes have used, all threads, on all cores."""
    total = 0
    for pid in pids:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
    return total


def memory_kib(pid):
    """(resident, private). Who may not look into a process closely sees its anonymous pages."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            found = {line.split(":")[0]: int(line.split()[1]) for line in file
                     if line.rstrip().endswith(" kB")}
        return found["Rss"], found["Private_Clean"] + found["Private_Dirty"]
    except PermissionError:
        return tuple(int(processes.status_field(pid, name).split()[0])
                     for name in ("VmRSS", "RssAnon"))
