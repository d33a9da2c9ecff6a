"""rotate: a new access key takes the place of a source's, and at no moment is the account
without a stored key that works (security V8)."""

import contextlib
import json
import os
import re
import signal
import time
import unittest

import processes
from broker_story import BrokerStory
from world import PASSPHRASE, Fd

SOURCE = "111111111111"
DAY_S = 86400
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
CONFIG = """
[source main]
rotate_after = 90d
[dest prod]
account = 222222222222
role = ReadOnly
"""
GINA = "arn:aws:iam::111111111111:mfa/gina"
ACTIONS = ("ListAccessKeys", "CreateAccessKey", "GetCallerIdentity", "UpdateAccessKey",
           "DeleteAccessKey")


class Rotate(BrokerStory):
    user = "frank"
    config = CONFIG

    def setUp(self):
        super().setUp()
        self.given(self.config, user=self.user)
        self.first, _secret = self.world.aws.key_of(self.user)

    # --- what AWS and the vault hold ------------------------------------------------------

    def keys(self):
        """{id: status} of the user, in the order in which they were made."""
        return self.world.aws.inventory(SOURCE)["users"][self.user]["keys"]

    def source(self):
        return json.loads(self.works("list", "--json").out)["sources"][0]

    def second_key(self):
        """Made by hand, somewhere else."""
        return self.key_for(self.user)["AccessKeyId"]

    def key_for(self, user):
        with contextlib.closing(self.admin()) as iam:
            return iam.create_access_key(UserName=user)["AccessKey"]

    def admin(self):
        """The administrator, by the key that the vault holds too."""
        return self.world.aws.boto("iam", "frank")

    def asked(self, *actions):
        return [call["action"] for call in self.calls(*(actions or ACTIONS))]

    def is_rotated(self, times=1):
        """One key is left, it is a new one, and the vault holds it."""
        (left, status), = self.keys().items()
        self.assertEqual(status, "Active")
        self.assertNotEqual(left, self.first)
        self.assertEqual(self.source()["key_tail"], left[-4:])
        self.works("whoami", "main")
        self.assertEqual(self.source()["rotate"], None)

    def is_as_before(self):
        self.assertEqual(self.keys(), {self.first: "Active"})
        self.assertEqual(self.source()["key_tail"], self.first[-4:])
        self.works("whoami", "main")

    def stops(self, status, *words):
        """It fails on the way, after what it has told. The words."""
        said = self.fails(status, "rotate", "main", *words).err
        self.assertIn("\n  try: xacct rotate main", said)
        return said

    def agent(self):
        return json.loads(self.world.xacct("status", "--json").out)["pid"]

    def killed(self, pid):
        os.kill(pid, signal.SIGKILL)
        self.waits(lambda: not os.path.exists(f"/proc/{pid}") or
                   processes.status_field(pid, "State").startswith("Z"))
        self.waits(lambda: not self.world.agents())


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


