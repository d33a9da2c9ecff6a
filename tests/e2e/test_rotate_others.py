"""rotate when it is not alone: two agents at one vault, a key that two names have, a key
that AWS takes no more, and a lock in the middle of it."""

import contextlib
import json
import os
import signal
import time
import unittest

from test_rotate import SOURCE, Rotate
from world import PASSPHRASE, Fd


class TwoAgents(Rotate):
    """As with a vault in a home directory that two machines share."""

    def setUp(self):
        super().setUp()
        # A directory of its own for the second agent's socket.
        self.there = {"XDG_RUNTIME_DIR": self.world._directory("there")}
        self.addCleanup(self.world.xacct, "agent", "stop", env=self.there)
        self.unlock_there()

    def unlock_there(self):
        said = self.world.xacct("unlock", "--passphrase-fd", Fd(PASSPHRASE), env=self.there)
        self.assertEqual(said.status, 0, said)

    def works_there(self, *words):
        said = self.world.xacct(*words, env=self.there)
        self.assertEqual(said.status, 0, said)
        return said

    def both_work(self):
        self.works("whoami", "main")
        self.works_there("whoami", "main")

    def is_rotated(self, times=1):
        """Of what the other has done lately this one hears as soon as it needs its key."""
        self.both_work()
        super().is_rotated()

    def begin(self, *words, env=None):
        return self.world.start(self.world.client, "rotate", "main", *words, env=env)

    def reached(self, action, times=1):
        self.waits(lambda: len(self.calls(action)) >= times)

    def test_what_another_has_rotated_is_used_at_once(self):
        self.works("rotate", "main")
        self.works_there("whoami", "main")
        self.works("rotate", "main")
        self.works_there("env", "prod")
        self.works("rotate", "main")
        self.works_there("rotate", "main")
        self.is_rotated()
        self.both_work()

    def test_each_waits_for_the_other(self):
        self.world.aws.fault(action="CreateAccessKey", delay_s=3)
        here = self.begin()
        self.reached("CreateAccessKey")
        there = self.begin(env=self.there)
        self.assertEqual((here.end(60).status, there.end(60).status), (0, 0))
        self.is_rotated()
        self.both_work()

    def test_what_another_has_just_had_made_cannot_be_named(self):
        """Its key is listed as soon as AWS has made it, and stored only afterwards."""
        self.world.aws.fault(action="CreateAccessKey", delay_s=3)
        here = self.begin("--keep-inactive")
        self.waits(lambda: len(self.keys()) == 2)
        new, = set(self.keys()) - {self.first}
        there = self.begin("--delete", new, env=self.there)
        self.assertEqual(here.end(60).status, 0)
        self.assertNotEqual(there.end(60).status, 0)
        self.assertEqual(self.keys(), {self.first: "Inactive", new: "Active"})
        self.both_work()

    def test_what_another_has_switched_to_stays(self):
        """This one has listed both keys, and is slow to ask for their use."""
        self.world.aws.fault(action="CreateAccessKey", delay_s=2)
        self.world.aws.fault(action="GetAccessKeyLastUsed", delay_s=5)
        here = self.begin()
        self.reached("CreateAccessKey")
        there = self.begin(env=self.there)
        here.end(90)
        there.end(90)
        self.both_work()
        self.works("rotate", "main")
        self.is_rotated()


