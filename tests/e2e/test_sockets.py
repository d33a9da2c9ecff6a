"""The socket, its directory and its lock: S1 to S6."""

import os
import random
import signal
import socket
import stat
import subprocess
import time
import unittest

import processes
from story import Story

# XACCT_ROUNDS=10 makes the long form of those tests that repeat something.
ROUNDS = int(os.environ.get("XACCT_ROUNDS", "1"))


def until(condition, patience_s=10.0):
    deadline = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


class Directory(Story):
    """S1: what is not ours, or open to others, is refused by both sides, with a remedy."""
    world_options = {"aws": False}

    def directory(self, mode=0o700, uid=None):
        path = os.path.dirname(self.world.socket)
        os.mkdir(path)
        os.chmod(path, mode)
        os.chown(path, self.world.uid if uid is None else uid, -1)
        return path

    def refused(self, *words):
        said = self.fails(5, "list")
        for word in words:
            self.assertIn(word, said.err)
        alone = self.world.run(self.world.agent)
        self.assertEqual(alone.status, 5, alone)
        for word in words:
            self.assertIn(word, alone.err)
        self.assertEqual(self.world.agents(), set())

    def test_missing_is_made_with_mode_0700_whatever_the_umask(self):
        self.world.run("sh", "-c", f"umask 000; exec {self.world.client} agent start")
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(self.world.socket)).st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(os.stat(self.world.socket).st_mode), 0o600)

    def test_open_to_the_group(self):
        self.refused(self.directory(0o750), "0750", "chmod 700")

    def test_open_to_others(self):
        self.refused(self.directory(0o777), "0777", "chmod 700")

    @unittest.skipUnless(os.geteuid() == 0, "makes files of another user")
    def test_of_another_owner(self):
        stranger = processes.spare_uid(1)
        self.directory(0o755, uid=stranger)
        self.refused(f"belongs to uid {stranger}")

    def test_a_symbolic_link(self):
        target = self.world._directory("elsewhere")
        os.symlink(target, os.path.dirname(self.world.socket))
        self.refused("not a real directory")
        self.assertEqual(os.listdir(target), [])

    def test_a_file(self):
        self.world.write(os.path.dirname(self.world.socket), "")
        self.refused("not a real directory")

    def test_a_runtime_directory_that_others_may_enter_is_passed_over(self):
        os.chmod(self.world.runtime, 0o755)
        said = self.works("agent", "path")
        self.assertNotIn(self.world.runtime, said.out)
        self.assertNotIn("/tmp/xacct", said.out.replace(self.world.root, ""))

    def test_xacct_sock_has_to_be_absolute(self):
        said = self.fails(5, "list", env={"XACCT_SOCK": "run/a.sock"})
        self.assertIn("XACCT_SOCK", said.err)

    def test_xacct_sock_is_not_named_like_a_lock_beside_it(self):
        directory = self.directory()
        for name in ("agent.lock", "start.lock", ".sock-new"):
            said = self.fails(5, "list", env={"XACCT_SOCK": os.path.join(directory, name)})
            self.assertIn(name, said.err)
            self.assertIn("unset XACCT_SOCK", said.err)
        self.assertEqual(os.listdir(directory), [])

    def test_a_path_longer_than_a_socket_address(self):
        long = os.path.join(self.world.home, "x" * 100, "y" * 100, "agent.sock")
        env = {"XACCT_SOCK": long}
        self.works("list", env=env)
        self.assertTrue(stat.S_ISSOCK(os.stat(long).st_mode))
        self.works("agent", "stop", env=env)

    def test_a_name_longer_than_a_socket_address(self):
        said = self.fails(5, "list", env={"XACCT_SOCK": os.path.join(self.world.home, "r", "s" * 120)})
        self.assertIn("too long", said.err)


