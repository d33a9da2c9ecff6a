#!/usr/bin/python3
"""Changes that spread, and the way of two accounts from nothing to a session.

The stand-in's clock is moved on in place of waiting.
"""

import json
import sys
import unittest

sys.dont_write_bytecode = True

from iam_case import ADMINISTRATOR, SESSION, WithIam, allow, policy   # noqa: E402
from standin import spread, worlds                                    # noqa: E402

LAG_S = 100                           # within the clock's tolerance, and no test takes so long


class Paces(unittest.TestCase):
    def test_iam_is_last_and_regions_differ(self):
        dial = spread.Consistency()
        dial.set(keys=10)
        regions = worlds.DEFAULT["regions"]
        lags = [dial.lag_s("keys", "sts", region) for region in regions]
        self.assertTrue(all(4 <= lag <= 8 for lag in lags), lags)
        self.assertGreater(len(set(lags)), 10)
        self.assertEqual(lags, [dial.lag_s("keys", "sts", region) for region in regions])
        self.assertEqual(dial.lag_s("keys"), 10)
        self.assertEqual(dial.lag_s("roles", "sts", "eu-west-1"), 0)

    def test_a_value_is_seen_late(self):
        value = spread.Spread("old")
        value.set("new", 100)
        self.assertEqual([value.seen(now, 10) for now in (105, 110, 111)], ["old", "new", "new"])
        self.assertEqual(value.seen(50, 0), "new")
        self.assertIsNone(spread.Spread("new", 100).seen(105, 10))


class Spreading(WithIam):
    def late(self, **kinds):
        self.aws.consistency(kinds or LAG_S)

    def later(self, seconds=LAG_S + 1):
        self.aws.set_clock(seconds)

    def test_a_new_key(self):
        self.late(keys=LAG_S)
        key = self.key_in(self.iam.create_access_key())
        for service, action in (("sts", "get_caller_identity"), ("iam", "get_user")):
            self.refused("InvalidClientTokenId", 403, getattr(self.client(service, key), action))
        self.later(LAG_S * 0.85)      # every region of STS has it, IAM has not
        self.client("sts", key).get_caller_identity()
        self.refused("InvalidClientTokenId", 403, self.client("iam", key).get_user)
        self.later()
        self.client("iam", key).get_user()

    def test_a_key_switched_off_or_deleted_works_for_a_while(self):
        second = self.key_in(self.iam.create_access_key())
        self.late(keys=LAG_S)
        self.iam.update_access_key(AccessKeyId=second[0], Status="Inactive")
        self.client("iam", second).get_user()
        self.later()
        self.refused("InvalidClientTokenId", 403, self.client("iam", second).get_user)
        self.aws.set_clock(0)
        self.aws.consistency(0)
        self.iam.update_access_key(AccessKeyId=second[0], Status="Active")
        self.late(keys=LAG_S)
        self.iam.delete_access_key(AccessKeyId=second[0])
        self.assertEqual(len(self.iam.list_access_keys()["AccessKeyMetadata"]), 1)
        self.client("iam", second).get_user()
        self.later()
        self.refused("InvalidClientTokenId", 403, self.client("iam", second).get_user)

    def test_a_new_principal(self):
        self.late(principals=LAG_S)
        self.iam.create_user(UserName="new")
        trust = worlds.trust(self.arn("user/new"))
        said = self.refused("MalformedPolicyDocument", 400, self.role, trust=trust)
        self.assertEqual(said, f'Invalid principal in policy: "AWS":"{self.arn("user/new")}"')
        self.later()
        self.role(trust=trust)

    def test_a_new_role_and_a_new_trust_policy(self):
        ann = self.people(ann={"may_assume": ["*"]})["ann"]
        self.late(roles=LAG_S)
        self.role(trust=worlds.trust(self.arn("user/admin")))
        self.denied(self.enter, self.admin)
        self.later()
        self.enter(self.admin)
        self.iam.update_assume_role_policy(
            RoleName="Target", PolicyDocument=json.dumps(worlds.trust(self.arn("user/ann"))))
        self.denied(self.enter, ann)
        self.enter(self.admin)
        self.later(2 * LAG_S + 2)
        self.enter(ann)

    def test_what_one_may(self):
        ann = self.people(ann={})["ann"]
        self.late(policies=LAG_S)
        iam = self.client("iam", ann)
        self.iam.attach_user_policy(UserName="ann", PolicyArn=ADMINISTRATOR)
        self.denied(iam.get_user)
        self.later()
        self.client("iam", ann).get_user()
        self.iam.detach_user_policy(UserName="ann", PolicyArn=ADMINISTRATOR)
        self.client("iam", ann).get_user()
        self.later(2 * LAG_S + 2)
        self.denied(self.client("iam", ann).get_user)

    def test_a_new_version_of_a_policy(self):
        ann = self.people(ann={})["ann"]
        arn = self.managed(document=policy(allow("iam:GetUser")))["Arn"]
        self.iam.attach_user_policy(UserName="ann", PolicyArn=arn)
        self.late(policies=LAG_S)
        self.iam.create_policy_version(PolicyArn=arn, SetAsDefault=True, PolicyDocument=json.dumps(
            policy(allow("iam:ListAccessKeys"))))
        self.client("iam", ann).get_user()
        self.later()
        self.denied(self.client("iam", ann).get_user)
        self.client("iam", ann).list_access_keys()

    def test_what_a_world_describes_is_known_everywhere(self):
        self.late()
        ann = self.people(ann={"may_assume": ["*"]})["ann"]
        self.describe(roles={"Open": {"trust": worlds.trust(self.arn("user/ann"))}})
        self.enter(ann, "Open")

    def test_a_dial_that_is_not_there(self):
        with self.assertRaisesRegex(ValueError, "nothing that spreads: users"):
            self.late(users=3)


