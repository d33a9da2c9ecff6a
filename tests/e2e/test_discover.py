"""list --discover: the roles that a source may assume, as [dest] sections."""

import json
import unittest

from broker_story import BrokerStory
from standin import worlds
from world import Fd

ROLE = "arn:aws:iam::222222222222:role/"
READS = ["iam:List*", "iam:Get*"]
SIMULATES = "iam:SimulatePrincipalPolicy"


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": [
        {"Effect": effect, **({"Action": action} if not action.startswith("!")
                              else {"NotAction": action[1:]}), "Resource": resource, **more}
        for effect, action, resource, *rest in statements for more in (rest or [{}])]}


def assume(*names):
    return policy(("Allow", "sts:AssumeRole", [ROLE + name for name in names]))


WITH_MFA = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
WORLD = {"111111111111": {
    "policies": {"one": assume("Managed"), "two": assume("Grouped", "Managed")},
    "groups": {
        "devs": {"attached": ["arn:aws:iam::111111111111:policy/two"],
                 "policies": {"inline": assume("team/Deploy")}},
        "ops": {"policies": {"more": policy(("Allow", "sts:*", ROLE + "ops-*"),
                                            ("Allow", "s3:*", "*"),
                                            ("Allow", "*", "arn:aws:s3:::bucket/*"),
                                            ("Deny", "sts:AssumeRole", ROLE + "ops-secret"))}}},
    "users": {
        "pat": {"may_iam": READS + [SIMULATES], "groups": ["devs", "ops"],
                "attached": ["arn:aws:iam::111111111111:policy/one"],
                "policies": {"own": policy(
                    ("Allow", "STS:assume*", [ROLE + "Admin", ROLE + "Never"]),
                    ("Allow", "!iam:*", "arn:aws:iam::111111111111:role/Here"),
                    ("Deny", "sts:AssumeRole", ROLE + "Never"))}},
        "blind": {"may_assume": [ROLE + "Admin"]},
        "half": {"may_iam": ["iam:ListUserPolicies", "iam:GetUserPolicy"],
                 "may_assume": [ROLE + "Admin"]},
        "careful": {"policies": {"all": policy(
            ("Allow", "iam:*", "*", WITH_MFA),
            ("Allow", "sts:AssumeRole", ROLE + "Mfa", WITH_MFA))},
            "mfa": {"careful": worlds.SEED}},
        "many": {"may_iam": READS + [SIMULATES],
                 "groups": [f"g{n}" for n in range(9)]},
    }}}
WORLD["111111111111"]["groups"].update({
    f"g{n}": {"policies": {f"p{k}": assume(*(f"r{n}x{k}x{i}" for i in range(13)))
                           for k in range(2)}} for n in range(9)})


class Discovering(BrokerStory):
    def setUp(self):
        super().setUp()
        self.keys = self.world.aws.add(WORLD)
        self.given("[dest prod]\naccount = 222222222222\nrole = Admin\nsource = main\n")

    def source(self, name, user=None):
        key = self.keys[user or name]
        done = self.world.xacct("add", name, "--access-key-id", key["id"], "--secret-fd",
                                Fd(key["secret"]))
        self.assertEqual(done.status, 0, done)

    def json(self, *words):
        said = self.works("list", "--discover", *words, "--json")
        return json.loads(said.out), said.err

    def found(self, *words):
        return {role["arn"]: role["note"] for role in self.json(*words)[0]["roles"]}


class WhatThereIs(Discovering):
    def test_by_the_users_policies_and_those_of_its_groups(self):
        self.source("pat")
        own = "by policy own of the user"
        self.assertEqual(self.found("pat"), {
            ROLE + "Admin": own, "arn:aws:iam::111111111111:role/Here": own,
            ROLE + "Managed": "by policy arn:aws:iam::111111111111:policy/one",
            ROLE + "Grouped": "by policy arn:aws:iam::111111111111:policy/two",
            ROLE + "team/Deploy": "by policy inline of group devs"})

    def test_what_is_no_role_is_told(self):
        self.source("pat")
        said, words = self.json("pat")
        text = "\n".join(said["notes"])
        self.assertIn(f"policy more of group ops allows any role whose ARN matches {ROLE}ops-*",
                      text)
        self.assertIn(f"policy more of group ops denies {ROLE}ops-secret", text)
        self.assertIn(f"{ROLE}Never is denied by name, in user_pat_own", text)
        self.assertNotIn("bucket", text)
        for note in said["notes"]:
            self.assertIn(f"xacct: {note}\n", words)
        self.assertEqual(self.works("list", "--discover", "pat", "-q").err, "")

    def test_one_page_at_a_time_it_is_the_same(self):
        self.source("pat")
        whole = self.found("pat")
        self.world.aws.page(1)
        self.assertEqual(self.found("pat"), whole)

    def test_a_policy_that_holds_twice_is_read_once(self):
        self.source("pat")
        self.world.aws.add({"111111111111": {"users": {"pat": {
            **WORLD["111111111111"]["users"]["pat"],
            "attached": [f"arn:aws:iam::111111111111:policy/{name}" for name in ("one", "two")]}}}})
        self.found("pat")
        asked = [call["parameters"]["PolicyArn"] for call in self.calls("GetPolicyVersion")]
        self.assertEqual(len(asked), len(set(asked)))

    def test_all_roles(self):
        frank = self.world.add_source("frank", user="frank")
        self.assertEqual(frank.status, 0, frank)
        said, _ = self.json("frank")
        self.assertEqual(said["roles"], [])
        self.assertIn("policy arn:aws:iam::aws:policy/AdministratorAccess allows any role whose "
                      "ARN matches *", said["notes"])

    def test_there_are_too_many(self):
        self.source("many")
        said, words = self.json("many")
        self.assertEqual(len(said["roles"]), 200)
        self.assertIn("there are more than 200 roles", words)

    def test_with_a_code_where_the_user_needs_one(self):
        self.world.configure("[source careful]\n"
                             "mfa_serial = arn:aws:iam::111111111111:mfa/careful\n")
        self.source("careful")
        said = self.works("list", "--discover", "careful", "-t", self.fob.fresh(), "--json")
        self.assertEqual([role["arn"] for role in json.loads(said.out)["roles"]], [ROLE + "Mfa"])
        self.assertEqual(len(self.calls("GetSessionToken")), 1)


