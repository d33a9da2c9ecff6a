"""setup and what others made: their roles, their policies, and their setups at the same time."""

import json
import time
import unittest

from setup_story import (ADMINISTRATOR, ADMINS, APPLY, DEST, PLAN, POLICY, ROLE, SOURCE, TRUST,
                         UNDO, USER, SetupStory, grants)
from world import PASSPHRASE, Fd

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
            self.assertIn(f"left: {ROLE} is left as it is", said.err)
            self.assertEqual(self.changes(), [])
            self.assertEqual(self.role(), before)
        told = json.loads(self.works(*self.ALICES, "--yes", "--json", "-q").out)
        self.assertIn("left", [item["result"] for item in told["items"]])
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
        names = [f"{'long' * 20}{i}" for i in range(4)]
        self.aws.add({DEST: {"policies": {name: BY_HAND for name in names}}})
        many = ",".join(f"arn:aws:iam::{DEST}:policy/{name}" for name in names)
        with self.world.terminal(*second, many, "-q") as person:
            for name in many.split(","):
                person.sees(f"{name} would be attached to the role")
            person.sees("attach the policies told above to it\\?")
            person.types("n\n")
            person.leaves(8)
        self.assertIn("--yes", self.refused(4, *second, "ReadOnlyAccess", "--no-input", "-q"))
        self.assertEqual(self.changes(), [])


