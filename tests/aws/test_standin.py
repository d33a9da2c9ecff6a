#!/usr/bin/python3
"""The stand-in must refuse what AWS refuses: with boto3 as its client, and by hand."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import boto3                                                          # noqa: E402
from botocore.config import Config                                    # noqa: E402
from botocore.exceptions import ClientError                           # noqa: E402

from handmade import Handmade                                         # noqa: E402
from standin import mfa, worlds                                       # noqa: E402
from standin.client import StandIn                                    # noqa: E402

ADMIN = "arn:aws:iam::222222222222:role/Admin"
READ_ONLY = "arn:aws:iam::222222222222:role/ReadOnly"
EXT = "arn:aws:iam::222222222222:role/Ext"
AUDIT = "arn:aws:iam::333333333333:role/Audit"


class WithStandIn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="standin-")
        cls.addClassCleanup(directory.cleanup)
        cls.aws = StandIn(directory.name)
        cls.addClassCleanup(cls.aws.stop)
        cls.alice = cls.aws.key_of("alice")

    def setUp(self):
        self.aws.reset()

    def sts(self, *key, region="eu-west-1"):
        access_key_id, secret, *token = key or self.alice
        client = boto3.client("sts", aws_access_key_id=access_key_id, region_name=region,
                              aws_secret_access_key=secret, verify=self.aws.ca_pem,
                              aws_session_token=token[0] if token else None,
                              endpoint_url=self.aws.endpoint,
                              config=Config(retries={"max_attempts": 0}))
        self.addCleanup(client.close)
        return client

    def assume(self, role=ADMIN, client=None, **parameters):
        client = client or self.sts()
        return client.assume_role(**{"RoleArn": role, "RoleSessionName": "alice", **parameters})

    def session_of(self, role=ADMIN, client=None, **parameters):
        given = self.assume(role, client, **parameters)["Credentials"]
        return self.sts(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def refused(self, code, status, ask, *arguments, **parameters):
        """Runs ask() and returns the message it was refused with."""
        with self.assertRaises(ClientError) as caught:
            ask(*arguments, **parameters)
        error = caught.exception.response
        self.assertEqual((error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]),
                         (code, status), error)
        self.assertRegex(error["ResponseMetadata"]["RequestId"], r"^[0-9a-f-]{36}$")
        return error["Error"]["Message"]


class Honest(WithStandIn):
    def test_a_user_learns_who_it_is(self):
        said = self.sts().get_caller_identity()
        self.assertEqual(said["Arn"], "arn:aws:iam::111111111111:user/alice")
        self.assertEqual(said["Account"], "111111111111")
        self.assertRegex(said["UserId"], r"^AIDA[A-Z2-7]{17}$")

    def test_a_role_gives_credentials_that_work(self):
        given = self.assume()
        keys = given["Credentials"]
        self.assertRegex(keys["AccessKeyId"], r"^ASIA[Q-Z2-7][A-Z2-7]{15}$")
        self.assertRegex(keys["SecretAccessKey"], r"^[A-Za-z0-9/+]{40}$")
        self.assertRegex(keys["SessionToken"], r"^[A-Za-z0-9/+]{828}$")
        self.assertAlmostEqual(keys["Expiration"].timestamp(), time.time() + 3600, delta=5)
        self.assertRegex(given["AssumedRoleUser"]["AssumedRoleId"], r"^AROA[A-Z2-7]{17}:alice$")
        who = self.sts(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        self.assertEqual(who.get_caller_identity()["Arn"],
                         "arn:aws:sts::222222222222:assumed-role/Admin/alice")

    def test_the_path_of_a_role_is_dropped(self):
        given = self.assume("arn:aws:iam::222222222222:role/team/Deploy")
        self.assertEqual(given["AssumedRoleUser"]["Arn"],
                         "arn:aws:sts::222222222222:assumed-role/Deploy/alice")

    def test_a_chain_lasts_an_hour_at_most(self):
        admin = self.session_of()
        self.assume(AUDIT, admin)
        said = self.refused("ValidationError", 400, self.assume, AUDIT, admin,
                            DurationSeconds=3601)
        self.assertIn("exceeds the 1 hour session limit for roles assumed by role chaining", said)

    def test_a_session_token_has_its_own_limits(self):
        keys = self.sts().get_session_token()["Credentials"]
        session = self.sts(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        self.assertEqual(session.get_caller_identity()["Arn"],
                         "arn:aws:iam::111111111111:user/alice")
        self.assume(ADMIN, session)
        self.refused("ValidationError", 400, self.assume, ADMIN, session, DurationSeconds=7200)
        self.assertEqual(self.refused("AccessDenied", 403, session.get_session_token),
                         "Cannot call GetSessionToken with session credentials")

    def test_an_mfa_code_opens_once(self):
        carol = self.sts(*self.aws.key_of("carol"))
        role = "arn:aws:iam::222222222222:role/Mfa"
        device = {"SerialNumber": "arn:aws:iam::111111111111:mfa/carol",
                  "TokenCode": mfa.code_at("JBSWY3DPEHPK3PXP", self.aws.now())}
        self.refused("AccessDenied", 403, self.assume, role, carol)
        self.assume(role, self.session_with(carol, device))
        self.assertIn("invalid MFA one time pass code",
                      self.refused("AccessDenied", 403, self.assume, role, carol, **device))
        device["SerialNumber"] = "arn:aws:iam::111111111111:user/carol"
        self.assertIn("verify your MFA serial number is valid",
                      self.refused("AccessDenied", 403, self.assume, role, carol, **device))

    def session_with(self, client, device):
        keys = client.get_session_token(**device)["Credentials"]
        return self.sts(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])

    def test_the_journal_tells_what_was_asked(self):
        self.assume()
        call, = self.aws.calls("AssumeRole")
        self.assertEqual(call["caller"], "arn:aws:iam::111111111111:user/alice")
        self.assertEqual(call["access_key_id"], self.alice[0])
        self.assertEqual(call["region"], "eu-west-1")
        self.assertEqual(call["parameters"]["RoleArn"], ADMIN)
        self.assertEqual((call["status"], call["code"]), (200, None))


class Trust(WithStandIn):
    def denied(self, role, client=None, **parameters):
        return self.refused("AccessDenied", 403, self.assume, role, client, **parameters)

    def test_a_user_whom_the_role_does_not_name(self):
        self.assertEqual(
            self.denied("arn:aws:iam::222222222222:role/Strict"),
            "User: arn:aws:iam::111111111111:user/alice is not authorized to perform: "
            "sts:AssumeRole on resource: arn:aws:iam::222222222222:role/Strict")

    def test_a_role_that_is_not_there_looks_the_same(self):
        self.assertIn("is not authorized to perform: sts:AssumeRole on resource",
                      self.denied("arn:aws:iam::222222222222:role/Nobody"))

    def test_across_accounts_the_caller_needs_a_policy_too(self):
        bob = self.sts(*self.aws.key_of("bob"))
        self.denied(READ_ONLY, bob)
        self.denied("arn:aws:iam::222222222222:role/Strict", bob)
        self.assume(READ_ONLY)

    def test_a_role_may_be_reached_only_through_another(self):
        self.denied(AUDIT)

    def test_the_external_id(self):
        self.denied(EXT)
        self.denied(EXT, ExternalId="tenant-43")
        self.assume(EXT, ExternalId="tenant-42")

    def test_tags_need_an_action_of_their_own(self):
        document = worlds.trust("arn:aws:iam::111111111111:user/alice")
        document["Statement"][0]["Action"] = "sts:AssumeRole"
        self.aws.add({"222222222222": {"roles": {"Plain": {"trust": document}}}})
        plain = "arn:aws:iam::222222222222:role/Plain"
        self.assertIn("sts:TagSession", self.denied(plain, Tags=[{"Key": "a", "Value": "b"}]))
        self.assertIn("sts:SetSourceIdentity", self.denied(plain, SourceIdentity="alice"))
        self.assume(ADMIN, Tags=[{"Key": "a", "Value": "b"}], SourceIdentity="alice")

    def test_in_one_account_being_named_is_enough(self):
        given = self.aws.add({"444444444444": {
            "users": {"dora": {}},
            "roles": {"Home": {"trust": worlds.trust("arn:aws:iam::444444444444:user/dora")},
                      "All": {"trust": worlds.trust("444444444444")}}}})["dora"]
        dora = self.sts(given["id"], given["secret"])
        self.assume("arn:aws:iam::444444444444:role/Home", dora)
        self.denied("arn:aws:iam::444444444444:role/All", dora)

    def test_a_policy_that_is_not_understood_is_not_taken(self):
        document = worlds.trust("*", BinaryEquals={"aws:SourceIp": "MTA="})
        with self.assertRaisesRegex(ValueError, "BinaryEquals"):
            self.aws.add({"222222222222": {"roles": {"Odd": {"trust": document}}}})


class Limits(WithStandIn):
    def invalid(self, **parameters):
        """By hand, for botocore checks some of these itself."""
        reply = Handmade(self.aws, self.alice).call(
            "AssumeRole", **{"RoleArn": ADMIN, "RoleSessionName": "alice", **parameters})
        self.assertEqual((reply.status, reply.field("Code"), reply.field("Type")),
                         (400, "ValidationError", "Sender"))
        return reply.field("Message")

    def test_every_parameter_has_its_limits(self):
        for name, value, words in (
                ("RoleSessionName", "a", "greater than or equal to 2"),
                ("RoleSessionName", "a" * 65, "Value '" + "a" * 65 + "' at 'roleSessionName' "
                 "failed to satisfy constraint: Member must have length less than or equal to 64"),
                ("RoleSessionName", "a b", r"regular expression pattern: [\w+=,.@-]*"),
                ("DurationSeconds", "899", "'durationSeconds' failed to satisfy constraint: "
                 "Member must have value greater than or equal to 900"),
                ("DurationSeconds", "43201", "less than or equal to 43200"),
                ("DurationSeconds", "1h", "integer"),
                ("ExternalId", "x", "greater than or equal to 2"),
                ("RoleArn", "arn:aws:iam::222222222222:user/alice", "is invalid"),
                ("Tags.member.1.Key", "a" * 129, "less than or equal to 128")):
            with self.subTest(name=name, value=value):
                self.assertIn(words, self.invalid(**{name: value}))

    def test_the_edges_are_inside(self):
        for name, value in (("RoleSessionName", "ab"), ("RoleSessionName", "a" * 64),
                            ("DurationSeconds", "900"), ("DurationSeconds", "43200")):
            with self.subTest(name=name, value=value):
                reply = Handmade(self.aws, self.alice).call(
                    "AssumeRole", **{"RoleArn": ADMIN, "RoleSessionName": "al", name: value})
                self.assertEqual(reply.status, 200, reply.body)

    def test_the_role_has_a_maximum_of_its_own(self):
        said = self.refused("ValidationError", 400, self.assume, READ_ONLY, DurationSeconds=3601)
        self.assertEqual(said, "The requested DurationSeconds exceeds the MaxSessionDuration set "
                               "for this role.")

    def test_an_action_that_is_not_there(self):
        self.assertEqual(Handmade(self.aws, self.alice).call("Nonsense").field("Code"),
                         "InvalidAction")


class Signatures(WithStandIn):
    def rejected(self, reply, code, status=403):
        self.assertEqual((reply.field("Code"), reply.status), (code, status), reply.body)
        return reply.field("Message")

    def spoiled(self, change, code, status=403):
        """A good request, changed after it was signed."""
        hand = Handmade(self.aws, self.alice)
        request = hand.sign(Action="GetCallerIdentity")
        change(request)
        return self.rejected(hand.send(request), code, status)

    def authorization(self, old, new):
        def change(request):
            header = request.headers["Authorization"]
            del request.headers["Authorization"]
            request.headers["Authorization"] = header.replace(old, new)
        return change

    def test_a_wrong_secret(self):
        for secret in (self.alice[1][:-1] + "!", "x" * 40):
            hand = Handmade(self.aws, (self.alice[0], secret))
            said = self.rejected(hand.call(), "SignatureDoesNotMatch")
            self.assertTrue(said.startswith("The request signature we calculated does not match "
                                            "the signature you provided. Check your AWS Secret "
                                            "Access Key and signing method."))
            self.assertIn("The Canonical String for this request should have been\n'POST\n/", said)
            self.assertIn("The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n", said)

    def test_an_unknown_key(self):
        hand = Handmade(self.aws, ("AKIAQQQQQQQQQQQQQQQQ", "x" * 40))
        self.assertEqual(self.rejected(hand.call(), "InvalidClientTokenId"),
                         "The security token included in the request is invalid.")

    def test_a_key_that_was_switched_off(self):
        given = self.aws.add({"111111111111": {"users": {"eve": {}}}})["eve"]
        hand = Handmade(self.aws, (given["id"], given["secret"]))
        self.assertEqual(hand.call().status, 200)
        self.aws.deactivate(given["id"])
        self.rejected(hand.call(), "InvalidClientTokenId")

    def test_a_token_left_out_or_exchanged(self):
        one, other = (self.assume()["Credentials"] for _ in range(2))
        for token in ([], [other["SessionToken"]]):
            hand = Handmade(self.aws, (one["AccessKeyId"], one["SecretAccessKey"], *token))
            self.rejected(hand.call(), "InvalidClientTokenId")

    def test_a_session_that_is_over(self):
        self.aws.fault(action="AssumeRole", life_s=0)
        given = self.assume()["Credentials"]
        hand = Handmade(self.aws, (given["AccessKeyId"], given["SecretAccessKey"],
                                   given["SessionToken"]))
        self.assertEqual(self.rejected(hand.call(), "ExpiredToken"),
                         "The security token included in the request is expired")

    def test_a_clock_twenty_minutes_off(self):
        late = Handmade(self.aws, self.alice, skew_s=-1200).call()
        self.assertRegex(self.rejected(late, "SignatureDoesNotMatch"),
                         r"^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z "
                         r"\(\d{8}T\d{6}Z - 15 min\.\)$")
        early = Handmade(self.aws, self.alice, skew_s=1200).call()
        self.assertRegex(self.rejected(early, "SignatureDoesNotMatch"),
                         r"^Signature not yet current: \d{8}T\d{6}Z is still later than "
                         r"\d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 15 min\.\)$")

    def test_the_tolerance_is_a_quarter_of_an_hour(self):
        for skew_s, status in ((-890, 200), (890, 200), (-910, 403), (910, 403)):
            with self.subTest(skew_s=skew_s):
                self.assertEqual(Handmade(self.aws, self.alice, skew_s=skew_s).call().status,
                                 status)

    def test_the_stand_in_may_have_the_wrong_clock(self):
        self.aws.set_clock(86400)
        self.rejected(Handmade(self.aws, self.alice).call(), "SignatureDoesNotMatch")
        reply = Handmade(self.aws, self.alice, skew_s=86400).call()
        self.assertEqual(reply.status, 200)

    def test_a_wrong_scope(self):
        for hand, words in (
                (Handmade(self.aws, self.alice, region="eu-west-9"),
                 "Credential should be scoped to a valid Region, not 'eu-west-9'. "),
                (Handmade(self.aws, self.alice, service="s3"),
                 "Credential should be scoped to correct service: 'sts'. ")):
            self.assertEqual(self.rejected(hand.call(), "SignatureDoesNotMatch"), words)
        said = self.spoiled(self.authorization("aws4_request", "aws5"), "SignatureDoesNotMatch")
        self.assertIn("valid terminator: 'aws4_request'", said)
        said = self.spoiled(self.authorization("/20", "/19"), "SignatureDoesNotMatch")
        self.assertTrue(said.startswith("Date in Credential scope does not match YYYYMMDD"))

    def test_a_key_of_another_partition(self):
        for region in ("cn-north-1", "us-gov-west-1"):
            self.rejected(Handmade(self.aws, self.alice, region=region).call(),
                          "InvalidClientTokenId")

    def test_no_authorization_or_half_of_one(self):
        def leave_out(request):
            del request.headers["Authorization"]
        self.spoiled(leave_out, "MissingAuthenticationToken")
        for old, new in (("Credential=", "Cred="), ("SignedHeaders=", "Signed="),
                         (" SignedHeaders=", " "), ("/sts/", "/"), ("AWS4-", "AWS3-")):
            with self.subTest(old=old):
                self.spoiled(self.authorization(old, new), "IncompleteSignature", 400)

    def test_headers_that_must_be_signed(self):
        hand = Handmade(self.aws, self.alice)
        request = hand.sign([("X-Amz-Meta", "m")], Action="GetCallerIdentity")
        self.assertEqual(hand.send(request).status, 200)

        def add(request):
            request.headers["X-Amz-Meta"] = "m"
        self.assertIn("x-amz-meta", self.spoiled(add, "SignatureDoesNotMatch"))
        self.assertIn("'Host'", self.spoiled(self.authorization("host;", ""),
                                             "SignatureDoesNotMatch"))
        self.assertIn("x-amz-date", self.spoiled(self.authorization(";x-amz-date", ""),
                                                 "SignatureDoesNotMatch"))
        self.spoiled(self.authorization("host;", "host;missing;"), "SignatureDoesNotMatch")

    def test_anything_changed_on_the_way(self):
        def body(request):
            request.data = request.data.replace(b"GetCallerIdentity", b"GetSessionToken")

        def content_type(request):
            request.headers.replace_header("Content-Type", "application/x-www-form-urlencoded")

        def twice(request):
            request.headers["Host"] = "elsewhere.example"
        self.spoiled(body, "SignatureDoesNotMatch")
        self.spoiled(content_type, "SignatureDoesNotMatch")
        self.spoiled(twice, "IncompleteSignature", 400)
        self.spoiled(self.authorization("Signature=", "Signature=0"), "SignatureDoesNotMatch")


class Life(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="standin-")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def start(self, *options):
        reading, writing = os.pipe()
        program = subprocess.Popen(
            [sys.executable, os.path.dirname(os.path.abspath(__file__)), "--dir", self.directory,
             "--ready-fd", str(writing), *options], pass_fds=(writing,),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        os.close(writing)
        with os.fdopen(reading) as ready:
            self.assertEqual(ready.read(), "ready\n")
        return program

    def test_it_ends_when_told_and_prints_nothing(self):
        program = self.start()
        program.send_signal(signal.SIGTERM)
        self.assertEqual(program.communicate(timeout=10), (b"", None))
        self.assertEqual(program.returncode, 0)

    def test_it_ends_with_its_parent(self):
        parent = subprocess.Popen(["sleep", "60"])
        program = self.start("--parent", str(parent.pid))
        parent.kill()
        parent.wait()
        self.assertEqual(program.communicate(timeout=10), (b"", None))

    def test_another_world(self):
        world = {"regions": ["eu-west-1"], "accounts": {"999999999999": {"users": {"zoe": {
            "key": {"id": "AKIAZZZZZZZZZZZZZZZZ", "secret": "z" * 40}}}}}}
        with StandIn(self.directory, world) as aws:
            self.assertEqual(aws.key_of("zoe"), ("AKIAZZZZZZZZZZZZZZZZ", "z" * 40))
            self.assertEqual(Handmade(aws, aws.key_of("zoe")).call().field("Account"),
                             "999999999999")


if __name__ == "__main__":
    unittest.main()
