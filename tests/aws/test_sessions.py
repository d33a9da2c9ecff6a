#!/usr/bin/python3
"""The stand-in's rules for sessions: MFA, chains, tags, policies, regions."""

import json
import random
import sys
import unittest

sys.dont_write_bytecode = True

import boto3                                                          # noqa: E402
from botocore.config import Config                                    # noqa: E402

from handmade import Handmade                                         # noqa: E402
from standin import mfa, worlds                                       # noqa: E402
from test_standin import ADMIN, AUDIT, WithStandIn                    # noqa: E402

MFA = "arn:aws:iam::222222222222:role/Mfa"
DEVICE = "arn:aws:iam::111111111111:mfa/carol"


class WithCarol(WithStandIn):
    """Each test has a carol of its own, whose device has shown no code yet."""

    def setUp(self):
        super().setUp()
        self.fob = mfa.Fob(worlds.SEED, self.aws.now)
        given = self.aws.add({"111111111111": {"users": {"carol": {
            "may_assume": ["*"], "may_iam": ["iam:ListMFADevices"],
            "mfa": {"carol": worlds.SEED}}}}})["carol"]
        self.carol = given["id"], given["secret"]

    def key_in(self, answer):
        given = answer["Credentials"]
        return given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]

    def session(self, code=None):
        device = {"SerialNumber": DEVICE, "TokenCode": code} if code else {}
        return self.key_in(self.sts(*self.carol).get_session_token(**device))

    def iam(self, key):
        client = boto3.client("iam", aws_access_key_id=key[0], aws_secret_access_key=key[1],
                              aws_session_token=key[2] if len(key) > 2 else None,
                              region_name="us-east-1", verify=self.aws.ca_pem,
                              endpoint_url=self.aws.endpoint,
                              config=Config(retries={"max_attempts": 0}))
        self.addCleanup(client.close)
        return client


