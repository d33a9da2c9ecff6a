"""setup and what others made: their roles, their policies, and their setups at the same time."""

import json
import unittest

from setup_story import (ADMINISTRATOR, ADMINS, APPLY, DEST, PLAN, POLICY, ROLE, SOURCE, TRUST,
                         UNDO, USER, SetupStory, grants)

BY_HAND = {"Version": "2012-10-17",
           "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def role(name):
    return f"arn:aws:iam::{DEST}:role/{name}"


class OfOthers(SetupStory):
    """Roles that setup made, of which somebody else has made more."""

    ALICES = ("setup", "other", "--account", DEST, "--role", "Admin", "--source", "alice",
              "--undo", *ADMINS)

    def setUp(self):
        super().setUp()
        self.add_key("alice")
        self.works(*APPLY)
        self.owner = self.aws.boto("iam", "owner")
        self.aws.reset()

    def put(self, name="hand", document=BY_HAND):
        self.owner.put_role_policy(RoleName="Admin", PolicyName=name,
                                   PolicyDocument=json.dumps(document))
        self.aws.reset()

    def test_another_s_role_is_left_where_nobody_is_asked(self):
        self.put()
        before = self.role()
        for more in (("--yes",), ("--yes", "--no-input")):
            said = self.works(*self.ALICES, *more)
            self.assertIn(f"warning: {ROLE} is left as it is", said.err)
            self.assertEqual(self.changes(), [])
            self.assertEqual(self.role(), before)
        told = json.loads(self.works(*self.ALICES, "--yes", "--json", "-q").out)
        self.assertIn("warning", [item["result"] for item in told["items"]])
        self.assertFalse(told["changed"])

    def test_a_person_sees_what_stands_and_what_would_go(self):
        self.put()
        with self.world.terminal(*self.ALICES, "--yes") as person:
            person.sees("the role's trust policy as it stands")
            person.sees(USER)
            person.sees("the role's own policy hand as it stands")
            person.sees("s3:*")
            person.sees(f"delete the role {ROLE}")
            person.sees("made for the destination prod")
            person.sees("hand")
            person.types("n\n")
            person.leaves(8)
        self.assertEqual(self.changes(), [])
        with self.world.terminal(*self.ALICES, "--yes") as person:
            person.sees(r"\[y/N\]")
            person.types("y\n")
            person.leaves(0)
        self.assertIsNone(self.role())
        self.assertEqual(self.in_force(), grants(ROLE), "bob's policy is bob's")

    def test_what_was_put_into_one_s_own_role(self):
        self.put()
        self.owner.attach_role_policy(RoleName="Admin", PolicyArn=READ_ONLY)
        self.works(*UNDO, "--yes", "--no-input")
        self.assertEqual(sorted(self.role()["attached"]), [ADMINISTRATOR, READ_ONLY])
        self.assertIsNone(self.policy(), "the source's side is taken back")
        self.works(*APPLY)
        with self.world.terminal(*UNDO, "--yes") as person:
            person.sees(f"{READ_ONLY} is attached to the role, and not by this setup")
            person.sees("would be deleted: hand; also attached: " + READ_ONLY)
            person.types("y\n")
            person.leaves(0)
        self.assert_nothing_is_there()

    def test_a_trust_policy_that_was_changed(self):
        other = json.loads(json.dumps(TRUST).replace("user/bob", "user/alice"))
        self.owner.update_assume_role_policy(RoleName="Admin", PolicyDocument=json.dumps(other))
        self.works(*UNDO, "--yes")
        self.assertEqual(self.role()["trust"], other)
        with self.world.terminal(*UNDO, "--yes") as person:
            person.sees("user/alice")
            person.sees("its trust policy is not setup's")
            person.types("y\n")
            person.leaves(0)
        self.assert_nothing_is_there()

    def test_what_changed_meanwhile_is_shown_again(self):
        self.put()
        with self.world.terminal(*UNDO, "--yes") as person:
            person.sees(r"\[y/N\]")
            self.put("late", {**BY_HAND, "Id": "late"})
            person.types("y\n")
            person.sees("the role's own policy late as it stands")
            person.sees(r"\[y/N\]")
            self.assertEqual(self.changes(), [])
            person.types("y\n")
            person.leaves(0)
        self.assert_nothing_is_there()

    def test_a_role_made_for_another_destination_is_not_changed_unasked(self):
        """Each thing that would be attached is named, in the question or before it."""
        second = ("setup", "second", *PLAN[2:], "--apply", *ADMINS, "--permissions")
        with self.world.terminal(*second, "ReadOnlyAccess,PowerUserAccess", "-q") as person:
            person.sees(f"not made by xacct for 'second'; attach {READ_ONLY}, "
                        "arn:aws:iam::aws:policy/PowerUserAccess to it\\?")
            person.types("n\n")
            person.leaves(8)
        many = ",".join(f"{'long' * 20}{i}" for i in range(4))
        with self.world.terminal(*second, many, "-q") as person:
            for name in many.split(","):
                person.sees(f"{name} would be attached to the role")
            person.sees("attach the policies told above to it\\?")
            person.types("n\n")
            person.leaves(8)
        self.assertIn("--yes", self.refused(4, *second, "ReadOnlyAccess", "--no-input", "-q"))
        self.assertEqual(self.changes(), [])


if __name__ == "__main__":
    unittest.main()