class TwoKeys(Rotate):
    def setUp(self):
        super().setUp()
        self.second = self.second_key()

    def test_nobody_is_there_to_choose(self):
        said = self.refused(4, "rotate", "main")
        self.assertIn(f"{self.first} is stored here, {self.second} is not\n", said)
        self.assertIn(f"\n  why: ****{self.second[-4:]}  active, made ", said)
        self.assertIn(f"\n  try: xacct rotate main --delete {self.second}\n", said)
        self.refused(4, "rotate", "main", "--yes")
        self.assertEqual(self.keys(), {self.first: "Active", self.second: "Active"})
        self.assertNotIn("CreateAccessKey", self.asked("CreateAccessKey")[1:])

    def test_a_person_chooses_by_what_aws_knows(self):
        with self.world.terminal("rotate", "main", columns=200) as person:
            self.assertTrue(person.sees(rf"1  \*\*\*\*{self.first[-4:]}  active, made .*, "
                                        r"last used .* in iam; the one that is stored here"))
            self.assertTrue(person.sees(rf"2  \*\*\*\*{self.second[-4:]}  active, .*never used"))
            person.sees("by its number: ")
            person.types("2\r")
            person.leaves(0, patience_s=30)
        self.is_rotated()

    def test_a_person_who_names_none_changes_nothing(self):
        with self.world.terminal("rotate", "main") as person:
            person.sees("by its number: ")
            person.types("7\r")
            person.leaves(8)
        self.assertEqual(self.keys(), {self.first: "Active", self.second: "Active"})

    def test_the_stored_one_never_goes(self):
        said = self.refused(2, "rotate", "main", "--delete", self.first)
        self.assertIn("it goes last", said)
        self.assertEqual(self.keys(), {self.first: "Active", self.second: "Active"})

    def test_one_that_is_named_goes_without_a_question(self):
        self.works("rotate", "main", "--delete", self.second)
        self.is_rotated()

    def test_one_that_has_gone_by_itself_is_no_fault(self):
        self.world.aws.remove(SOURCE, key=self.second)
        self.works("rotate", "main", "--delete", self.second)
        self.is_rotated()

    def test_one_that_is_of_nobody_is_not_guessed(self):
        self.refused(4, "rotate", "main", "--delete", "AKIA" + "Z" * 16)
        self.assertEqual(len(self.keys()), 2)

    def test_a_dry_run_shows_both(self):
        said = self.works("rotate", "main", "--dry-run").err
        self.assertIn(self.second[-4:], said)
        self.assertIn(f"xacct rotate main --delete {self.second}\n", said)

    def test_use_may_be_none_of_its_business(self):
        self.world.aws.fault(action="GetAccessKeyLastUsed", times=0, error={
            "code": "AccessDenied", "status": 403, "message": "no"})
        self.assertIn("AWS does not say when it was last used",
                      self.works("rotate", "main", "--dry-run").err)


class TheOldKey(Rotate):
    def later(self, days):
        self.world.aws.set_clock(days * DAY_S)

    def test_it_goes_when_its_grace_is_over(self):
        said = self.works("rotate", "main", "--grace", "7d").err
        self.assertIn("is to be deleted on ", said)
        self.assertEqual(sorted(self.keys().values()), ["Active", "Inactive"])
        self.later(6)
        self.assertEqual(len(self.keys()), 2)
        self.later(8)
        said = self.works("rotate", "main").err
        self.assertEqual(said.splitlines()[-1], f"xacct: the old key of 'main', "
                         f"****{self.first[-4:]}, is deleted at AWS: its time had come")
        self.assertEqual(len(self.calls("CreateAccessKey")), 1)
        self.is_rotated()

    def left_waiting(self):
        """The old one does; what is stored now."""
        self.works("rotate", "main", "--grace", "7d")
        key, = set(self.keys()) - {self.first}
        return key

    def is_rotated_again(self, second, said):
        """The line at the end is about the key that was made in this run."""
        self.is_rotated()
        (third, _status), = self.keys().items()
        self.assertNotEqual(third, second)
        self.assertIn(f"the old key of 'main', ****{self.first[-4:]}, is deleted at AWS", said)
        self.assertIn(f"rotated 'main': ****{second[-4:]} → ****{third[-4:]}, deleted at AWS", said)

    def test_while_it_waits_it_is_named_as_the_one_that_can_go(self):
        second = self.left_waiting()
        said = self.refused(4, "rotate", "main")
        self.assertIn(f"{second} is stored here, {self.first} is not\n", said)
        self.assertIn("; the old one, which goes on ", said)
        self.assertIn(f"\n  try: xacct rotate main --delete {self.first}\n", said)
        said = self.works("rotate", "main", "--delete", self.first, "--dry-run").err
        self.assertIn(f"would delete ****{self.first[-4:]} at AWS\n", said)
        self.assertIn("would make a new key", said)
        self.assertEqual(len(self.keys()), 2)

    def test_one_that_waits_may_be_named_and_a_new_key_is_made_all_the_same(self):
        second = self.left_waiting()
        said = self.works("rotate", "main", "--delete", self.first).err
        self.is_rotated_again(second, said)

    def test_a_person_lets_one_go_that_waits(self):
        second = self.left_waiting()
        with self.world.terminal("rotate", "main", columns=200) as person:
            self.assertTrue(person.sees("1  .*; the one that is stored here"))
            self.assertTrue(person.sees("2  .*; the old one, which goes on "))
            person.sees("by its number: ")
            person.types("2\r")
            self.is_rotated_again(second, person.leaves(0, patience_s=30))

    def test_one_that_waited_and_has_gone_by_itself(self):
        second = self.left_waiting()
        self.world.aws.remove(SOURCE, key=self.first)
        self.is_rotated_again(second, self.works("rotate", "main").err)

    def test_it_may_stay(self):
        self.assertIn("the old key stays, inactive",
                      self.works("rotate", "main", "--keep-inactive").err)
        self.assertEqual(self.keys()[self.first], "Inactive")
        self.assertEqual(self.source()["rotate"], None)
        self.refused(4, "rotate", "main")
        self.works("rotate", "main", "--delete", self.first)
        self.assertEqual(len(self.keys()), 1)

    def test_to_make_it_inactive_may_be_denied(self):
        self.world.aws.fault(action="UpdateAccessKey", times=0, error={
            "code": "AccessDenied", "status": 403, "message": "not authorized"})
        said = self.fails(6, "rotate", "main").err
        self.assertIn("'main' is rotated, but its old key", said)
        self.assertIn("try: allow iam:UpdateAccessKey with that statement, then: "
                      "xacct rotate main\n", said)
        self.works("whoami", "main")
        self.assertNotEqual(self.source()["key_tail"], self.first[-4:])
        self.world.aws.reset()
        self.works("rotate", "main")
        self.is_rotated()

    def test_somebody_else_may_have_deleted_it(self):
        self.world.aws.fault(action="UpdateAccessKey", error={
            "code": "NoSuchEntity", "status": 404, "message": "gone"})
        self.works("rotate", "main", "--grace", "7d")
        self.assertEqual(self.source()["rotate"], None)


