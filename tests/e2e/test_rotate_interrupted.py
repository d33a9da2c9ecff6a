"""rotate, interrupted: by the network, by the end of the agent or of the client, by AWS (V8)."""

import contextlib
import os
import time
import unittest

from rotate_story import ACTIONS, SOURCE, Rotate
from world import PASSPHRASE, Fd

TIMED_OUT = 52


class Interrupted(Rotate):
    """Whatever goes away at whatever call, the same command goes on."""

    def goes_on(self, where):
        """A key that may be of the run before goes if it is named."""
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.world.aws.reset()
        self.works("whoami", "main")
        said = self.world.xacct("rotate", "main")
        if said.status == 4:
            self.assertEqual(where, "CreateAccessKey")
            lost, = set(self.keys()) - {self.first}
            self.assertIn(lost, said.err)
            said = self.works("rotate", "main", "--delete", lost)
        self.assertEqual(said.status, 0, said)
        self.is_rotated()
        self.first, = self.keys()

    def reached(self, action, seen):
        return lambda: len(self.calls(action)) > seen

    def test_the_network_goes_at_each_call(self):
        for action in ACTIONS:
            with self.subTest(action):
                self.world.aws.fault(action=action, reset=True, times=0)
                self.fails(7, "rotate", "main")
                self.goes_on(action)

    def test_a_busy_aws_is_asked_again_but_for_a_key(self):
        for action in ACTIONS:
            with self.subTest(action):
                self.world.aws.fault(action=action, error="throttle", times=2)
                said = self.world.xacct("rotate", "main")
                self.assertEqual(said.status, 6 if action == "CreateAccessKey" else 0, said)
                if said.status:
                    self.goes_on(action)
                self.first, = self.keys()

    def test_the_agent_is_killed_when_aws_has_done_it_and_has_not_said_so(self):
        for action in ACTIONS:
            with self.subTest(action):
                agent, seen = self.agent(), len(self.calls(action))
                self.world.aws.fault(action=action, delay_s=4)
                begun = self.world.start(self.world.client, "rotate", "main")
                self.waits(self.reached(action, seen))
                self.killed(agent)
                self.assertNotEqual(begun.end().status, 0)
                self.goes_on(action)

    def test_the_agent_is_killed_before_aws_has_done_it(self):
        for action in ACTIONS:
            with self.subTest(action):
                agent, seen = self.agent(), len(self.calls(action))
                self.world.aws.fault(action=action, status=500, delay_s=4)
                begun = self.world.start(self.world.client, "rotate", "main")
                self.waits(self.reached(action, seen))
                self.killed(agent)
                self.assertNotEqual(begun.end().status, 0)
                self.goes_on(action)

    def test_a_client_that_leaves_takes_nothing_along(self):
        """What AWS has been asked to change is carried through, and saved."""
        seen = len(self.calls("CreateAccessKey"))
        self.world.aws.fault(action="CreateAccessKey", delay_s=2)
        begun = self.world.start(self.world.client, "rotate", "main")
        self.waits(self.reached("CreateAccessKey", seen))
        begun.popen.kill()
        begun.end()
        self.waits(lambda: "not finished" in self.works("list").out)
        new = [key for key in self.keys() if key != self.first]
        time.sleep(2.5)
        self.works("rotate", "main")
        self.assertEqual(list(self.keys()), new, "the key that came is the one that is used")
        self.is_rotated()

    def test_a_client_whose_patience_ends_takes_nothing_along(self):
        """It was told that it took too long; the answer comes later, and counts."""
        puppet, place, kind = self.puppet(), "", "RESULT"
        self.world.aws.fault(action="CreateAccessKey", delay_s=4)
        while kind == "RESULT":
            kind, fields = puppet.ask("ROTATE", name="main", patience_ms=2000, place=place)
            place = fields.get("place")
        self.assertEqual((kind, fields["code"]), ("ERROR", TIMED_OUT), fields)
        puppet.leave()
        self.assertEqual(len(self.calls("CreateAccessKey")), 1)
        new = [key for key in self.keys() if key != self.first]
        time.sleep(3)
        self.works("rotate", "main")
        self.assertEqual(list(self.keys()), new, "the key that came is the one that is used")
        self.is_rotated()

    def test_a_key_whose_secret_never_came_goes_when_it_is_named(self):
        self.world.aws.fault(action="CreateAccessKey", cut_at=60)
        self.fails(7, "rotate", "main")
        lost, = set(self.keys()) - {self.first}
        self.assertIn("is not finished", self.works("status").out)
        for yes in ((), ("--yes",)):
            self.assertIn(lost, self.refused(4, "rotate", "main", *yes))
        self.assertEqual(set(self.keys()), {self.first, lost})
        with self.world.terminal("rotate", "main", columns=200) as person:
            self.assertTrue(person.sees(rf"2  \*\*\*\*{lost[-4:]}  active, made .*, never used; "
                                        "perhaps made by a run that was interrupted here"))
            person.sees("by its number: ")
            person.types("2\r")
            self.assertTrue(person.sees(rf"deleted \*\*\*\*{lost[-4:]} at AWS"))
            person.leaves(0, patience_s=30)
        self.is_rotated()
        self.assertNotIn(lost, self.keys())

    def test_a_key_that_somebody_makes_then_is_left(self):
        """As on a second machine, with the same vault or without."""
        self.world.aws.fault(action="CreateAccessKey", status=503)
        self.fails(7, "rotate", "main")
        made = self.second_key()
        for yes in ((), ("--yes",)):
            said = self.refused(4, "rotate", "main", *yes)
            self.assertIn(f"{made} is not", said)
            self.assertIn(f"try: xacct rotate main --delete {made}", said)
        self.assertEqual(set(self.keys()), {self.first, made})

    def test_a_key_that_aws_made_and_said_nothing_of_goes_when_it_is_named(self):
        """The answer says that AWS has failed, which it has not."""
        for fault in ({"error": "internal"}, {"error": "unavailable"}, {"status": 500},
                      {"status": 502, "body": "<html>Bad gateway</html>"}):
            with self.subTest(fault):
                self.world.aws.fault(action="CreateAccessKey", carried_out=True, **fault)
                said = self.world.xacct("rotate", "main")
                self.assertIn(said.status, (6, 7), said)
                self.assertIn("AWS may have made a key for 'main' or not: ", said.err)
                lost, = set(self.keys()) - {self.first}
                self.assertIn(lost, self.refused(4, "rotate", "main"))
                self.works("rotate", "main", "--delete", lost)
                self.is_rotated()
                self.assertNotIn(lost, self.keys())
                self.first, = self.keys()

    def test_a_save_that_fails_loses_nothing(self):
        """The directory takes no new file from the moment when AWS has answered."""
        home = os.path.dirname(self.world.vault_file)
        for action, skip, words in (
                ("ListAccessKeys", 0, ""), ("CreateAccessKey", 0, "takes it back"),
                ("GetCallerIdentity", 2, "which goes on from here"),
                ("DeleteAccessKey", 0, "which goes on from here")):
            with self.subTest(action):
                seen = len(self.calls(action)) + skip
                self.world.aws.fault(action=action, skip=skip, delay_s=2)
                begun = self.world.start(self.world.client, "rotate", "main")
                self.waits(self.reached(action, seen))
                os.chmod(home, 0o500)
                said = begun.end()
                os.chmod(home, 0o700)
                self.assertEqual(said.status, 1, said)
                self.assertIn(words, said.err)
                self.goes_on(action)

    def test_one_that_was_used_since_is_somebody_elses(self):
        self.world.aws.fault(action="CreateAccessKey", reset=True, status=500)
        self.fails(7, "rotate", "main")
        made = self.second_key_in_use()
        self.refused(4, "rotate", "main")
        self.assertIn(made, self.keys())

    def second_key_in_use(self):
        key = self.key_for(self.user)
        as_it = (key["AccessKeyId"], key["SecretAccessKey"])
        with contextlib.closing(self.world.aws.boto("sts", as_it)) as sts:
            sts.get_caller_identity()
        return key["AccessKeyId"]

    def test_a_new_key_that_somebody_deletes_is_taken_back(self):
        self.world.aws.fault(action="GetCallerIdentity", reset=True, times=0)
        self.fails(7, "rotate", "main")
        new, = set(self.keys()) - {self.first}
        self.world.aws.reset()
        self.world.aws.remove(SOURCE, key=new)
        self.works("rotate", "main")
        self.is_rotated()

    def test_the_old_key_is_deleted_while_the_new_one_waits(self):
        self.world.aws.fault(action="GetCallerIdentity", reset=True, times=0)
        self.fails(7, "rotate", "main")
        self.world.aws.reset()
        self.world.aws.remove(SOURCE, key=self.first)
        self.works("rotate", "main")
        self.is_rotated()

    def test_two_at_once(self):
        self.world.aws.fault(action="CreateAccessKey", delay_s=2)
        both = [self.world.start(self.world.client, "rotate", "main") for _ in range(2)]
        ended = [one.end() for one in both]
        self.assertIn(0, [one.status for one in ended], ended)
        self.works("whoami", "main")
        self.works("rotate", "main")
        self.is_rotated()


if __name__ == "__main__":
    unittest.main()
