"""What a request may wish beside a name: each wish reaches AWS as it was meant, is checked
before AWS is asked, and makes other credentials (facts 1.2, 1.7; security N6)."""

import itertools
import json
import unittest

from broker_story import BrokerStory
from standin import worlds
from world import Fd

CONFIG = """
[source main]
[dest prod]
account = 222222222222
role = Admin
[dest ro]
account = 222222222222
role = ReadOnly
"""
POLICY = ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*",'
          '"Resource":"*"}]}')
OWN = "arn:aws:iam::222222222222:policy/Small"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


class Wishes(BrokerStory):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)

    def dest(self, *lines):
        """[dest prod] with these lines too."""
        self.world.configure(CONFIG.replace("role = Admin\n",
                                            "".join(f"{line}\n" for line in
                                                    ("role = Admin", *lines))))

    def tags_of(self, parameters):
        return {parameters[f"Tags.member.{n}.Key"]: parameters[f"Tags.member.{n}.Value"]
                for n in range(1, 51) if f"Tags.member.{n}.Key" in parameters}


class Sent(Wishes):
    """As a flag for one request, as a key of the configuration for all."""

    def test_nothing_that_was_not_wished(self):
        self.process("prod")
        self.assertEqual(set(self.last()), {"Action", "Version", "RoleArn", "RoleSessionName",
                                            "DurationSeconds"})

    def test_a_session_name(self):
        answer = self.process("prod", "--session-name", "night+job@x")
        self.assertTrue(self.who(answer).endswith("assumed-role/Admin/night+job@x"))
        self.dest("session_name = day")
        self.assertTrue(self.who(self.process("prod")).endswith("/day"))

    def test_an_external_id(self):
        self.add_roles("222222222222", Admin={"trust": worlds.trust(
            "arn:aws:iam::111111111111:user/alice", StringEquals={"sts:ExternalId": "a/b:c"})})
        self.refused(6, "env", "prod")
        self.works("env", "prod", "--external-id", "a/b:c")
        self.dest("external_id = a/b:c")
        self.works("env", "prod")

    def test_a_policy(self):
        self.works("env", "prod", "--policy", POLICY)
        self.assertEqual(json.loads(self.last()["Policy"]), json.loads(POLICY))

    def test_a_policy_from_a_file_in_lines_of_its_own(self):
        path = self.world.write("small.json", json.dumps(json.loads(POLICY), indent=4) + "\n")
        self.works("env", "prod", "--policy", f"file://{path}")
        self.assertEqual(json.loads(self.last()["Policy"]), json.loads(POLICY))
        self.works("env", "prod", "--policy", "file://small.json")
        self.assertEqual(len(self.calls()), 1)

    def test_a_policy_of_the_configuration(self):
        self.dest(f"policy = {POLICY}")
        self.works("env", "prod")
        self.assertEqual(json.loads(self.last()["Policy"]), json.loads(POLICY))
        self.world.write(".config/xacct/small.json", POLICY.replace("Get", "List"))
        self.dest("policy = file://small.json")
        self.works("env", "prod")
        self.assertIn("s3:List*", self.last()["Policy"])

    def test_managed_policies(self):
        self.works("env", "prod", "--policy-arns", f"{OWN},{READ_ONLY}")
        self.assertEqual([self.last().get(f"PolicyArns.member.{n}.arn") for n in (1, 2, 3)],
                         [OWN, READ_ONLY, None])
        self.dest(f"policy_arns = {OWN}")
        self.works("env", "prod")
        self.assertEqual(self.last()["PolicyArns.member.1.arn"], OWN)

    def test_tags(self):
        self.works("env", "prod", "--tags", "team=blue,Cost Centre=a=b,empty=")
        self.assertEqual(self.tags_of(self.last()),
                         {"team": "blue", "Cost Centre": "a=b", "empty": ""})
        self.dest("tags = team=équipe", "transitive_tags = team")
        self.works("env", "prod")
        self.assertEqual(self.tags_of(self.last()), {"team": "équipe"})
        self.assertEqual(self.last()["TransitiveTagKeys.member.1"], "team")

    def test_transitive_tags_reach_the_third_role(self):
        self.add_roles("333333333333", Audit={
            "trust": worlds.trust("arn:aws:iam::222222222222:role/Admin"), "may_assume": ["*"]})
        self.add_roles("555555555555", Deep={"trust": worlds.trust(
            "arn:aws:iam::333333333333:role/Audit",
            StringEquals={"aws:PrincipalTag/team": "blue"})})
        more = ("[dest audit]\naccount = 333333333333\nrole = Audit\nsource = prod\n"
                "[dest deep]\naccount = 555555555555\nrole = Deep\nsource = audit\n")
        tagged = CONFIG.replace("role = Admin\n", "role = Admin\ntags = team=blue\n{}")
        self.world.configure(tagged.format("") + more)
        self.refused(6, "env", "deep")
        self.world.configure(tagged.format("transitive_tags = team\n") + more)
        self.works("env", "deep")

    def test_by_flags_as_well(self):
        self.works("env", "prod", "--tags", "team=blue,x=y", "--transitive-tags", "team",
                   "--source-identity", "alice@example")
        self.assertEqual(self.last()["TransitiveTagKeys.member.1"], "team")
        self.assertNotIn("TransitiveTagKeys.member.2", self.last())
        self.assertEqual(self.last()["SourceIdentity"], "alice@example")

    def test_a_source_identity(self):
        self.dest("source_identity = alice@example")
        self.works("env", "prod")
        self.assertEqual(self.last()["SourceIdentity"], "alice@example")

    def test_read_only(self):
        self.works("env", "prod", "--readonly")
        self.assertEqual(self.last()["PolicyArns.member.1.arn"], READ_ONLY)
        self.dest("readonly = yes")
        self.works("env", "prod")
        self.assertEqual(len(self.calls()), 1)

    def test_another_role_of_the_account(self):
        answer = self.process("prod", "--role", "ReadOnly")
        self.assertIn("assumed-role/ReadOnly/", self.who(answer))
        answer = self.process("prod", "--role", "team/Deploy")
        self.assertIn("assumed-role/Deploy/", self.who(answer))

    def test_a_role_that_no_section_names(self):
        for words in (["222222222222/ReadOnly"], ["222222222222/team/Deploy"],
                      ["arn:aws:iam::222222222222:role/Admin"],
                      ["012345678901/Zero", "--source", "main"]):
            arn = self.who(self.process(*words))
            self.assertIn("/alice", arn)
            self.assertIn(words[0].rpartition("/")[2], arn)
        self.refused(3, "env", "222222222222/ReadOnly", "--source", "nosuch")

    def test_unless_the_configuration_forbids_it(self):
        self.world.configure(CONFIG, agent="adhoc = no\n")
        for words in (["222222222222/ReadOnly"], ["arn:aws:iam::222222222222:role/Admin"],
                      ["prod", "--role", "ReadOnly"]):
            said = self.refused(9, "env", *words, tries=False)
            self.assertIn("adhoc", said)
        self.works("env", "prod")
        self.assertEqual(self.roles(), ["Admin"])


