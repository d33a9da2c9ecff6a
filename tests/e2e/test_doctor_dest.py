"""doctor DEST: set-ups that are broken in one way each, the verdict on each, without and with a
look at the role; and what it says to do, done, makes the role assumable.

Each set-up has two accounts of its own: a source's with a user, who may look at herself, and a
destination's with a role and an administrator.
"""

import json
import time
import unittest

from doctor_story import (AGAIN_S, BOUND, DEVICE, IN_TRUST, LOOKS, MFA, SERIAL, SESSION, Doctor,
                          allow, deny, document, filled, only, trusting, trusts)
from standin import mfa, worlds
from world import PASSPHRASE, Fd

# name: (how it is set up, verdict and how sure without a look at the role, and with one, whether
# what is said to do makes it work)
TABLE = {
    "works": ({}, ("works", "sure"), ("works", "sure"), False),

    # the caller's side
    "no policy": ({"user": {"policies": {}}},
                  ("source-policy-missing", "sure"), ("source-policy-missing", "sure"), True),
    "policy for another role": (
        {"user": only(allow(SESSION, "arn:aws:iam::DEST:role/Other"))},
        ("source-policy-missing", "sure"), ("source-policy-missing", "sure"), True),
    "denied by a policy": (
        {"user": only(allow(SESSION), deny("sts:*", "arn:aws:iam::DEST:role/A*"))},
        ("source-policy-denies", "sure"), ("source-policy-denies", "sure"), False),
    "allowed with MFA only": (
        {"user": only(allow(SESSION, **MFA))},
        ("source-mfa", "sure"), ("source-mfa", "sure"), False),
    "boundary": (
        {"user": {"boundary": "arn:aws:iam::SOURCE:policy/bound"}, "account": BOUND},
        ("boundary", "sure"), ("boundary", "sure"), True),
    "service control policy": (
        {"account": {"scp": [document(allow("*")), document(deny("sts:AssumeRole"))]}},
        ("scp", "sure"), ("scp", "sure"), False),
    "tags not allowed to the user": (
        {"user": only(allow("sts:AssumeRole")), "dest": "tags = team=blue"},
        ("source-policy-missing", "sure"), ("source-policy-missing", "sure"), True),
    "source identity not allowed to the user": (
        {"user": only(allow("sts:AssumeRole")), "dest": "source_identity = alice"},
        ("source-policy-missing", "sure"), ("source-policy-missing", "sure"), True),
    "account trusted, user without a policy": (
        {"user": {"policies": {}}, "role": trusting(trusts(principal="SOURCE"))},
        ("source-policy-missing", "sure"), ("source-policy-missing", "sure"), True),
    "both sides": (
        {"user": {"policies": {}},
         "role": trusting(trusts(StringEquals={"sts:ExternalId": "tenant-42"}))},
        ("source-policy-missing", "sure"), ("source-policy-missing", "sure"), False),

    # the trust policy
    "another user": (
        {"role": trusting(trusts(principal="arn:aws:iam::SOURCE:user/bob"))},
        IN_TRUST, ("trust-principal", "sure"), True),
    "another account": (
        {"role": trusting(trusts(principal="DEST"))}, IN_TRUST, ("trust-principal", "sure"), True),
    "a service": (
        {"role": trusting({"Effect": "Allow", "Action": "sts:AssumeRole",
                           "Principal": {"Service": "ec2.amazonaws.com"}})},
        IN_TRUST, ("trust-principal", "sure"), True),
    "external id missing": (
        {"role": trusting(trusts(StringEquals={"sts:ExternalId": "tenant-42"}))},
        IN_TRUST, ("trust-external-id", "sure"), True),
    "external id wrong": (
        {"role": trusting(trusts(StringEquals={"sts:ExternalId": "tenant-42"})),
         "dest": "external_id = tenant-41"},
        IN_TRUST, ("trust-external-id", "sure"), True),
    "MFA, and no device": (
        {"role": trusting(trusts(**MFA))}, IN_TRUST, ("trust-mfa", "sure"), False),
    "MFA, and mfa = never": (
        {"role": trusting(trusts(**MFA)), "user": DEVICE, "source": f"{SERIAL}\nmfa = never"},
        IN_TRUST, ("trust-mfa", "sure"), False),
    "session name": (
        {"role": trusting(trusts(StringEquals={"sts:RoleSessionName": "${aws:username}"})),
         "dest": "session_name = somebody"},
        IN_TRUST, ("trust-session-name", "sure"), True),
    "session name, one of two": (
        {"role": trusting(trusts(StringEquals={"sts:RoleSessionName": ["deploy", "audit"]}))},
        IN_TRUST, ("trust-session-name", "sure"), True),
    "tags not allowed by the role": (
        {"role": trusting(trusts()), "dest": "tags = team=blue, stage=test"},
        ("trust-tags", "likely"), ("trust-tags", "sure"), True),
    "another tag": (
        {"role": trusting(trusts(SESSION, StringEquals={"aws:RequestTag/team": "red"})),
         "dest": "tags = team=blue"},
        IN_TRUST, ("trust-tags", "sure"), True),
    "source identity not allowed by the role": (
        {"role": trusting(trusts()), "dest": "source_identity = alice"},
        ("trust-source-identity", "likely"), ("trust-source-identity", "sure"), True),
    "another organization": (
        {"role": trusting(trusts(principal="*",
                                 StringEquals={"aws:PrincipalOrgID": "o-other00000"})),
         "account": {"org": "o-ours000000"}},
        IN_TRUST, ("trust-org", "likely"), True),
    "another address": (
        {"role": trusting(trusts(IpAddress={"aws:SourceIp": "203.0.113.0/24"}))},
        IN_TRUST, ("trust-condition", "likely"), False),
    "denied by the role": (
        {"role": trusting(trusts(), {"Sid": "NoAlice", **trusts(effect="Deny")})},
        IN_TRUST, ("trust-denies", "sure"), False),
    "denied by the role without MFA": (
        {"role": trusting(trusts(), trusts(effect="Deny", BoolIfExists={
            "aws:MultiFactorAuthPresent": "false"}))},
        IN_TRUST, ("trust-denies", "sure"), False),

    # the role
    "role missing": ({"there": {}}, IN_TRUST, ("role-missing", "sure"), False),
    "role with another path": (
        {"there": {"team/App": trusting(trusts(SESSION))},
         "user": only(allow(SESSION))},
        IN_TRUST, ("role-path", "sure"), True),
    "duration above the role's": (
        {"dest": "duration = 4h"}, ("duration-role", "sure"), ("duration-role", "sure"), True),
    "region not enabled": (
        {"dest": "sts_region = ap-east-1"},
        ("region-disabled", "sure"), ("region-disabled", "sure"), True),
    "session policy that is none": (
        {"dest": "policy = {\"Version\": \"2012-10-17\"}"},
        ("session-policy", "sure"), ("session-policy", "sure"), False),
}


