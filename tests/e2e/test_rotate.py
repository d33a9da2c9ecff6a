"""rotate: a new access key takes the place of a source's, and at no moment is the account
without a stored key that works (security V8). Which of two keys goes, and when, is in
test_rotate_keys.py; what interrupts it, in test_rotate_interrupted.py."""

import contextlib
import json
import re
import unittest

from rotate_story import CONFIG, SOURCE, Rotate
from world import PASSPHRASE, Fd


class TheGoodWay(Rotate):
    def test_a_new_key_takes_the_place_of_the_old_one(self):
        said = self.works("rotate", "main").err
        self.assertEqual(self.asked(), ["GetCallerIdentity", "ListAccessKeys", "CreateAccessKey",
                                        *["GetCallerIdentity"] * 3, "UpdateAccessKey",
                                        "DeleteAccessKey"])
        new = self.source()["key_tail"]
        self.assertEqual(said.splitlines()[-1], f"xacct: rotated 'main': ****{self.first[-4:]} → "
                                                f"****{new}, deleted at AWS")
        self.is_rotated()

    def test_each_call_names_the_user_and_the_new_key_ends_the_old_one(self):
        self.works("rotate", "main")
        for call in self.calls("ListAccessKeys", "CreateAccessKey", "UpdateAccessKey",
                               "DeleteAccessKey"):
            self.assertEqual(call["parameters"]["UserName"], "frank")
        (new, _status), = self.keys().items()
        for call in self.calls("UpdateAccessKey", "DeleteAccessKey"):
            self.assertEqual((call["access_key_id"], call["parameters"]["AccessKeyId"]),
                             (new, self.first))

    def test_what_roles_have_given_stays_and_what_follows_works_at_once(self):
        held = self.process("prod")
        self.works("rotate", "main")
        self.assertIn("assumed-role/ReadOnly/", self.who(held))
        self.works("env", "prod")
        self.works("env", "main")

    def test_what_the_old_key_has_bought_is_forgotten(self):
        held = self.key("main")
        self.works("rotate", "main")
        self.assertNotEqual(self.key("main"), held)

    def test_again_and_again(self):
        for _round in range(3):
            self.works("rotate", "main")
            self.is_rotated()

    def test_quiet_says_nothing_and_json_says_all(self):
        said = self.works("rotate", "main", "-q")
        self.assertEqual((said.out, said.err), ("", ""))
        said = self.works("rotate", "main", "--json")
        self.assertEqual(said.err, "")
        one, = json.loads(said.out)["sources"]
        self.assertEqual((one["name"], one["error"]), ("main", None))
        self.assertEqual({item["kind"] for item in one["items"]}, {"changed"})
        (new, _status), = self.keys().items()
        self.assertEqual([item["access_key_id"] for item in one["items"]][0], new)

    def test_a_dry_run_looks_only(self):
        said = self.works("rotate", "main", "--dry-run").err
        self.assertIn(f"and delete ****{self.first[-4:]}", said)
        self.assertEqual(self.asked(), ["GetCallerIdentity", "ListAccessKeys"])
        self.is_as_before()

    def test_it_waits_until_aws_knows_the_key(self):
        self.world.aws.consistency(5)
        with self.world.terminal("rotate", "main", env={"TERM": "xterm"}) as person:
            self.assertTrue(person.sees("waiting until AWS knows the new key"))
            person.leaves(0, patience_s=60)
        codes = [call["code"] for call in self.calls("GetCallerIdentity", "UpdateAccessKey")]
        self.assertIn("InvalidClientTokenId", codes)
        self.assertEqual(codes.count(None), 1 + 3 + 1)
        self.world.aws.consistency(0)
        self.is_rotated()

    def test_locked_it_asks_for_the_passphrase(self):
        self.works("lock")
        said = self.refused(4, "rotate", "main", "--no-input")
        self.assertIn(": the vault is locked\n", said)
        for words in (("rotate", "--due"), ("rotate", "--due", "--no-input")):
            self.assertEqual(self.world.xacct(*words).err, said.replace(" for main", ""))
        self.works("rotate", "main", "--passphrase-fd", Fd(PASSPHRASE))
        self.is_rotated()


