"""Edits of the configuration file: while one has to wait, the agent serves on; whoever else
edits loses nothing."""

import fcntl
import os
import threading
import time
import unittest

from story import Story

DEST = "[dest prod]\naccount = 222222222222\nrole = Admin\n"
ROLE = "222222222222/Admin"


class ConfigEdits(Story):
    def text(self):
        with open(self.world.config_file, encoding="utf-8") as file:
            return file.read()

    def locked(self):
        """As another agent that is just making an edit."""
        fd = os.open(self.world.config_file + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.addCleanup(os.close, fd)
        os.fchown(fd, self.world.uid, -1)
        fcntl.lockf(fd, fcntl.LOCK_EX)
        return fd

    def adding(self, name):
        return self.world.start(self.world.client, "dest", "add", name, ROLE)

    def test_the_agent_serves_on_while_an_edit_waits(self):
        self.given(DEST)
        lock = self.locked()
        waiting = self.adding("late")
        time.sleep(0.3)
        began = time.monotonic()
        self.works("list")
        self.assertTrue(self.works("whoami", "prod").out)
        self.assertLess(time.monotonic() - began, 5)
        self.assertIsNone(waiting.popen.poll())
        self.assertNotIn("late", self.text())
        # What is written while it waits is no less there afterwards.
        with open(self.world.config_file, "a", encoding="utf-8") as file:
            file.write("# mine\n")
        fcntl.lockf(lock, fcntl.LOCK_UN)
        self.assertEqual(waiting.end().status, 0)
        self.assertIn("# mine\n\n[dest late]\n", self.text())

    def test_a_lock_that_is_never_given_up_is_an_error(self):
        self.given(DEST)
        before = self.text()
        self.locked()
        said = self.fails(1, "dest", "add", "late", ROLE)
        self.assertIn("is being changed by another process", said.err)
        self.assertEqual(self.text(), before)

    def test_edits_at_once_are_all_made(self):
        self.given(DEST)
        names = [f"d{i}" for i in range(6)]
        for started in [self.adding(name) for name in names]:
            result = started.end()
            self.assertEqual(result.status, 0, result)
        for name in names:
            self.assertEqual(self.text().count(f"[dest {name}]\n"), 1)
        removals = [self.world.start(self.world.client, "dest", "remove", n) for n in names]
        for started in removals:
            result = started.end()
            self.assertEqual(result.status, 0, result)
        self.assertNotIn("[dest d", self.text())

    def test_two_agents_lose_nothing_of_each_other(self):
        self.given(DEST)
        other = os.path.join(os.path.dirname(self.world.socket), "other", "agent.sock")
        os.mkdir(os.path.dirname(other), 0o700)
        os.chown(os.path.dirname(other), self.world.uid, -1)
        env = {"XACCT_SOCK": other}
        self.addCleanup(self.world.xacct, "agent", "stop", env=env)
        self.works("list", env=env)
        for i in range(10):
            one = self.adding(f"a{i}")
            two = self.world.start(self.world.client, "dest", "add", f"b{i}", ROLE, env=env)
            self.assertEqual((one.end().status, two.end().status), (0, 0))
        for i in range(10):
            self.assertIn(f"[dest a{i}]\n", self.text())
            self.assertIn(f"[dest b{i}]\n", self.text())

    def test_a_key_is_named_and_unnamed_as_the_lock_comes_free(self):
        self.world.configure(DEST)
        lock = self.locked()
        added = []

        def add():
            added.append(self.world.add_source())

        thread = threading.Thread(target=add)
        thread.start()
        time.sleep(1)
        fcntl.lockf(lock, fcntl.LOCK_UN)
        thread.join()
        self.assertEqual(added[0].status, 0, added[0])
        self.assertNotIn("could not be written", added[0].err)
        self.assertIn("[source main]", self.text())
        self.works("remove", "main", "--yes")
        self.assertNotIn("[source main]", self.text())

    def test_remove_says_first_that_the_file_is_refused(self):
        self.given(DEST)
        self.world.configure(DEST + "colour = red\n")
        said = self.fails(3, "remove", "main", "--yes")
        self.assertIn("no such key in this section: 'colour'", said.err)
        self.world.configure(DEST + "[source main]\n")
        self.assertTrue(self.works("whoami", "main").out)

    def test_what_is_not_shown_of_many_findings_is_counted(self):
        self.given("[source main]\n" + "".join(f"[source unheld{i}]\n" for i in range(600)))
        said = self.world.xacct("config", "check")
        text = said.out + said.err
        self.assertRegex(text, r"[1-9][0-9]* more findings are not shown")


if __name__ == "__main__":
    unittest.main()
