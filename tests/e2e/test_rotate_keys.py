"""rotate: which of a user's keys goes, and when; whose time has come; codes of an MFA device."""

import contextlib
import json
import unittest

from rotate_story import CONFIG, DAY_S, SOURCE, Rotate
from world import PASSPHRASE, Fd

from standin.worlds import ADMINISTRATOR

GINA = "arn:aws:iam::111111111111:mfa/gina"


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


if __name__ == "__main__":
    unittest.main()