class WhoseTimeHasCome(Rotate):
    def test_a_key_that_is_old_is_said_to_be_and_rotated(self):
        self.rotated_long_ago("main")
        words = "the key of 'main' is 97 days old"
        self.assertIn(f"\nrotate   {words}: xacct rotate main\n", self.works("status").out)
        self.assertEqual(json.loads(self.works("status", "--json").out)["rotate"],
                         [{"name": "main", "reason": words}])
        self.assertIn(words, self.works("list").out)
        self.works("lock")
        self.assertNotIn("days old", self.world.xacct("status").out)
        said = self.works("rotate", "--due", "--passphrase-fd", Fd(PASSPHRASE)).err
        self.assertIn("rotated 'main'", said)
        self.assertNotIn("days old", self.works("status").out)
        self.assertIn("no key is due", self.works("rotate", "--due").err)

    def test_without_a_limit_no_key_is_old(self):
        self.world.configure("[source main]\n")
        self.world.aws.set_clock(-3000 * DAY_S)
        self.works("rotate", "main")
        self.assertNotIn("days old", self.works("status").out)

    def test_an_old_key_that_is_due_goes(self):
        self.world.aws.set_clock(-9 * DAY_S)
        self.works("rotate", "main", "--grace", "7d")
        self.world.aws.set_clock(0)
        self.assertIn("the old key of 'main' is due to be deleted", self.works("status").out)
        self.works("rotate", "--due")
        self.is_rotated()

    def test_one_that_fails_keeps_no_other_waiting(self):
        """Each failure is told alike, with its source's name."""
        self.three_are_due()
        said = self.fails(6, "rotate", "--due")
        for name in ("first", "last"):
            self.assertEqual(said.err.count(f"xacct: rotate failed for {name}: "), 1, said)
        self.assertEqual(said.err.count("\n  aws: AccessDenied (request id "), 2, said)
        self.assertIn("xacct: rotated 'main': ", said.err)
        said = json.loads(self.works("status", "--json").out)
        self.assertEqual([one["name"] for one in said["rotate"]], ["first", "last"])

    def test_those_that_fail_are_told_in_json_too(self):
        self.three_are_due()
        said = self.world.xacct("rotate", "--due", "--json")
        self.assertEqual(said.status, 6, said)
        errors = {one["name"]: one["error"] for one in json.loads(said.out)["sources"]}
        self.assertEqual(list(errors), ["first", "main", "last"])
        self.assertEqual(errors["main"], None)
        for name in ("first", "last"):
            self.assertIn("iam:ListAccessKeys", errors[name])
            self.assertIn(f"rotate failed for {name}: ", said.err)

    def three_are_due(self):
        """Keys of 97 days; the users of the first and of the last lost their rights since."""
        self.world.configure("[source first]\nrotate_after = 90d\n" + CONFIG +
                             "source = main\n[source last]\nrotate_after = 90d\n")
        for name, user in (("first", "helen"), ("last", "ivan")):
            with contextlib.closing(self.admin()) as iam:
                iam.create_user(UserName=user)
                iam.attach_user_policy(UserName=user, PolicyArn=ADMINISTRATOR)
            key = self.key_for(user)
            self.works("add", name, "--access-key-id", key["AccessKeyId"], "--secret-fd",
                       Fd(key["SecretAccessKey"]))
        self.rotated_long_ago("first", "last")
        with contextlib.closing(self.admin()) as iam:
            for user in ("helen", "ivan"):
                iam.detach_user_policy(UserName=user, PolicyArn=ADMINISTRATOR)
        self.rotated_long_ago("main")       # and with it, the administrator's

    def rotated_long_ago(self, *names):
        self.world.aws.set_clock(-97 * DAY_S)
        for name in names:
            self.works("rotate", name)
        self.world.aws.set_clock(0)