class Life(Story):
    world_options = {"aws": False}

    def test_no_mode_but_0600_is_ever_seen(self):
        """S2, under umask 000."""
        self.works("agent", "start")
        self.works("agent", "stop")
        directory = os.path.dirname(self.world.socket)
        watch = subprocess.Popen(["/usr/bin/python3", "-c", WATCH_MODES, directory], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True)
        for _ in range(100 * ROUNDS):
            self.world.run("sh", "-c", f"umask 000; {self.world.client} agent start")
            self.works("agent", "stop")
        seen, looks = watch.communicate()[0].split()
        self.assertEqual(seen, "600")
        self.assertGreater(int(looks), 100)

    def test_of_many_agents_exactly_one_serves(self):
        """S4, with kills at random; never a manual clean-up."""
        for _ in range(10 * ROUNDS):
            agents = [self.world.start(self.world.agent) for _ in range(16)]
            self.assertTrue(until(lambda: self.world.xacct("list", "--no-spawn").status == 0))

            def still_there():
                return [agent for agent in agents if agent.popen.poll() is None]     # noqa: B023
            until(lambda: len(still_there()) <= 1)
            running = still_there()
            self.assertEqual(len(running), 1)
            self.works("list", "--no-spawn")
            os.kill(running[0].pid, random.choice((signal.SIGKILL, signal.SIGTERM)))
            for agent in agents:
                self.assertIn(agent.end().status, (0, 5, -9))
            self.assertTrue(until(lambda: self.world.agents() == set()))
        self.works("list")

    def test_killed_while_they_start_they_leave_nothing_in_the_way(self):
        """S4, R2: kills at any instant of a start, the next one serves, no litter grows."""
        directory = os.path.dirname(self.world.socket)
        for _ in range(20 * ROUNDS):
            agents = [self.world.start(self.world.agent) for _ in range(8)]
            time.sleep(random.uniform(0, 0.03))
            for agent in random.sample(agents, 6):
                agent.popen.kill()
            for agent in agents:
                if agent.popen.poll() is None:
                    agent.popen.terminate()
                # 143: the supervisor was told after its agent began and before it listened.
                self.assertIn(agent.end().status, (0, 5, -9, -15, 143))
            self.assertTrue(until(lambda: self.world.agents() == set()))
            self.assertLessEqual(set(os.listdir(directory)) if os.path.exists(directory) else set(),
                                 {"agent.lock", "agent.sock", ".sock-new"})
        self.works("list")
        self.assertEqual(set(os.listdir(directory)), {"agent.lock", "start.lock", "agent.sock"})

    def test_a_socket_that_was_removed_is_bound_again(self):
        """S5."""
        self.works("agent", "start")
        supervisor, = self.world.agents()
        os.unlink(self.world.socket)
        os.kill(supervisor, signal.SIGHUP)
        self.assertTrue(until(lambda: os.path.exists(self.world.socket)))
        self.assertEqual(stat.S_IMODE(os.stat(self.world.socket).st_mode), 0o600)
        self.works("list", "--no-spawn")
        self.assertEqual(self.world.agents(), {supervisor})

    def test_another_ones_socket_is_left_alone(self):
        """S5: whether the agent notices it, or is told to end."""
        for number in (signal.SIGHUP, signal.SIGTERM):
            self.works("agent", "start")
            os.unlink(self.world.socket)
            other = socket.socket(socket.AF_UNIX)
            other.bind(self.world.socket)
            inode = os.stat(self.world.socket).st_ino
            supervisor, = self.world.agents()
            os.kill(supervisor, number)
            self.assertTrue(until(lambda: self.world.agents() == set()))
            self.assertEqual(os.stat(self.world.socket).st_ino, inode)
            other.close()
            os.unlink(self.world.socket)

    def test_a_removed_directory_ends_the_agent(self):
        """R7; the look comes by itself within a minute, and at once on HUP."""
        self.works("agent", "start")
        supervisor, = self.world.agents()
        directory = os.path.dirname(self.world.socket)
        for name in os.listdir(directory):
            os.unlink(os.path.join(directory, name))
        os.rmdir(directory)
        os.kill(supervisor, signal.SIGHUP)
        self.assertTrue(until(lambda: self.world.agents() == set()))

    def test_names_swapped_by_an_attacker_touch_nothing_outside(self):
        """S3: the socket's directory and a link to another are exchanged in a loop."""
        outside = self.world._directory("outside")
        self.world.write(os.path.join(outside, "agent.sock"), "keep")
        before = os.stat(os.path.join(outside, "agent.sock"))
        directory = os.path.dirname(self.world.socket)
        swap = subprocess.Popen(processes.become(self.world.uid) + ["/usr/bin/python3", "-c", SWAP, directory, outside],
                                stdin=subprocess.PIPE)
        for _ in range(150 * ROUNDS):
            self.world.xacct("agent", "start")
            self.world.xacct("agent", "stop")
        swap.communicate()
        self.assertEqual(os.listdir(outside), ["agent.sock"])
        after = os.stat(os.path.join(outside, "agent.sock"))
        self.assertEqual((before.st_ino, before.st_mode, before.st_mtime_ns),
                         (after.st_ino, after.st_mode, after.st_mtime_ns))
        for supervisor in self.world.agents():
            processes.end(supervisor)


WATCH_MODES = r"""
import os, select, stat, sys
seen, looks = set(), 0
while not select.select([0], [], [], 0)[0]:
    try:
        for entry in os.scandir(sys.argv[1]):
            found = entry.stat(follow_symlinks=False)
            if stat.S_ISSOCK(found.st_mode):
                seen.add(format(stat.S_IMODE(found.st_mode), "o"))
                looks += 1
    except FileNotFoundError:
        pass
print(",".join(sorted(seen)), looks)
"""

SWAP = r"""
import os, select, sys
directory, outside = sys.argv[1:]
while not select.select([0], [], [], 0)[0]:
    try:
        os.symlink(outside, directory + ".link")
    except FileExistsError:
        pass
    for old, new in ((directory, directory + ".real"), (directory + ".link", directory),
                     (directory, directory + ".link"), (directory + ".real", directory)):
        try:
            os.rename(old, new)
        except OSError:
            pass
"""


if __name__ == "__main__":
    unittest.main()
