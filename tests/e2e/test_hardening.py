"""Process start-up, H1 to H5, M2 and P1 to P3, as an attacker of the same user, of another
user, and root's see it. The product runs as a spare user; never as uid 0."""

import os
import re
import resource
import socket
import subprocess
import time
import unittest

import processes
from story import Story
from world import PASSPHRASE, Fd

# XACCT_ROUNDS=10 makes the long form of those tests that repeat something.
ROUNDS = int(os.environ.get("XACCT_ROUNDS", "1"))

# An attacker in a process of its own: tries every way into the memory of the pids on stdin.
ATTACK = r"""
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]
for pid in map(int, sys.stdin.read().split()):
    for name in ("mem", "maps", "environ", "auxv", "stack"):
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                if name in ("environ", "auxv", "maps") and not file.read(1):
                    raise PermissionError
            print("opened", name, pid)
        except (PermissionError, ProcessLookupError, FileNotFoundError, OSError):
            pass
    try:
        os.listdir(f"/proc/{pid}/fd")
        print("listed fd", pid)
    except (PermissionError, FileNotFoundError):
        pass
    if libc.ptrace(16, pid, None, None) == 0:            # PTRACE_ATTACH
        print("attached", pid)
    buffer = ctypes.create_string_buffer(8)
    here, there = Iovec(ctypes.addressof(buffer), 8), Iovec(0x400000, 8)
    if libc.process_vm_readv(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0) >= 0 \
            or ctypes.get_errno() == 14:                 # EFAULT: allowed, only the address was wrong
        print("read memory", pid)
    try:
        pidfd = os.pidfd_open(pid)
        if libc.syscall(438, pidfd, 0, 0) >= 0:          # pidfd_getfd
            print("took descriptor", pid)
    except OSError:
        pass
print("done")
"""

# Watches for children of a pid and tries to open their memory as early as it can.
START_WINDOW = r"""
import os, select, sys
def text_of(pid, name):
    try:
        with open(f"/proc/{pid}/{name}") as file:
            return file.read()
    except OSError:
        return ""
seen = {n for n in os.listdir("/proc") if n.isdigit()}
print("watching", flush=True)
opened = tries = 0
while not select.select([0], [], [], 0)[0]:
    for n in os.listdir("/proc"):
        if not n.isdigit() or n in seen or not text_of(n, "comm").startswith("xacct-agent"):
            continue
        # The supervisor's first instants may be seen: it holds nothing, and forks the agent
        # only once it cannot be dumped. What counts is who serves: its child.
        parent = text_of(n, "status").partition("PPid:")[2].split()[:1]
        serves = bool(parent) and text_of(parent[0], "comm").startswith("xacct-agent")
        try:
            os.close(os.open(f"/proc/{n}/mem", os.O_RDONLY))
            opened += serves
        except PermissionError:
            tries += serves
        except OSError:
            pass
print(opened, tries)
"""


# What an agent's descriptors are, by the start of their names; its directory and lock too.
AGENT_HAS = {"/dev/null", "anon_inode", "pipe", "socket"}


# A service manager: makes the socket and hands it over as descriptor 3.
ACTIVATE = r"""
import os, socket, sys
path, mode, agent = sys.argv[1:]
server = socket.socket(socket.AF_UNIX)
server.bind(path + ".new")
os.chmod(path + ".new", int(mode, 8))
server.listen(64)
os.rename(path + ".new", path)
os.dup2(server.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(agent, [agent])
"""


def activate(world, path, mode="600", dir_mode=0o700):
    directory = os.path.dirname(path)
    os.mkdir(directory, dir_mode)
    os.chown(directory, world.uid, world.uid)
    return subprocess.Popen(
        processes.become(world.uid) + ["/usr/bin/python3", "-c", ACTIVATE, path, mode, world.agent],
        env=world.env, cwd=world.home, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def until(condition, patience_s=10.0):
    deadline = time.monotonic() + patience_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)


def python_as(uid, script, given="", before=(), **how):
    return subprocess.run(processes.become(uid) + [*before, "/usr/bin/python3", "-c", script],
                          input=given, capture_output=True, text=True, timeout=60, check=False,
                          **how)


