"""Each code and text with which STS refuses has words of its own: what lies behind it, and
what to try (facts 1.6, 1.7)."""

import unittest

from broker_story import CAROL, BrokerStory

CONFIG = """
[source main]
mfa = never
[dest prod]
account = 222222222222
role = Admin
[dest ro]
account = 222222222222
role = ReadOnly
[dest east]
account = 222222222222
role = Admin
sts_region = ap-east-1
"""
DENIED = ("User: arn:aws:iam::111111111111:user/alice is not authorized to perform: "
          "sts:AssumeRole on resource: arn:aws:iam::222222222222:role/Admin")

# Code, status, AWS's words, and what must stand in ours (in small letters).
REFUSALS = (
    ("AccessDenied", 403, DENIED, ("trust policy", "external id", "mfa", "no such role")),
    ("AccessDenied", 403, DENIED + " because no identity-based policy allows the sts:AssumeRole "
     "action", ("policy of the source's user",)),
    ("AccessDenied", 403, DENIED + " because no role trust policy allows the sts:AssumeRole "
     "action", ("trust policy of the role",)),
    ("AccessDenied", 403, DENIED + " with an explicit deny in a service control policy",
     ("service control policy",)),
    ("AccessDenied", 403, DENIED + " with an explicit deny in a resource control policy",
     ("resource control policy",)),
    ("AccessDenied", 403, DENIED + " because no session policy allows the sts:AssumeRole action",
     ("session policy",)),
    ("AccessDenied", 403, DENIED + " because no permissions boundary allows the sts:AssumeRole "
     "action", ("permissions boundary",)),
    ("AccessDenied", 403, DENIED + " because no VPC endpoint policy allows the sts:AssumeRole "
     "action", ("vpc endpoint",)),
    ("AccessDenied", 403, DENIED.replace("AssumeRole", "TagSession"), ("sts:tagsession",)),
    ("AccessDenied", 403, DENIED.replace("AssumeRole", "SetSourceIdentity"),
     ("sts:setsourceidentity",)),
    ("AccessDenied", 403, "MultiFactorAuthentication failed with invalid MFA one time pass code.",
     ("next code",)),
    ("AccessDenied", 403, "MultiFactorAuthentication failed, unable to validate MFA code.  "
     "Please verify your MFA serial number is valid and associated with this user.",
     ("serial", "mfa/")),
    ("AccessDenied", 403, "MultiFactorAuthentication failed, must provide both MFA serial number "
     "and one time pass code.", ("serial and code",)),
    ("AccessDenied", 403, "Cannot call GetSessionToken with session credentials",
     ("temporary",)),
    ("AccessDenied", 403, "Roles may not be assumed by root accounts.", ("root", "iam user")),
    ("ExpiredToken", 403, "The security token included in the request is expired", ("run out",)),
    ("InvalidClientTokenId", 403, "The security token included in the request is invalid.",
     ("inactive", "partition", "seconds ago", "region")),
    ("SignatureDoesNotMatch", 403, "The request signature we calculated does not match the "
     "signature you provided. Check your AWS Secret Access Key and signing method.",
     ("secret",)),
    ("SignatureDoesNotMatch", 403, "Signature expired: 20220127T001427Z is now earlier than "
     "20220127T014428Z (20220127T015928Z - 15 min.)", ("clock",)),
    ("SignatureDoesNotMatch", 403, "Signature not yet current: 20220127T014428Z is still later "
     "than 20220127T001427Z (20220127T001427Z + 15 min.)", ("clock",)),
    ("SignatureDoesNotMatch", 403, "Credential should be scoped to a valid Region, not 'X'. ",
     ("region",)),
    ("RequestExpired", 400, "Request has expired.", ("clock",)),
    ("IncompleteSignature", 400, "'X' not a valid key=value pair", ("proxy",)),
    ("MissingAuthenticationToken", 403, "Request is missing Authentication Token", ("proxy",)),
    ("OptInRequired", 403, "The AWS Access Key Id needs a subscription for the service",
     ("subscri",)),
    ("RegionDisabledException", 403, "STS is not activated in this region", ("sts_region",)),
    ("MalformedPolicyDocument", 400, "This policy contains invalid Json", ("session policy",)),
    ("PackedPolicyTooLarge", 400, "Packed policy consumes 112% of allotted space",
     ("tags", "too long")),
    ("ValidationError", 400, "The requested DurationSeconds exceeds the MaxSessionDuration set "
     "for this role.", ("-d 1h",)),
    ("ValidationError", 400, "The requested DurationSeconds exceeds the 1 hour session limit for "
     "roles assumed by role chaining.", ("temporary", "hour")),
    ("ValidationError", 400, "1 validation error detected: Value 'x' at 'roleSessionName' failed "
     "to satisfy constraint: Member must have length less than or equal to 64",
     ("session name",)),
    ("ValidationError", 400, "1 validation error detected: Value '899' at 'durationSeconds' "
     "failed to satisfy constraint: Member must have value greater than or equal to 900",
     ("15 minutes",)),
)


class Teaching(BrokerStory):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)

    def test_each_refusal_has_its_own(self):
        """AWS says what the table says, to each attempt. Each has a session name of its own,
        for a refusal is remembered."""
        ours = {}
        for n, (code, status, message, words) in enumerate(REFUSALS):
            with self.subTest(f"{code}: {message}"):
                self.world.aws.reset()
                self.world.aws.fault(action="AssumeRole", times=0, error={
                    "code": code, "status": status, "message": message})
                said = self.refused(6, "env", "prod", "--session-name", f"row{n}")
                self.assertIn(f"{code}: {message[:150].strip()}", said)
                self.assertIn(f"aws: {code} (request id ", said)
                own = [line for line in said.splitlines() if line.startswith(("  why:", "  try:"))]
                for word in words:
                    self.assertIn(word, "\n".join(own).lower())
                ours.setdefault("\n".join(own), []).append(words)
        for own, for_words in ours.items():
            self.assertEqual(len(set(for_words)), 1, f"the same words for two refusals:\n{own}")

    def test_what_passes_is_said_to_pass(self):
        for error, status, words in (("throttle", 6, "Throttling"),
                                     ("internal", 7, "InternalFailure"),
                                     ("unavailable", 7, "ServiceUnavailable"),
                                     ({"code": "IDPCommunicationError", "status": 400}, 7,
                                      "IDPCommunicationError")):
            with self.subTest(words):
                self.world.aws.reset()
                self.world.aws.fault(action="AssumeRole", times=0, error=error)
                said = self.fails(status, "env", "prod", "--refresh")
                self.assertIn(words, said.err)


class ForReal(BrokerStory):
    """The stand-in refuses by its own rules, not on command."""

    def test_a_region_that_is_not_enabled(self):
        self.given(CONFIG)
        said = self.refused(6, "env", "east")
        self.assertIn("RegionDisabledException", said)
        self.assertIn("account:222222222222", said)
        self.assertIn("sts_region", said)

    def test_a_policy_that_is_none(self):
        self.given(CONFIG)
        self.assertIn("MalformedPolicyDocument",
                      self.refused(6, "env", "prod", "--policy", '{"Statement": []}'
                                   .replace("[]", '[{"Effect": "Perhaps", "Action": "*"}]')))

    def test_a_code_that_is_wrong(self):
        self.given(f"[source main]\nmfa_serial = {CAROL}\n[dest prod]\naccount = 222222222222\n"
                   "role = Mfa\n", user="carol")
        said = self.refused(6, "env", "prod", "-t", self.fob.stale())
        self.assertIn("next code", said)


if __name__ == "__main__":
    unittest.main()
