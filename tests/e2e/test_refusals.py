"""What AWS, the network and the time can do to a request: the exit status, the words, and what
to try. After each the agent still serves; on failure nothing is on standard output."""

import itertools
import unittest

from story import Story

CONFIG = """
[source main]
[dest prod]
account = 222222222222
role = Admin
[dest ro]
account = 222222222222
role = ReadOnly
[dest strict]
account = 222222222222
role = Strict
"""

NUMBERS = itertools.count(1)


def anew():
    """The wish under a name of its own: what AWS refused a moment ago is not asked again."""
    return "--session-name", f"case-{next(NUMBERS)}"


class OnTheWay(Story):
    """The network, the certificate, the time."""

    def setUp(self):
        super().setUp()
        self.given(CONFIG)

    def lead_to(self, endpoint, more=""):
        self.world.write(self.world.config_file, f"[agent]\nendpoint_url = {endpoint}\n"
                         f"ca_bundle = {self.world.aws.ca_pem}\n{more}{CONFIG}")

    def tearDown(self):
        """Whatever it was, it is over when it is over."""
        self.world.aws.reset()
        self.world.configure(CONFIG)
        self.works("env", "prod", "--refresh")

    def test_an_endpoint_that_is_not_there(self):
        for endpoint, words in (("https://127.0.0.1:1", "connection to 127.0.0.1:1 refused"),
                                ("https://sts.nowhere.invalid", "sts.nowhere.invalid")):
            self.lead_to(endpoint)
            said = self.refused(7, "env", "prod")
            self.assertIn("the endpoint cannot be reached", said)
            self.assertIn(words, said)

    def test_a_proxy_that_is_not_there(self):
        self.lead_to(self.world.aws.endpoint, "proxy = http://127.0.0.1:1\n")
        self.assertIn("the proxy", self.refused(7, "env", "prod"))

    def test_certificates(self):
        for kind, words in (("untrusted", "unable to get local issuer certificate"),
                            ("self-signed", "self-signed certificate"),
                            ("expired", "certificate has expired; the clock here says 20"),
                            ("early", "certificate is not yet valid; the clock here says 20"),
                            ("wrong-name", "is for another name")):
            self.lead_to(self.world.aws.listen(kind))
            said = self.refused(7, "env", "prod")
            self.assertIn("the connection to the endpoint is not safe: the certificate of", said)
            self.assertIn(words, said)
            self.assertEqual(self.world.aws.calls("AssumeRole"), [], "nothing may be sent there")

    def test_no_tls_or_an_old_one(self):
        for kind, words in (("plain", "does not speak TLS"), ("tls1.0", "TLS 1.2 or later"),
                            ("tls1.1", "TLS 1.2 or later")):
            self.lead_to(self.world.aws.listen(kind).replace("http:", "https:"))
            self.assertIn(words, self.refused(7, "env", "prod"))

    def test_a_ca_file_that_is_not_there(self):
        self.world.write(self.world.config_file, f"[agent]\nca_bundle = /nonexistent.pem\n"
                         f"endpoint_url = {self.world.aws.endpoint}\n{CONFIG}")
        self.assertIn("/nonexistent.pem cannot be read", self.refused(7, "env", "prod"))

    def test_answers_that_are_none(self):
        for fault, words in (*((dict(cut_at=at), "was cut") for at in (1, 20, 50, 150, 300)),
                             (dict(reset=True), "was cut"),
                             (dict(status=500), "answered 500"), (dict(status=502), "answered 502"),
                             (dict(status=503, body="<html>busy</html>"), "answered 503"),
                             (dict(error="internal"), "InternalFailure"),
                             (dict(status=302, redirect="https://127.0.0.1:1/"), "redirect"),
                             (dict(status=403, body="<html>no</html>"), "may be a proxy"),
                             (dict(xml="html"), "the endpoint"),
                             (dict(xml="half"), "not well-formed"),
                             (dict(xml="empty"), "the endpoint"),
                             (dict(xml="json"), "the endpoint"),
                             (dict(xml="entities"), "document type"),
                             (dict(xml="duplicate"), "the endpoint"),
                             (dict(body_bytes=70000), "longer than 64 KiB"),
                             (dict(header_bytes=20000), "longer than 16 KiB"),
                             (dict(gzip=True), "the endpoint")):
            with self.subTest(fault):
                self.world.aws.reset()
                self.world.aws.fault(action="AssumeRole", times=0, **fault)
                self.assertIn(words, self.refused(7, "env", "prod", *anew()))

    def test_an_answer_that_does_not_come(self):
        """Credentials are asked for once more, as long as a caller waits: credential-process
        has 5 s, env has 30."""
        self.world.aws.fault(action="AssumeRole", delay_s=20)
        said = self.refused(7, "credential-process", "prod", timeout_s=8)
        self.assertIn("no answer within the time this command waits", said)
        self.works("env", "prod", timeout_s=15)
        self.assertEqual(len(self.world.aws.calls("AssumeRole")), 2)
        self.world.aws.fault(action="GetCallerIdentity", delay_s=20, times=0)
        said = self.refused(7, "whoami", "main", timeout_s=15)
        self.assertIn("did not answer in time", said)

    def test_a_clock_that_stays_wrong(self):
        """Its date is corrected by AWS's own and sent once more, and not again."""
        for words in ("Signature expired: 20260101T000000Z is now earlier",
                      "Signature not yet current: 20260101T000000Z is still later"):
            self.world.aws.reset()
            self.world.aws.fault(action="AssumeRole", times=0, error=dict(
                code="SignatureDoesNotMatch", message=words, status=403))
            said = self.refused(6, "env", "prod", *anew())
            self.assertIn("this computer's clock is wrong", said)
            self.assertIn(words, said)
            self.assertIn("aws: SignatureDoesNotMatch (request id ", said)
            self.assertIn("  try: timedatectl", said)
            self.assertEqual(len(self.world.aws.calls("AssumeRole")), 2)


