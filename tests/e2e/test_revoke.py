"""revoke: in a panic, what was handed out is worth nothing (issue: accounts)."""

import datetime
import json
import time
import unittest

from broker_story import BrokerStory
from world import PASSPHRASE

CONFIG = """
[dest own]
account = 222222222222
role = Own
source = main
[dest prod]
account = 222222222222
role = Admin
source = main
[dest narrow]
account = 222222222222
role = Own
readonly = true
source = main
[dest audit]
account = 333333333333
role = Audit
source = prod
[dest owner]
account = 222222222222
role = Owner
source = main
[dest other]
account = 333333333333
role = Owner
source = main
"""
PEOPLE = [f"arn:aws:iam::111111111111:user/{name}" for name in ("alice", "carol")]
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": PEOPLE}, "Action": "sts:AssumeRole"}]}
OWNER = {"trust": TRUST, "attached": ["arn:aws:iam::aws:policy/AdministratorAccess"]}
WORLD = {"222222222222": {"roles": {
             "Own": {"trust": TRUST, "may_iam": ["iam:PutRolePolicy"]}, "Owner": OWNER}},
         "333333333333": {"roles": {"Owner": OWNER}}}
ROLE = "arn:aws:iam::222222222222:role/"
GINA = "arn:aws:iam::111111111111:mfa/gina"
AHEAD_S = 5
GONE = "forgotten, and the vault is locked"


class Revoking(BrokerStory):
    def setUp(self):
        super().setUp()
        self.world.aws.add(WORLD)
        self.given(CONFIG)

    def credentials(self, name):
        """What a program holds of a destination, as from before."""
        answer = self.process(name)
        return (answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])

    def is_denied(self, held):
        iam = self.world.aws.boto("iam", held)
        try:
            iam.list_roles()
        except iam.exceptions.ClientError as refusal:
            self.assertIn("explicit deny", str(refusal))
            return True
        finally:
            iam.close()
        return False

    def put(self):
        return [call["parameters"] for call in self.calls("PutRolePolicy")]

    def is_locked(self):
        return self.world.xacct("status").status == 4

    def holds_nothing(self):
        self.assertTrue(self.is_locked())
        self.fails(4, "env", "own", "--no-input")


class ByItself(Revoking):
    def test_what_was_handed_out_is_denied_and_what_comes_after_is_not(self):
        self.world.aws.add({"222222222222": {"roles": {"Own": {
            "trust": TRUST, "may_iam": ["iam:PutRolePolicy", "iam:ListRoles"]}}}})
        held = self.credentials("own")
        self.assertFalse(self.is_denied(held))
        done = self.works("revoke", "own")
        self.assertEqual(done.out, "")
        self.assertRegex(done.err, rf"(?m)^xacct: {ROLE}Own denies every session issued before 20")
        self.assertIn(GONE, done.err)
        self.holds_nothing()
        self.assertTrue(self.is_denied(held))
        self.world.aws.set_clock(AHEAD_S + 1)
        self.unlock()
        self.assertFalse(self.is_denied(self.credentials("own")))

    def test_it_is_the_policy_of_the_console_by_the_time_of_aws(self):
        self.works("revoke", "own")
        put, = self.put()
        self.assertEqual((put["RoleName"], put["PolicyName"]), ("Own", "AWSRevokeOlderSessions"))
        document = json.loads(put["PolicyDocument"])
        moment = document["Statement"][0]["Condition"]["DateLessThan"].pop("aws:TokenIssueTime")
        self.assertEqual(document, {"Version": "2012-10-17", "Statement": [
            {"Effect": "Deny", "Action": ["*"], "Resource": ["*"],
             "Condition": {"DateLessThan": {}}}]})
        at = datetime.datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()
        self.assertAlmostEqual(at, self.world.aws.now() + AHEAD_S, delta=4)

    def test_a_clock_that_is_wrong_here_changes_nothing(self):
        """Within what AWS takes, so that nothing but an answer's date tells."""
        for offset_s in (-240, 240):
            with self.subTest(offset_s):
                self.works("agent", "stop")
                self.world.aws.set_clock(offset_s)
                self.unlock()
                held = self.credentials("own")
                self.works("revoke", "own")
                moment = json.loads(self.put()[-1]["PolicyDocument"])["Statement"][0]["Condition"]
                moment = moment["DateLessThan"]["aws:TokenIssueTime"].replace("Z", "+00:00")
                at = datetime.datetime.fromisoformat(moment).timestamp()
                self.assertAlmostEqual(at, self.world.aws.now() + AHEAD_S, delta=4)
                self.assertTrue(self.is_denied(held))
                self.unlock()

    def test_a_second_one_takes_the_first_ones_place(self):
        self.works("revoke", "own")
        self.unlock()
        self.world.aws.set_clock(60)
        self.works("revoke", "own")
        self.assertEqual(len({put["PolicyName"] for put in self.put()}), 1)
        self.assertEqual(len({put["PolicyDocument"] for put in self.put()}), 2)


