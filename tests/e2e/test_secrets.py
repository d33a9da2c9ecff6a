"""Where secrets are (M5, M7, P6): known values go through every command, then the memory of
all processes, their command lines and environments, and all files are searched."""

import base64
import json
import os
import re
import time
import unittest
import urllib.parse

import processes
from story import Story
from world import PASSPHRASE, Fd

DEST = "[dest prod]\naccount = 222222222222\nrole = Admin\n"


def forms(secret):
    """As it is, in hex, in base64 (at each of the three offsets), and as a URL has it."""
    raw = secret.encode()
    found = {raw, raw.hex().encode(), raw.hex().upper().encode(),
             urllib.parse.quote(secret, safe="").encode()}
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + raw)
        found.add(text[4 if offset else 0:-4])
    return {form for form in found if len(form) >= 16}


def memory(pid):
    """All that can be read of a process, pages without access too: as root sees it."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            start, end, inode, name = re.match(r"(\w+)-(\w+) \S+ \S+ \S+ (\d+)\s*(.*)", line).groups()
            if name in ("[vvar]", "[vsyscall]", "[vvar_vclock]") or (int(inode) and "/lib" in name):
                continue
            try:
                mem.seek(int(start, 16))
                yield mem.read(int(end, 16) - int(start, 16))
            except (OSError, OverflowError, ValueError):
                continue


def copies(pid, secret):
    wanted = forms(secret)
    return sum(chunk.count(form) for chunk in memory(pid) for form in wanted)


@unittest.skipUnless(os.geteuid() == 0, "reads the memory of other users' processes")
class Secrets(Story):
    def setUp(self):
        super().setUp()
        self.given(DEST)
        self.secret = self.world.aws.key_of("alice")[1]
        self.supervisor, = self.world.agents()
        self.agent, *rest = processes.descendants(self.supervisor)

    def everyone(self):
        return [self.supervisor, *processes.descendants(self.supervisor)]

    def total(self, secret):
        return sum(copies(pid, secret) for pid in self.everyone())

    def issued(self):
        """Secret and token as the person sees them."""
        said = self.works("env", "prod", "--shell", "sh").out
        return re.search(r"AWS_SECRET_ACCESS_KEY='([^']+)'", said)[1], \
            re.search(r"AWS_SESSION_TOKEN='([^']+)'", said)[1]

    def test_unlocked_the_source_key_is_once_in_the_agent(self):
        self.works("whoami", "main")
        self.issued()
        self.assertEqual(copies(self.agent, self.secret), 1)
        self.assertEqual(self.total(self.secret), 1)

    def test_the_passphrase_is_gone_after_unlock(self):
        self.assertEqual(self.total(PASSPHRASE), 0)
        self.works("lock")
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.assertEqual(self.total(PASSPHRASE), 0)
        self.works("passwd", "--passphrase-fd", Fd(PASSPHRASE), "--new-passphrase-fd",
                   Fd("another long passphrase"))
        self.assertEqual(self.total(PASSPHRASE), 0)
        self.assertEqual(self.total("another long passphrase"), 0)

    def test_issued_credentials_are_in_the_agent_only(self):
        secret, token = self.issued()
        self.assertEqual(copies(self.agent, secret), 1)
        self.assertEqual(copies(self.agent, token), 1)
        self.assertEqual(self.total(secret), 1)
        self.assertEqual(self.total(token), 1)

    def test_locked_nothing_is_left(self):
        secret, token = self.issued()
        self.works("lock")
        for canary in (self.secret, secret, token, PASSPHRASE):
            self.assertEqual(self.total(canary), 0)

    def test_a_refused_passphrase_is_wiped(self):
        self.works("lock")
        self.fails(4, "unlock", "--passphrase-fd", Fd("a wrong and long passphrase"))
        self.assertEqual(self.total("a wrong and long passphrase"), 0)

    def test_a_key_that_aws_refuses_is_wiped(self):
        wrong = "Z" * 20 + "wrongSecretKey/12345"
        self.fails(6, "add", "other", "--access-key-id", self.world.aws.key_of("alice")[0],
                   "--secret-fd", Fd(wrong))
        self.assertEqual(self.total(wrong), 0)

    def test_no_file_holds_one(self):
        secret, token = self.issued()
        self.works("whoami", "prod")
        self.works("lock")
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        looked = 0
        for directory, _, names in os.walk(self.world.root):
            if directory.startswith(os.path.join(self.world.root, "aws")):
                continue
            for name in names:
                path = os.path.join(directory, name)
                if not os.path.isfile(path):
                    continue
                looked += 1
                with open(path, "rb") as file:
                    text = file.read()
                for canary in (self.secret, secret, token, PASSPHRASE):
                    for form in forms(canary):
                        self.assertNotIn(form, text, path)
        self.assertGreaterEqual(looked, 3)      # vault, configuration, log

    def test_no_command_line_or_environment_holds_one(self):
        self.world.aws.fault(action="AssumeRole", delay_s=2)
        asked = self.world.start(self.world.client, "env", "prod")
        deadline = time.monotonic() + 2
        while "prod" not in processes.text_of(asked.pid, "cmdline"):      # it is being executed
            self.assertLess(time.monotonic(), deadline)
        text = "".join(processes.text_of(pid, name) for pid in (*self.everyone(), asked.pid)
                       for name in ("cmdline", "environ"))
        asked.end()
        self.assertIn("env", text)
        for canary in (self.secret, PASSPHRASE):
            self.assertNotIn(canary, text)


class ANewKey(Story):
    """What AWS answers to `rotate` is the one long-lived secret that a courier reads."""

    def test_it_is_in_the_agent_once_and_in_no_file(self):
        secret = "CanaryOfANewSecretKey/0123456789abcdefgh"
        self.given("[source main]\n", user="frank")
        self.world.aws.fault(action="CreateAccessKey",
                             edit={"AccessKey/SecretAccessKey": secret})
        said = self.fails(6, "rotate", "main").err     # AWS knows it by another one
        self.assertNotIn(secret, said)
        status = json.loads(self.works("status", "--json").out)
        self.assertEqual(copies(status["pid"], secret), 1)
        for pid in (status["supervisor_pid"], status["courier_pid"]):
            self.assertEqual(copies(pid, secret) if pid else 0, 0)
        self.works("lock")
        self.assertEqual(copies(status["pid"], secret), 0)
        for directory, _, names in os.walk(self.world.home):
            for path in (os.path.join(directory, name) for name in names):
                with open(path, "rb") as file:
                    text = file.read()
                for form in forms(secret):
                    self.assertNotIn(form, text, path)


if __name__ == "__main__":
    unittest.main()
