#!/usr/bin/python3
"""IAM's simulation, lists and raw answers; and what a test sees and does from outside."""

import json
import os
import subprocess
import sys
import unittest
import urllib.parse

sys.dont_write_bytecode = True

import oracle                                                         # noqa: E402
from handmade import Handmade                                         # noqa: E402
from iam_case import ADMINISTRATOR, WithIam, allow, deny, policy      # noqa: E402
from standin import iam, worlds                                       # noqa: E402


class Simulation(WithIam):
    def simulate(self, *actions, source="user/ann", **parameters):
        return self.iam.simulate_principal_policy(
            PolicySourceArn=self.arn(source), ActionNames=list(actions),
            **parameters)["EvaluationResults"]

    def test_decisions_and_where_they_come_from(self):
        self.people(ann={"policies": {"p": policy(allow("s3:*"), deny("s3:Put*"))}})
        found = self.simulate("s3:GetObject", "s3:PutObject", "ec2:RunInstances")
        self.assertEqual([one["EvalDecision"] for one in found],
                         ["allowed", "explicitDeny", "implicitDeny"])
        self.assertEqual([[held["SourcePolicyId"] for held in one["MatchedStatements"]]
                          for one in found], [["user_ann_p"], ["user_ann_p"], []])
        self.assertEqual(found[0]["EvalResourceName"], "*")

    def test_resources_one_by_one(self):
        role = "arn:aws:iam::222222222222:role/"
        self.people(ann={"policies": {"p": policy(allow("sts:AssumeRole", role + "Admin"))}})
        found, = self.simulate("sts:AssumeRole", ResourceArns=[role + "Admin"])
        part, = found["ResourceSpecificResults"]
        self.assertEqual((found["EvalResourceName"], found["EvalDecision"]),
                         (part["EvalResourceName"], part["EvalResourceDecision"]))
        self.assertEqual(found["EvalDecision"], "allowed")
        found, = self.simulate("sts:AssumeRole", ResourceArns=[role + "Admin", role + "Other"])
        self.assertEqual((found["EvalResourceName"], found["EvalDecision"]),
                         ("arn:aws:iam::${Account}:role/${ResourceNameWithPath}", "implicitDeny"))
        self.assertEqual([(one["EvalResourceName"], one["EvalResourceDecision"])
                          for one in found["ResourceSpecificResults"]],
                         [(role + "Admin", "allowed"), (role + "Other", "implicitDeny")])

    def test_context_that_is_missing_and_context_that_is_given(self):
        self.people(ann={"policies": {"p": policy(allow(
            "iam:ListAccessKeys", "arn:aws:iam::*:user/${aws:username}",
            Bool={"aws:MultiFactorAuthPresent": "true"}))}})
        ask = {"ResourceArns": [self.arn("user/ann")]}
        found, = self.simulate("iam:ListAccessKeys", **ask)
        self.assertEqual(found["EvalDecision"], "implicitDeny")
        self.assertEqual(found["ResourceSpecificResults"][0]["MissingContextValues"],
                         ["aws:MultiFactorAuthPresent"])
        found, = self.simulate("iam:ListAccessKeys", ContextEntries=[
            {"ContextKeyName": "aws:multifactorauthpresent", "ContextKeyType": "boolean",
             "ContextKeyValues": ["true"]}], **ask)
        self.assertEqual(found["EvalDecision"], "allowed")
        found, = self.simulate("iam:ListAccessKeys")
        self.assertEqual(found["MissingContextValues"], ["aws:MultiFactorAuthPresent"])

    def test_a_list_in_the_context(self):
        self.people(ann={"policies": {"p": policy(allow(
            "sts:TagSession", ForAllValues__StringEquals={"aws:TagKeys": ["a", "b"]}))}})
        for keys, decision in ((["a", "b"], "allowed"), (["a", "c"], "implicitDeny")):
            found, = self.simulate("sts:TagSession", ContextEntries=[
                {"ContextKeyName": "aws:TagKeys", "ContextKeyType": "stringList",
                 "ContextKeyValues": keys}])
            self.assertEqual(found["EvalDecision"], decision)

    def test_boundary_and_organization(self):
        bound = self.managed("Bound", policy(allow("s3:*")))["Arn"]
        self.people(ann={"attached": [ADMINISTRATOR], "boundary": bound})
        self.describe(scp=[policy(allow("*"), deny("s3:Put*"))])
        get, put, run = self.simulate("s3:GetObject", "s3:PutObject", "ec2:RunInstances")
        for one, decision, boundary, organization in (
                (get, "allowed", True, True), (put, "explicitDeny", True, False),
                (run, "implicitDeny", False, True)):
            self.assertEqual(
                (one["EvalDecision"],
                 one["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"],
                 one["OrganizationsDecisionDetail"]["AllowedByOrganizations"]),
                (decision, boundary, organization))
        self.describe(users={"bea": {}})
        self.assertNotIn("PermissionsBoundaryDecisionDetail",
                         self.simulate("s3:GetObject", source="user/bea")[0])

    def test_more_policies_by_the_way(self):
        self.people(ann={})
        self.assertEqual(self.simulate("s3:GetObject", PolicyInputList=[
            json.dumps(policy(allow("s3:*")))])[0]["EvalDecision"], "allowed")

    def test_whose(self):
        self.role()
        self.assertEqual(self.simulate("s3:GetObject", source="role/Target")[0]["EvalDecision"],
                         "implicitDeny")
        self.gone(self.simulate, "s3:GetObject", source="user/nobody")
        self.refused("InvalidInput", 400, self.simulate, "s3:GetObject", source="policy/p")
        self.people(ann={})
        self.refused("InvalidInput", 400, self.simulate, "s3:GetObject",
                     CallerArn=self.arn("role/Target"))
        self.refused("InvalidInput", 400, self.simulate, "everything")


