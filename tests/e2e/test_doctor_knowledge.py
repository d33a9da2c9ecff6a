"""doctor DEST: what it may look at and what it may not, what has its credentials from elsewhere,
and its words."""

import json
import re
import unittest

from doctor_story import (BOUND, IN_TRUST, MFA, SESSION, Doctor, allow, deny, document, filled,
                          only, trusting, trusts)


class Knowledge(Doctor):
    """What can be known depends on whose credentials are at hand."""

    def test_nothing_can_be_seen(self):
        report = self.place(user={"policies": {}}, looks=False).examine()
        self.assertVerdict(report, *IN_TRUST)
        possible = {one["cause"] for one in report["possible"]}
        self.assertLessEqual({"source-policy-missing", "boundary", "scp", "trust-principal",
                              "role-missing", "trust-mfa"}, possible)
        said = " ".join(remedy["message"] for remedy in report["remedies"])
        self.assertIn("--dest-admin NAME", said)
        self.assertIn("aws iam simulate-principal-policy", said)
        self.assertIn("aws iam get-role --role-name App", said)

    def test_an_administrator_of_the_source_sees_for_her(self):
        place = self.place(user={"policies": {}}, looks=False)
        place.lines[("source", "boss")] = []
        place.configure()
        place.add("boss", place.given["boss"])
        report = place.examine("--source-admin", "boss")
        self.assertVerdict(report, "source-policy-missing", "sure")

    def test_aws_says_it_itself(self):
        self.world.aws.explain_denials()
        others = trusting(trusts(principal="DEST"))
        self.assertVerdict(self.place(role=others, looks=False).examine(), "trust", "likely")
        for number, (how, verdict) in enumerate((
                ({"user": {"policies": {}}}, "source-policy-missing"),
                ({"user": only(allow(SESSION), deny("sts:*"))}, "source-policy-denies"),
                ({"account": {"scp": [document(deny("sts:AssumeRole"), allow("*"))]}}, "scp"),
                ({"user": {"boundary": "arn:aws:iam::SOURCE:policy/bound"}, "account": BOUND},
                 "boundary"),
                ({"role": trusting(trusts(), trusts(effect="Deny"))}, "trust-denies")), 2):
            with self.subTest(verdict):
                self.assertVerdict(self.place(number, looks=False, **how).examine(), verdict,
                                   "sure")

    def test_rights_elsewhere_see_nothing(self):
        place = self.place(role=trusting(trusts(principal="DEST")),
                           user=only(allow(SESSION), allow("iam:GetRole")))
        report = place.examine("--dest-admin", place.main)
        self.assertVerdict(report, *IN_TRUST)
        self.assertIn(("role", "skipped"), [(check["name"], check["result"])
                                            for check in report["checks"]])

    def test_an_administrator_who_may_not_look(self):
        place = self.place(role=trusting(trusts(principal="DEST")))
        place.lines[("source", "guest")] = []
        place.configure()
        place.add("guest", self.world.aws.add({place.dest_id: {"users": {"guest": {}}}})["guest"])
        report = place.examine("--dest-admin", "guest")
        self.assertVerdict(report, *IN_TRUST)
        self.assertIn("iam:GetRole", json.dumps(report["checks"]))

    def test_within_one_account_the_role_alone_can_let_her_in(self):
        place = self.place(user={"policies": {}})
        place.names["ROLE"] = f"arn:aws:iam::{place.source_id}:role/App"
        self.world.aws.add(filled({"SOURCE": {"roles": {"App": trusting(
            trusts(principal="SOURCE"))}}}, place.names))
        place.set("dest", place.prod, "account", place.source_id)
        place.lines[("source", "boss")] = []
        place.configure()
        place.add("boss", place.given["boss"])
        self.assertVerdict(place.examine(), "source-policy-missing", "likely")
        self.assertVerdict(place.examine("--dest-admin", "boss"), "source-policy-missing", "sure")


class Foreign(Doctor):
    """The source's credentials come from a program."""

    def corp(self, token=True, **how):
        place = self.place(before="[source corp]\ncredential_process = PROGRAM\n",
                           dest="source = corp", **how)
        key = place.given["alice"]
        said = {"Version": 1, "AccessKeyId": key["id"], "SecretAccessKey": key["secret"]}
        if token:
            sts = self.world.aws.boto("sts", (key["id"], key["secret"]))
            had = sts.get_session_token()["Credentials"]
            said.update(AccessKeyId=had["AccessKeyId"], SecretAccessKey=had["SecretAccessKey"],
                        SessionToken=had["SessionToken"],
                        Expiration=had["Expiration"].isoformat())
        said = self.world.write("said.json", json.dumps(said))
        place.names["PROGRAM"] = self.world.write("process", f"#!/bin/sh\ncat {said}\n", 0o700)
        place.configure()
        return place

    def test_a_long_lived_key(self):
        place = self.corp(token=False, user={"policies": {}})
        report = place.examine()
        self.assertVerdict(report, "source-policy-missing", "sure")
        place.mend(report)
        self.assertVerdict(place.examine(), "works", "sure")

    def test_a_session_may_not_look_but_the_role_can_be_looked_at(self):
        place = self.corp(role=trusting(trusts(**MFA)))
        self.assertVerdict(place.examine(), *IN_TRUST)
        report = place.examine(seen=True)
        self.assertVerdict(report, "trust-mfa", "sure")
        self.assertIn("with an MFA code", report["remedies"][0]["message"])


class Words(Doctor):
    def test_the_walk_the_verdict_and_the_statement(self):
        place = self.place(role=trusting(trusts(principal="arn:aws:iam::SOURCE:user/bob")))
        said = self.world.xacct("doctor", place.prod, "--dest-admin", place.owner)
        self.assertEqual((said.status, said.err), (6, ""))
        self.assertRegex(said.out, r"(?m)^ok       key  ")
        self.assertRegex(said.out, r"(?m)^problem  assume role  ")
        self.assertRegex(said.out, r"(?m)^ok       source policy  ")
        self.assertRegex(said.out, r"(?m)^verdict  trust-principal \(sure\): ")
        pasted = re.search(r"(?ms)^    (\{\n.*?^    \})$", said.out)
        self.assertIsNotNone(pasted, said.out)
        place.add_statement("trust policy", json.loads(pasted.group(1)))
        self.assertIn("works (sure)", self.works("doctor", place.prod).out)

    def test_what_is_wrong_before_aws_is_asked(self):
        place = self.place()
        self.assertIn("did you mean 'prod1'", self.refused(3, "doctor", "prod2"))
        self.assertIn("there is no role", self.refused(2, "doctor", place.main))
        self.assertIn("--dest-admin", self.refused(2, "doctor", "--dest-admin", place.owner))
        self.works("lock")
        self.refused(4, "doctor", place.prod, "--no-input")

    def test_without_aws_there_is_no_verdict(self):
        place = self.place()
        self.world.aws.fault(reset=True, times=0)
        said = self.refused(7, "doctor", place.prod)
        self.assertIn("no verdict", said)

    def test_nothing_is_changed(self):
        place = self.place(role=trusting(trusts(principal="DEST")))
        before = [self.world.aws.inventory(one) for one in (place.source_id, place.dest_id)]
        place.examine(seen=True)
        self.assertEqual([self.world.aws.inventory(one)
                          for one in (place.source_id, place.dest_id)], before)


if __name__ == "__main__":
    unittest.main()