class Log(Revoking):
    def logged(self, work):
        with open(f"{self.world.home}/.local/state/xacct/agent.log", encoding="utf-8") as file:
            return [line.rstrip("\n") for line in file if f" {work}: " in line]

    def test_what_was_changed_is_in_the_log(self):
        self.works("revoke", "prod", "--dest-admin", "owner")
        (line,) = self.logged("revoke")
        self.assertRegex(line, r" revoke: PutRolePolicy RoleName Admin PolicyName AWSRevokeOlderSessions, "
                               r"as 'owner' in 222222222222: done; "
                               rf"for pid \d+, uid {self.world.uid} \(/.*/xacct-client\)$")

    def test_and_what_was_refused(self):
        self.fails(6, "revoke", "prod")
        (line,) = self.logged("revoke")[:1]
        self.assertRegex(line, r" revoke: PutRolePolicy RoleName Admin .*, as 'prod' in 222222222222: "
                               r"refused, AccessDenied; for pid \d+, ")

    def test_a_key_is_told_by_its_end(self):
        self.fails(6, "revoke", "--source", "main")
        (line,) = self.logged("revoke")[:1]
        self.assertRegex(line, r" revoke: UpdateAccessKey UserName alice AccessKeyId \.\.\.\w{4} Status Inactive, "
                               r"as 'main' in 111111111111: refused, AccessDenied; ")


class ByAnother(Revoking):
    def test_with_the_rights_of_a_destination_in_its_account(self):
        held = self.credentials("prod")
        self.works("revoke", "prod", "--dest-admin", "owner")
        self.assertEqual([put["RoleName"] for put in self.put()], ["Admin"])
        self.assertTrue(self.is_denied(held))
        self.holds_nothing()

    def test_another_accounts_role_of_the_same_name_is_left_alone(self):
        said = self.refused(9, "revoke", "owner", "--dest-admin", "other")
        self.assertIn("acts in the account 333333333333", said)
        self.assertIn("\n  try: xacct revoke owner --dest-admin with a name of the account "
                      "222222222222\n", said)
        self.assertEqual(self.put(), [])

    def test_the_end_of_a_chain(self):
        self.world.aws.add({"333333333333": {"roles": {"Audit": {
            "trust": {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": ROLE + "Admin"},
                 "Action": "sts:AssumeRole"}]}}}}})
        held = self.credentials("audit")
        self.works("revoke", "audit", "--dest-admin", "other")
        self.assertEqual([put["RoleName"] for put in self.put()], ["Audit"])
        self.assertTrue(self.is_denied(held))

    def test_another_role_of_the_destination(self):
        self.works("revoke", "prod", "--role", "Own")
        self.assertEqual([put["RoleName"] for put in self.put()], ["Own"])


class WithoutAws(Revoking):
    def test_without_rights_it_is_forgotten_and_locked_all_the_same(self):
        self.credentials("prod")
        said = self.fails(6, "revoke", "prod").err
        self.assertIn("iam:PutRolePolicy", said)
        self.assertIn("\n  try: xacct revoke prod --dest-admin with a name that may do that\n", said)
        self.assertIn(f"{GONE}; at AWS nothing was changed", said)
        self.holds_nothing()

    def test_what_is_read_only_stays_so(self):
        said = self.fails(6, "revoke", "narrow").err
        self.assertIn("--dest-admin", said)
        self.assertEqual(self.world.aws.calls("PutRolePolicy")[-1]["status"], 403)
        self.holds_nothing()

    def test_the_network_is_gone(self):
        self.credentials("own")
        self.world.aws.stop()
        said = self.fails(7, "revoke", "own").err
        self.assertIn(f"{GONE}; AWS was not told", said)
        self.assertTrue(self.is_locked())

    def test_locked_and_nobody_to_ask(self):
        self.works("lock")
        said = self.fails(4, "revoke", "own", "--no-input").err
        self.assertIn(f"{GONE}; AWS was not told", said)
        self.assertTrue(self.is_locked())
        self.assertEqual(self.put(), [])

    def test_locked_it_asks(self):
        self.works("lock")
        with self.world.terminal("revoke", "own") as terminal:
            terminal.sees("[Pp]assphrase")
            terminal.types(f"{PASSPHRASE}\n")
            terminal.sees(GONE)
            terminal.leaves(0)
        self.assertEqual(len(self.put()), 1)
        self.assertTrue(self.is_locked())

    def test_quietly(self):
        self.assertEqual(self.works("revoke", "own", "-q").err, "")