class Lists(WithIam):
    def test_in_pages(self):
        for number in range(5):
            self.role(f"R{number}")
        first = self.iam.list_roles(MaxItems=3)
        self.assertEqual((len(first["Roles"]), first["IsTruncated"]), (3, True))
        rest = self.iam.list_roles(Marker=first["Marker"])
        self.assertEqual((len(rest["Roles"]), rest["IsTruncated"]), (2, False))
        self.refused("ValidationError", 400, self.iam.list_roles, Marker="elsewhere")
        self.refused("ValidationError", 400, self.iam.list_roles, MaxItems=1001)

    def test_fewer_than_were_asked_for(self):
        self.people(ann={})
        self.iam.create_access_key(UserName="ann")
        self.aws.page(1)
        self.assertTrue(self.iam.list_access_keys(UserName="ann")["IsTruncated"])
        pages = self.iam.get_paginator("list_access_keys").paginate(UserName="ann")
        self.assertEqual([len(one["AccessKeyMetadata"]) for one in pages], [1, 1])

    def test_every_list_names_its_end(self):
        self.people(ann={"groups": ["g"]})
        self.describe(groups={"g": {}}, alias="alias")
        self.role()
        arn = self.managed()["Arn"]
        for action, parameters in (
                ("ListUsers", {}), ("ListRoles", {}), ("ListPolicies", {}),
                ("ListAccountAliases", {}), ("ListPolicyVersions", {"PolicyArn": arn}),
                ("ListPolicyTags", {"PolicyArn": arn}),
                ("ListEntitiesForPolicy", {"PolicyArn": arn}),
                *((f"List{what}", {"RoleName": "Target"}) for what in (
                    "RolePolicies", "AttachedRolePolicies", "RoleTags")),
                *((f"List{what}", {"UserName": "ann"}) for what in (
                    "UserPolicies", "AttachedUserPolicies", "UserTags", "GroupsForUser",
                    "AccessKeys", "MFADevices")),
                *((f"List{what}", {"GroupName": "g"}) for what in (
                    "GroupPolicies", "AttachedGroupPolicies"))):
            with self.subTest(action):
                self.assertIs(self.iam._make_api_call(action, parameters)["IsTruncated"], False)


class Shapes(WithIam):
    """Raw answers, where a lenient parser would hide a wrong one."""

    def reply(self, action, **parameters):
        hand = Handmade(self.aws, self.admin, region="us-east-1", service="iam")
        return hand.call(action, Version=iam.VERSION, **parameters)

    def test_actions_and_what_they_require_are_botocore_s(self):
        model = self.iam.meta.service_model
        for name, action in iam.ACTIONS_BY_NAME.items():
            with self.subTest(name):
                required = set(model.operation_model(name).input_shape.required_members
                               if model.operation_model(name).input_shape else [])
                self.assertEqual({one.partition(".")[0] for one in action.required}, required)

    def test_an_element_that_is_misspelled_would_be_seen(self):
        operation = self.iam.meta.service_model.operation_model("GetUser")
        body = self.reply("GetUser").body
        oracle.check_answer(body, operation)
        for good, bad in (("<UserId>", "<UserID>"), ("</UserId>", "</UserID>")):
            body = body.replace(good, bad)
        with self.assertRaisesRegex(AssertionError, "no UserID in User"):
            oracle.check_answer(body, operation)

    def test_documents_are_percent_encoded(self):
        text = json.dumps(policy(allow("s3:*", "arn:aws:s3:::a/*")), indent=1)
        self.iam.put_user_policy(UserName="admin", PolicyName="p", PolicyDocument=text)
        sent = self.reply("GetUserPolicy", UserName="admin",
                          PolicyName="p").field("PolicyDocument")
        self.assertRegex(sent, r"^[A-Za-z0-9%._~-]+$")
        self.assertEqual(urllib.parse.unquote(sent), text)

    def test_an_action_without_a_result(self):
        self.role()
        body = self.reply("TagRole", **{"RoleName": "Target", "Tags.member.1.Key": "a",
                                        "Tags.member.1.Value": "b"}).body
        self.assertIn("<ResponseMetadata>", body)
        self.assertNotIn("Result>", body)
        self.assertIn("<UpdateRoleResult>", self.reply("UpdateRole", RoleName="Target").body)

    def test_what_is_left_out_is_named(self):
        reply = self.reply("CreateRole", RoleName="R")
        self.assertEqual((reply.status, reply.field("Code")), (400, "ValidationError"))
        self.assertIn("Value null at 'assumeRolePolicyDocument'", reply.field("Message"))

    def test_a_status_that_is_none(self):
        reply = self.reply("UpdateAccessKey", AccessKeyId=self.admin[0], Status="Expired")
        self.assertEqual((reply.status, reply.field("Code")), (400, "ValidationError"))