class WithoutRights(Discovering):
    def test_nothing_may_be_read(self):
        self.source("blind")
        said = self.fails(6, "list", "--discover", "blind")
        for action in ("iam:ListGroupsForUser", "iam:ListAttachedUserPolicies",
                       "iam:ListUserPolicies"):
            self.assertIn(f"{action} is not allowed", said.err)

    def test_some_may_and_it_is_not_checked(self):
        self.source("half")
        said, words = self.json("half")
        self.assertEqual({role["arn"]: role["note"] for role in said["roles"]},
                         {ROLE + "Admin": "by policy may-assume of the user, not checked"})
        self.assertEqual(words.count("iam:SimulatePrincipalPolicy is not allowed"), 1)
        self.assertIn("iam:ListGroupsForUser is not allowed", words)

    def test_aws_is_busy_for_a_while(self):
        self.source("half")
        self.world.aws.fault(action="GetUserPolicy", error="throttle", times=2)
        self.assertEqual(list(self.found("half")), [ROLE + "Admin"])

    def test_the_network_is_gone(self):
        self.source("pat")
        self.world.aws.stop()
        self.fails(7, "list", "--discover", "pat")


class Sections(Discovering):
    def test_they_are_ready_to_paste(self):
        self.source("pat")
        said = self.works("list", "--discover", "pat")
        self.assertIn(f"# 'prod' is {ROLE}Admin\n", said.out)
        self.assertIn("# by policy arn:aws:iam::111111111111:policy/one\n[dest managed-222222222222]"
                      "\naccount = 222222222222\nrole = Managed\nsource = pat\n", said.out)
        self.assertIn(f"[dest deploy-222222222222]\nrole_arn = {ROLE}team/Deploy\nsource = pat\n",
                      said.out)
        with open(self.world.config_file, "a", encoding="utf-8") as file:
            file.write(said.out)
        self.works("config", "check")
        again, _ = self.json("pat")
        self.assertTrue(all(role["configured"] for role in again["roles"]))

    def test_a_name_that_is_taken_gets_a_number(self):
        self.source("pat")
        with open(self.world.config_file, "a", encoding="utf-8") as file:
            file.write("[dest managed-222222222222]\naccount = 333333333333\nrole = Audit\n"
                       "source = main\n")
        names = {role["arn"]: role["name"] for role in self.json("pat")[0]["roles"]}
        self.assertEqual(names[ROLE + "Managed"], "managed-222222222222-2")
        self.assertEqual(names[ROLE + "Admin"], "prod")

    def test_they_are_written(self):
        self.source("pat")
        said = self.works("list", "--discover", "pat", "--write", "--yes")
        self.assertIn("added 'managed-222222222222': ", said.err)
        self.assertTrue(all(role["configured"] for role in self.json("pat")[0]["roles"]))
        self.assertNotIn("added", self.works("list", "--discover", "pat", "--write").err)

    def test_only_after_a_yes(self):
        self.source("pat")
        said = self.world.xacct("list", "--discover", "pat", "--write", "--no-input")
        self.assertEqual(said.status, 4, said)
        with self.world.terminal("list", "--discover", "pat", "--write") as terminal:
            terminal.sees(r"Add 4 destinations to the configuration\?")
            terminal.types("n\n")
            terminal.leaves(8)
        roles = self.json("pat")[0]["roles"]
        self.assertEqual([role["arn"] for role in roles if role["configured"]], [ROLE + "Admin"])


class WhichSource(Discovering):
    def test_main_or_the_only_one(self):
        self.fails(6, "list", "--discover")
        self.source("pat")
        self.fails(6, "list", "--discover")
        self.works("remove", "main", "--yes")
        self.assertEqual(self.json()[0]["source"], "pat")

    def test_else_it_must_be_said(self):
        self.source("pat")
        self.source("half")
        self.works("remove", "main", "--yes")
        said = self.refused(2, "list", "--discover")
        self.assertIn("pat", said)
        self.assertIn("half", said)

    def test_mistakes(self):
        self.refused(3, "list", "--discover", "nobody")
        self.fails(2, "list", "main")
        self.fails(2, "list", "--write")
        self.works("lock")
        self.refused(4, "list", "--discover", "main", "--no-input")


if __name__ == "__main__":
    unittest.main()
