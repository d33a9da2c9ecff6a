"""credential_process in a real ~/.aws/config, with Debian's aws and boto3 (facts, section 5)."""

import datetime
import json
import unittest

from story import Story
from world import PASSPHRASE, Fd

CONFIG = """
[source main]
[dest prod]
account = 222222222222
role = Admin
[dest zero]
account = 012345678901
role = Zero
[dest strict]
account = 222222222222
role = Strict
"""
PYTHON = "/usr/bin/python3"
BOTO = """
import sys, boto3
session = boto3.Session(profile_name=sys.argv[1])
sts = session.client("sts", endpoint_url=sys.argv[2], verify=sys.argv[3])
print(sts.get_caller_identity()["Arn"])
credentials = session.get_credentials()
frozen = credentials.get_frozen_credentials()
print(frozen.access_key, credentials.method, credentials.refresh_needed(900))
"""


class CredentialProcess(Story):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)

    def process(self, *words, **how):
        """What a successful one says, which must be JSON and nothing else."""
        said = self.works("credential-process", *words, **how)
        self.assertEqual(said.err, "")
        self.assertTrue(said.out.endswith("}\n"))
        self.assertEqual(said.out.count("\n"), 1)
        return json.loads(said.out)

    def aws_config(self, dest="prod", command="credential-process"):
        self.world.write(".aws/config", "[profile p]\nregion = eu-west-1\ncredential_process = "
                         f"{self.world.client} {command} {dest}\n")

    def aws(self, *words, **how):
        return self.world.run("/usr/bin/aws", "--profile", "p", "--endpoint-url",
                              self.world.aws.endpoint, *words,
                              env={"AWS_CA_BUNDLE": self.world.aws.ca_pem}, **how)

    def boto(self, **how):
        return self.world.run(PYTHON, "-c", BOTO, "p", self.world.aws.endpoint,
                              self.world.aws.ca_pem, **how)


class TheAnswer(CredentialProcess):
    def test_the_fields(self):
        answer = self.process("prod")
        self.assertEqual(set(answer), {"Version", "AccessKeyId", "SecretAccessKey", "SessionToken",
                                       "Token", "Expiration", "AccountId"})
        self.assertIs(type(answer["Version"]), int)
        self.assertEqual(answer["Version"], 1)
        self.assertRegex(answer["AccessKeyId"], "^ASIA[A-Z2-7]{16}$")
        self.assertEqual(answer["Token"], answer["SessionToken"])
        self.assertEqual(answer["AccountId"], "222222222222")
        end = datetime.datetime.strptime(answer["Expiration"], "%Y-%m-%dT%H:%M:%SZ")
        left = end.replace(tzinfo=datetime.timezone.utc).timestamp() - self.world.aws.now()
        self.assertTrue(3500 < left <= 3600, left)

    def test_an_account_keeps_its_leading_zero(self):
        self.assertEqual(self.process("zero")["AccountId"], "012345678901")

    def test_by_its_other_name(self):
        first = self.process("prod")
        said = self.works("process", "prod")
        self.assertEqual(json.loads(said.out), first)

    def test_it_starts_the_agent_and_says_nothing_of_it(self):
        self.works("agent", "stop")
        self.process("prod", "--passphrase-fd", Fd(PASSPHRASE))

    def test_it_leaves_its_input_alone(self):
        said = self.world.shell("bash", "echo kept | (xacct-client process prod > /dev/null; cat)")
        self.assertEqual(said.out, "kept\n")

    def test_verbose_or_slow_it_says_nothing_either(self):
        self.world.aws.fault(action="AssumeRole", delay_s=1)
        self.process("prod", "-v", "--refresh")
        self.world.aws.fault(action="AssumeRole", delay_s=1)
        with self.world.terminal("credential-process", "prod", "--refresh") as person:
            screen = person.leaves(0)
        self.assertEqual(screen.count("\n"), 1)
        json.loads(screen)

    def test_thirty_at_once_get_the_same_from_one_call(self):
        self.world.aws.fault(action="AssumeRole", delay_s=0.5)
        crowd = [self.world.start(self.world.client, "process", "prod") for _ in range(30)]
        answers = set()
        for client in crowd:
            said = client.end()
            self.assertEqual((said.status, said.err), (0, ""), said)
            answers.add(said.out)
        self.assertEqual(len(answers), 1)
        self.assertEqual(len(self.world.aws.calls("AssumeRole")), 1)


class Failures(CredentialProcess):
    def test_each_has_its_status_and_its_words(self):
        for words, status, text in ((["nosuch"], 3, "there is no destination 'nosuch'"),
                                    (["strict"], 6, "AccessDenied"),
                                    ([], 2, "it takes DEST"),
                                    (["prod", "zero"], 2, "'zero' is one word too many"),
                                    (["prod", "--expect", "333333333333"], 9, "expected account")):
            said = self.fails(status, "credential-process", *words)
            self.assertIn(text, said.err)

    def test_it_gives_up_before_the_shortest_limit_of_an_sdk(self):
        self.world.aws.fault(action="AssumeRole", delay_s=8)
        said = self.fails(7, "credential-process", "prod", timeout_s=6)
        self.assertIn("time", said.err)

    def test_a_closed_pipe_is_no_tale_to_tell(self):
        said = self.world.shell("bash", "xacct-client process prod | true; echo ${PIPESTATUS[0]}")
        self.assertEqual(said.err, "")

    def test_a_full_disk_is(self):
        said = self.world.shell("bash", "xacct-client process prod > /dev/full; echo $?")
        self.assertEqual(said.out, "1\n")
        self.assertIn("No space left", said.err)


class RealConsumers(CredentialProcess):
    def test_aws(self):
        for command in ("credential-process", "process"):
            self.aws_config(command=command)
            said = self.aws("sts", "get-caller-identity", "--output", "json")
            self.assertEqual((said.status, said.err), (0, ""), said)
            self.assertEqual(json.loads(said.out)["Arn"],
                             "arn:aws:sts::222222222222:assumed-role/Admin/alice")
        self.assertEqual(len(self.world.aws.calls("AssumeRole")), 1)

    def test_boto3(self):
        self.aws_config()
        said = self.boto()
        self.assertEqual(said.status, 0, said)
        arn, rest = said.out.splitlines()
        self.assertEqual(arn, "arn:aws:sts::222222222222:assumed-role/Admin/alice")
        self.assertRegex(rest, "^ASIA[A-Z2-7]{16} custom-process False$")

    def test_they_show_our_words_when_it_fails(self):
        self.works("lock")
        self.aws_config()
        for said in (self.aws("sts", "get-caller-identity"), self.boto()):
            self.assertNotEqual(said.status, 0)
            self.assertIn("credential-process failed for prod: the vault is locked", said.err)
            self.assertIn("try: xacct unlock", said.err)

    def test_ten_of_them_at_once(self):
        self.aws_config()
        crowd = [self.world.start("/usr/bin/aws", "--profile", "p", "--endpoint-url",
                                  self.world.aws.endpoint, "sts", "get-caller-identity",
                                  env={"AWS_CA_BUNDLE": self.world.aws.ca_pem}) for _ in range(10)]
        for client in crowd:
            said = client.end()
            self.assertEqual((said.status, said.err), (0, ""), said)
        self.assertEqual(len(self.world.aws.calls("AssumeRole")), 1)


if __name__ == "__main__":
    unittest.main()