class Checked(Wishes):
    """Beyond a limit of facts 1.2 it is refused here, with the value, and AWS is not asked."""

    TOO_MANY = ",".join(f"k{number}=v" for number in range(51))

    def test_flags(self):
        for words, value in (
                (["--session-name", "a"], "session-name"),
                (["--session-name", "a" * 65], "session-name"),
                (["--session-name", "a b"], "a b"),
                (["--external-id", "x"], "external-id"),
                (["--external-id", "a b"], "a b"),
                (["-d", "14m59s"], "14m59s"), (["-d", "12h1s"], "43201s"),
                (["--policy", "{"], "policy"), (["--policy", "[]"], "policy"),
                (["--policy", "nosuch.json"], "policy"),
                (["--policy", "file://nosuch.json"], "nosuch.json"),
                (["--policy-arns", "ReadOnly"], "ReadOnly"),
                (["--policy-arns", "arn:aws:iam::222222222222:role/Admin"], "role/Admin"),
                (["--policy-arns", ",".join([OWN] * 11)], "10"),
                (["--tags", "team"], "team"), (["--tags", "=x"], "key"),
                (["--tags", "a=1,A=2"], "A"), (["--tags", "k*=v"], "k*"),
                (["--tags", "k" * 129 + "=v"], "128"), (["--tags", "k=" + "v" * 257], "256"),
                (["--tags", self.TOO_MANY], "50"),
                (["--readonly", "--policy", POLICY], "readonly"),
                (["--source-identity", "a b"], "a b"), (["--source-identity", "a"], "identity"),
                (["--transitive-tags", "k*"], "k*"), (["--role", "a b"], "a b")):
            with self.subTest(words):
                said = self.fails(2, "env", "prod", *words)
                self.assertIn(value, said.err)
        self.assertEqual(self.calls(), [])

    def test_keys_of_the_configuration(self):
        for line, value in (("session_name = a", "a"), ("external_id = x", "x"),
                            ("source_identity = a b", "a b"), ("source_identity = a", "a"),
                            ("tags = a=1,A=2", "A"), ("tags = team", "team"),
                            (f"tags = {self.TOO_MANY}", "50"),
                            ("policy = {", "policy"), ("policy_arns = ReadOnly", "ReadOnly"),
                            ("policy_arns = " + ",".join([OWN] * 11), "10"),
                            ("duration = 14m", "14m"), ("transitive_tags = k*", "k*")):
            with self.subTest(line):
                self.dest(line)
                said = self.world.xacct("config", "check")
                self.assertNotEqual(said.status, 0)
                self.assertRegex(said.out + said.err, r"config:\d+: ")
                self.assertIn(value, said.out + said.err)
        self.assertEqual(self.calls(), [])

    def test_by_the_agent_too(self):
        """Another client is not trusted to have looked."""
        wrong = ({"session_name": "a"}, {"external_id": "x"}, {"duration_s": 899},
                 {"duration_s": 43201}, {"policy": "{"}, {"policy_arns": "ReadOnly"},
                 {"tags": "a=1,A=2"}, {"tags": "team"}, {"tags": self.TOO_MANY},
                 {"source_identity": "a b"}, {"transitive_tags": "k*"},
                 {"readonly": True, "policy": POLICY}, {"role": "a b"})
        answers = self.requests(*(["CREDENTIALS", {"name": "prod", **fields}]
                                  for fields in wrong))
        for fields, (kind, answer) in zip(wrong, answers):
            with self.subTest(fields):
                self.assertEqual((kind, answer["code"]), ("ERROR", 7), answer)
        self.assertEqual(self.calls(), [])

    def test_the_edges_are_inside(self):
        for words in (["--session-name", "ab"], ["--session-name", "a" * 64],
                      ["--external-id", "ab"], ["-d", "15m"], ["-d", "12h"],
                      ["--tags", "k" * 128 + "=" + "v" * 256],
                      ["--policy-arns", ",".join(f"{OWN}{n}" for n in range(10))],
                      ["--tags", ",".join(f"k{number}=v" for number in range(50))]):
            with self.subTest(words):
                self.works("env", "prod", *words)

    def test_what_only_aws_can_judge(self):
        said = self.refused(6, "env", "prod", "--policy", '{"Statement": 1}')
        self.assertIn("MalformedPolicyDocument", said)


