"""--dry-run: the hops, how long and why, what is held and what would be asked; and nothing
happens (design, section 3)."""

import json
import unittest

from broker_story import CAROL, BrokerStory

CONFIG = f"""
[source main]
mfa_serial = {CAROL}
[dest prod]
account = 222222222222
role = Mfa
[dest admin]
account = 222222222222
role = Admin
[dest audit]
account = 333333333333
role = Audit
source = admin
external_id = tenant-42
tags = team=blue
"""
POLICY = '{"Version":"2012-10-17","Statement":[]}'


class DryRun(BrokerStory):
    def setUp(self):
        super().setUp()
        self.given(CONFIG, user="carol")

    def plan(self, *words, command="env"):
        """What it says; and AWS has heard nothing, nor is there anything to evaluate."""
        before = len(self.world.aws.calls())
        said = self.works(command, *words, "--dry-run")
        self.assertEqual(len(self.world.aws.calls()), before)
        self.assertNotIn("export", said.out)
        self.assertNotIn("SecretAccessKey", said.out)
        return said.out

    def hops(self, wish):
        (kind, answer), = self.requests(["PLAN", wish])
        self.assertEqual(kind, "RESULT", answer)
        return answer["hops"]


class Shown(DryRun):
    def test_every_hop_in_order(self):
        said = self.plan("audit")
        places = [said.index(word) for word in ("main", "role/Admin", "role/Audit")]
        self.assertEqual(places, sorted(places))
        self.assertIn("tenant-42", said)
        self.assertIn("team=blue", said)
        self.assertIn("eu-west-1", said)

    def test_that_a_code_would_be_asked_for(self):
        self.assertIn(CAROL, self.plan("prod"))
        self.assertRegex(self.plan("prod"), "(?i)mfa code")
        self.works("env", "prod", "-t", self.fob.fresh())
        self.assertNotRegex(self.plan("prod"), "(?i)would (be )?ask")

    def test_how_long_and_why(self):
        self.assertRegex(self.plan("prod"), "1h")
        self.assertRegex(self.plan("admin", "-d", "2h"), "2h")
        said = self.plan("audit", "-d", "2h")
        self.assertRegex(said, "(?i)chain")
        self.assertRegex(said, "1 ?h")

    def test_what_was_wished(self):
        said = self.plan("admin", "--session-name", "night", "--policy", POLICY,
                         "--policy-arns", "arn:aws:iam::aws:policy/ReadOnlyAccess")
        for word in ("night", '"2012-10-17"', "policy/ReadOnlyAccess"):
            self.assertIn(word, said)

    def test_what_is_held(self):
        self.assertNotRegex(self.plan("admin"), "(?i)held")
        self.works("env", "admin", "-t", self.fob.fresh())
        self.assertRegex(self.plan("admin"), "(?i)held")

    def test_a_role_that_lasts_less_once_that_is_known(self):
        self.works("env", "prod", "-t", self.fob.fresh())
        self.world.configure(CONFIG + "[dest ro]\naccount = 222222222222\nrole = ReadOnly\n"
                             "mfa = never\n")
        self.assertRegex(self.plan("ro", "-d", "2h"), "2h")
        self.works("env", "ro", "-d", "2h")
        self.assertRegex(self.plan("ro", "-d", "2h"), "1h")

    def test_for_programs_too(self):
        self.assertIn("role/Mfa", self.plan("prod", command="credential-process"))
        self.assertIn("role/Mfa", self.plan("prod", command="process"))

    def test_a_source(self):
        self.assertIn("main", self.plan("main"))

    def test_as_json(self):
        hops = json.loads(self.plan("prod", "--json"))["hops"]
        self.assertEqual([hop["kind"] for hop in hops], ["source", "session", "role"])
        self.assertEqual((hops[1]["needs"], hops[1]["mfa_serial"]), ("MFA code", CAROL))
        self.assertEqual((hops[2]["name"], hops[2]["duration_s"]), ("prod", 3600))


class NothingHappens(DryRun):
    def test_a_locked_vault_stays_locked(self):
        self.works("lock")
        said = self.plan("prod")
        self.assertIn("passphrase", said)
        self.assertEqual(self.world.xacct("status").status, 4)

    def test_nobody_is_asked(self):
        self.works("lock")
        self.works("env", "prod", "--dry-run", env=self.askpass("123456"))
        self.assertEqual(self.asked(), [])
        with self.world.terminal("env", "prod", "--dry-run") as person:
            person.leaves(0)

    def test_nothing_is_held_after_it(self):
        self.plan("prod")
        self.assertEqual(json.loads(self.works("status", "--json").out)["cached"], 0)

    def test_a_given_code_is_not_used_up(self):
        code = self.fob.fresh()
        self.plan("prod", "-t", code)
        self.works("env", "prod", "-t", code)

    def test_it_refuses_what_would_be_refused(self):
        self.fails(3, "env", "prdo", "--dry-run")
        self.fails(2, "env", "prod", "--dry-run", "--session-name", "a b")


class OnTheWire(DryRun):
    def test_the_hops_of_the_document(self):
        source, session, role = self.hops({"name": "prod"})
        self.assertEqual((source["kind"], source["name"]), (1, "main"))
        self.assertEqual((session["kind"], session["need"], session["mfa_serial"]),
                         (3, 3, CAROL))
        self.assertEqual((role["kind"], role["name"], role["arn"], role["duration_s"],
                          role["session_name"], role["region"]),
                         (4, "prod", "arn:aws:iam::222222222222:role/Mfa", 3600, "carol",
                          "eu-west-1"))
        self.assertNotIn("need", role)

    def test_a_chain(self):
        hops = self.hops({"name": "audit"})
        self.assertEqual([hop["kind"] for hop in hops], [1, 3, 4, 4])
        self.assertEqual((hops[3]["external_id"], hops[3]["tags"]), ("tenant-42", "team=blue"))
        self.assertNotIn("external_id", hops[2])

    def test_the_code_on_the_role_itself(self):
        self.world.configure(CONFIG.replace("role = Admin\n", "role = Admin\nduration = 4h\n"))
        hops = self.hops({"name": "admin"})
        self.assertEqual([hop["kind"] for hop in hops], [1, 4])
        self.assertEqual((hops[1]["need"], hops[1]["duration_s"]), (3, 14400))

    def test_a_locked_vault_needs_a_passphrase(self):
        self.works("lock")
        self.assertEqual(self.hops({"name": "prod"})[0]["need"], 1)

    def test_what_is_held_says_until_when(self):
        self.works("env", "admin", "-t", self.fob.fresh())
        role = self.hops({"name": "admin"})[-1]
        self.assertLess(abs(role["expires_at"] - self.world.aws.now() - 3600), 20)


if __name__ == "__main__":
    unittest.main()
