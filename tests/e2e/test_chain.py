"""Roles that lead to roles: in which order, for how long, and through real consumers
(design, section 3; facts 1.8)."""

import json
import time
import unittest

import xacct_wire
from broker_story import CAROL, BrokerStory
from standin import worlds

DESTS = """
[dest admin]
account = 222222222222
role = Admin
[dest audit]
account = 333333333333
role = Audit
source = admin
[dest deep]
account = 555555555555
role = Deep
source = audit
"""
CONFIG = "[source main]\n" + DESTS
ADMIN = "arn:aws:iam::222222222222:role/Admin"
AUDIT = "arn:aws:iam::333333333333:role/Audit"

# Run as the person: so many connections at once, each with one request, then all answers.
CROWD = """
import sys
import xacct_wire as wire
socket, config, vault, count = sys.argv[1:4] + [int(sys.argv[4])]
crowd = [wire.Connection(socket, timeout_s=60).greet(config, vault) for _ in range(count)]
for one in crowd:
    one.send("CREDENTIALS", name="deep", patience_ms=30000)
answers = {tuple(sorted(one.receive().fields.items())) for one in crowd}
print(len(crowd), len(answers), *("access_key_id" in dict(answer) for answer in answers))
"""
BOTO = """
import sys, boto3
session = boto3.Session(profile_name=sys.argv[1])
sts = session.client("sts", endpoint_url=sys.argv[2], verify=sys.argv[3])
print(sts.get_caller_identity()["Arn"])
"""


class Chain(BrokerStory):
    def setUp(self):
        super().setUp()
        self.add_roles("333333333333", Audit={
            "trust": worlds.trust(ADMIN), "may_assume": ["*"], "max_session_s": 43200})
        self.add_roles("555555555555", Deep={"trust": worlds.trust(AUDIT)})
        self.given(CONFIG)


class Hops(Chain):
    def test_each_role_opens_the_next(self):
        self.assertEqual(self.who(self.process("deep")),
                         "arn:aws:sts::555555555555:assumed-role/Deep/alice")
        self.assertEqual(self.roles(), ["Admin", "Audit", "Deep"])
        self.assertEqual([call["signed_by"] for call in self.calls()], ["user", "role", "role"])
        self.assertEqual(self.process("audit")["AccountId"], "333333333333")
        self.assertEqual(len(self.calls()), 3)

    def test_a_role_on_the_way_is_held_for_others(self):
        self.process("admin")
        self.process("audit")
        self.process("deep")
        self.assertEqual(self.roles(), ["Admin", "Audit", "Deep"])

    def test_the_refusing_hop_is_named(self):
        self.add_roles("555555555555", Deep={"trust": worlds.trust(ADMIN)})
        said = self.refused(6, "env", "deep")
        self.assertIn("deep", said)
        self.assertIn("assumed-role/Audit/alice is not authorized", said)
        self.add_roles("333333333333", Audit={"trust": worlds.trust("444444444444")})
        self.works("forget", "--all")
        said = self.refused(6, "env", "deep", "--refresh")
        self.assertIn("resource: arn:aws:iam::333333333333:role/Audit", said)

    def test_a_loop_is_refused_with_its_chain(self):
        self.world.configure("[source main]\n" + DESTS.replace(
            "role = Admin\n", "role = Admin\nsource = deep\n"))
        said = self.refused(3, "env", "deep")
        self.assertRegex(said, "deep.*audit.*admin.*deep|admin.*deep.*audit.*admin|"
                               "audit.*admin.*deep.*audit")
        checked = self.world.xacct("config", "check")
        self.assertNotEqual(checked.status, 0)
        words = checked.out + checked.err
        self.assertRegex(words, "deep.*audit.*admin.*deep|admin.*deep.*audit.*admin|"
                                "audit.*admin.*deep.*audit")
        self.assertEqual(self.calls(), [])

    def test_a_role_that_is_its_own_source(self):
        self.world.configure("[source main]\n[dest a]\naccount = 222222222222\nrole = Admin\n"
                             "source = a\n")
        self.assertRegex(self.refused(3, "env", "a"), "a.*a")

    def test_parents_come_first_when_theirs_are_over(self):
        self.world.aws.fault(action="AssumeRole", where={"RoleArn": ADMIN}, life_s=3)
        self.process("audit")
        time.sleep(3.2)
        self.process("audit", "--refresh")
        self.assertEqual(self.roles(), ["Admin", "Audit", "Admin", "Audit"])
        self.assertNotEqual(self.calls()[1]["access_key_id"], self.calls()[3]["access_key_id"])