class TooLong(Wishes):
    """A role may last less than was wished: an hour is taken, once found out, and it is said."""

    def durations(self):
        return [call["parameters"]["DurationSeconds"] for call in self.calls("AssumeRole")]

    def test_an_hour_is_taken_and_remembered(self):
        said = self.works("env", "ro", "-d", "2h")
        self.assertEqual(self.durations(), ["7200", "3600"])
        self.assertRegex(said.err, r"(?i)xacct: .*1 ?h")
        self.works("forget", "ro")
        said = self.works("env", "ro", "-d", "2h")
        self.assertEqual(self.durations(), ["7200", "3600", "3600"])
        self.assertRegex(said.err, r"(?i)1 ?h")
        self.works("env", "prod", "-d", "2h")
        self.assertEqual(self.durations()[-1], "7200")

    def test_a_program_gets_its_credentials_and_no_words(self):
        self.process("ro", "-d", "2h")
        self.assertEqual(self.durations(), ["7200", "3600"])

    def test_a_shorter_wish_is_not_touched_by_it(self):
        self.works("env", "ro", "-d", "2h")
        self.works("env", "ro", "-d", "30m")
        self.assertEqual(self.durations()[-1], "1800")

    def test_only_this_refusal_is_taken_so(self):
        self.world.aws.fault(action="AssumeRole", times=0, error={
            "code": "ValidationError", "message": "1 validation error detected"})
        self.refused(6, "env", "ro", "-d", "2h")
        self.assertEqual(len(self.durations()), 1)


class EveryInput(Wishes):
    INPUTS = ({"duration_s": 1800}, {"session_name": "other"}, {"external_id": "other"},
              {"policy": POLICY}, {"policy_arns": OWN}, {"tags": "team=blue"},
              {"tags": "team=red", "transitive_tags": "team"}, {"source_identity": "other"},
              {"readonly": True}, {"role": "ReadOnly"}, {"source": "second"})
    # Not to be had together.
    APART = ({"policy", "readonly"}, {"policy_arns", "readonly"})

    def wishes(self):
        """None, each alone, and each pair that can be."""
        yield {}
        yield from self.INPUTS
        for one, other in itertools.combinations(self.INPUTS, 2):
            both = {**one, **other}
            if not (set(one) & set(other) or any(apart <= set(both) for apart in self.APART)):
                yield both

    def test_no_two_wishes_share_credentials(self):
        access_key_id, secret = self.world.aws.key_of("carol")
        self.works("add", "second", "--access-key-id", access_key_id, "--secret-fd", Fd(secret))
        self.world.configure(CONFIG.replace("role = Admin", "role = Admin\nsource = main")
                             + "[source second]\n")
        self.add_roles("222222222222", ReadOnly={"trust": worlds.trust(
            [f"arn:aws:iam::111111111111:user/{name}" for name in ("alice", "carol")])})
        wishes = [{"name": "prod", **wish} for wish in self.wishes()]
        self.assertGreater(len(wishes), 50)
        first, again = self.keys(wishes), self.keys(wishes)
        for key in first:
            self.assertTrue(str(key).startswith("ASIA"), key)
        self.assertEqual(len(set(first)), len(wishes))
        self.assertEqual(again, first)
        self.assertEqual(len(self.calls()), len(wishes))

    def keys(self, wishes):
        answers = self.requests(*(["CREDENTIALS", wish] for wish in wishes))
        return [fields.get("access_key_id", fields) for _type, fields in answers]


if __name__ == "__main__":
    unittest.main()
