"""A foreign credential_process as a source: run by the client, judged by both (design,
section 7; facts 5)."""

import json
import time
import unittest

from broker_story import BrokerStory

DEST = """
[dest prod]
account = 222222222222
role = Admin
source = corp
"""
# What it is told stands in the log; what it says, in a file of its own.
PROGRAM = """#!/bin/sh
printf '%s\\n' "run $*" >> '{log}'
cat '{said}'
"""


class Foreign(BrokerStory):
    def setUp(self):
        super().setUp()
        self.given()
        self.said = self.world.write("said", "")
        self.path = self.program("process", PROGRAM.format(log=self.log, said=self.said))
        self.with_command(self.path)

    def with_command(self, command):
        self.world.configure("[source main]\n[source corp]\n"
                             f"credential_process = {command}\n{DEST}")

    def says(self, **fields):
        self.world.write("said", json.dumps({"Version": 1, **fields}))

    def long_lived(self):
        access_key_id, secret = self.world.aws.key_of("alice")
        self.says(AccessKeyId=access_key_id, SecretAccessKey=secret)
        return access_key_id

    def temporary(self, life_s=3600, **more):
        """The keys of a session that the stand-in has given out."""
        if life_s != 3600:
            self.world.aws.fault(action="GetSessionToken", life_s=life_s)
        answer = self.process("main", "--refresh")
        self.says(**{name: answer[name] for name in ("AccessKeyId", "SecretAccessKey",
                                                     "SessionToken", "Expiration")}, **more)
        return answer["AccessKeyId"]


class Served(Foreign):
    def test_a_long_lived_key(self):
        key = self.long_lived()
        self.assertTrue(self.who(self.process("prod")).startswith(
            "arn:aws:sts::222222222222:assumed-role/Admin/"))
        call, = self.calls("AssumeRole")
        self.assertEqual(call["access_key_id"], key)

    def test_temporary_ones(self):
        key = self.temporary()
        self.process("prod", "-d", "15m")
        call = self.calls("AssumeRole")[-1]
        self.assertEqual((call["access_key_id"], call["signed_by"]), (key, "session"))

    def test_they_count_as_a_link_of_a_chain(self):
        self.temporary()
        said = self.works("env", "prod", "-d", "2h")
        self.assertEqual(self.last()["DurationSeconds"], "3600")
        self.assertRegex(said.err, "(?i)chain|temporary")

    def test_it_runs_once_for_many(self):
        self.temporary()
        self.process("prod")
        self.process("prod", "--session-name", "other")
        self.process("prod")
        self.assertEqual(self.asked(), ["run "])

    def test_a_crowd_runs_it_once(self):
        self.program("process", "#!/bin/sh\nsleep 0.5\n" + PROGRAM.format(
            log=self.log, said=self.said).partition("\n")[2])
        self.long_lived()
        crowd = [self.world.start(self.world.client, "credential-process", "prod")
                 for _ in range(10)]
        for client in crowd:
            said = client.end()
            self.assertEqual(said.status, 0, said)
        self.assertEqual(len(self.asked()), 1)

    def test_its_arguments_are_words_and_no_shell(self):
        self.long_lived()
        self.with_command(f'{self.path} "two words" $HOME a;ls')
        self.process("prod")
        self.assertEqual(self.asked(), ["run two words $HOME a;ls"])

    def test_unknown_fields_are_passed_over(self):
        self.temporary(AccountId="111111111111", More={"a": [1]})
        self.process("prod")

    def test_of_a_profile(self):
        self.long_lived()
        self.world.configure("[source main]\n")
        self.world.write(".aws/config", f"[profile corp]\ncredential_process = {self.path} p\n"
                         "[profile prod]\nrole_arn = arn:aws:iam::222222222222:role/Admin\n"
                         "source_profile = corp\n")
        self.process("prod")
        self.assertEqual(self.asked(), ["run p"])

    def test_it_is_run_by_the_client(self):
        """In the person's environment and directory, and not by the agent."""
        self.program("process", "#!/bin/sh\necho \"$MINE $PPID\" >> '" + self.log
                     + f"'\ncat '{self.said}'\n")
        self.long_lived()
        client = self.world.start(self.world.client, "credential-process", "prod",
                                  env={"MINE": "yes"})
        self.assertEqual(client.end().status, 0)
        mine, parent = self.asked()[0].split()
        self.assertEqual(mine, "yes")
        self.assertNotIn(int(parent), self.world.agents())

    def test_the_vault_need_not_be_open(self):
        self.long_lived()
        self.works("lock")
        said = self.world.xacct("credential-process", "prod")
        self.assertIn(said.status, (0, 4), said)