class AtTheSameTime(SetupStory):
    """Two of them write the one policy of the user, each by an agent of its own, as on two hosts.
    AWS answers one of them late: what it read is old when it writes."""

    def setUp(self):
        super().setUp()
        self.second = {"XDG_RUNTIME_DIR": self.world._directory("second")}
        self.works(*self.of("Base", "--apply"))
        self.elsewhere("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.addCleanup(self.world.xacct, "agent", "stop", env=self.second)
        self.aws.reset()

    def elsewhere(self, *command):
        """By the other agent."""
        said = self.world.xacct(*command, env=self.second)
        self.assertEqual(said.status, 0, said)
        return said

    @staticmethod
    def of(name, *how):
        return ("setup", name.lower(), "--account", DEST, "--role", name, "--source", "main",
                *ADMINS, *how)

    def late(self, action, *command, skip=0):
        """The command, once AWS has been asked for this and takes its time to answer."""
        self.aws.fault(action=action, skip=skip, delay_s=4.5, times=1)
        program = self.world.start(self.world.client, *command)
        deadline = time.monotonic() + 20
        while self.actions().count(action) <= skip:
            if time.monotonic() > deadline or program.popen.poll() is not None:
                program.popen.kill()
                self.fail(f"it never made {action}: {self.actions()} {program.end()}")
            time.sleep(0.02)
        return program

    def ends(self, program):
        said = program.end()
        self.assertEqual(said.status, 0, said)
        return said

    def works_still(self, *names):
        for name in names:
            self.works("whoami", name.lower(), "--refresh")

    def test_two_setups_keep_both_grants(self):
        slow = self.late("GetPolicyVersion", *self.of("Slow", "--apply"))
        self.elsewhere(*self.of("Quick", "--apply"))
        self.ends(slow)
        self.assertEqual(len(self.policy()["versions"]), 4, "it was not overtaken")
        self.assertEqual(self.in_force(), grants(role("Base"), role("Quick"), role("Slow")))
        self.works_still("Base", "Quick", "Slow")

    def test_three_setups(self):
        slow = self.late("GetPolicyVersion", *self.of("Slow", "--apply"))
        for name in ("One", "Two"):
            self.elsewhere(*self.of(name, "--apply"))
        self.ends(slow)
        self.assertEqual(self.in_force(), grants(*map(role, ("Base", "One", "Slow", "Two"))))

    def test_a_setup_overtaken_by_an_undo(self):
        """What the undo took out stays out."""
        self.works(*self.of("Gone", "--apply"))
        self.aws.reset()
        slow = self.late("GetPolicyVersion", *self.of("Slow", "--apply"))
        self.elsewhere(*self.of("Gone", "--undo", "--yes"))
        self.ends(slow)
        self.assertEqual(self.in_force(), grants(role("Base"), role("Slow")))

    def test_an_undo_overtaken_by_a_setup(self):
        self.works(*self.of("Gone", "--apply"))
        self.aws.reset()
        slow = self.late("GetPolicyVersion", *self.of("Gone", "--undo", "--yes"))
        self.elsewhere(*self.of("Quick", "--apply"))
        self.ends(slow)
        self.assertEqual(self.in_force(), grants(role("Base"), role("Quick")))

    def test_the_last_role_s_undo_overtaken_by_a_setup(self):
        """The policy is not deleted with what was put into it meanwhile, and the user keeps it."""
        for action in ("GetPolicy", "GetPolicyVersion", "ListPolicyVersions", "DetachUserPolicy"):
            with self.subTest(action):
                self.aws.reset()
                slow = self.late(action, *self.of("Base", "--undo", "--yes"))
                self.elsewhere(*self.of("Quick", "--apply"))
                self.ends(slow)
                self.assertEqual(self.in_force(), grants(role("Quick")))
                self.assertEqual(self.attached(), [POLICY])
                self.works_still("Quick")
                self.works(*self.of("Base", "--apply"))
                self.works(*self.of("Quick", "--undo", "--yes"))

    def test_a_setup_overtaken_by_the_last_role_s_undo(self):
        """There is no policy any more where it would write a version."""
        slow = self.late("GetPolicyVersion", *self.of("Slow", "--apply"))
        self.elsewhere(*self.of("Base", "--undo", "--yes"))
        self.ends(slow)
        self.assertEqual(self.in_force(), grants(role("Slow")))
        self.assertEqual(self.attached(), [POLICY])

    def test_what_another_program_brings_back_is_taken_out_again(self):
        """A grant that is back in the version in force when undo looks once more."""
        self.works(*self.of("Gone", "--apply"))
        both = self.in_force()
        self.aws.reset()
        slow = self.late("CreatePolicyVersion", *self.of("Gone", "--undo", "--yes"))
        self.aws.boto("iam", "frank").create_policy_version(
            PolicyArn=POLICY, PolicyDocument=json.dumps(both), SetAsDefault=True)
        self.ends(slow)
        self.assertEqual(self.in_force(), grants(role("Base")))

    def test_what_another_program_takes_out_is_put_in_again(self):
        base = self.in_force()
        slow = self.late("CreatePolicyVersion", *self.of("Slow", "--apply"))
        self.aws.boto("iam", "frank").create_policy_version(
            PolicyArn=POLICY, PolicyDocument=json.dumps(base), SetAsDefault=True)
        self.ends(slow)
        self.assertEqual(self.in_force(), grants(role("Base"), role("Slow")))

    def test_something_else_written_meanwhile_is_told(self):
        slow = self.late("GetPolicyVersion", *self.of("Slow", "--apply"))
        self.aws.boto("iam", "frank").create_policy_version(
            PolicyArn=POLICY, PolicyDocument=json.dumps(BY_HAND), SetAsDefault=True)
        said = self.ends(slow)
        self.assertIn("warning: somebody else wrote the version v2 of", said.err)
        self.assertEqual(self.in_force(), grants(role("Base"), role("Slow")))


class PoliciesOfOthers(SetupStory):
    """--policy-name of a policy that setup did not make, or that others have too."""

    MINE = (*PLAN, "--policy-name", "team", "--apply", *ADMINS)
    TEAM = f"arn:aws:iam::{SOURCE}:policy/team"

    def setUp(self):
        super().setUp()
        self.frank = self.aws.boto("iam", "frank")

    def make(self, n_versions=1, tags=(), users=()):
        self.frank.create_policy(PolicyName="team", Tags=list(tags),
                                 PolicyDocument=json.dumps(grants(role("Theirs"))))
        for _ in range(1, n_versions):
            self.frank.create_policy_version(
                PolicyArn=self.TEAM, PolicyDocument=json.dumps(grants(role("Theirs"))),
                SetAsDefault=True)
        for user in users:
            self.frank.attach_user_policy(UserName=user, PolicyArn=self.TEAM)
        self.aws.reset()

    def assert_untouched(self, n_versions=1):
        self.assertEqual(len(self.policy("team")["versions"]), n_versions)
        self.assertEqual(self.in_force("team"), grants(role("Theirs")))
        self.assertNotIn(self.TEAM, self.attached())

    def test_a_foreign_one_is_asked_about(self):
        self.make()
        self.assertIn("--yes", self.refused(4, *self.MINE, "--no-input", "-q"))
        self.assert_untouched()
        with self.world.terminal(*self.MINE) as person:
            person.sees(f"the policy {self.TEAM} was not made by xacct; let it allow the role "
                        f"{ROLE}, and attach it to bob\\?")
            person.types("n\n")
            person.leaves(8)
        self.assert_untouched()
        with self.world.terminal(*self.MINE) as person:
            person.sees("let it allow")
            person.types("y\n")
            person.sees("xacct exec prod")
            person.leaves(0)
        self.assertEqual(self.in_force("team"), grants(ROLE, role("Theirs")))
        self.assertIn(self.TEAM, self.attached())

    def test_others_who_have_it_are_counted(self):
        self.make(users=("alice", "carol"))
        with self.world.terminal(*self.MINE) as person:
            person.sees("was not made by xacct and is attached to 2 others, who would get the "
                        "right too")
            person.types("n\n")
            person.leaves(8)
        self.assert_untouched()

    def test_one_s_own_that_another_has_too(self):
        self.works(*APPLY)
        self.frank.attach_user_policy(UserName="alice", PolicyArn=POLICY)
        second = ("setup", "second", "--account", DEST, "--role", "Second", "--source", "main",
                  "--apply", *ADMINS)
        self.assertIn("--yes", self.refused(4, *second, "--no-input", "-q"))
        self.assertEqual(self.in_force(), grants(ROLE))
        with self.world.terminal(*second) as person:
            person.sees(f"the policy {POLICY} is attached to 1 other, who would get the right too; "
                        f"let it allow the role {role('Second')}\\?")
            person.types("y\n")
            person.sees("xacct exec second")
            person.leaves(0)
        self.assertEqual(self.in_force(), grants(ROLE, role("Second")))

    def test_one_s_own_that_only_another_has(self):
        """One has it, and it is not the user: who that is counts, not how many."""
        self.make(tags=[{"Key": "xacct", "Value": "setup"}], users=("alice",))
        said = self.fails(4, *self.MINE, "--no-input", "-q")
        self.assertIn("--yes", said.err)
        self.assert_untouched()

    def test_an_old_version_of_a_foreign_one_is_asked_about(self):
        self.make(n_versions=5)
        with self.world.terminal(*self.MINE) as person:
            person.sees("let it allow")
            person.types("y\n")
            person.sees(f"the policy {self.TEAM} was not made by xacct; delete its old version v1 "
                        "for good, to make room")
            person.types("n\n")
            person.leaves(8)
        self.assert_untouched(5)
        self.works(*self.MINE, "--yes")
        self.assertEqual(sorted(self.policy("team")["versions"]), ["v2", "v3", "v4", "v5", "v6"])
        self.assertEqual(self.in_force("team"), grants(ROLE, role("Theirs")))

    def test_a_foreign_one_that_allows_it_is_not_attached_unasked(self):
        self.frank.create_policy(PolicyName="team", PolicyDocument=json.dumps(grants(ROLE)))
        self.refused(4, *self.MINE, "--no-input", "-q")
        self.assertEqual(self.attached(), [])
        with self.world.terminal(*self.MINE) as person:
            person.sees(f"the policy {self.TEAM} was not made by xacct; attach it to {USER}")
            person.types("y\n")
            person.sees("xacct exec prod")
            person.leaves(0)

    def test_undo_leaves_one_that_others_have(self):
        self.works(*APPLY)
        self.frank.attach_user_policy(UserName="alice", PolicyArn=POLICY)
        said = self.works(*UNDO, "--yes")
        self.assertIn(f"left: {POLICY} is attached to others as well", said.err)
        self.assertEqual(self.attached(), [])
        self.assertEqual(self.attached("alice"), [POLICY])


if __name__ == "__main__":
    unittest.main()
