#!/usr/bin/python3
"""The policy engine: tables of statements and requests, and real calls where layers meet."""

import datetime
import json
import sys
import unittest

sys.dont_write_bytecode = True

from iam_case import ADMINISTRATOR, WithIam, allow, deny, policy      # noqa: E402
from standin import conditions, evaluate, language, mfa, worlds       # noqa: E402
from standin.evaluate import Layer, Request, Source                   # noqa: E402


def decide(*statements, action="s3:GetObject", resource="arn:aws:s3:::b/k", version="2012-10-17",
           **context):
    """Of an identity that has these statements and nothing else."""
    text = json.dumps({"Version": version, "Statement": list(statements)})
    layers = {"identity": Layer("identity-based policy",
                                [Source("p", language.read(text))], "an")}
    context = {name.replace("__", ":").lower(): value for name, value in context.items()}
    return evaluate.judge(layers, Request(action, resource, context)).decision


class Statements(unittest.TestCase):
    def test_effects(self):
        for statements, decision in (
                ([allow("s3:*")], "allowed"),
                ([allow("ec2:*")], "implicitDeny"),
                ([deny("ec2:*")], "implicitDeny"),
                ([allow("*"), deny("s3:Get*")], "explicitDeny"),
                ([deny("s3:Get*"), allow("*")], "explicitDeny")):
            with self.subTest(statements):
                self.assertEqual(decide(*statements), decision)

    def test_actions(self):
        for pattern, fits in (("s3:GetObject", True), ("S3:gETobject", True), ("*", True),
                              ("s3:Get*", True), ("s3:*Object", True), ("s3:Get?bject", True),
                              ("s3:Get?Object", False), ("s3:Get", False), ("s3:Put*", False),
                              (["s3:Put*", "s3:Get*"], True)):
            statement = {"Effect": "Allow", "Resource": "*"}
            with self.subTest(pattern):
                self.assertEqual(decide({**statement, "Action": pattern}) == "allowed", fits)
                self.assertEqual(decide({**statement, "NotAction": pattern}) == "allowed",
                                 not fits)

    def test_resources(self):
        for pattern, fits in (("*", True), ("arn:aws:s3:::b/*", True), ("arn:aws:s3:::b/k", True),
                              ("arn:aws:s3:::?/k", True), ("arn:*:s3:::b/k", True),
                              ("arn:aws:s3:::B/k", False), ("arn:aws:s3:::b", False),
                              ("arn:aws:s3:::[b]/k", False),
                              (["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"], True)):
            statement = {"Effect": "Allow", "Action": "*"}
            with self.subTest(pattern):
                self.assertEqual(decide({**statement, "Resource": pattern}) == "allowed", fits)
                self.assertEqual(decide({**statement, "NotResource": pattern}) == "allowed",
                                 not fits)

    def test_variables(self):
        mine = "arn:aws:s3:::b/${aws:username}"
        for pattern, context, fits in (
                (mine, {"aws__username": "k"}, True),
                (mine, {"aws__username": "other"}, False),
                (mine, {"aws__username": "*"}, False),      # its star is a letter
                (mine, {}, False),
                ("arn:aws:s3:::b/${AWS:UserName}", {"aws__username": "k"}, True),
                ("arn:aws:s3:::b/${aws:username, 'k'}", {}, True),
                ("arn:aws:s3:::b/${aws:PrincipalTag/team}", {"aws__PrincipalTag/Team": "k"},
                 True)):
            with self.subTest(pattern, **context):
                self.assertEqual(decide(allow("*", pattern), **context) == "allowed", fits)
        self.assertEqual(decide(allow("*", mine), version="2008-10-17", aws__username="k"),
                         "implicitDeny")
        self.assertEqual(decide(allow("*", "arn:aws:s3:::b/${*}"), resource="arn:aws:s3:::b/*"),
                         "allowed")
        self.assertEqual(decide(allow("*", "arn:aws:s3:::b/${*}")), "implicitDeny")