class Fails(Foreign):
    def broken(self, text, *words, status=None):
        self.program("process", text)
        said = self.world.xacct("env", "prod", timeout_s=90)
        self.assertNotIn(said.status, (0, 4, 8) if status is None else set(range(256)) - {status},
                         said)
        self.assertEqual(said.out, "")
        for word in words:
            self.assertIn(word, said.err)
        self.assertRegex(said.err, f"corp|{self.path}", "which program was it?")
        self.assertEqual(self.calls("AssumeRole"), [])
        return said

    def test_its_words_are_passed_on(self):
        self.broken("#!/bin/sh\necho 'please sign in first' >&2\nexit 3\n",
                    "please sign in first", "3", status=1)

    def test_it_is_not_there(self):
        self.with_command("/nonexistent/process")
        said = self.world.xacct("env", "prod")
        self.assertNotEqual(said.status, 0)
        self.assertIn("/nonexistent/process", said.err)

    def test_what_it_says_is_none(self):
        access_key_id, secret = self.world.aws.key_of("alice")
        good = {"Version": 1, "AccessKeyId": access_key_id, "SecretAccessKey": secret}
        for wrong in ("", "no", "[]", "{}", json.dumps(good) + "x", json.dumps(good)[:-1],
                      json.dumps({**good, "Version": 2}), json.dumps({**good, "Version": "1"}),
                      json.dumps({**good, "AccessKeyId": ""}),
                      json.dumps({**good, "SecretAccessKey": None}),
                      json.dumps({**good, "AccessKeyId": "AKIA 1234567890123456"}),
                      json.dumps({**good, "Expiration": "tomorrow"}),
                      json.dumps({**good, "SessionToken": "t" * 17000}),
                      json.dumps({**good, "Pad": "x" * 1000000})):
            with self.subTest(wrong[:60]):
                self.world.write("said", wrong)
                said = self.broken(PROGRAM.format(log=self.log, said=self.said))
                self.assertNotIn(secret, said.err)

    def test_they_have_expired(self):
        access_key_id, secret = self.world.aws.key_of("alice")
        self.says(AccessKeyId=access_key_id, SecretAccessKey=secret, SessionToken="t" * 200,
                  Expiration="2020-01-01T00:00:00Z")
        self.broken(PROGRAM.format(log=self.log, said=self.said), "expired")

    def test_it_does_not_end(self):
        self.program("process", "#!/bin/sh\nexec sleep 300\n")
        begun = time.monotonic()
        said = self.world.xacct("credential-process", "prod", timeout_s=90)
        self.assertNotEqual(said.status, 0)
        self.assertLess(time.monotonic() - begun, 62)

    def test_it_leads_back_to_us(self):
        for command in ("credential-process", "env"):
            self.with_command(f"{self.world.client} {command} prod")
            begun = time.monotonic()
            said = self.world.xacct("env", "prod", timeout_s=30)
            self.assertNotIn(said.status, (0,), said)
            self.assertLess(time.monotonic() - begun, 10)
            self.assertEqual(said.status, 3, said)
            self.assertIn("is xacct itself", said.err)
            self.assertRegex(said.err, r"\Axacct: [^\n]+\n  why: [^\n]+\n\Z")
        script = self.program("around", f"#!/bin/sh\nexec {self.world.client} "
                              "credential-process prod\n")
        self.with_command(script)
        said = self.world.xacct("env", "prod", timeout_s=30)
        self.assertEqual(said.status, 1, said)
        self.assertRegex(said.err, "(?i)circle|started by")
        self.assertEqual(self.calls("AssumeRole"), [])

    def test_it_goes_on_when_all_is_said(self):
        """Its output is closed, it is not: it has the time of the caller to end."""
        access_key_id, secret = self.world.aws.key_of("alice")
        good = json.dumps({"Version": 1, "AccessKeyId": access_key_id, "SecretAccessKey": secret})
        self.program("process", f"#!/bin/sh\necho '{good}'\nexec >&- 2>&-\nsleep 3\n")
        self.works("env", "prod")

    def test_aws_refuses_them(self):
        self.says(AccessKeyId="AKIAQQQQQQQQQQQQQQQQ", SecretAccessKey="x" * 40)
        said = self.fails(6, "env", "prod")
        self.assertIn("InvalidClientTokenId", said.err)


class Kept(Foreign):
    def test_for_as_long_as_they_last(self):
        """To their last minute, and what came a moment ago in any case: the request that was
        waiting for it still has to sign with it."""
        lasting = self.temporary()
        with open(self.said, encoding="utf-8") as file:
            said = self.world.write("said-too", file.read())
        brief = self.temporary(life_s=70)
        too = self.program("process-too", PROGRAM.format(log=self.log, said=said))
        self.world.configure(f"[source main]\n[source corp]\ncredential_process = {self.path} brief"
                             f"\n[source corp2]\ncredential_process = {too} lasting\n{DEST}")
        for name in ("first", "at-once", "later"):
            if name == "later":
                time.sleep(16)
                self.temporary()
            self.process("prod", "--session-name", name)
            self.process("prod", "--session-name", name, "--source", "corp2")
        self.assertEqual(self.asked(), ["run brief", "run lasting", "run brief"])
        keys = [call["access_key_id"] for call in self.calls("AssumeRole")]
        self.assertEqual(keys[:4], [brief, lasting] * 2)
        self.assertNotIn(keys[4], (brief, lasting))
        self.assertEqual(keys[5], lasting)

    def test_nothing_runs_in_the_background(self):
        """A role by a key of the vault would be renewed by then."""
        self.long_lived()
        self.world.aws.fault(action="AssumeRole", life_s=6)
        self.process("prod")
        time.sleep(7)
        self.assertEqual(len(self.asked()), 1)

    def test_they_leave_with_forget(self):
        self.long_lived()
        self.process("prod")
        self.works("forget", "--all")
        self.process("prod")
        self.assertEqual(len(self.asked()), 2)


if __name__ == "__main__":
    unittest.main()