class TwoNames(Rotate):
    def store(self, key_id, secret):
        self.works("add", "backup", "--access-key-id", key_id, "--secret-fd", Fd(secret))

    def test_the_same_key_twice(self):
        self.store(*self.world.aws.key_of(self.user))
        for words in ((), ("--yes",), ("--dry-run",)):
            said = self.refused(2, "rotate", "main", *words)
            self.assertIn("is stored as 'backup' too", said)
            self.assertIn("try: xacct remove backup, then xacct rotate main", said)
        self.assertEqual(self.keys(), {self.first: "Active"})
        self.works("remove", "backup", "--yes")
        self.works("rotate", "main")
        self.is_rotated()

    def test_both_keys_of_a_user(self):
        with contextlib.closing(self.admin()) as iam:
            made = iam.create_access_key(UserName=self.user)["AccessKey"]
        second = made["AccessKeyId"]
        self.store(second, made["SecretAccessKey"])
        self.assertIn("; stored here as 'backup'", self.works("rotate", "main", "--dry-run").err)
        for words in ((), ("--yes",), ("--delete", second)):
            said = self.refused(2, "rotate", "main", *words)
            self.assertIn("is stored as 'backup' too", said)
            self.assertIn(f"try: xacct remove backup, then xacct rotate main --delete {second}", said)
        self.assertEqual(set(self.keys()), {self.first, second})
        self.works("whoami", "backup")
        self.works("remove", "backup", "--yes")
        self.works("rotate", "main", "--delete", second)
        self.is_rotated()


class TheWayBack(Rotate):
    def test_a_new_key_that_aws_takes_no_more(self):
        """It is deleted by somebody when the old one is still there."""
        self.world.aws.fault(action="UpdateAccessKey", times=0, error={
            "code": "AccessDenied", "status": 403, "message": "not authorized"})
        self.stops(6)
        self.world.aws.reset()
        new, = set(self.keys()) - {self.first}
        self.world.aws.remove(SOURCE, key=new)
        begun = self.world.start(self.world.client, "rotate", "main")
        said = begun.end(150)
        self.assertEqual(said.status, 6, said)
        self.assertIn(f"signs with the old one, ****{self.first[-4:]}, again", said.err)
        self.works("whoami", "main")
        self.works("rotate", "main")
        self.is_rotated()


class NoKeyIsListed(Rotate):
    def test_it_comes_to_an_end(self):
        self.world.aws.fault(action="ListAccessKeys", times=0, edit={"AccessKeyMetadata": []})
        said = self.world.start(self.world.client, "rotate", "main").end(90)
        self.assertEqual(said.status, 6, said)
        self.assertIn("AWS does not list the key of 'main'", said.err)
        self.assertLess(len(self.calls("ListAccessKeys")), 20)
        self.assertEqual(len(self.calls("CreateAccessKey")), 0)


class LockedMeanwhile(Rotate):
    def test_a_lock_while_aws_makes_the_key(self):
        agent = json.loads(self.world.xacct("status", "--json").out)["pid"]
        self.world.aws.fault(action="CreateAccessKey", delay_s=3)
        begun = self.world.start(self.world.client, "rotate", "main")
        self.waits(lambda: len(self.keys()) == 2 or self.calls("CreateAccessKey"))
        os.kill(agent, signal.SIGUSR1)
        said = begun.end(60)
        self.assertEqual(said.status, 1, said)
        lost, = set(self.keys()) - {self.first}
        self.assertIn("which could not be stored: the vault was locked meanwhile", said.err)
        self.assertIn(f"try: xacct rotate main --delete {lost}", said.err)
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.works("whoami", "main")
        self.assertIn(lost, self.refused(4, "rotate", "main"))
        self.works("rotate", "main", "--delete", lost)
        self.is_rotated()

    def test_a_time_out_waits_for_the_key(self):
        self.world.configure(self.config, agent="lock_after = 1m\n")
        self.works("lock")
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        time.sleep(58)
        self.world.aws.fault(action="CreateAccessKey", delay_s=4.6)
        begun = self.world.start(self.world.client, "rotate", "main", "--no-input")
        time.sleep(3.5)
        self.works("status")                     # each request looks at the time
        self.assertEqual(begun.end().status, 4)
        new, = set(self.keys()) - {self.first}
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.works("rotate", "main")
        self.assertEqual(list(self.keys()), [new], "it was stored before the vault locked")
        self.is_rotated()


if __name__ == "__main__":
    unittest.main()
