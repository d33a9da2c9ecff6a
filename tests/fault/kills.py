"""Killing a program at one of its system calls, by strace's injection, while a command runs;
for kill_rotate.py and kill_setup.py.

A story is a class of those: it has a world, the command, what is to hold after a kill, and
what makes it as it was before."""
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

SKIP = 77
# What leaves something behind: the file, the network, the client.
EACH = {"openat", "write", "fsync", "renameat", "unlinkat", "fchmod", "sendto", "sendmsg",
        "recvmsg", "accept4"}
WORKERS = 2


def must(said):
    assert said.status == 0, said
    return said


class Story:
    def __init__(self):
        from world import PASSPHRASE, Fd, World
        self.world = World()
        self.unlocking = lambda: ("unlock", "--passphrase-fd", Fd(PASSPHRASE))

    def close(self):
        self.world.close()

    def xacct(self, *words):
        return self.world.xacct(*words)

    def threads(self):
        """The agent's loop, and the threads of its pool."""
        pid = json.loads(self.xacct("status", "--json").out)["pid"]
        tasks = set(map(int, os.listdir(f"/proc/{pid}/task")))
        assert len(tasks) == 5 and pid in tasks, tasks
        return [pid, *sorted(tasks - {pid})]      # the system's numbers begin anew some time

    def traced(self, which, *words):
        """The command while a thread of the agent is traced; what it came to, and whether the
        agent was killed."""
        tid = self.threads()[which]
        strace = subprocess.Popen(["strace", "-p", str(tid), *words], stderr=subprocess.PIPE)
        while b"attached" not in strace.stderr.readline():
            assert strace.poll() is None
        said = self.xacct(*self.COMMAND)
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

    def killed_at(self, which, name, nth):
        """The command with the agent killed before this call; the agent runs again then."""
        before = set(self.world.agents())
        said, killed = self.traced(which, "-o", "/dev/null", "-e", f"trace={name}", "-e",
                                   f"inject={name}:signal=KILL:when={nth}")
        assert killed or said.status == 0, said
        if killed:                            # its client may have started another
            while before & set(self.world.agents()):
                time.sleep(0.01)
            must(self.xacct(*self.unlocking()))
        return said, killed

    def counts(self, which):
        """How often which call was made, by name."""
        with tempfile.NamedTemporaryFile() as log:
            said, killed = self.traced(which, "-o", log.name)
            assert not killed
            must(said)
            text = log.read().decode()
        return collections.Counter(re.findall(r"^(\w+)\(", text, re.MULTILINE))


def sample(calls, everything, of_others):
    """The calls that leave something behind, and each so many-th of the others."""
    others, found = 0, []
    for name, n in sorted(calls.items()):
        for nth in range(1, n + 1):
            others += name not in EACH
            if everything or name in EACH or others % of_others == 0:
                found.append((name, nth))
    return found


def kill_at(story_class, points):
    story, kills = story_class(), 0
    try:
        for point in points:
            try:
                kills += story.kill(point)
            except AssertionError as error:
                raise RuntimeError("killed at %s no. %d of %s: %s" % (
                    point[1], point[2], point[0], error)) from None
    finally:
        story.close()
    return kills


def main(story_class):
    """Every point of story_class.points(everything) is killed at, by two at a time."""
    if os.geteuid() != 0:
        print("skipped: to trace an undumpable program takes root")
        return SKIP
    os.environ["XACCT_PREFIX"] = sys.argv[1]
    story = story_class()
    try:
        found = story.points("--all" in sys.argv)
    finally:
        story.close()
    with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
        kills = sum(pool.map(kill_at, [story_class] * WORKERS,
                             [found[i::WORKERS] for i in range(WORKERS)]))
    print("%d system calls chosen, killed at %d of them" % (len(found), kills))
    assert kills * 2 > len(found), "hardly any was reached"
    return 0
