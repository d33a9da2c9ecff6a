"""The units for a user's manager: well-formed, at the path where the client looks, and with no
restriction that the agent could not live with.

No manager runs here: systemd-socket-activate stands in for it, and a filter of system calls made
of the unit's own lines."""

import configparser
import ctypes
import json
import os
import re
import socket
import struct
import subprocess
import time
import unittest

from story import Story
from world import Fd, PASSPHRASE

CONFIG = "[source main]\n[dest prod]\naccount = 222222222222\nrole = Admin\n"
ACTIVATE = "/usr/bin/systemd-socket-activate"
_SET_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER = 38, 22, 2
_X86_64, _ALLOW, _ERRNO = 0xC000003E, 0x7FFF0000, 0x00050000
_EPERM, _EAFNOSUPPORT = 1, 97
# Lines of the unit that take whole system calls away here; the manager looks at arguments.
_TAKEN = {
    "RestrictNamespaces": {"unshare", "setns"},
    "RestrictRealtime": {"sched_setscheduler", "sched_setattr"},
    "LockPersonality": {"personality"},
}


@unittest.skipUnless(os.uname().machine == "x86_64", "the filter is written for x86-64")
class Units(Story):
    def setUp(self):
        super().setUp()
        self.world.configure(CONFIG)
        self.directory = os.path.join(self.world.prefix, "lib", "systemd", "user")

    def unit(self, name):
        parser = configparser.ConfigParser(interpolation=None, strict=True)
        parser.optionxform = str
        parser.read(os.path.join(self.directory, name))
        return parser

    def test_the_manager_reads_them(self):
        said = subprocess.run(
            ["systemd-analyze", "--user", "verify", "--man=no",
             os.path.join(self.directory, "xacct-agent.socket"),
             os.path.join(self.directory, "xacct-agent.service")],
            env={**os.environ, "XDG_RUNTIME_DIR": self.world.runtime,
                 "SYSTEMD_UNIT_PATH": self.directory + ":/usr/lib/systemd/user"},
            capture_output=True, text=True, check=False)
        about_us = [line for line in said.stderr.splitlines() if "xacct" in line]
        self.assertEqual((said.returncode, about_us), (0, []), said.stderr)

    def test_the_socket_is_where_the_client_looks(self):
        unit = self.unit("xacct-agent.socket")["Socket"]
        self.assertEqual(unit["ListenStream"].replace("%t", self.world.runtime),
                         self.works("agent", "path").out.strip())
        self.assertEqual((unit["SocketMode"], unit["DirectoryMode"]), ("0600", "0700"))
        self.assertEqual(self.unit("xacct-agent.service")["Service"]["ExecStart"],
                         self.world.agent)

    # --- activated ------------------------------------------------------------------------------

    def activate(self, before=None):
        """The manager's part: the socket by the unit's words, and the agent at the first client."""
        os.mkdir(os.path.dirname(self.world.socket), 0o700)
        os.chown(os.path.dirname(self.world.socket), self.world.uid, self.world.uid)
        started = self.world.start("/bin/sh", "-c", 'umask 077; exec "$@"', "sh", ACTIVATE, "-l",
                                   self.world.socket, self.world.agent, before=before)
        deadline = time.monotonic() + 10
        while not os.path.exists(self.world.socket):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        return started

    def main_job(self):
        key_id, secret = self.world.aws.key_of("alice")
        self.works("add", "main", "--access-key-id", key_id, "--secret-fd", Fd(secret),
                   "--passphrase-fd", Fd(PASSPHRASE), "--no-spawn")
        self.assertIn("AWS_SESSION_TOKEN", self.works("env", "prod", "--no-spawn").out)

    def test_the_first_client_starts_it(self):
        self.activate()
        node = os.stat(self.world.socket).st_ino
        self.assertEqual(self.world.agents(), set())
        self.main_job()
        self.assertEqual(os.stat(self.world.socket).st_ino, node)
        self.works("agent", "stop")
        self.assertEqual(os.stat(self.world.socket).st_ino, node, "the manager's socket is gone")

    def test_an_agent_that_ran_before(self):
        """Its socket's name is the manager's now; that it still runs is not kept secret."""
        self.works("agent", "start")
        (agent,) = self.world.agents()
        node = os.stat(self.world.socket).st_ino
        self.world.start(ACTIVATE, "-l", self.world.socket, "/bin/false", before=lambda: os.umask(
            0o077))
        deadline = time.monotonic() + 10
        while not os.path.exists(self.world.socket) or os.stat(self.world.socket).st_ino == node:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        said = self.fails(5, "agent", "stop", "--no-spawn")
        self.assertIn("pkill", said.err)
        self.assertIn(agent, self.world.agents())
        os.kill(agent, 15)

    def test_it_tells_the_manager_when_it_is_ready(self):
        path = os.path.join(self.world.runtime, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            os.chmod(path, 0o666)
            manager.settimeout(10)
            self.world.start(self.world.agent, env={"NOTIFY_SOCKET": path})
            self.assertIn(b"READY=1", manager.recv(4096).split(b"\n"))
        self.assertTrue(os.path.exists(self.world.socket))

    # --- restricted ---------------------------------------------------------------------------

    def filter(self):
        """What the unit's lines let through, as the kernel reads it: system calls of the named
        group without those of _TAKEN, and sockets of the named families."""
        service = self.unit("xacct-agent.service")["Service"]
        numbers = {}
        for line in subprocess.run(["cc", "-E", "-dM", "-include", "sys/syscall.h", "-x", "c",
                                    "/dev/null"], capture_output=True, text=True,
                                   check=True).stdout.splitlines():
            found = re.match(r"#define __NR_(\w+) (\d+)$", line)
            if found:
                numbers[found.group(1)] = int(found.group(2))
        allowed, groups = set(), ["@default", service["SystemCallFilter"]]
        while groups:
            said = subprocess.run(["systemd-analyze", "syscall-filter", groups.pop()],
                                  capture_output=True, text=True, check=True).stdout
            for name in re.findall(r"^    ([@\w-]+)$", said, re.MULTILINE):
                groups.append(name) if name[0] == "@" else allowed.add(name)
        for line, calls in _TAKEN.items():
            self.assertEqual(service[line], "yes")
            allowed -= calls
        self.assertEqual(service["MemoryDenyWriteExecute"], "yes")
        self.mmap, self.mprotect = numbers["mmap"], numbers["mprotect"]
        families = [getattr(socket, name) for name in
                    service["RestrictAddressFamilies"].split()]
        return sorted(numbers[name] for name in allowed if name in numbers), families, \
            numbers["socket"]

    def restrict(self, calls, families, socket_call):
        def statement(code, yes, no, value):
            return struct.pack("=HBBI", code, yes, no, value)

        load, equal, end, both = 0x20, 0x15, 0x06, 0x54
        program = [statement(load, 0, 0, 4), statement(equal, 1, 0, _X86_64),
                   statement(end, 0, 0, _ERRNO | _EPERM), statement(load, 0, 0, 0)]
        of_socket = [statement(load, 0, 0, 16)]
        for family in families:
            of_socket += [statement(equal, 0, 1, family), statement(end, 0, 0, _ALLOW)]
        of_socket.append(statement(end, 0, 0, _ERRNO | _EAFNOSUPPORT))
        program += [statement(equal, 0, len(of_socket), socket_call), *of_socket]
        # MemoryDenyWriteExecute: no memory that is both, and none that becomes the latter.
        for call, denied in ((self.mmap, 6), (self.mprotect, 4)):
            program += [statement(equal, 0, 5, call), statement(load, 0, 0, 32),
                        statement(both, 0, 0, denied), statement(equal, 0, 1, denied),
                        statement(end, 0, 0, _ERRNO | _EPERM), statement(end, 0, 0, _ALLOW)]
        for call in calls:
            program += [statement(equal, 0, 1, call), statement(end, 0, 0, _ALLOW)]
        program.append(statement(end, 0, 0, _ERRNO | _EPERM))
        code = ctypes.create_string_buffer(b"".join(program))
        lines = struct.pack("=HxxxxxxQ", len(program), ctypes.addressof(code))
        libc = ctypes.CDLL(None, use_errno=True)

        def apply():
            if libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or \
                    libc.prctl(_SET_SECCOMP, _FILTER, ctypes.c_char_p(lines), 0, 0) != 0:
                raise OSError(ctypes.get_errno(), "seccomp")

        apply.keep = code
        return apply

    def test_it_lives_with_the_unit_s_restrictions(self):
        calls, families, socket_call = self.filter()
        self.assertGreater(len(calls), 250)
        self.activate(before=self.restrict(calls, families, socket_call))
        self.main_job()
        pid = json.loads(self.works("status", "--json").out)["pid"]
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            self.assertIn("Seccomp:\t2\n", file.read())

    def test_a_restriction_too_many_would_be_seen(self):
        calls, families, socket_call = self.filter()
        self.activate(before=self.restrict(calls, [socket.AF_UNIX], socket_call))
        key_id, secret = self.world.aws.key_of("alice")
        said = self.works("add", "main", "--access-key-id", key_id, "--secret-fd", Fd(secret),
                          "--passphrase-fd", Fd(PASSPHRASE))
        self.assertIn("unproven", said.err)


if __name__ == "__main__":
    unittest.main()
