#!/usr/bin/python3
"""IAM's policies, with boto3 as the client: held, managed, and what they let one do."""

import json
import sys
import unittest

sys.dont_write_bytecode = True

from handmade import Handmade                                         # noqa: E402
from iam_case import (ADMINISTRATOR, READ_ONLY_ACCESS, WithIam, allow, deny,    # noqa: E402
                      policy)
from standin import iam, mfa, worlds                                  # noqa: E402


class Held(WithIam):
    """Inline and attached policies, of users and of roles."""

    def setUp(self):
        super().setUp()
        self.people(ann={})
        self.role()

    def each(self):
        for kind, name in (("user", "ann"), ("role", "Target")):
            with self.subTest(kind):
                yield kind, {kind.capitalize() + "Name": name}

    def call(self, verb, kind, what="policy"):
        return getattr(self.iam, f"{verb}_{kind}_{what}")

    def test_inline(self):
        document = policy(allow("s3:Get*", "arn:aws:s3:::bucket/a b+c%/*"))
        for kind, who in self.each():
            self.call("put", kind)(PolicyName="p", PolicyDocument=json.dumps(document), **who)
            self.assertEqual(self.call("list", kind, "policies")(**who)["PolicyNames"], ["p"])
            self.assertEqual(self.call("get", kind)(PolicyName="p", **who)["PolicyDocument"],
                             document)
            self.call("delete", kind)(PolicyName="p", **who)
            for verb in ("get", "delete"):
                self.assertEqual(self.gone(self.call(verb, kind), PolicyName="p", **who),
                                 f"The {kind} policy with name p cannot be found.")

    def test_inline_policies_have_room_together(self):
        for kind, who in self.each():
            room = {"user": 2048, "role": 10240}[kind]
            text = json.dumps(policy(allow("s3:*", "arn:aws:s3:::" + "x" * (room // 2))))
            self.call("put", kind)(PolicyName="one", PolicyDocument=text, **who)
            self.assertIn(f"Maximum policy size of {room} bytes exceeded for {kind}",
                          self.refused("LimitExceeded", 409, self.call("put", kind),
                                       PolicyName="two", PolicyDocument=text, **who))
            self.call("put", kind)(PolicyName="one", PolicyDocument=text + " " * 3000, **who)

    def test_what_is_no_policy(self):
        for document, words in (
                ({"Statement": [allow("s3:*")]}, "must be version 2012-10-17"),
                (policy({"Effect": "Allow", "Action": "s3:*"}), "must contain resources"),
                (policy({"Effect": "Allow", "Resource": "*"}), "must contain actions"),
                (policy(allow("everything")), "must be prefaced by a vendor"),
                (policy(allow("s3:*", "bucket")), "must be in ARN format"),
                (policy({**allow("s3:*"), "Principal": "*"}), "should not specify a principal"),
                (policy({**allow("s3:*"), "Sid": "a"}, {**allow("s3:*"), "Sid": "a"}),
                 "must be unique"),
                (policy(), "Syntax errors in policy.")):
            for kind, who in self.each():
                self.assertIn(words, self.refused(
                    "MalformedPolicyDocument", 400, self.call("put", kind), PolicyName="p",
                    PolicyDocument=json.dumps(document), **who))

    def test_attached(self):
        own = self.managed()["Arn"]
        for kind, who in self.each():
            for arn in (own, READ_ONLY_ACCESS, own):
                self.call("attach", kind)(PolicyArn=arn, **who)
            held = self.call("list_attached", kind, "policies")(**who)["AttachedPolicies"]
            self.assertEqual(held, [{"PolicyName": "Small", "PolicyArn": own},
                                    {"PolicyName": "ReadOnlyAccess",
                                     "PolicyArn": READ_ONLY_ACCESS}])
            self.call("detach", kind)(PolicyArn=own, **who)
            self.assertEqual(self.gone(self.call("detach", kind), PolicyArn=own, **who),
                             f"Policy {own} was not found.")

    def test_what_cannot_be_attached(self):
        missing = "arn:aws:iam::aws:policy/Nothing"
        service = "arn:aws:iam::aws:policy/aws-service-role/AWSSupportServiceRolePolicy"
        for kind, who in self.each():
            attach = self.call("attach", kind)
            self.assertEqual(self.gone(attach, PolicyArn=missing, **who),
                             f"Policy {missing} does not exist or is not attachable.")
            self.gone(attach, PolicyArn="arn:aws:iam::111111111111:policy/Small", **who)
            for wrong in ("arn:aws-cn:iam::aws:policy/ReadOnlyAccess", self.arn("role/Target"),
                          "ReadOnlyAccess-by-name"):
                self.assertEqual(self.refused("InvalidInput", 400, attach, PolicyArn=wrong,
                                              **who), f"ARN {wrong} is not valid.")
            self.refused("PolicyNotAttachable", 400, attach, PolicyArn=service, **who)
            for number in range(10):
                name = f"{kind}{number}"
                attach(PolicyArn=self.managed(name)["Arn"], **who)
            self.assertEqual(self.refused("LimitExceeded", 409, attach,
                                          PolicyArn=READ_ONLY_ACCESS, **who),
                             f"Cannot exceed quota for PoliciesPer{kind.capitalize()}: 10")


class Managed(WithIam):
    def test_made_and_shown(self):
        made = self.managed("Small", Path="/xacct/", Description="of tests",
                            Tags=[{"Key": "a", "Value": "b"}])
        self.assertEqual((made["Arn"], made["DefaultVersionId"]),
                         (self.arn("policy/xacct/Small"), "v1"))
        self.assertRegex(made["PolicyId"], r"^ANPA[A-Z2-7]{17}$")
        self.iam.attach_user_policy(UserName="admin", PolicyArn=made["Arn"])
        shown = self.iam.get_policy(PolicyArn=made["Arn"])["Policy"]
        self.assertEqual((shown["AttachmentCount"], shown["IsAttachable"], shown["Description"],
                          shown["Tags"]), (1, True, "of tests", [{"Key": "a", "Value": "b"}]))
        self.assertEqual(self.refused("EntityAlreadyExists", 409, self.managed, "small"),
                         "A policy called small already exists. Duplicate names are not allowed.")
        self.gone(self.iam.get_policy, PolicyArn=self.arn("policy/Small"))
        self.assertEqual([one["Arn"] for one in self.iam.list_policies(Scope="Local")["Policies"]],
                         [made["Arn"]])

    def test_too_long(self):
        document = policy(allow("s3:*", "arn:aws:s3:::" + "x" * 6144))
        self.assertEqual(self.refused("LimitExceeded", 409, self.managed, document=document),
                         "Cannot exceed quota for PolicySize: 6144")

    def test_versions(self):
        arn = self.managed()["Arn"]
        more = json.dumps(policy(allow("s3:*")))
        for number in range(2, 6):
            made = self.iam.create_policy_version(PolicyArn=arn, PolicyDocument=more,
                                                  SetAsDefault=number == 3)["PolicyVersion"]
            self.assertEqual((made["VersionId"], made["IsDefaultVersion"]),
                             (f"v{number}", number == 3))
        self.assertIn("can have up to 5 versions", self.refused(
            "LimitExceeded", 409, self.iam.create_policy_version, PolicyArn=arn,
            PolicyDocument=more))
        versions = self.iam.list_policy_versions(PolicyArn=arn)["Versions"]
        self.assertEqual([one["VersionId"] for one in versions if one["IsDefaultVersion"]],
                         ["v3"])
        shown = self.iam.get_policy_version(PolicyArn=arn, VersionId="v3")["PolicyVersion"]
        self.assertEqual(shown["Document"], json.loads(more))
        self.assertEqual(self.refused("DeleteConflict", 409, self.iam.delete_policy_version,
                                      PolicyArn=arn, VersionId="v3"),
                         "Cannot delete the default version of a policy.")
        self.iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
        self.gone(self.iam.get_policy_version, PolicyArn=arn, VersionId="v1")
        made = self.iam.create_policy_version(PolicyArn=arn, PolicyDocument=more)
        self.assertEqual(made["PolicyVersion"]["VersionId"], "v6")

    def test_the_default_version_is_the_one_that_counts(self):
        ann = self.people(ann={})["ann"]
        arn = self.managed(document=policy(allow("iam:GetUser")))["Arn"]
        self.iam.attach_user_policy(UserName="ann", PolicyArn=arn)
        iam = self.client("iam", ann)
        iam.get_user()
        self.denied(iam.list_access_keys)
        self.iam.create_policy_version(PolicyArn=arn, SetAsDefault=True, PolicyDocument=json.dumps(
            policy(allow("iam:ListAccessKeys"))))
        iam.list_access_keys()
        self.denied(iam.get_user)
        self.iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
        iam.get_user()

    def test_deleted_when_nobody_holds_it_and_one_version_is_left(self):
        arn = self.managed()["Arn"]
        self.iam.create_policy_version(PolicyArn=arn,
                                       PolicyDocument=json.dumps(policy(allow("s3:*"))))
        self.iam.attach_user_policy(UserName="admin", PolicyArn=arn)
        holders = self.iam.list_entities_for_policy(PolicyArn=arn)
        self.assertEqual([one["UserName"] for one in holders["PolicyUsers"]], ["admin"])
        self.assertEqual(self.refused("DeleteConflict", 409, self.iam.delete_policy,
                                      PolicyArn=arn),
                         "Cannot delete a policy attached to entities.")
        self.iam.detach_user_policy(UserName="admin", PolicyArn=arn)
        self.assertIn("more than one version", self.refused(
            "DeleteConflict", 409, self.iam.delete_policy, PolicyArn=arn))
        self.iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
        self.iam.delete_policy(PolicyArn=arn)
        self.gone(self.iam.delete_policy, PolicyArn=arn)

    def test_tags(self):
        arn = self.managed()["Arn"]
        self.iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "a", "Value": "b"}])
        self.assertEqual(self.iam.list_policy_tags(PolicyArn=arn)["Tags"],
                         [{"Key": "a", "Value": "b"}])
        self.iam.untag_policy(PolicyArn=arn, TagKeys=["A"])
        self.assertEqual(self.iam.list_policy_tags(PolicyArn=arn)["Tags"], [])

    def test_aws_s_own_are_there_and_nobody_s_to_change(self):
        for name in ("AdministratorAccess", "ReadOnlyAccess", "PowerUserAccess", "SecurityAudit",
                     "job-function/ViewOnlyAccess", "IAMUserChangePassword"):
            shown = self.iam.get_policy(PolicyArn=f"arn:aws:iam::aws:policy/{name}")["Policy"]
            self.assertEqual(shown["PolicyName"], name.rpartition("/")[2])
        version = self.iam.get_policy_version(PolicyArn=ADMINISTRATOR, VersionId="v1")
        self.assertEqual(version["PolicyVersion"]["Document"], policy(allow("*")))
        self.refused("InvalidInput", 400, self.iam.delete_policy, PolicyArn=ADMINISTRATOR)

    def test_they_mean_what_they_say(self):
        for name, may, may_not in (
                ("ReadOnlyAccess", "iam:GetRole", "iam:CreateRole"),
                ("PowerUserAccess", "s3:PutObject", "iam:CreateRole"),
                ("SecurityAudit", "iam:SimulatePrincipalPolicy", "s3:GetObject"),
                ("job-function/ViewOnlyAccess", "iam:ListUsers", "iam:GetUser"),
                ("AdministratorAccess", "iam:CreateRole", None)):
            self.people(zoe={"keys": [], "attached": [f"arn:aws:iam::aws:policy/{name}"]})
            found = self.iam.simulate_principal_policy(
                PolicySourceArn=self.arn("user/zoe"),
                ActionNames=[action for action in (may, may_not) if action])
            self.assertEqual([one["EvalDecision"] for one in found["EvaluationResults"]],
                             ["allowed", "implicitDeny"][:1 + bool(may_not)], name)

    def test_another_partition_has_its_own(self):
        arn = "arn:aws-cn:iam::aws:policy/AdministratorAccess"
        given = self.aws.add({"700888888888": {"partition": "aws-cn", "users": {
            "li": {"attached": [arn]}}}})["li"]
        hand = Handmade(self.aws, (given["id"], given["secret"]), region="cn-north-1",
                        service="iam")
        reply = hand.call("GetPolicy", Version=iam.VERSION, PolicyArn=arn)
        self.assertEqual((reply.status, reply.field("Arn")), (200, arn), reply.body)
        reply = hand.call("GetPolicy", Version=iam.VERSION, PolicyArn=ADMINISTRATOR)
        self.assertEqual((reply.status, reply.field("Code")), (400, "InvalidInput"))


class May(WithIam):
    """Every call is judged, and a refusal says why."""

    def words(self, action, what):
        return f"not authorized to perform: iam:{action} on resource: {what}"

    def test_nothing_is_allowed_by_itself(self):
        ann = self.client("iam", self.people(ann={})["ann"])
        arn = self.arn("policy/p")
        document = json.dumps(policy(allow("*")))
        for action, what, parameters in (
                ("CreateAccessKey", "user ann", {}),
                ("GetAccessKeyLastUsed", "user admin", {"AccessKeyId": self.admin[0]}),
                ("GetUser", "user ann", {}), ("ListAccountAliases", "*", {}),
                ("GetRole", "role R", {"RoleName": "R"}),
                ("CreateRole", self.arn("role/R"),
                 {"RoleName": "R", "AssumeRolePolicyDocument": "{}"}),
                ("PutRolePolicy", "role R",
                 {"RoleName": "R", "PolicyName": "p", "PolicyDocument": document}),
                ("CreatePolicy", self.arn("policy/p"),
                 {"PolicyName": "p", "PolicyDocument": document}),
                ("GetPolicy", f"policy {arn}", {"PolicyArn": arn}),
                ("ListGroupPolicies", "group g", {"GroupName": "g"}),
                ("SimulatePrincipalPolicy", self.arn("user/ann"),
                 {"PolicySourceArn": self.arn("user/ann"), "ActionNames": ["s3:GetObject"]})):
            with self.subTest(action):
                said = self.denied(ann._make_api_call, action, parameters)
                self.assertTrue(said.startswith(f"User: {self.arn('user/ann')} is "), said)
                self.assertTrue(said.endswith(
                    f"{self.words(action, what)} because no identity-based policy allows the "
                    f"iam:{action} action"), said)

    def test_why_not(self):
        bound = self.managed("Bound", policy(allow("sts:*")))["Arn"]
        only_sts = self.managed("OnlySts", policy(allow("*"), deny("iam:GetUser")))["Arn"]
        for user, ending in (
                ({"policies": {"d": policy(deny("iam:Get*"))}},
                 "with an explicit deny in an identity-based policy"),
                ({"boundary": bound},
                 "because no permissions boundary allows the iam:GetUser action"),
                ({"boundary": only_sts}, "with an explicit deny in a permissions boundary")):
            ann = self.people(ann={"attached": [ADMINISTRATOR], **user})["ann"]
            self.assertTrue(self.denied(self.client("iam", ann).get_user).endswith(ending))
        self.describe(scp=[policy(allow("*"), deny("iam:Get*"))])
        self.assertTrue(self.denied(self.iam.get_user).endswith(
            "with an explicit deny in a service control policy"))
        self.describe(scp=[policy(allow("sts:*"))])
        self.assertTrue(self.denied(self.iam.get_user).endswith(
            "because no service control policy allows the iam:GetUser action"))

    def test_a_group_s_policies_are_its_members(self):
        self.describe(groups={"readers": {"attached": [READ_ONLY_ACCESS]}})
        ann = self.client("iam", self.people(ann={"groups": ["readers"]})["ann"])
        ann.list_access_keys()
        self.denied(ann.create_access_key)

    def test_tags_at_birth_need_an_action_of_their_own(self):
        ann = self.client("iam", self.people(ann={"may_iam": ["iam:CreateRole"]})["ann"])
        document = json.dumps(worlds.trust(self.arn("root")))
        ann.create_role(RoleName="A", AssumeRolePolicyDocument=document)
        said = self.denied(ann.create_role, RoleName="B", AssumeRolePolicyDocument=document,
                           Tags=[{"Key": "a", "Value": "b"}])
        self.assertIn("iam:TagRole", said)

    def test_only_what_is_tagged(self):
        self.role("Marked", Tags=[{"Key": "xacct", "Value": "1"}])
        self.role("Other")
        ann = self.client("iam", self.people(ann={"policies": {"p": policy(allow(
            "iam:DeleteRole", StringEquals={"aws:ResourceTag/xacct": "1"}))}})["ann"])
        self.denied(ann.delete_role, RoleName="Other")
        ann.delete_role(RoleName="Marked")

    def test_only_certain_policies_may_be_attached(self):
        ann = self.client("iam", self.people(ann={"policies": {"p": policy(allow(
            "iam:AttachUserPolicy", ArnEquals={"iam:PolicyARN": READ_ONLY_ACCESS}))}})["ann"])
        self.denied(ann.attach_user_policy, UserName="ann", PolicyArn=ADMINISTRATOR)
        ann.attach_user_policy(UserName="ann", PolicyArn=READ_ONLY_ACCESS)

    def test_a_session_without_mfa_has_no_business_here(self):
        session = self.key_in(self.client("sts", self.admin).get_session_token())
        self.refused("InvalidClientTokenId", 403, self.client("iam", session).get_user,
                     UserName="admin")

    def test_gina_rotates_her_own_keys_with_a_code(self):
        gina = self.aws.key_of("gina")
        self.denied(self.client("iam", gina).list_access_keys, UserName="gina")
        code = mfa.Fob(worlds.SEED, self.aws.now).fresh()
        session = self.client("iam", self.key_in(self.client("sts", gina).get_session_token(
            SerialNumber="arn:aws:iam::111111111111:mfa/gina", TokenCode=code)))
        new = session.create_access_key(UserName="gina")["AccessKey"]["AccessKeyId"]
        session.get_access_key_last_used(AccessKeyId=new)
        session.delete_access_key(UserName="gina", AccessKeyId=new)
        self.denied(session.create_access_key, UserName="alice")
        self.denied(session.list_mfa_devices, UserName="gina")


if __name__ == "__main__":
    unittest.main()