class Conditions(unittest.TestCase):
    def holds(self, operator, wanted, **context):
        return decide(allow("*", **{operator.replace(":", "__"): {"a:k": wanted}}),
                      **context) == "allowed"

    def test_one_value(self):
        arn = "arn:aws:iam::111111111111:role/team/A"
        for operator, wanted, have, fits in (
                ("StringEquals", "x", "x", True), ("StringEquals", "X", "x", False),
                ("StringEquals", ["y", "x"], "x", True), ("StringEquals", "x*", "xy", False),
                ("StringNotEquals", "x", "x", False), ("StringNotEquals", ["y", "z"], "x", True),
                ("StringNotEquals", ["y", "x"], "x", False),
                ("StringEqualsIgnoreCase", "X", "x", True),
                ("StringNotEqualsIgnoreCase", "X", "x", False),
                ("StringLike", "x*", "xy", True), ("StringLike", "x?", "x", False),
                ("StringLike", "X*", "xy", False), ("StringNotLike", "x*", "xy", False),
                ("StringNotLike", "y*", "xy", True),
                ("ArnEquals", arn, arn, True), ("ArnLike", "arn:aws:iam::*:role/*", arn, True),
                ("ArnEquals", "arn:aws:iam::111111111111:role/*", arn, True),
                ("ArnLike", "arn:aws:iam:*:role/*", arn, False),
                ("ArnLike", "arn:*", arn, False), ("ArnNotLike", "arn:aws:iam::*:role/*", arn,
                                                   False),
                ("ArnNotEquals", "arn:aws:iam::*:user/*", arn, True),
                ("Bool", "true", "true", True), ("Bool", True, "true", True),
                ("Bool", "true", "false", False), ("Bool", "false", "false", True),
                ("NumericEquals", "5", "5.0", True), ("NumericNotEquals", 5, "6", True),
                ("NumericLessThan", "3600", "3599", True), ("NumericLessThan", 5, "5", False),
                ("NumericLessThanEquals", 5, "5", True), ("NumericGreaterThan", 5, "5", False),
                ("NumericGreaterThanEquals", 5, "5", True), ("NumericLessThan", 5, "x", False),
                ("DateLessThan", "2026-01-02T00:00:00Z", "2026-01-01T23:59:59Z", True),
                ("DateLessThan", "2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z", False),
                ("DateLessThan", "2026-01-02T00:00:00.500Z", "2026-01-02T00:00:00Z", True),
                ("DateGreaterThan", "0", "2026-01-01T00:00:00Z", True),
                ("DateLessThanEquals", "2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z", True),
                ("DateGreaterThanEquals", "2026-01-02T01:00:00+01:00", "2026-01-02T00:00:00Z",
                 True),
                ("DateEquals", "1767312000", "2026-01-02T00:00:00Z", True),
                ("DateNotEquals", "1767312000", "2026-01-02T00:00:00Z", False),
                ("IpAddress", "10.0.0.0/8", "10.1.2.3", True),
                ("IpAddress", ["192.0.2.0/24", "10.1.2.3"], "10.1.2.3", True),
                ("IpAddress", "2001:db8::/32", "2001:db8::1", True),
                ("IpAddress", "10.0.0.0/8", "11.1.2.3", False),
                ("NotIpAddress", "10.0.0.0/8", "10.1.2.3", False),
                ("NotIpAddress", "10.0.0.0/8", "11.1.2.3", True)):
            with self.subTest(operator, wanted=wanted, have=have):
                self.assertEqual(self.holds(operator, wanted, a__k=have), fits)
                self.assertEqual(self.holds(operator + "IfExists", wanted, a__k=have), fits)

    def test_a_key_that_is_absent(self):
        for operator, wanted, fits in (
                ("StringEquals", "x", False), ("StringLike", "*", False), ("Bool", "false", False),
                ("NumericLessThan", 5, False), ("DateLessThan", "2026-01-01T00:00:00Z", False),
                ("IpAddress", "0.0.0.0/0", False), ("ArnLike", "*", False),
                ("StringNotEquals", "x", True), ("ArnNotLike", "*", True),
                ("NotIpAddress", "0.0.0.0/0", True),
                ("StringEqualsIfExists", "x", True), ("BoolIfExists", "true", True),
                ("NumericLessThanIfExists", 5, True),
                ("ForAllValues:StringEquals", "x", True),
                ("ForAnyValue:StringEquals", "x", False),
                ("Null", "true", True), ("Null", True, True), ("Null", "false", False)):
            with self.subTest(operator):
                self.assertEqual(self.holds(operator, wanted), fits)
        self.assertTrue(self.holds("Null", "false", a__k="x"))
        self.assertFalse(self.holds("Null", "true", a__k="x"))

    def test_several_values(self):
        for operator, wanted, have, fits in (
                ("ForAllValues:StringEquals", ["a", "b"], ["a"], True),
                ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], True),
                ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
                ("ForAllValues:StringEquals", ["a", "b"], "a", True),
                ("ForAnyValue:StringEquals", ["a", "b"], ["a", "c"], True),
                ("ForAnyValue:StringEquals", ["a", "b"], ["c", "d"], False),
                ("ForAnyValue:StringLike", "a*", ["c", "abc"], True),
                ("ForAllValues:StringNotEquals", ["a"], ["b", "c"], True),
                ("ForAllValues:StringNotEquals", ["a"], ["b", "a"], False),
                ("ForAnyValue:StringNotEquals", ["a"], ["b", "a"], True),
                ("ForAnyValue:StringNotEquals", ["a"], ["a"], False)):
            with self.subTest(operator, wanted=wanted, have=have):
                self.assertEqual(self.holds(operator, wanted, a__k=have), fits)

    def test_all_must_hold(self):
        both = {"StringEquals": {"a:x": "1", "a:y": "2"}}
        self.assertEqual(decide(allow("*", **both), a__x="1", a__y="2"), "allowed")
        self.assertEqual(decide(allow("*", **both), a__x="1", a__y="3"), "implicitDeny")
        self.assertEqual(decide(allow("*", **both, Bool={"a:z": "true"}), a__x="1", a__y="2"),
                         "implicitDeny")

    def test_a_variable_in_a_condition(self):
        self.assertTrue(self.holds("StringEquals", "${aws:username}", a__k="ann",
                                   aws__username="ann"))
        self.assertFalse(self.holds("StringLike", "${aws:username}", a__k="ann",
                                    aws__username="a*"))
        self.assertTrue(self.holds("ArnLike", "arn:aws:iam::*:user/${aws:username}",
                                   a__k="arn:aws:iam::111111111111:user/ann",
                                   aws__username="ann"))
        self.assertFalse(self.holds("StringEquals", "${aws:username}", a__k="ann"))

    def test_what_is_not_known_is_not_taken(self):
        for operator in ("StringMatches", "ForSomeValues:StringEquals", "NullIfExists",
                         "ForAllValues:Null", "BinaryEquals"):
            self.assertFalse(conditions.is_known(operator))
            with self.assertRaisesRegex(language.Malformed, "Invalid Condition type"):
                decide(allow("*", **{operator.replace(":", "__"): {"a:k": "x"}}))