class WhatCannotBe(Rotate):
    def test_whose_key_it_is_must_be_known_and_be_a_users(self):
        self.assertIn("source", self.refused(3, "rotate", "prod"))
        self.assertIn("the vault holds no key", self.refused(3, "rotate", "nobody"))
        self.refused(2, "rotate")
        self.refused(2, "rotate", "main", "--due")
        self.refused(2, "rotate", "main", "--grace", "1d", "--keep-inactive", tries=False)
        key_id, secret = self.world.aws.key_of("alice")
        self.works("add", "unproven", "--no-verify", "--access-key-id", key_id, "--secret-fd",
                   Fd(secret))
        self.assertIn("xacct whoami unproven", self.refused(2, "rotate", "unproven"))
        self.assertEqual(self.asked(), ["GetCallerIdentity"])

    def test_who_may_not_is_told_so(self):
        key_id, secret = self.world.aws.key_of("bob")
        self.works("add", "poor", "--access-key-id", key_id, "--secret-fd", Fd(secret))
        said = self.refused(6, "rotate", "poor")
        self.assertIn("its user may not do iam:ListAccessKeys; ", said)
        self.assertIn("\n  try: allow iam:ListAccessKeys with that statement, then: "
                      "xacct rotate poor\n", said)

    def test_what_is_printed_is_what_rotate_needs(self):
        """Given to the user as it stands, with every other right taken away; one without a
        path, and one with, whose name is not all of what stands in the ARN."""
        self.world.configure(CONFIG + "source = main\n[source zoe]\n[source yan]\n")
        for user, path, resource in (
                ("zoe", "/", "arn:aws:iam::*:user/${aws:username}"),
                ("yan", "/team/a/", f"arn:aws:iam::{SOURCE}:user/team/a/yan")):
            with self.subTest(user):
                with contextlib.closing(self.admin()) as iam:
                    iam.create_user(UserName=user, Path=path)
                key = self.key_for(user)
                self.works("add", user, "--access-key-id", key["AccessKeyId"], "--secret-fd",
                           Fd(key["SecretAccessKey"]))
                why, = re.findall(r"\n  why: .*?; what rotate needs: ({.*})\n",
                                  self.refused(6, "rotate", user))
                statement = json.loads(why)
                self.assertEqual(statement["Resource"], resource)
                with contextlib.closing(self.admin()) as iam:
                    iam.put_user_policy(UserName=user, PolicyName="rotation", PolicyDocument=
                                        json.dumps({"Version": "2012-10-17",
                                                    "Statement": [statement]}))
                self.key_for(user)
                other, = re.findall(r"--delete (AKIA\w+)", self.refused(4, "rotate", user))
                self.assertNotIn("AWS does not say", self.works(
                    "rotate", user, "--dry-run").err)
                self.works("rotate", user, "--delete", other)

    def test_against_what_denies_by_name_no_statement_is_offered(self):
        with contextlib.closing(self.admin()) as iam:
            iam.put_user_policy(UserName="frank", PolicyName="no", PolicyDocument=json.dumps({
                "Version": "2012-10-17", "Statement": [
                    {"Effect": "Deny", "Action": "iam:CreateAccessKey", "Resource": "*"}]}))
        said = self.refused(6, "rotate", "main")
        self.assertIn("\n  why: a policy denies it by name\n", said)
        self.assertIn("\n  try: allow iam:CreateAccessKey there, then: xacct rotate main\n", said)
        self.is_as_before()

    def test_a_refusal_to_create_leaves_nothing_behind(self):
        self.world.aws.fault(action="CreateAccessKey", error={
            "code": "AccessDenied", "status": 403, "message": "not authorized"})
        said = self.refused(6, "rotate", "main")
        self.assertIn("try: allow iam:CreateAccessKey with that statement", said)
        self.is_as_before()
        self.assertEqual(self.source()["rotate"], None)

    def test_a_key_that_is_inactive_or_gone_at_aws(self):
        second = self.second_key()
        with contextlib.closing(self.admin()) as iam:
            iam.update_access_key(UserName="frank", AccessKeyId=second, Status="Inactive")
        self.world.aws.deactivate(self.first)
        said = self.refused(6, "rotate", "main")
        self.assertIn("InvalidClientTokenId", said)
        self.assertIn("\n  try: xacct remove main, then xacct add main with a good key\n", said)
        self.assertEqual(self.keys(), {self.first: "Inactive", second: "Inactive"})

    def test_an_answer_for_another_switches_nothing(self):
        for field, value in (("Arn", "arn:aws:iam::111111111111:user/mallory"),
                             ("Account", "999999999999")):
            self.world.aws.fault(action="GetCallerIdentity", edit={field: value}, times=1)
            said = self.stops(9)
            self.assertIn("nothing was switched", said)
            self.assertEqual(self.source()["key_tail"], self.first[-4:])
        new, = set(self.keys()) - {self.first}
        self.assertIn(f"try: xacct rotate main --delete {new}", said)
        self.works("rotate", "main", "--delete", new)
        self.is_rotated()
        self.assertNotIn(new, self.keys())

    def test_a_key_that_signs_wrong_is_not_switched_to(self):
        self.world.aws.fault(action="CreateAccessKey",
                             edit={"AccessKey/SecretAccessKey": "Q" * 40})
        self.assertIn("SignatureDoesNotMatch", self.stops(6))
        self.assertEqual(self.source()["key_tail"], self.first[-4:])
        self.works("whoami", "main")


if __name__ == "__main__":
    unittest.main()