class Codes(WithCarol):
    def taken(self, code):
        client = self.sts(*self.carol)
        try:
            client.get_session_token(SerialNumber=DEVICE, TokenCode=code)
        except client.exceptions.ClientError as refused:
            self.assertEqual(refused.response["Error"]["Message"], "MultiFactorAuthentication "
                             "failed with invalid MFA one time pass code.")
            return False
        return True

    def test_the_code_of_this_step_and_of_its_neighbours_each_once(self):
        now = self.aws.now()
        codes = [mfa.code_at(worlds.SEED, now + offset) for offset in (-30, 0, 30)]
        took = [self.taken(code) for code in codes]
        # A step that ended meanwhile has made the oldest of the three too old.
        self.assertTrue(took == [True] * 3 or int(self.aws.now()) // 30 > int(now) // 30, took)
        self.assertEqual(took[1:], [True, True])
        self.assertEqual([self.taken(code) for code in codes], [False] * 3)

    def test_a_code_of_another_time_is_wrong(self):
        for offset in (-90, 90):
            self.assertFalse(self.taken(mfa.code_at(worlds.SEED, self.aws.now() + offset)))
        self.assertFalse(self.taken(self.fob.stale()))

    def test_a_fob_shows_a_new_code_each_time(self):
        first, second = self.fob.fresh(), self.fob.fresh()
        self.assertNotEqual(first, second)
        self.assertTrue(self.taken(first))
        self.assertTrue(self.taken(second))

    def test_an_mfa_session_opens_roles_until_it_ends_and_others_do_not(self):
        with_mfa = self.sts(*self.session(self.fob.fresh()))
        self.assume(MFA, with_mfa)
        self.assume(MFA, with_mfa)
        self.refused("AccessDenied", 403, self.assume, MFA, self.sts(*self.session()))

    def test_mfa_does_not_go_on_from_role_to_role(self):
        role = worlds.trust(ADMIN, Bool={"aws:MultiFactorAuthPresent": "true"})
        self.aws.add({"333333333333": {"roles": {"NeedsMfa": {"trust": role}}}})
        admin = self.session_of(ADMIN, self.sts(*self.session(self.fob.fresh())))
        self.refused("AccessDenied", 403, self.assume,
                     "arn:aws:iam::333333333333:role/NeedsMfa", admin)

    def test_a_device_without_a_code_proves_nothing(self):
        erin = self.sts(*self.aws.key_of("erin"))
        said = self.refused("AccessDenied", 403, erin.get_session_token, TokenCode="123456",
                            SerialNumber="arn:aws:iam::111111111111:u2f/user/erin/key")
        self.assertIn("invalid MFA one time pass code", said)

    def test_serial_and_code_belong_together(self):
        said = self.refused("AccessDenied", 403, self.sts(*self.carol).get_session_token,
                            SerialNumber=DEVICE)
        self.assertIn("must provide both", said)


class Devices(WithCarol):
    def serials(self, key, **parameters):
        devices = self.iam(key).list_mfa_devices(**parameters)["MFADevices"]
        return sorted(device["SerialNumber"] for device in devices)

    def test_a_user_lists_her_own(self):
        self.assertEqual(self.serials(self.carol), [DEVICE])
        self.assertEqual(self.serials(self.carol, UserName="carol"), [DEVICE])

    def test_every_kind_is_listed(self):
        self.assertEqual(self.serials(self.aws.key_of("erin"), UserName="erin"), [
            "GAHT12345678", "arn:aws:iam::111111111111:mfa/phone",
            "arn:aws:iam::111111111111:u2f/user/erin/key"])

    def test_one_without_the_permission_may_not(self):
        said = self.refused("AccessDenied", 403, self.serials, self.aws.key_of("dave"),
                            UserName="dave")
        self.assertEqual(said, "User: arn:aws:iam::111111111111:user/dave is not authorized to "
                               "perform: iam:ListMFADevices on resource: user dave because no "
                               "identity-based policy allows the iam:ListMFADevices action")

    def test_a_user_that_is_not_there(self):
        self.refused("NoSuchEntity", 404, self.serials, self.carol, UserName="nobody")

    def test_a_session_needs_mfa_and_a_name(self):
        self.refused("InvalidClientTokenId", 403, self.serials, self.session(), UserName="carol")
        with_mfa = self.session(self.fob.fresh())
        self.assertEqual(self.serials(with_mfa, UserName="carol"), [DEVICE])
        self.refused("ValidationError", 400, self.serials, with_mfa)

    def test_iam_is_signed_for_in_one_region(self):
        for region, status in (("us-east-1", 200), ("eu-west-1", 403)):
            hand = Handmade(self.aws, self.carol, region=region, service="iam")
            reply = hand.call("ListMFADevices", Version="2010-05-08")
            self.assertEqual(reply.status, status, reply.body)

    def test_the_form_of_the_answer(self):
        hand = Handmade(self.aws, self.carol, region="us-east-1", service="iam")
        body = hand.call("ListMFADevices", Version="2010-05-08").body
        self.assertIn('<ListMFADevicesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">',
                      body)
        self.assertIn("<MFADevices>\n      <member>\n        <UserName>carol", body)


class Chains(WithStandIn):
    def setUp(self):
        super().setUp()
        through = worlds.trust([ADMIN, AUDIT])
        plain = worlds.trust([ADMIN, AUDIT])
        plain["Statement"][0]["Action"] = ["sts:AssumeRole"]
        tagged = worlds.trust(AUDIT, StringEquals={"aws:PrincipalTag/team": "blue"})
        self.aws.add({"333333333333": {"roles": {
            "Audit": {"trust": through, "may_assume": ["*"]}, "Plain": {"trust": plain},
            "Tagged": {"trust": tagged}}}})

    def of(self, name):
        return f"arn:aws:iam::333333333333:role/{name}"

    def test_a_transitive_tag_goes_on_and_may_not_be_given_again(self):
        admin = self.session_of(Tags=[{"Key": "Team", "Value": "blue"}],
                                TransitiveTagKeys=["Team"])
        said = self.refused("ValidationError", 400, self.assume, AUDIT, admin,
                            Tags=[{"Key": "team", "Value": "red"}])
        self.assertIn("transitive tag key from the calling session", said)

    def test_a_transitive_tag_reaches_the_third_role_and_another_does_not(self):
        for going_on, ask in ((["team"], self.assume), ([], None)):
            admin = self.session_of(Tags=[{"Key": "team", "Value": "blue"}],
                                    TransitiveTagKeys=going_on)
            audit = self.session_of(AUDIT, admin)
            if ask:
                ask(self.of("Tagged"), audit)
            else:
                self.refused("AccessDenied", 403, self.assume, self.of("Tagged"), audit)

    def test_a_source_identity_stays(self):
        admin = self.session_of(SourceIdentity="alice")
        self.assertEqual(self.assume(AUDIT, admin)["SourceIdentity"], "alice")
        self.assume(AUDIT, admin, SourceIdentity="alice")
        self.refused("AccessDenied", 403, self.assume, AUDIT, admin, SourceIdentity="bob")

    def test_each_role_must_allow_a_source_identity_that_goes_on(self):
        self.assume(self.of("Plain"), self.session_of())
        said = self.refused("AccessDenied", 403, self.assume, self.of("Plain"),
                            self.session_of(SourceIdentity="alice"))
        self.assertIn("sts:SetSourceIdentity", said)

    def test_a_role_cannot_make_a_session_token(self):
        self.refused("AccessDenied", 403, self.session_of().get_session_token)


class Policies(WithStandIn):
    def policy(self, **statement):
        return json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*", **statement}]})

    def test_a_policy_and_tags_take_room(self):
        self.assertNotIn("PackedPolicySize", self.assume())
        small = self.assume(Policy=self.policy())["PackedPolicySize"]
        more = self.assume(Policy=self.policy(), Tags=[{"Key": "team", "Value": "b" * 30}],
                           PolicyArns=[{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}])
        self.assertTrue(0 < small < more["PackedPolicySize"] < 100)

    def test_too_much_is_refused_with_the_percentage(self):
        noise = random.Random(1)
        tags = [{"Key": f"k{number}", "Value": "%x" % noise.getrandbits(1000)}
                for number in range(20)]
        said = self.refused("PackedPolicyTooLarge", 400, self.assume, Tags=tags)
        self.assertRegex(said, r"Packed policy consumes 1\d\d% of allotted space")

    def test_what_is_no_policy(self):
        for text in ("{", "[]", "{}", '{"Statement": [{"Effect": "Allow"}]}',
                     self.policy(Principal="*")):
            with self.subTest(text):
                self.refused("MalformedPolicyDocument", 400, self.assume, Policy=text)

    def test_managed_policies_are_aws_s_or_of_the_role_s_account(self):
        own = "arn:aws:iam::222222222222:policy/Small"
        self.assume(PolicyArns=[{"arn": own}])
        for arns in ([own.replace("222222222222", "111111111111")], [own] * 11,
                     ["arn:aws:iam::222222222222:role/Admin"]):
            with self.subTest(arns[0]):
                self.refused("ValidationError", 400, self.assume,
                             PolicyArns=[{"arn": arn} for arn in arns])

    def test_tags_differ_in_more_than_case(self):
        said = self.refused("ValidationError", 400, self.assume, Tags=[
            {"Key": "Team", "Value": "a"}, {"Key": "team", "Value": "b"}])
        self.assertIn("Duplicate tag keys", said)
        self.assume(Tags=[{"Key": "équipe", "Value": "bleu œil"}])


class Regions(WithStandIn):
    def test_the_account_whose_credentials_are_made_must_have_enabled_it(self):
        client = self.sts(region="ap-east-1")
        for ask, account in ((lambda: self.assume(client=client), "222222222222"),
                             (client.get_session_token, "111111111111")):
            said = self.refused("RegionDisabledException", 403, ask)
            self.assertIn(f"STS is not activated in this region for account:{account}", said)
        self.aws.add({"444444444444": {"enabled_regions": ["ap-east-1"], "roles": {"East": {
            "trust": worlds.trust("arn:aws:iam::111111111111:user/alice")}}}})
        self.assume("arn:aws:iam::444444444444:role/East", client)


class TheJournal(WithCarol):
    def test_which_key_signed_and_where(self):
        session = self.session(self.fob.fresh())
        self.sts(*self.key_in(self.assume(ADMIN, self.sts(*session)))).get_caller_identity()
        self.iam(self.carol).list_mfa_devices()
        self.assertEqual(
            [(call["action"], call["service"], call["signed_by"], call["with_mfa"],
              call["region"]) for call in self.aws.calls()],
            [("GetSessionToken", "sts", "user", False, "eu-west-1"),
             ("AssumeRole", "sts", "session", True, "eu-west-1"),
             ("GetCallerIdentity", "sts", "role", False, "eu-west-1"),
             ("ListMFADevices", "iam", "user", False, "us-east-1")])


if __name__ == "__main__":
    unittest.main()
