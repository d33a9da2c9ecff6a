"""doctor DEST: set-ups that are broken in one way each, the verdict on each, without and with a
look at the role; and what it says to do, done, makes the role assumable.

Each set-up has two accounts of its own: a source's with a user, who may look at herself, and a
destination's with a role and an administrator.
"""

import copy
import json
import re
import time
import unittest

from story import Story                  # first: it knows where the stand-in is
from standin import mfa, worlds
from world import PASSPHRASE, Fd

ADMINISTRATOR = worlds.ADMINISTRATOR
LOOKS = ["iam:GetUser", "iam:SimulatePrincipalPolicy"]
AGAIN_S = 1.1                     # for so long a refusal is not asked for again (N12)
SESSION = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions, resource="*", **condition):
    return statement("Allow", actions, resource, condition)


def deny(actions, resource="*", **condition):
    return statement("Deny", actions, resource, condition)


def statement(effect, actions, resource, condition):
    made = {"Effect": effect, "Action": actions, "Resource": resource}
    return {**made, "Condition": condition} if condition else made


def trusts(actions="sts:AssumeRole", principal="USER", effect="Allow", **condition):
    made = {"Effect": effect, "Action": actions, "Principal": {"AWS": principal}}
    return {**made, "Condition": condition} if condition else made


def filled(what, names):
    """The description with USER, SOURCE, ROLE … in it replaced."""
    text = json.dumps(what)
    for name, value in names.items():
        text = text.replace(name, value)
    return json.loads(text)