class Cli(WithIam):
    """The aws program reads the answers as people see them."""

    def aws_cli(self, *words, status=0):
        environment = {"PATH": os.environ["PATH"], "AWS_CA_BUNDLE": self.aws.ca_pem,
                       "AWS_ACCESS_KEY_ID": self.admin[0], "AWS_DEFAULT_REGION": "us-east-1",
                       "AWS_SECRET_ACCESS_KEY": self.admin[1], "AWS_CONFIG_FILE": os.devnull,
                       "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        done = subprocess.run(["/usr/bin/aws", "--endpoint-url", self.aws.endpoint, "--output",
                               "json", "iam", *words], env=environment, capture_output=True,
                              text=True, timeout=60)
        self.assertEqual(done.returncode, status, done.stderr)
        return json.loads(done.stdout or "null") if status == 0 else done.stderr

    def test_a_role_from_first_to_last(self):
        trust = worlds.trust(self.arn("user/admin"))
        self.aws_cli("create-role", "--role-name", "R", "--assume-role-policy-document",
                     json.dumps(trust))
        self.aws_cli("attach-role-policy", "--role-name", "R", "--policy-arn", ADMINISTRATOR)
        self.assertEqual(self.aws_cli("get-role", "--role-name", "R")["Role"]
                         ["AssumeRolePolicyDocument"], trust)
        self.aws.page(1)
        self.role("S")
        self.assertEqual([role["RoleName"] for role in self.aws_cli("list-roles")["Roles"]],
                         ["R", "S"])
        self.assertIn("(DeleteConflict)",
                      self.aws_cli("delete-role", "--role-name", "R", status=254))


class FromOutside(WithIam):
    """What a test sees and does behind IAM's back."""

    def test_the_inventory(self):
        self.people(ann={"mfa": {"ann": worlds.SEED}, "tags": {"a": "b"}})
        arn = self.managed()["Arn"]
        self.role(Description="d")
        self.iam.attach_role_policy(RoleName="Target", PolicyArn=arn)
        found = self.aws.inventory(self.account)
        self.assertEqual(found["users"]["admin"]["keys"], {self.admin[0]: "Active"})
        self.assertEqual(found["users"]["ann"]["mfa"], [self.arn("mfa/ann")])
        self.assertEqual(found["roles"]["Target"]["trust"], worlds.trust(self.arn("root")))
        self.assertEqual(found["roles"]["Target"]["attached"], [arn])
        self.assertEqual(found["policies"]["Small"]["versions"],
                         {"v1": policy(allow("s3:Get*"))})

    def test_taken_away(self):
        ann = self.people(ann={})["ann"]
        self.role()
        arn = self.managed()["Arn"]
        self.iam.attach_role_policy(RoleName="Target", PolicyArn=arn)
        self.aws.remove(self.account, policy="Small")
        self.assertEqual(self.aws.inventory(self.account)["roles"]["Target"]["attached"], [])
        self.aws.remove(self.account, role="Target")
        self.gone(self.iam.get_role, RoleName="Target")
        self.aws.remove(self.account, key=ann[0])
        self.refused("InvalidClientTokenId", 403, self.client("sts", ann).get_caller_identity)
        self.aws.remove(self.account, user="ann")
        self.gone(self.iam.get_user, UserName="ann")

    def test_who_signed(self):
        self.aws.reset()
        self.role()
        call, = self.aws.calls("CreateRole")
        self.assertEqual((call["service"], call["caller"], call["signed_by"], call["region"]),
                         ("iam", self.arn("user/admin"), "user", "us-east-1"))


if __name__ == "__main__":
    unittest.main()