class Table(Doctor):
    def test_each_has_its_verdict_and_what_mends_it(self):
        self.assertGreaterEqual(len(TABLE), 25)
        mended = 0
        for number, (name, (how, unseen, seen, mends)) in enumerate(TABLE.items(), 1):
            with self.subTest(name):
                place = self.place(number, **how)
                self.assertVerdict(place.examine(), *unseen)
                report = place.examine(seen=True)
                self.assertVerdict(report, *seen)
                if mends:
                    place.mend(report)
                    self.assertVerdict(place.examine(), "works", "sure")
                    mended += 1
        self.assertGreaterEqual(mended, 10)

    def test_both_sides_are_mended_at_once(self):
        how, *_rest = TABLE["both sides"]
        place = self.place(**how)
        report = place.examine(seen=True)
        self.assertIn("trust-external-id", [check["name"] for check in report["checks"]])
        for remedy in report["remedies"]:
            self.assertTrue(place.obey(remedy), remedy)
        self.assertVerdict(place.examine(), "works", "sure")


class Keys(Doctor):
    def test_a_key_that_is_inactive(self):
        place = self.place()
        self.world.aws.deactivate(place.given["alice"]["id"])
        report = place.examine(seen=True)
        self.assertVerdict(report, "key-inactive", "sure")
        self.assertIn(place.given["alice"]["id"], report["remedies"][0]["message"])

    def test_a_key_that_is_gone(self):
        place = self.place()
        self.world.aws.remove(place.source_id, key=place.given["alice"]["id"])
        self.assertVerdict(place.examine(), "key-inactive", "sure")

    def test_another_keys_secret(self):
        place = self.place()
        self.works("remove", place.main, "--yes")
        place.add(place.main, {"id": place.given["alice"]["id"], "secret": "A" * 40},
                  "--no-verify")
        place.configure()
        self.assertVerdict(place.examine(), "secret-wrong", "sure")

    def test_a_key_that_was_never_proven_is_looked_at_all_the_same(self):
        place = self.place(user={"policies": {}})
        self.works("remove", place.main, "--yes")
        place.add(place.main, place.given["alice"], "--no-verify")
        place.configure()
        report = place.examine()
        self.assertVerdict(report, "source-policy-missing", "sure")
        place.mend(report)
        self.assertVerdict(place.examine(), "works", "sure")

    def test_the_clock_is_learned_and_its_error_told(self):
        place = self.place()
        self.works("agent", "stop")
        self.world.aws.set_clock(3600)
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        report = place.examine()
        self.assertVerdict(report, "works", "sure")
        self.assertEqual([check["result"] for check in report["checks"]
                          if check["name"] == "clock"], ["problem"])

    def test_a_user_made_anew_is_somebody_else(self):
        place = self.place()
        self.world.aws.remove(place.source_id, user="alice")
        self.works("remove", place.main, "--yes")
        again = self.world.aws.add(filled({"SOURCE": {"users": {"alice": {
            "policies": {"work": document(allow(SESSION + LOOKS))}}}}}, place.names))
        place.add(place.main, again["alice"])
        place.configure()
        self.assertVerdict(place.examine(), *IN_TRUST)
        report = place.examine(seen=True)
        self.assertVerdict(report, "principal-recreated", "likely")
        self.assertIn("in place of the one that names AIDA", report["remedies"][0]["message"])
        place.mend(report)
        self.assertVerdict(place.examine(), "works", "sure")