class Trusts(WithIam):
    """Who may assume a role: trust policy, own policy, and where the two accounts are."""

    OTHER = "222222222222"

    def roles(self, account, **trusts):
        self.aws.add({account: {"roles": {name: {"trust": document}
                                          for name, document in trusts.items()}}})

    def may(self, key, role, **parameters):
        client = self.client("sts", key)
        try:
            client.assume_role(RoleArn=role, **{"RoleSessionName": "test", **parameters})
            return True
        except client.exceptions.ClientError as refused:
            self.assertEqual(refused.response["Error"]["Code"], "AccessDenied")
            return False

    def test_accounts_and_sides(self):
        keys = self.people(none={}, some={"may_assume": ["*"]},
                           barred={"policies": {"p": policy(allow("sts:*"), deny("sts:*"))}})
        names = [self.arn(f"user/{name}") for name in keys]
        trusts = {"Named": worlds.trust(names), "Account": worlds.trust(self.account),
                  "Everybody": worlds.trust("*"), "Strangers": worlds.trust("333333333333")}
        self.roles(self.account, **trusts)
        self.roles(self.OTHER, **trusts)
        for name, role, same, across in (
                ("none", "Named", True, False), ("none", "Account", False, False),
                ("none", "Everybody", False, False), ("some", "Named", True, True),
                ("some", "Account", True, True), ("some", "Everybody", True, True),
                ("some", "Strangers", False, False), ("barred", "Named", False, False),
                ("barred", "Account", False, False)):
            with self.subTest(name, role=role):
                self.assertEqual(self.may(keys[name], self.arn(f"role/{role}")), same)
                self.assertEqual(self.may(keys[name], f"arn:aws:iam::{self.OTHER}:role/{role}"),
                                 across)

    def test_statements_of_a_trust_policy(self):
        keys = self.people(ann={"may_assume": ["*"]}, bea={"may_assume": ["*"]})
        ann = {"AWS": self.arn("user/ann")}
        everybody = worlds.trust(self.account)["Statement"][0]

        def trust(*more):
            return policy(everybody, *({"Action": "sts:AssumeRole", **one} for one in more))
        self.roles(self.account,
                   Denied=trust({"Effect": "Deny", "Principal": ann}),
                   Only=trust({"Effect": "Deny", "NotPrincipal": ann}),
                   Service=policy({"Effect": "Allow", "Action": "sts:AssumeRole",
                                   "Principal": {"Service": "ec2.amazonaws.com"}}))
        for role, allowed in (("Denied", ["bea"]), ("Only", ["ann"]), ("Service", [])):
            self.assertEqual([name for name, key in keys.items()
                              if self.may(key, self.arn(f"role/{role}"))], allowed, role)

    def test_conditions_of_a_trust_policy(self):
        ann = self.people(ann={"may_assume": ["*"], "tags": {"Team": "blue"}})["ann"]
        self.describe(org="o-abc1234567")
        tags = [{"Key": "project", "Value": "x"}]
        for condition, parameters, fits in (
                ({"StringEquals": {"sts:ExternalId": "42"}}, {"ExternalId": "42"}, True),
                ({"StringEquals": {"sts:ExternalId": "42"}}, {"ExternalId": "43"}, False),
                ({"StringEquals": {"sts:RoleSessionName": "${aws:username}"}},
                 {"RoleSessionName": "ann"}, True),
                ({"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}, {}, False),
                ({"StringEquals": {"sts:SourceIdentity": "ann"}}, {"SourceIdentity": "ann"}, True),
                ({"StringEquals": {"sts:SourceIdentity": "ann"}}, {}, False),
                ({"ForAllValues:StringEquals": {"aws:TagKeys": ["project"]}},
                 {"Tags": tags}, True),
                ({"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}, {"Tags": tags}, False),
                ({"ForAllValues:StringEquals": {"sts:TransitiveTagKeys": ["team"]}},
                 {"Tags": tags, "TransitiveTagKeys": ["project"]}, False),
                ({"StringEquals": {"aws:RequestTag/project": "x"}}, {"Tags": tags}, True),
                ({"StringEquals": {"aws:PrincipalTag/team": "blue"}}, {}, True),
                ({"StringEquals": {"aws:PrincipalTag/team": "red"}}, {}, False),
                ({"StringEquals": {"aws:PrincipalOrgID": "o-abc1234567"}}, {}, True),
                ({"StringEquals": {"aws:PrincipalOrgID": "o-zzz1234567"}}, {}, False),
                ({"StringEquals": {"aws:PrincipalAccount": self.account}}, {}, True),
                ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/a*"}}, {}, True),
                ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, {}, True),
                ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, {}, False),
                ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, {}, True),
                ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, {}, False),
                ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, {}, True),
                ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {}, False),
                ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, {}, False),
                ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, {}, True),
                ({"Null": {"aws:MultiFactorAuthPresent": "true"}}, {}, True),
                ({"Null": {"aws:TokenIssueTime": "true"}}, {}, True)):
            with self.subTest(condition, **parameters):
                self.roles(self.OTHER, Asked=worlds.trust(self.arn("user/ann"), **condition))
                self.assertEqual(self.may(ann, f"arn:aws:iam::{self.OTHER}:role/Asked",
                                          **parameters), fits)

    def test_mfa_in_the_call_and_in_a_session(self):
        ann = self.people(ann={"may_assume": ["*"], "mfa": {"ann": worlds.SEED}})["ann"]
        fob = mfa.Fob(worlds.SEED, self.aws.now)
        young = {"Bool": {"aws:MultiFactorAuthPresent": "true"},
                 "NumericLessThan": {"aws:MultiFactorAuthAge": "60"}}
        self.roles(self.OTHER, Young=worlds.trust(self.arn("user/ann"), **young))
        role = f"arn:aws:iam::{self.OTHER}:role/Young"
        device = {"SerialNumber": self.arn("mfa/ann")}
        self.assertTrue(self.may(ann, role, TokenCode=fob.fresh(), **device))
        session = self.key_in(self.client("sts", ann).get_session_token(
            TokenCode=fob.fresh(), **device))
        self.assertTrue(self.may(session, role))
        self.aws.set_clock(61)
        self.assertFalse(self.may(session, role))

    def test_each_action_is_judged_for_itself(self):
        ann = self.people(ann={"policies": {"p": policy(
            allow("sts:AssumeRole"), allow("sts:TagSession", StringEquals={
                "aws:RequestTag/project": "x"}))}})["ann"]
        self.roles(self.OTHER, Open=worlds.trust(self.arn("user/ann")))
        role = f"arn:aws:iam::{self.OTHER}:role/Open"
        self.assertTrue(self.may(ann, role))
        self.assertTrue(self.may(ann, role, Tags=[{"Key": "project", "Value": "x"}]))
        said = self.denied(self.enter, ann, role, Tags=[{"Key": "project", "Value": "y"}])
        self.assertIn("sts:TagSession", said)
        self.assertIn("sts:SetSourceIdentity",
                      self.denied(self.enter, ann, role, SourceIdentity="ann"))


