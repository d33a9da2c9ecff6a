"""setup --apply, cut at any of its calls: what stands then trusts no more than was shown, and the
same command completes it."""

import os
import signal
import time
import unittest

from setup_story import APPLY, DEST, TRUST, UNDO, SetupStory
from world import PASSPHRASE, Fd

N_CALLS = 11         # of --apply where nothing is there yet, with the proof of the role
UNLOCKED = ("--passphrase-fd", Fd(PASSPHRASE))


class Cut(SetupStory):
    def begin(self, n, command=APPLY):
        """The command waits for the answer of its call number n, which AWS has carried out."""
        self.aws.reset()
        self.aws.fault(skip=n, delay_s=30)
        program = self.world.start(self.world.client, *command)
        deadline = time.monotonic() + 20
        while len(self.aws.calls()) <= n:
            if time.monotonic() > deadline or program.popen.poll() is not None:
                program.popen.kill()
                self.fail(f"it made no call {n}: {self.actions()} {program.end()}")
            time.sleep(0.02)
        return program

    def assert_no_more_than_shown(self):
        role = self.role()
        if role is not None:
            self.assertEqual(role["trust"], TRUST)

    def completed(self):
        """The same command, as often as somebody would say it, ends with all as shown."""
        self.aws.reset()
        self.works(*APPLY, *UNLOCKED)
        self.assert_all_is_made()
        self.aws.reset()
        self.works(*APPLY)
        self.assertEqual(self.changes(), [])

    def start_again(self):
        self.aws.reset()
        self.works(*UNDO, "--yes", *UNLOCKED)
        self.assert_nothing_is_there()

    def test_how_many_calls_it_makes(self):
        self.works(*APPLY)
        self.assertEqual(len(self.actions()), N_CALLS)

    def test_the_client_is_killed_at_each_call(self):
        for n in range(N_CALLS):
            with self.subTest(call=n):
                program = self.begin(n)
                program.popen.kill()
                program.end()
                self.assert_no_more_than_shown()
                self.completed()
                self.start_again()

    def test_the_agent_is_killed_at_each_call(self):
        for n in range(N_CALLS):
            with self.subTest(call=n):
                program = self.begin(n)
                for pid in self.world.agents():
                    os.kill(pid, signal.SIGKILL)
                said = program.end()
                self.assertNotEqual(said.status, 0, said)
                self.assert_no_more_than_shown()
                self.completed()
                self.start_again()

    def test_undo_is_cut_at_each_call(self):
        undo = (*UNDO, "--yes")
        self.works(*APPLY)
        self.aws.reset()
        self.works(*undo)
        n_calls = len(self.actions())
        for n in range(n_calls):
            with self.subTest(call=n):
                self.aws.reset()
                self.works(*APPLY)
                program = self.begin(n, undo)
                program.popen.kill()
                program.end()
                self.aws.reset()
                self.works(*undo)
                self.assert_nothing_is_there()


class Troubled(SetupStory):
    def test_the_network_goes_at_each_call(self):
        for n in range(N_CALLS):
            with self.subTest(call=n):
                self.aws.reset()
                self.aws.fault(skip=n, reset=True, times=0)
                said = self.fails(7, *APPLY, "-q")
                self.assertIn("cannot be reached", said.err)
                self.aws.reset()
                self.works(*APPLY)
                self.assert_all_is_made()
                self.works(*UNDO, "--yes")

    def test_aws_is_busy_for_a_while_at_each_call(self):
        for n in range(N_CALLS):
            with self.subTest(call=n):
                self.aws.reset()
                self.aws.fault(skip=n, error="throttle", times=1)
                self.works(*APPLY)
                self.assert_all_is_made()
                self.works(*UNDO, "--yes")

    def test_what_is_being_changed_by_somebody_else(self):
        for action in ("CreateRole", "AttachRolePolicy", "CreatePolicy", "AttachUserPolicy"):
            for code in ("ConcurrentModification", "EntityTemporarilyUnmodifiable"):
                with self.subTest(action=action, code=code):
                    self.aws.reset()
                    self.aws.fault(action=action, times=1,
                                   error={"code": code, "status": 409, "message": "again"})
                    self.works(*APPLY)
                    self.assert_all_is_made()
                    self.works(*UNDO, "--yes")

    def test_a_user_made_just_now(self):
        self.aws.fault(action="CreateRole", times=2, error={
            "code": "MalformedPolicyDocument", "status": 400,
            "message": 'Invalid principal in policy: "AWS":"arn:…"'})
        self.works(*APPLY)
        self.assert_all_is_made()

    def test_a_policy_that_aws_does_not_take_is_no_reason_to_wait(self):
        self.aws.fault(action="CreateRole", times=0, error={
            "code": "MalformedPolicyDocument", "status": 400, "message": "Syntax errors"})
        began = time.monotonic()
        self.refused(6, *APPLY, "-q", tries=False)
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(self.actions().count("CreateRole"), 1)

    def test_somebody_makes_the_role_at_the_same_time(self):
        self.aws.fault(action="GetRole", times=1, error={
            "code": "NoSuchEntity", "status": 404, "message": "not yet"})
        self.works(*APPLY)
        self.aws.fault(action="GetRole", times=1, error={
            "code": "NoSuchEntity", "status": 404, "message": "not yet"})
        self.aws.fault(action="GetPolicy", skip=1, times=1, error={     # behind the permission's
            "code": "NoSuchEntity", "status": 404, "message": "not yet"})
        self.works(*APPLY)
        self.assert_all_is_made()

    def test_a_role_that_never_works(self):
        """Made as shown, refused for as long as one can wait."""
        self.aws.fault(action="AssumeRole", times=0, error={
            "code": "ValidationError", "status": 400, "message": "no"})
        said = self.fails(6, *APPLY, "-q")
        self.assertIn("try: the same command again: it changes nothing twice; or with --undo", said.err)
        self.assertNotIn("[dest prod]", self.config())
        self.assertEqual(self.role()["trust"], TRUST)

    def test_a_role_that_aws_refuses_for_a_minute(self):
        self.aws.fault(action="AssumeRole", times=0, error={
            "code": "AccessDenied", "status": 403, "message": "not authorized"})
        began = time.monotonic()
        said = self.fails(6, *APPLY, "-q")
        self.assertGreater(time.monotonic() - began, 50)
        self.assertIn("AWS still refuses it after a minute", said.err)
        self.assertIn("or with --undo in place of --apply", said.err)
        self.assertNotIn("[dest prod]", self.config())

    def test_an_answer_for_another_account(self):
        self.aws.fault(action="AssumeRole", times=0, edit={
            "AssumedRoleUser/Arn": "arn:aws:sts::222222222222:assumed-role/Admin/bob"})
        said = self.world.xacct(*APPLY, "-q")
        self.assertIn(said.status, (7, 9), said)
        self.assertNotIn("[dest prod]", self.config())

    def test_a_proof_of_another_role(self):
        """The administrators ask who they are first: two calls, and the third is the proof."""
        for account, role in (("222222222222", "Admin"), (DEST, "Other")):
            with self.subTest(account=account, role=role):
                self.aws.reset()
                self.aws.fault(action="GetCallerIdentity", skip=2, times=0, edit={
                    "Account": account, "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/bob"})
                self.fails(9, *APPLY, "-q")
                self.assertNotIn("[dest prod]", self.config())


if __name__ == "__main__":
    unittest.main()