class Codes(Doctor):
    def code(self):
        return mfa.code_at(worlds.SEED, self.world.aws.now())

    def test_a_device_that_is_not_the_users(self):
        place = self.place(user=DEVICE, source=SERIAL.replace("mfa/alice", "mfa/alicia"))
        report = place.examine("-t", self.code())
        self.assertVerdict(report, "mfa-serial", "sure")
        self.assertTrue(place.obey(report["remedies"][0]), report)
        self.assertVerdict(place.examine("-t", self.code()), "works", "sure")

    def test_a_wrong_code(self):
        place = self.place(user=DEVICE, source=SERIAL)
        wrong = f"{(int(self.code()) + 1) % 1000000:06}"
        self.assertVerdict(place.examine("-t", wrong), "mfa-code", "sure")

    def test_a_device_that_nobody_was_asked_for(self):
        """It was found, but no code went with the call: the trust policy is not satisfied."""
        place = self.place(role=trusting(trusts(**MFA)),
                           user={**DEVICE, "may_iam": ["iam:ListMFADevices"]})
        report = place.examine(seen=True)
        self.assertVerdict(report, "trust-mfa", "sure")
        place.mend(report)
        self.assertVerdict(place.examine("-t", self.code()), "works", "sure")


CHAIN = "[dest first]\naccount = DEST\nrole = App\nsource = MAIN\n"


class Chains(Doctor):
    """main → first (App) → prod (Next)."""

    def chain(self, following=None, first="", policies=None, dest="", **how):
        there = {"App": {"trust": document(trusts(SESSION)),
                         "policies": policies or {"on": document(allow("sts:*"))}}}
        place = self.place(dest=f"source = first\n{dest}", before=CHAIN + first, name="Next",
                           there=there, **how)
        if following is not None:
            self.world.aws.add(filled({"DEST": {"roles": {"Next": trusting(following)}}},
                                      place.names))
        return place

    def test_the_hop_that_fails_is_named(self):
        place = self.chain(trusts(principal="ROLE"), user={"policies": {}})
        report = place.examine()
        self.assertVerdict(report, "source-policy-missing", "sure")
        self.assertIn("'first', " + place.names["ROLE"],
                      [check["message"] for check in report["checks"]
                       if check["name"] == "assume role"][0])

    def test_the_second_role_trusts_somebody_else(self):
        place = self.chain(trusts(principal="USER"))
        report = place.examine(seen=True)
        self.assertVerdict(report, "trust-principal", "sure")
        self.assertEqual(json.loads(report["remedies"][0]["statement"])["Principal"],
                         {"AWS": place.names["ROLE"]})

    def test_a_chained_session_is_an_hour(self):
        place = self.chain(trusts(principal="ROLE"), dest="duration = 2h")
        report = place.examine()
        self.assertVerdict(report, "duration-chained", "sure")
        place.mend(report)
        self.assertVerdict(place.examine(), "works", "sure")

    def test_a_session_policy_narrows_what_comes_after(self):
        place = self.chain(trusts(principal="ROLE"), first="readonly = true\n")
        report = place.examine()
        self.assertVerdict(report, *IN_TRUST)
        self.assertIn("session-policy", [one["cause"] for one in report["possible"]])
        self.assertVerdict(place.examine(seen=True), "session-policy", "likely")
        self.world.aws.explain_denials()
        time.sleep(AGAIN_S)
        self.assertVerdict(place.examine(), "session-policy", "sure")

    def test_a_role_that_assumes_itself(self):
        place = self.place(dest="source = first", before=CHAIN,
                           role={"policies": {"on": document(allow("sts:*"))}})
        self.assertVerdict(place.examine(), "self-assume", "likely")
        report = place.examine(seen=True)
        self.assertVerdict(report, "self-assume", "sure")
        place.mend(report)
        self.assertVerdict(place.examine(), "works", "sure")


if __name__ == "__main__":
    unittest.main()