class Layers(WithIam):
    """Boundaries, the organization, sessions' policies: each can only take away."""

    def test_a_boundary(self):
        self.describe(policies={"bound": policy(allow("sts:*"))})
        bound = {"boundary": self.arn("policy/bound")}
        ann = self.people(ann={"attached": [ADMINISTRATOR], **bound}, bea=bound)
        self.describe(roles={"Open": {"trust": worlds.trust(self.arn("root"))},
                             "Named": {"trust": worlds.trust(self.arn("user/bea"))}})
        self.enter(ann["ann"], "Open")
        self.denied(self.client("iam", ann["ann"]).get_user)
        self.denied(self.enter, ann["bea"], "Open")
        self.enter(ann["bea"], "Named")

    def test_a_boundary_that_is_gone_allows_nothing(self):
        ann = self.people(ann={"attached": [ADMINISTRATOR],
                               "boundary": self.arn("policy/gone")})["ann"]
        self.denied(self.client("iam", ann).get_user)

    def test_a_boundary_narrows_a_role_that_is_named_and_not_its_session(self):
        self.describe(policies={"bound": policy(allow("s3:*"))}, roles={
            "Through": {"trust": worlds.trust(self.arn("user/admin")),
                        "boundary": self.arn("policy/bound")}})
        session = self.key_in(self.enter(self.admin, "Through"))
        self.describe(roles={
            "ByRole": {"trust": worlds.trust(self.arn("role/Through"))},
            "BySession": {"trust": worlds.trust(self.arn("assumed-role/Through/test", "sts"))}})
        self.denied(self.enter, session, "ByRole")
        self.enter(session, "BySession")

    def test_the_organization(self):
        self.describe(scp=[policy(allow("*")), policy(deny("sts:AssumeRole",
                                                           "arn:aws:iam::*:role/Secret"))],
                      roles={name: {"trust": worlds.trust(self.arn("user/admin"))}
                             for name in ("Secret", "Open")})
        self.enter(self.admin, "Open")
        self.denied(self.enter, self.admin, "Secret")

    def test_a_session_s_own_policy(self):
        self.describe(roles={"Admin": {"trust": worlds.trust(self.arn("user/admin")),
                                       "attached": [ADMINISTRATOR]}})

        def iam(**parameters):
            return self.client("iam", self.key_in(self.enter(self.admin, "Admin", **parameters)))
        iam().get_user(UserName="admin")
        narrow = json.dumps(policy(allow("iam:ListAccessKeys")))
        session = iam(Policy=narrow)
        session.list_access_keys(UserName="admin")
        self.assertTrue(self.denied(session.get_user, UserName="admin").endswith(
            "because no session policy allows the iam:GetUser action"))
        by_arn = iam(PolicyArns=[{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}])
        by_arn.get_user(UserName="admin")
        self.denied(by_arn.create_access_key, UserName="admin")
        self.denied(iam(PolicyArns=[{"arn": self.arn("policy/none")}]).get_user,
                    UserName="admin")

    def test_sessions_older_than_now_can_be_shut_out(self):
        self.role()
        self.iam.attach_role_policy(RoleName="Target", PolicyArn=ADMINISTRATOR)
        session = self.key_in(self.enter(self.admin))
        iam = self.client("iam", session)
        iam.get_user(UserName="admin")
        moment = datetime.datetime.fromtimestamp(self.aws.now() + 1, datetime.timezone.utc)
        self.iam.put_role_policy(
            RoleName="Target", PolicyName="AWSRevokeOlderSessions", PolicyDocument=json.dumps(
                policy(deny("*", DateLessThan={
                    "aws:TokenIssueTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}))))
        self.assertTrue(self.denied(iam.get_user, UserName="admin").endswith(
            "with an explicit deny in an identity-based policy"))
        self.aws.set_clock(2)
        self.client("iam", self.key_in(self.enter(self.admin))).get_user(UserName="admin")
        self.client("sts", session).get_caller_identity()     # needs no permission

    def test_a_role_s_tags_and_a_session_s_that_beat_them(self):
        self.describe(roles={
            "Tagged": {"trust": worlds.trust(self.arn("user/admin")), "tags": {"Team": "blue"},
                       "policies": {"p": policy(allow("iam:GetUser", StringEquals={
                           "aws:PrincipalTag/team": "blue"}))}}})

        def iam(**parameters):
            return self.client("iam", self.key_in(self.enter(self.admin, "Tagged", **parameters)))
        iam().get_user(UserName="admin")
        self.denied(iam(Tags=[{"Key": "TEAM", "Value": "red"}]).get_user, UserName="admin")


class Explained(WithIam):
    """AssumeRole's longer refusals, on a dial."""

    def said(self, key, role="arn:aws:iam::222222222222:role/Strict"):
        return self.denied(self.enter, key, role).partition(role)[2]

    def test_short_unless_asked_for(self):
        self.assertEqual(self.said(self.admin), "")
        self.aws.explain_denials()
        self.assertNotEqual(self.said(self.admin), "")
        self.aws.reset()
        self.assertEqual(self.said(self.admin), "")

    def test_why(self):
        keys = self.people(none={}, barred={"policies": {"p": policy(deny("sts:*"))}})
        self.describe(roles={
            "Open": {"trust": worlds.trust(self.arn("root"))},
            "Shut": {"trust": policy({"Effect": "Deny", "Principal": "*",
                                      "Action": "sts:AssumeRole"})}})
        self.aws.explain_denials()
        for key, role, words in (
                (self.admin, "arn:aws:iam::222222222222:role/Strict",
                 "because no role trust policy allows the sts:AssumeRole action"),
                (self.admin, "arn:aws:iam::222222222222:role/Nobody",
                 "because no role trust policy allows the sts:AssumeRole action"),
                (keys["none"], self.arn("role/Open"),
                 "because no identity-based policy allows the sts:AssumeRole action"),
                (keys["barred"], self.arn("role/Open"),
                 "with an explicit deny in an identity-based policy"),
                (self.admin, self.arn("role/Shut"),
                 "with an explicit deny in the role trust policy")):
            self.assertEqual(self.said(key, role), f" {words}")
        self.describe(scp=[policy(allow("iam:*"))])
        self.assertEqual(self.said(self.admin, self.arn("role/Open")),
                         " because no service control policy allows the sts:AssumeRole action")


if __name__ == "__main__":
    unittest.main()