class OfASource(Revoking):
    def test_its_key_is_inactive(self):
        added = self.world.add_source("boss", user="frank")
        self.assertEqual(added.status, 0, added)
        self.credentials("prod")
        done = self.works("revoke", "--source", "boss")
        self.assertRegex(done.err, r"(?m)^xacct: the access key AKIA\w+ of 'boss' is inactive$")
        self.assertIn(GONE, done.err)
        self.holds_nothing()
        call, = self.calls("UpdateAccessKey")
        self.assertEqual((call["parameters"]["UserName"], call["parameters"]["Status"]),
                         ("frank", "Inactive"))
        self.unlock()
        said = self.refused(6, "whoami", "boss")
        self.assertIn("inactive", said)

    def test_a_second_time_it_is_as_wished(self):
        added = self.world.add_source("boss", user="frank")
        self.assertEqual(added.status, 0, added)
        key, _secret = self.world.aws.key_of("frank")
        for gone in (lambda: self.works("revoke", "--source", "boss"),
                     lambda: self.world.aws.remove("111111111111", key=key)):
            gone()
            self.unlock()
            said = self.works("revoke", "--source", "boss").err
            self.assertEqual(said, f"xacct: AWS does not take the access key {key} of 'boss': "
                                   f"it is inactive already, or deleted\nxacct: {GONE}\n")
            self.assertTrue(self.is_locked())
        self.assertEqual(self.world.aws.calls("GetCallerIdentity")[-1]["code"],
                         "InvalidClientTokenId")

    def test_a_second_time_with_a_code(self):
        self.world.configure(f"[source fob]\nmfa_serial = {GINA}\n")
        self.assertEqual(self.world.add_source("fob", user="gina").status, 0)
        key, _secret = self.world.aws.key_of("gina")
        self.works("revoke", "--source", "fob", "-t", self.fob.fresh())
        self.unlock()
        said = self.works("revoke", "--source", "fob", "-t", self.fob.fresh()).err
        self.assertEqual(said, f"xacct: AWS does not take the access key {key} of 'fob': "
                               f"it is inactive already, or deleted\nxacct: {GONE}\n")

    def test_a_key_that_sts_takes_is_not_held_to_be_inactive(self):
        self.world.aws.fault(action="UpdateAccessKey", error={
            "code": "InvalidClientTokenId", "status": 403, "message": "not known"})
        said = self.fails(6, "revoke", "--source", "main").err
        self.assertIn("revoke failed for main: IAM does not take the access key", said)
        self.assertIn("\n  try: xacct revoke --source main\n", said)

    def test_without_rights(self):
        added = self.world.add_source("poor", user="bob")
        self.assertEqual(added.status, 0, added)
        said = self.fails(6, "revoke", "--source", "poor").err
        self.assertIn("xacct: revoke failed for poor: ", said)
        self.assertRegex(said, r"\n  try: make AKIA\w+ inactive in the console, or allow "
                               r"iam:UpdateAccessKey\n")
        self.assertIn(GONE, said)
        self.assertTrue(self.is_locked())


class Mistaken(Revoking):
    def test_what_is_not_meant_changes_nothing(self):
        for status, words in ((2, ()), (2, ("own", "--source", "main")),
                              (2, ("--source", "main", "--dest-admin", "owner")),
                              (2, ("main",)), (3, ("nobody",)), (3, ("--source", "nobody")),
                              (3, ("own", "--dest-admin", "nobody"))):
            with self.subTest(words):
                self.refused(status, "revoke", *words)
                self.assertFalse(self.is_locked())
        self.assertEqual(self.put(), [])


class Left(Revoking):
    def test_a_client_that_leaves_ends_nothing(self):
        """The agent goes on, and AWS's answer to what it was asked counts: until it is there,
        the same work does not begin again."""
        self.credentials("own")
        self.world.aws.fault(action="PutRolePolicy", delay_s=5)
        agent = self.world.agents()
        started = self.world.start(self.world.client, "revoke", "own")
        self.waits(self.put)              # it came; its answer takes its time
        started.popen.kill()
        started.end()
        began = time.monotonic()
        self.works("status")
        self.assertEqual(self.world.agents(), agent)
        self.works("revoke", "own", "--dest-admin", "owner")
        self.assertGreater(time.monotonic() - began, 3)
        self.assertEqual(len(self.put()), 2)


if __name__ == "__main__":
    unittest.main()