class AnHour(Chain):
    """AWS lets a chained role last an hour, and no more; the first role of a chain longer."""

    def lasts(self, *words):
        said = self.works("env", *words)
        return self.last()["DurationSeconds"], said.err

    def test_it_is_applied_where_aws_applies_it_and_said(self):
        for dest in ("audit", "deep"):
            duration, words = self.lasts(dest, "-d", "2h")
            self.assertEqual(duration, "3600")
            self.assertRegex(words, r"(?i)(1 ?h|an hour|one hour).*chain|chain.*(1 ?h|hour)")

    def test_the_first_role_keeps_its_time(self):
        duration, words = self.lasts("admin", "-d", "2h")
        self.assertEqual((duration, words), ("7200", ""))

    def test_so_does_a_parent_with_a_time_of_its_own(self):
        self.world.configure(CONFIG.replace("role = Admin\n", "role = Admin\nduration = 4h\n"))
        self.process("audit")
        self.assertEqual([call["parameters"]["DurationSeconds"] for call in self.calls()],
                         ["14400", "3600"])

    def test_a_wish_is_for_the_last_role(self):
        self.process("audit", "-d", "15m", "--session-name", "other")
        self.assertEqual([(call["parameters"]["DurationSeconds"],
                           call["parameters"]["RoleSessionName"]) for call in self.calls()],
                         [("3600", "alice"), ("900", "other")])


class AfterACode(BrokerStory):
    def test_the_session_that_a_code_made_is_the_first_link(self):
        self.add_roles("333333333333", Audit={"trust": worlds.trust(ADMIN),
                                              "max_session_s": 43200})
        self.given(f"[source main]\nmfa_serial = {CAROL}\n" + DESTS, user="carol")
        self.works("env", "audit", "-t", self.fob.fresh())
        self.assertEqual(self.actions(), ["GetSessionToken", "AssumeRole", "AssumeRole"])
        self.assertEqual([call["signed_by"] for call in self.calls("AssumeRole")],
                         ["session", "role"])

    def test_a_first_role_that_lasts_longer_takes_the_code_itself(self):
        self.add_roles("333333333333", Audit={"trust": worlds.trust(ADMIN)})
        self.given(f"[source main]\nmfa_serial = {CAROL}\n" + DESTS.replace(
            "role = Admin\n", "role = Admin\nduration = 4h\n"), user="carol")
        self.works("env", "audit", "-t", self.fob.fresh())
        self.assertEqual([(call["signed_by"], call["parameters"]["DurationSeconds"],
                           "TokenCode" in call["parameters"]) for call in self.calls()],
                         [("user", "14400", True), ("role", "3600", False)])


class Crowd(Chain):
    def test_a_thousand_cold_callers_cost_one_call_for_each_hop(self):
        with open(xacct_wire.__file__, encoding="utf-8") as file:
            self.world.write("xacct_wire.py", file.read())
        self.world.aws.fault(action="AssumeRole", delay_s=1, times=0)
        vault = json.loads(self.works("status", "--json").out)["vault_path"]
        said = self.world.run("bash", "-c", 'ulimit -n 4096; exec /usr/bin/python3 -c "$0" "$@"',
                              CROWD, self.world.socket, self.world.config_file, vault, "1000",
                              env={"PYTHONPATH": self.world.home})
        self.assertEqual((said.status, said.out), (0, "1000 1 True\n"), said)
        self.assertEqual(self.roles(), ["Admin", "Audit", "Deep"])

    def test_callers_of_different_hops_share_what_they_have_in_common(self):
        self.world.aws.fault(action="AssumeRole", delay_s=0.5, times=0)
        crowd = [self.world.start(self.world.client, "credential-process", dest)
                 for dest in ("admin", "audit", "deep") * 5]
        for client in crowd:
            said = client.end()
            self.assertEqual(said.status, 0, said)
        self.assertEqual(sorted(self.roles()), ["Admin", "Audit", "Deep"])


class RealConsumers(Chain):
    def aws_config(self, dest):
        self.world.write(".aws/config", "[profile p]\nregion = eu-west-1\ncredential_process = "
                         f"{self.world.client} credential-process {dest}\n")

    def aws(self):
        return self.world.run("/usr/bin/aws", "--profile", "p", "--endpoint-url",
                              self.world.aws.endpoint, "--output", "text", "--query", "Arn",
                              "sts", "get-caller-identity",
                              env={"AWS_CA_BUNDLE": self.world.aws.ca_pem})

    def boto(self):
        return self.world.run("/usr/bin/python3", "-c", BOTO, "p", self.world.aws.endpoint,
                              self.world.aws.ca_pem)

    def serve(self, dest, arn):
        self.aws_config(dest)
        for said in (self.aws(), self.boto()):
            self.assertEqual((said.status, said.out, said.err), (0, arn + "\n", ""), said)

    def test_of_a_chain(self):
        self.serve("deep", "arn:aws:sts::555555555555:assumed-role/Deep/alice")
        self.assertEqual(len(self.calls()), 3)


class RealConsumersWithMfa(BrokerStory):
    aws_config, aws, boto = RealConsumers.aws_config, RealConsumers.aws, RealConsumers.boto
    serve = RealConsumers.serve

    def test_they_are_served_by_one_code(self):
        self.given(f"[source main]\nmfa_serial = {CAROL}\n[dest prod]\naccount = 222222222222\n"
                   "role = Mfa\n", user="carol")
        self.aws_config("prod")
        mute = self.aws()
        self.assertNotEqual(mute.status, 0)
        self.assertIn("MFA", mute.err)
        self.works("env", "prod", "-t", self.fob.fresh())
        self.serve("prod", "arn:aws:sts::222222222222:assumed-role/Mfa/carol")
        self.assertEqual(self.actions(), ["GetSessionToken", "AssumeRole"])


if __name__ == "__main__":
    unittest.main()