class TwoAccounts(WithIam):
    """As a person sets up the way from one account to another, both as administrator."""

    def test_from_nothing_to_a_session(self):
        owner = self.client("iam", self.aws.key_of("owner"))
        frank = self.client("iam", self.aws.key_of("frank"))
        alice = "arn:aws:iam::111111111111:user/team/amy"
        key = self.aws.add({"111111111111": {"users": {"team/amy": {}}}})["team/amy"]
        amy = (key["id"], key["secret"])
        target = "arn:aws:iam::444444444444:role/xacct/Deploy"
        self.denied(self.enter, amy, target)

        owner.create_role(RoleName="Deploy", Path="/xacct/", AssumeRolePolicyDocument=json.dumps(
            worlds.trust(alice, StringEquals={"sts:ExternalId": "42"})))
        owner.attach_role_policy(RoleName="Deploy", PolicyArn=ADMINISTRATOR)
        self.denied(self.enter, amy, target, ExternalId="42")
        made = frank.create_policy(PolicyName="ToDeploy", PolicyDocument=json.dumps(
            policy(allow(SESSION, target))))["Policy"]
        self.denied(self.enter, amy, target, ExternalId="42")
        frank.attach_user_policy(UserName="amy", PolicyArn=made["Arn"])
        found, = frank.simulate_principal_policy(
            PolicySourceArn=alice, ActionNames=["sts:AssumeRole"],
            ResourceArns=[target])["EvaluationResults"]
        self.assertEqual(found["EvalDecision"], "allowed")
        self.denied(self.enter, amy, target)
        session = self.key_in(self.enter(amy, target, ExternalId="42"))
        who = self.client("sts", session).get_caller_identity()
        self.assertEqual(who["Arn"], "arn:aws:sts::444444444444:assumed-role/Deploy/test")
        self.client("iam", session).list_roles()

        frank.detach_user_policy(UserName="amy", PolicyArn=made["Arn"])
        self.denied(self.enter, amy, target, ExternalId="42")
        self.client("iam", session).list_roles()

    def test_neither_is_anybody_in_the_other_s_account(self):
        frank = self.client("iam", self.aws.key_of("frank"))
        self.gone(frank.get_user, UserName="owner")
        self.denied(self.enter, self.aws.key_of("frank"),
                    "arn:aws:iam::222222222222:role/Admin")


if __name__ == "__main__":
    unittest.main()
