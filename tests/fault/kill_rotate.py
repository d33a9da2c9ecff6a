"""V8, for the whole of it: kills the agent at its system calls during a rotation, and sees
that no key is lost.

usage: kill_rotate.py PREFIX [--all]

A first run under strace counts the calls of each of the agent's threads, by name: the loop's
own, and those of the four that save in turn. Then the agent is killed before a call, once for each of those that save or speak, and for a
sample of the others (--all: for each). After every kill the key that the vault holds must
work at AWS; the same command must then complete, if need be with the name of the key that the
killed run may have left, and leave one key, which the vault holds.
"""
import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
for place in ("lib", "aws"):
    sys.path.insert(0, os.path.join(os.path.dirname(HERE), place))

USER, ACCOUNT, SKIP = "frank", "111111111111", 77
# What leaves something behind: the file, the network, the client.
EACH = {"openat", "write", "fsync", "renameat", "unlinkat", "fchmod", "sendto", "sendmsg",
        "recvmsg", "accept4"}
OF_OTHERS = 23                        # each so many-th
WORKERS = 2


class Rotation:
    """A world in which the same source is rotated again and again."""

    def __init__(self):
        from world import PASSPHRASE, Fd, World
        self.world = World()
        self.world.configure("[source main]\n")
        self.unlocking = lambda: ("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.must(self.world.add_source(user=USER))

    @staticmethod
    def must(said):
        assert said.status == 0, said
        return said

    def xacct(self, *words):
        return self.world.xacct(*words)

    def keys(self):
        return self.world.aws.inventory(ACCOUNT)["users"][USER]["keys"]

    def threads(self):
        """The loop's, and those of the pool, of which each does one of the four saves."""
        pid = json.loads(self.xacct("status", "--json").out)["pid"]
        tasks = sorted(map(int, os.listdir(f"/proc/{pid}/task")))
        assert len(tasks) == 5 and tasks[0] == pid, tasks
        return tasks

    def traced(self, which, *words):
        """A rotation while a thread is traced; what it came to, and whether it was killed."""
        tid = self.threads()[which]
        strace = subprocess.Popen(["strace", "-p", str(tid), *words], stderr=subprocess.PIPE)
        while b"attached" not in strace.stderr.readline():
            assert strace.poll() is None
        said = self.xacct("rotate", "main")
        killed = self.dies(tid, 10 if said.status else 0.2)
        if not killed:
            strace.terminate()
        strace.communicate()
        return said, killed

    @staticmethod
    def dies(tid, patience_s):
        deadline = time.monotonic() + patience_s
        while True:
            try:
                with open(f"/proc/{tid}/stat", encoding="ascii") as file:
                    if file.read().rpartition(")")[2].split()[0] in "ZX":
                        return True
            except OSError:
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)

    def counts(self, which):
        with tempfile.NamedTemporaryFile() as log:
            said, killed = self.traced(which, "-o", log.name)
            assert not killed
            self.must(said)
            text = log.read().decode()
        return collections.Counter(re.findall(r"^(\w+)\(", text, re.MULTILINE))

    def kill(self, point):
        which, name, nth = point
        said, killed = self.traced(which, "-o", "/dev/null", "-e", f"trace={name}", "-e",
                                   f"inject={name}:signal=KILL:when={nth}")
        assert killed or said.status == 0, said
        if killed:
            while self.world.agents():
                time.sleep(0.01)
            self.must(self.xacct(*self.unlocking()))
        self.must(self.xacct("whoami", "main"))
        if said.status != 0:
            self.goes_on()
        (left, status), = self.keys().items()
        listed, = json.loads(self.must(self.xacct("list", "--json")).out)["sources"]
        assert status == "Active" and left.endswith(listed["key_tail"]), (left, listed)
        assert listed["rotate"] is None or said.status == 0, listed
        if listed["rotate"] is not None:      # killed when its client was told already
            self.must(self.xacct("rotate", "main"))
        home = os.path.dirname(self.world.vault_file)
        assert not [name for name in os.listdir(home) if name.startswith("vault.tmp")]
        return killed

    def goes_on(self):
        """What the killed run had AWS make, and could not store, goes if it is named."""
        said = self.xacct("rotate", "main")
        if said.status == 4:
            listed, = json.loads(self.must(self.xacct("list", "--json")).out)["sources"]
            lost, = [key for key in self.keys() if not key.endswith(listed["key_tail"])]
            assert lost in said.err, said
            said = self.xacct("rotate", "main", "--delete", lost)
        self.must(said)

    def close(self):
        self.world.close()


def kill_at(points):
    rotation, kills = Rotation(), 0
    try:
        for point in points:
            try:
                kills += rotation.kill(point)
            except AssertionError as error:
                raise RuntimeError("thread %d killed at %s no. %d: %s" % (*point, error)) from None
    finally:
        rotation.close()
    return kills


def points(everything):
    rotation = Rotation()
    found, others = [], 0
    try:
        loop, save = rotation.counts(0), collections.Counter()
        for which in range(1, 5):
            save |= rotation.counts(which)
        for which in range(5):
            for name, n in sorted((save if which else loop).items()):
                for nth in range(1, n + 1):
                    others += name not in EACH
                    if everything or name in EACH or others % OF_OTHERS == 0:
                        found.append((which, name, nth))
    finally:
        rotation.close()
    return found


def main():
    if os.geteuid() != 0:
        print("skipped: to trace an undumpable program takes root")
        return SKIP
    os.environ["XACCT_PREFIX"] = sys.argv[1]
    found = points("--all" in sys.argv)
    with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
        kills = sum(pool.map(kill_at, [found[i::WORKERS] for i in range(WORKERS)]))
    print("%d system calls chosen, the agent was killed at %d of them" % (len(found), kills))
    assert kills * 2 > len(found), "hardly any was reached"
    return 0


if __name__ == "__main__":
    sys.exit(main())