@unittest.skipUnless(os.geteuid() == 0, "looks into processes of other users")
class Hardness(Story):
    world_options = {"aws": False}

    def all_pids(self):
        supervisor, = self.world.agents()
        return [supervisor, *processes.descendants(supervisor)]

    def start_foreground(self):
        agent = self.world.start(self.world.agent)
        self.wait_for_socket()
        return agent

    def wait_for_socket(self):
        until(lambda: os.path.exists(self.world.socket))

    def start_activated(self):
        popen = activate(self.world, self.world.socket)
        self.addCleanup(popen.wait)
        self.addCleanup(popen.terminate)
        self.wait_for_socket()
        return popen

    def check(self, supervisor):
        pids = [supervisor, *processes.descendants(supervisor)]
        self.assertGreaterEqual(len(pids), 2)
        for pid in pids:
            self.assertRegex(processes.text_of(pid, "limits"), r"Max core file size\s+0\s+0\s")
            self.assertEqual(processes.status_field(pid, "NoNewPrivs"), "1")
            self.assertEqual(os.stat(f"/proc/{pid}/mem").st_uid, 0, "dumpable")
        locked = int(processes.status_field(pids[1], "VmLck").split()[0])
        self.assertGreaterEqual(locked, 512)
        said = python_as(self.world.uid, ATTACK, " ".join(map(str, pids)))
        self.assertEqual(said.stdout, "done\n", said.stderr)

    def test_started_by_the_client(self):
        self.works("agent", "start")
        self.check(self.all_pids()[0])

    def test_started_in_the_foreground(self):
        agent = self.start_foreground()
        self.check(agent.pid)
        agent.popen.terminate()
        self.assertEqual(agent.end().status, 0)

    def test_started_by_a_service_manager(self):
        popen = self.start_activated()
        self.assertEqual(self.works("list").status, 0)
        self.check(popen.pid)
        popen.terminate()
        popen.wait(10)
        self.assertTrue(os.path.exists(self.world.socket), "a socket that was handed over stays")

    def test_no_handle_on_memory_from_before(self):
        watcher = subprocess.Popen(processes.become(self.world.uid) + ["/usr/bin/python3", "-c", START_WINDOW],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.assertEqual(watcher.stdout.readline(), "watching\n")
        for _ in range(100):
            self.works("agent", "start")
            self.works("agent", "stop")
        opened, tries = watcher.communicate()[0].split()
        self.assertEqual(opened, "0")
        self.assertGreater(int(tries), 0, "the attacker never met an agent")

    def test_descriptors_are_those_of_the_list(self):
        pipes = [os.open("/dev/null", os.O_RDONLY) for _ in range(200)]
        popen = subprocess.Popen(processes.become(self.world.uid) +
                                 ["bash", "-c", f"exec {self.world.agent} 0<&- 1>&- 2>&-"],
                                 env=self.world.env, pass_fds=pipes, cwd=self.world.home)
        self.addCleanup(popen.wait)
        self.addCleanup(popen.terminate)
        self.wait_for_socket()
        time.sleep(0.2)
        for pipe in pipes:
            os.close(pipe)
        agent = processes.descendants(popen.pid)[0]
        found = {}
        for pid in (popen.pid, agent):
            fds = os.listdir(f"/proc/{pid}/fd")
            found[pid] = sorted(os.readlink(f"/proc/{pid}/fd/{fd}").split(":")[0] for fd in fds)
            self.assertLess(len(fds), 20, found[pid])
            self.assertTrue({"0", "1", "2"} <= set(fds))
        # Supervisor: three standard ones, the link to the agent, and the signals. Agent:
        # besides its sockets, locks and event loop libuv's reserve for a full table.
        self.assertEqual(found[popen.pid], ["/dev/null"] * 3 + ["anon_inode", "socket"])
        self.assertEqual(found[agent].count("/dev/null"), 4, found[agent])
        directory = os.path.dirname(self.world.socket)
        self.assertEqual(set(found[agent]) - AGENT_HAS, {directory, directory + "/agent.lock"})

    def test_a_hostile_environment_changes_nothing(self):
        hostile = {
            "LD_PRELOAD": "/nonexistent/evil.so", "LD_LIBRARY_PATH": "/nonexistent",
            "GLIBC_TUNABLES": "glibc.malloc.check=3", "OPENSSL_CONF": "/nonexistent/openssl.cnf",
            "SSL_CERT_FILE": "/nonexistent", "SSLKEYLOGFILE": "/tmp/xacct-keylog",
            "https_proxy": "http://127.0.0.1:1", "HOSTALIASES": "/nonexistent", "LISTEN_FDS": "7",
            "NOTIFY_SOCKET": "/nonexistent", "TMPDIR": "/nonexistent",
        }
        self.works("agent", "start", env=hostile)
        for pid in self.all_pids():
            environ = processes.text_of(pid, "environ")
            for name in hostile:
                self.assertNotIn(name + "=", environ)

    def test_a_preloaded_library_is_shed(self):
        cache = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
        library = re.search(r"libz\.so\.1 .* => (\S+)", cache)[1]
        agent = self.world.start(self.world.agent, env={"LD_PRELOAD": library})
        self.wait_for_socket()
        for pid in (agent.pid, *processes.descendants(agent.pid)):
            self.assertIn("libsodium", processes.text_of(pid, "maps"))
            self.assertNotIn("libz", processes.text_of(pid, "maps"))
        agent.popen.terminate()
        agent.end()

    def test_a_traced_start_is_refused(self):
        said = subprocess.run(processes.become(self.world.uid) + ["strace", "-o", "/dev/null", "-f", self.world.agent],
                              env=self.world.env, capture_output=True, text=True, timeout=20, check=False)
        self.assertEqual(said.returncode, 5, said.stderr)
        self.assertIn("traces this one", said.stderr)

    def test_status_tells_what_the_kernel_says(self):
        self.works("agent", "start")
        said = self.world.xacct("status", "--security")
        self.assertRegex(said.out, r"(?i)dump")
        self.assertRegex(said.out, r"(?i)lock")


@unittest.skipUnless(os.geteuid() == 0, "needs users of its own")
class Memory(Story):
    """M2: secrets never lie in memory that is not locked, unless that was asked for."""

    def limited(self, kib, *arguments):
        size = (kib * 1024, kib * 1024)
        return self.world.xacct(*arguments, before=lambda: resource.setrlimit(resource.RLIMIT_MEMLOCK, size))

    def test_a_low_limit_refuses_the_passphrase_and_says_what_to_do(self):
        self.given()
        for kib in (0, 64):
            self.works("agent", "stop")
            said = self.limited(kib, "unlock", "--passphrase-fd", Fd(PASSPHRASE))
            self.assertEqual(said.status, 5, said)
            self.assertIn("lock", said.err)
            self.assertIn("ulimit -l", said.err)
            said = self.limited(kib, "unlock", "--allow-unlocked-memory", "--passphrase-fd", Fd(PASSPHRASE))
            self.assertEqual(said.status, 0, said)

    def test_the_usual_limit_is_enough(self):
        self.given()
        self.works("agent", "stop")
        said = self.limited(8192, "unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.assertEqual(said.status, 0, said)


@unittest.skipUnless(os.geteuid() == 0, "needs users of its own")
class Peers(Story):
    world_options = {"aws": False}

    def connect_as(self, uid, path, times=1, before=()):
        script = ("import os, socket, sys\n"
                  "got = 0\n"
                  f"for _ in range({times}):\n"
                  "    s = socket.socket(socket.AF_UNIX)\n"
                  "    try:\n"
                  f"        s.connect({path!r})\n"
                  "        s.sendall(bytes(64))\n"
                  "        got += len(s.recv(4096))\n"
                  "    except (BrokenPipeError, ConnectionResetError):\n"
                  "        pass\n"
                  "    s.close()\n"
                  "print(got)\n")
        return python_as(uid, script, before=before)

    def test_no_byte_for_a_foreign_user_nor_for_root(self):
        """P1. The socket is handed over with open doors, so that only the peer check stands."""
        path = os.path.join(self.world.root, "open", "s")
        popen = activate(self.world, path, mode="777", dir_mode=0o755)
        self.addCleanup(popen.wait)
        self.addCleanup(popen.terminate)
        until(lambda: os.path.exists(path))
        own = self.connect_as(self.world.uid, path)
        self.assertGreater(int(own.stdout), 0, own.stderr)      # told that this is no HELLO
        for uid in (processes.spare_uid(1), processes.spare_uid(2), 0):
            said = self.connect_as(uid, path, times=2000 * ROUNDS)
            self.assertEqual(said.stdout, "0\n", said.stderr)

    def test_root_is_served_where_the_configuration_allows_it(self):
        """P1: allow_root lets root in, and nobody else."""
        self.world.configure(agent="allow_root = yes\n")
        path = os.path.join(self.world.root, "open", "s")
        popen = activate(self.world, path, mode="777", dir_mode=0o755)
        self.addCleanup(popen.wait)
        self.addCleanup(popen.terminate)
        until(lambda: os.path.exists(path))
        for uid, served in ((0, True), (self.world.uid, True), (processes.spare_uid(1), False)):
            said = self.connect_as(uid, path)
            self.assertEqual(int(said.stdout) > 0, served, (uid, said.stdout, said.stderr))

    def test_a_root_of_a_user_namespace_is_the_user_it_was(self):
        """P1: who maps himself to uid 0 there is foreign here, allow_root or not."""
        path = os.path.join(self.world.root, "open", "s")
        self.world.configure(agent="allow_root = yes\n")
        popen = activate(self.world, path, mode="777", dir_mode=0o755)
        self.addCleanup(popen.wait)
        self.addCleanup(popen.terminate)
        until(lambda: os.path.exists(path))
        own = self.connect_as(self.world.uid, path, before=["unshare", "-U", "-r"])
        self.assertGreater(int(own.stdout), 0, own.stderr)
        foreign = self.connect_as(processes.spare_uid(1), path, times=100,
                                  before=["unshare", "-U", "-r"])
        self.assertEqual(foreign.stdout, "0\n", foreign.stderr)

    def test_no_byte_for_a_squatter(self):
        """P2: another user's socket in our directory gets nothing."""
        directory = os.path.dirname(self.world.socket)
        os.mkdir(directory, 0o700)
        os.chown(directory, self.world.uid, -1)
        server = socket.socket(socket.AF_UNIX)
        server.bind(self.world.socket)
        os.chmod(self.world.socket, 0o777)
        server.listen(8)
        server.settimeout(5)
        asked = self.world.start(self.world.client, "unlock", "--passphrase-fd", Fd(PASSPHRASE))
        conn, _ = server.accept()
        conn.settimeout(5)
        self.assertEqual(conn.recv(4096), b"")
        result = asked.end()
        self.assertEqual(result.status, 5, result)
        conn.close()
        server.close()
        os.unlink(self.world.socket)


if __name__ == "__main__":
    unittest.main()