class FromAws(Story):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)

    def test_a_role_that_does_not_trust_us(self):
        said = self.refused(6, "env", "strict")
        request = self.world.aws.calls("AssumeRole")[-1]["request_id"]
        self.assertIn("env failed for strict: the endpoint refused: AccessDenied: User: "
                      "arn:aws:iam::111111111111:user/alice is not authorized to perform: "
                      "sts:AssumeRole on resource: arn:aws:iam::222222222222:role/Strict\n", said)
        self.assertIn("why: one of: the trust policy does not name the user;", said)
        self.assertIn(f"  aws: AccessDenied (request id {request})\n", said)
        self.works("env", "prod")

    def test_each_with_its_code_and_id(self):
        for error, words in ((dict(code="ExpiredToken", message="run out", status=403), "run out"),
                             (dict(code="InvalidClientTokenId", message="unknown", status=403),
                              "AWS does not know this key"),
                             (dict(code="RegionDisabledException", message="off", status=403),
                              "not active in this region"),
                             (dict(code="AccessDenied", status=403,
                                   message="with an explicit deny in a service control policy"),
                              "a service control policy"),
                             (dict(code="SomethingNew", message="Never heard of it", status=400),
                              "SomethingNew: Never heard of it")):
            self.world.aws.fault(action="AssumeRole", error=error)
            said = self.refused(6, "env", "prod", *anew(), tries=False)
            self.assertIn(words, said)
            self.assertRegex(said, rf"  aws: {error['code']} \(request id [-0-9a-f]{{36}}\)\n")
        self.works("env", "prod")

    def test_throttled(self):
        self.world.aws.fault(action="AssumeRole", error="throttle", times=0)
        said = self.refused(6, "env", "prod")
        self.assertIn("wants fewer requests: Throttling", said)
        self.assertIn("  try: the same command in a minute", said)

    def test_a_key_that_was_switched_off(self):
        self.world.aws.deactivate(self.world.aws.key_of("alice")[0])
        said = self.refused(6, "env", "prod")
        self.assertIn("InvalidClientTokenId", said)
        self.assertIn("  try: xacct add NAME", said)

    def test_words_of_its_own_do_not_move_a_terminal(self):
        words = "\u202e&#x9b;31m sts:AssumeRole " + "long " * 1000
        self.world.aws.fault(action="AssumeRole",
                             error=dict(code="AccessDenied", message=words, status=403))
        said = self.fails(6, "env", "prod").err
        self.assertNotRegex(said, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")

    def test_an_answer_for_somebody_else_is_not_handed_out(self):
        arn = "arn:aws:sts::{}:assumed-role/{}/alice"
        for account, role, words in (
                ("333333333333", "Admin", "for account 333333333333, not 222222222222"),
                ("222222222222", "Other", "for role Other, not Admin")):
            self.world.aws.fault(action="AssumeRole", times=0,
                                 edit={"AssumedRoleUser/Arn": arn.format(account, role)})
            for command in ("env", "credential-process"):
                self.assertIn(words, self.refused(9, command, "prod", *anew()))
            self.world.aws.reset()
        self.assertIn("no sessions", self.works("status").out)
        self.works("env", "prod", *anew())

    def test_fields_that_cannot_be_right(self):
        for edit, words in (({"Credentials/Expiration": "2020-01-01T00:00:00Z"}, "have run out"),
                            ({"Credentials/Expiration": "2099-01-01T00:00:00Z"}, "were 3600 s"),
                            ({"Credentials/Expiration": "soon"}, "the endpoint"),
                            ({"Credentials/Expiration": None}, "no expiry"),
                            ({"Credentials/AccessKeyId": None}, "no access key id"),
                            ({"Credentials/SecretAccessKey": None}, "no secret key"),
                            ({"Credentials/SessionToken": None}, "no session token"),
                            ({"Credentials/SessionToken": "x" * 20000}, "the endpoint"),
                            ({"AssumedRoleUser/Arn": "arn:aws:iam::222222222222:user/x"}, "ARN")):
            self.world.aws.fault(action="AssumeRole", edit=edit)
            self.assertIn(words, self.refused(7, "env", "prod", *anew()))
        self.assertIn("no sessions", self.works("status").out)
        self.works("env", "prod", *anew())


if __name__ == "__main__":
    unittest.main()