class Place:
    """One set-up: two accounts, their people, and the lines of the configuration."""

    def __init__(self, story, number, user=None, role=None, source="", dest="", before="",
                 account=None, there=None, name="App", looks=True):
        self.story, self.world, self.aws = story, story.world, story.world.aws
        self.source_id, self.dest_id = f"1{number:011}", f"2{number:011}"
        self.main, self.prod, self.owner = f"main{number}", f"prod{number}", f"owner{number}"
        self.names = {"SOURCE": self.source_id, "DEST": self.dest_id, "MAIN": self.main,
                      "USER": f"arn:aws:iam::{self.source_id}:user/alice",
                      "ROLE": f"arn:aws:iam::{self.dest_id}:role/App"}
        self.lines = {("source", self.main): [source], ("source", self.owner): [],
                      ("dest", self.prod): [f"account = {self.dest_id}", f"role = {name}",
                                            "" if "source =" in dest else f"source = {self.main}",
                                            dest]}
        self.before = before
        user = copy.deepcopy({"policies": {"work": document(allow(SESSION, "ROLE"))},
                              **(user or {})})
        if looks:
            user["policies"]["looks"] = document(allow(LOOKS))
        self._describe(user, role, account or {}, there)
        self._store()

    def _describe(self, user, role, account, there):
        role = {"App": {"trust": document(trusts(SESSION)), **(role or {})}}
        self.given = self.aws.add(filled({
            "SOURCE": {"users": {"alice": user, "boss": {"attached": [ADMINISTRATOR]},
                                 "bob": {}}, **account}}, self.names))
        self.given.update(self.aws.add(filled({
            "DEST": {"users": {"owner": {"attached": [ADMINISTRATOR]}},
                     "roles": role if there is None else there}}, self.names)))

    def _store(self):
        self.configure()
        for name, who in ((self.main, "alice"), (self.owner, "owner")):
            self.add(name, self.given[who])

    def add(self, name, key, *words):
        added = self.world.xacct("add", name, "--access-key-id", key["id"], "--secret-fd",
                                 Fd(key["secret"]), *words,
                                 *(() if self.story.opened else
                                   ("--passphrase-fd", Fd(PASSPHRASE))))
        self.story.assertEqual(added.status, 0, added)
        self.story.opened = True

    def configure(self):
        sections = [f"[{kind} {name}]\n" + "\n".join(filled(lines, self.names)) + "\n"
                    for (kind, name), lines in self.lines.items()]
        self.world.configure("".join(sections) + "\n".join(filled([self.before], self.names)))

    def set(self, kind, name, key, value):
        """A line of the configuration, in place of one of the same key."""
        lines = "\n".join(self.lines[(kind, name)]).split("\n")
        kept = [line for line in lines if line.split(" =")[0] != key]
        if key == "role_arn":
            kept = [line for line in kept if line.split(" =")[0] not in ("role", "account")]
        self.lines[(kind, name)] = kept + [f"{key} = {value}"]
        self.configure()

    # --- what is asked ------------------------------------------------------------------------

    def examine(self, *words, seen=False):
        words = [*words, "--dest-admin", self.owner] if seen else list(words)
        said = self.world.xacct("doctor", self.prod, "--json", "--no-input",
                                *filled(words, self.names))
        self.story.assertEqual(said.err, "", said)
        report = json.loads(said.out)
        expected = (0 if report["verdict"] == "works"
                    else 1 if report["verdict"].startswith("duration-") else 6)
        self.story.assertEqual((said.status, report["ok"]), (expected, expected == 0), said)
        return report

    # --- what is said to do, done ---------------------------------------------------------------

    def boto(self, who):
        return self.aws.boto("iam", (self.given[who]["id"], self.given[who]["secret"]))

    def obey(self, remedy):
        """Does what one remedy says, as a person would by pasting it."""
        line = re.match(r"configure for (the source )?'(\w+)': (\w+) = (\S+)", remedy["message"])
        if line:
            self.set("source" if line.group(1) else "dest", *line.group(2, 3, 4))
            return True
        if remedy["statement"] is None:
            return False
        return self.add_statement(remedy["side"], json.loads(remedy["statement"]))

    def add_statement(self, side, statement):
        if side == "trust policy":
            owner = self.boto("owner")
            policy = owner.get_role(RoleName="App")["Role"]["AssumeRolePolicyDocument"]
            policy["Statement"] = [one for one in policy["Statement"]
                                   if "AIDA" not in json.dumps(one)] + [statement]
            owner.update_assume_role_policy(RoleName="App", PolicyDocument=json.dumps(policy))
        elif side == "source policy":
            self.boto("boss").put_user_policy(UserName="alice", PolicyName="pasted",
                                              PolicyDocument=json.dumps(document(statement)))
        else:
            self.story.assertEqual(side, "boundary")
            self.boto("boss").create_policy_version(
                PolicyArn=f"arn:aws:iam::{self.source_id}:policy/bound", SetAsDefault=True,
                PolicyDocument=json.dumps(document(allow(LOOKS), statement)))
        time.sleep(AGAIN_S)
        return True

    def mend(self, report):
        """Obeys the first remedy that is a line or a statement."""
        self.story.assertTrue(any(self.obey(remedy) for remedy in report["remedies"]), report)


MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
DEVICE = {"mfa": {"alice": worlds.SEED}}
SERIAL = "mfa_serial = arn:aws:iam::SOURCE:mfa/alice"
BOUND = {"policies": {"bound": document(allow(LOOKS))}}
IN_TRUST = ("unknown", "unknown")


def only(*statements):
    """The user's own policy in place of the right one."""
    return {"policies": {"work": document(*statements)}}


def trusting(*statements):
    return {"trust": document(*statements)}


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


class Doctor(Story):
    def setUp(self):
        super().setUp()
        self.opened = False

    def place(self, number=1, **how):
        return Place(self, number, **how)

    def assertVerdict(self, report, verdict, sure):
        self.assertEqual((report["verdict"], report["sure"]), (verdict, sure),
                         json.dumps(report, indent=2))


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

    def test_both_sides_are_mended_at_once(self):
        how, *_rest = TABLE["both sides"]
        place = self.place(**how)
        report = place.examine(seen=True)
        self.assertIn("trust-external-id", [check["name"] for check in report["checks"]])
        for remedy in report["remedies"]:
            self.assertTrue(place.obey(remedy), remedy)
        self.assertVerdict(place.examine(), "works", "sure")

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