class WithMfa(Rotate):
    user = "gina"
    config = f"[source main]\nmfa_serial = {GINA}\n"

    def test_each_key_has_a_session_of_its_own(self):
        said = self.fails(4, "rotate", "main", "-t", self.fob.fresh()).err
        self.assertIn("'main' is rotated, but its old key", said)
        self.works("whoami", "main")
        self.works("rotate", "main", "-t", self.fob.fresh())
        self.is_rotated()
        codes = self.codes_sent()
        self.assertEqual(len(codes), len(set(codes)))
        for call in self.calls("ListAccessKeys", "CreateAccessKey", "UpdateAccessKey",
                               "DeleteAccessKey"):
            self.assertEqual((call["signed_by"], call["with_mfa"]), ("session", True))

    def test_a_person_is_asked_twice(self):
        with self.world.terminal("rotate", "main") as person:
            person.sees("MFA code")
            person.types(self.fob.fresh() + "\r")
            person.sees("MFA code", patience_s=30)
            person.types(self.fob.fresh() + "\r")
            person.leaves(0, patience_s=60)
        self.is_rotated()


class Interrupted(Rotate):
    """Whatever goes away at whatever call, the same command goes on."""

    def goes_on(self, where):
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.world.aws.reset()
        self.works("whoami", "main")
        self.works("rotate", "main")
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

    def test_a_key_whose_secret_never_came_is_taken_back(self):
        self.world.aws.fault(action="CreateAccessKey", cut_at=60)
        self.fails(7, "rotate", "main")
        lost, = set(self.keys()) - {self.first}
        self.assertIn("is not finished", self.works("status").out)
        said = self.works("rotate", "main").err
        self.assertIn(f"deleted ****{lost[-4:]} at AWS: it was made here", said)
        self.is_rotated()
        self.assertNotIn(lost, self.keys())

    def test_a_save_that_fails_loses_nothing(self):
        """The directory takes no new file from the moment when AWS has answered."""
        home = os.path.dirname(self.world.vault_file)
        for action, skip, words in (
                ("ListAccessKeys", 0, ""), ("CreateAccessKey", 0, "which takes it back"),
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
