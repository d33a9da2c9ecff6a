"""A source itself: a session of its own for who asks, and the agent's session for nobody
(design, section 3)."""

import json
import unittest

from broker_story import CAROL, BrokerStory

CONFIG = f"""
[source main]
mfa_serial = {CAROL}
[dest prod]
account = 222222222222
role = Mfa
[dest long]
account = 222222222222
role = Long
"""
CAROL_ARN = "arn:aws:iam::111111111111:user/carol"


class SourceSession(BrokerStory):
    config = CONFIG

    def setUp(self):
        super().setUp()
        self.given(self.config, user="carol")

    def sessions(self):
        """The GetSessionToken calls: whether each gave a code."""
        return ["TokenCode" in call["parameters"] for call in self.calls("GetSessionToken")]


class ItsOwn(SourceSession):
    def test_it_is_made_without_mfa_though_a_device_is_known(self):
        answer = self.process("main")
        self.assertEqual(self.who(answer), CAROL_ARN)
        call, = self.calls()
        self.assertEqual((call["action"], call["signed_by"]), ("GetSessionToken", "user"))
        self.assertNotIn("SerialNumber", call["parameters"])
        self.assertEqual(answer["AccountId"], "111111111111")
        self.assertIn(answer["AccessKeyId"], self.works("env", "main").out)
        self.assertEqual(len(self.calls()), 1)

    def test_the_session_that_roles_need_is_another(self):
        self.works("env", "prod", "-t", self.fob.fresh())
        self.process("main")
        self.assertEqual(self.sessions(), [True, False])

    def test_with_a_code_it_has_mfa_and_is_for_this_caller_only(self):
        with_mfa = self.process("main", "-t", self.fob.fresh())
        self.assertEqual(self.sessions(), [True])
        self.assertEqual(self.last("GetSessionToken")["SerialNumber"], CAROL)
        without = self.process("main")
        self.assertNotEqual(without["AccessKeyId"], with_mfa["AccessKeyId"])
        self.assertEqual(self.sessions(), [True, False])
        self.assertEqual(self.key("main"), without["AccessKeyId"])

    def test_a_code_for_it_opens_no_role(self):
        self.works("env", "main", "-t", self.fob.fresh())
        said = self.refused(4, "env", "prod")
        self.assertIn("MFA", said)

    def test_a_code_and_held_ones_do_not_mix(self):
        plain = self.key("main")
        self.assertNotEqual(self.key("main", "-t", self.fob.fresh()), plain)
        self.assertEqual(self.sessions(), [False, True])

    def test_its_duration_is_wished(self):
        self.works("env", "main", "-d", "1h")
        self.assertEqual(self.last("GetSessionToken")["DurationSeconds"], "3600")

    def test_what_it_cannot_have(self):
        for words in (["--session-name", "ab"], ["--external-id", "ab"], ["--tags", "a=b"],
                      ["--readonly"]):
            with self.subTest(words):
                self.fails(2, "env", "main", *words)
        self.assertEqual(self.calls(), [])

    def test_another_account_is_not_expected(self):
        self.fails(9, "env", "main", "--expect", "222222222222")


class TheAgentS(SourceSession):
    """What the code bought could create access keys: it stays where it is."""

    def test_it_leaves_by_no_command(self):
        self.works("env", "prod", "-t", self.fob.fresh())
        held = self.calls("AssumeRole")[0]["access_key_id"]
        self.assertTrue(held.startswith("ASIA"))
        commands = [
            ["env", "main"], ["env", "main", "--refresh"], ["env", "main", "-d", "12h"],
            ["credential-process", "main"], ["env", "prod"], ["credential-process", "prod"],
            ["env", "long"], ["env", "main", "--unset"], ["whoami", "main"], ["whoami", "prod"],
            ["whoami", "main", "--json"], ["list"], ["list", "--json"], ["status"],
            ["status", "--json"], ["status", "--security"], ["env", "main", "--dry-run"],
            ["env", "prod", "--dry-run"], ["env", "prod", "--dry-run", "--json"],
            ["config", "check"], ["env", "main", "--source", "main"],
            ["env", "main", "--role", "ReadOnly"], ["env", "main", "--min-ttl", "11h"],
            ["forget", "main"], ["lock", "--keep-sessions"]]
        for words in commands:
            said = self.world.xacct(*words, "-v")
            self.assertNotIn(held, said.out + said.err, words)
        self.assertEqual(self.sessions()[0], True)
        self.assertNotIn(True, self.sessions()[1:])

    def test_nor_by_a_request_of_another_client(self):
        self.works("env", "prod", "-t", self.fob.fresh())
        held = self.calls("AssumeRole")[0]["access_key_id"]
        wishes = ({"name": "main"}, {"name": "main", "refresh": True},
                  {"name": "main", "duration_s": 43200}, {"name": "main", "source": "main"},
                  {"name": "main", "session_name": "carol"}, {"name": CAROL_ARN},
                  {"name": "session main"}, {"name": ""}, {"name": "main", "min_left_s": 40000},
                  {"name": "main", "mfa_code": "000000"})
        requests = [[kind, wish] for kind in ("CREDENTIALS", "WHOAMI", "PLAN") for wish in wishes]
        for request, answer in zip(requests, self.requests(*requests)):
            self.assertNotIn(held, json.dumps(answer), request)

    def test_it_serves_only_roles(self):
        self.works("env", "prod", "-t", self.fob.fresh())
        self.works("whoami", "main")
        self.works("whoami", "prod")
        for call in self.world.aws.calls():
            if call["signed_by"] == "session":
                self.assertEqual(call["action"], "AssumeRole", call)


class WhoAmI(SourceSession):
    def test_a_source_by_its_own_key(self):
        self.assertEqual(self.works("whoami", "main").out, CAROL_ARN + "\n")
        call = self.world.aws.calls("GetCallerIdentity")[-1]
        self.assertEqual(call["signed_by"], "user")
        self.assertEqual(self.codes_sent(), [])

    def test_a_destination_by_its_role(self):
        said = self.works("whoami", "prod", "-t", self.fob.fresh())
        self.assertEqual(said.out, "arn:aws:sts::222222222222:assumed-role/Mfa/carol\n")
        self.assertEqual(self.world.aws.calls("GetCallerIdentity")[-1]["signed_by"], "role")


if __name__ == "__main__":
    unittest.main()
