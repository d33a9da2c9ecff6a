#!/usr/bin/python3
"""IAM's keys, users and roles, with boto3 as the client: what each action does, and how it
refuses.
"""

import json
import sys
import unittest

sys.dont_write_bytecode = True

from iam_case import ADMINISTRATOR, READ_ONLY_ACCESS, WithIam, allow, policy    # noqa: E402
from standin import worlds                                            # noqa: E402


class Keys(WithIam):
    def setUp(self):
        super().setUp()
        self.ann = self.people(ann={})["ann"]

    def listed(self, **parameters):
        return self.iam.list_access_keys(UserName="ann", **parameters)["AccessKeyMetadata"]

    def test_a_new_key_works_and_is_listed(self):
        key = self.iam.create_access_key(UserName="ann")["AccessKey"]
        self.assertEqual((key["UserName"], key["Status"]), ("ann", "Active"))
        self.assertRegex(key["AccessKeyId"], r"^AKIA[A-Z2-7]{16}$")
        said = self.client("sts", (key["AccessKeyId"], key["SecretAccessKey"]))
        self.assertEqual(said.get_caller_identity()["Arn"], self.arn("user/ann"))
        self.assertEqual([one["AccessKeyId"] for one in self.listed()],
                         [self.ann[0], key["AccessKeyId"]])
        self.assertNotIn("SecretAccessKey", self.listed()[0])

    def test_two_at_most_and_an_inactive_one_counts(self):
        self.iam.create_access_key(UserName="ann")
        self.iam.update_access_key(UserName="ann", AccessKeyId=self.ann[0], Status="Inactive")
        said = self.refused("LimitExceeded", 409, self.iam.create_access_key, UserName="ann")
        self.assertEqual(said, "Cannot exceed quota for AccessKeysPerUser: 2")

    def test_switched_off_and_on(self):
        sts = self.client("sts", self.ann)
        self.iam.update_access_key(UserName="ann", AccessKeyId=self.ann[0], Status="Inactive")
        self.assertEqual(self.listed()[0]["Status"], "Inactive")
        self.refused("InvalidClientTokenId", 403, sts.get_caller_identity)
        self.iam.update_access_key(UserName="ann", AccessKeyId=self.ann[0], Status="Active")
        sts.get_caller_identity()

    def test_sessions_go_on_without_the_key_that_made_them(self):
        self.describe(roles={"Open": {"trust": worlds.trust(self.arn("user/ann"))}})
        keys = [self.key_in(self.client("sts", self.ann).get_session_token()),
                self.key_in(self.enter(self.ann, "Open"))]
        self.iam.update_access_key(UserName="ann", AccessKeyId=self.ann[0], Status="Inactive")
        for key in keys:
            self.client("sts", key).get_caller_identity()

    def test_deleted(self):
        self.iam.delete_access_key(UserName="ann", AccessKeyId=self.ann[0])
        self.assertEqual(self.listed(), [])
        self.refused("InvalidClientTokenId", 403,
                     self.client("sts", self.ann).get_caller_identity)
        said = self.gone(self.iam.delete_access_key, UserName="ann", AccessKeyId=self.ann[0])
        self.assertEqual(said, f"The Access Key with id {self.ann[0]} cannot be found.")

    def test_of_another_user_or_of_nobody(self):
        self.gone(self.iam.update_access_key, UserName="admin", AccessKeyId=self.ann[0],
                  Status="Inactive")
        said = self.gone(self.iam.create_access_key, UserName="nobody")
        self.assertEqual(said, "The user with name nobody cannot be found.")

    def test_a_name_left_out_is_the_signer_s(self):
        made = self.iam.create_access_key()["AccessKey"]
        self.assertEqual(made["UserName"], "admin")
        self.describe(roles={"Admin": {"trust": worlds.trust(self.arn("user/admin")),
                                       "attached": [ADMINISTRATOR]}})
        by_role = self.client("iam", self.key_in(self.enter(self.admin, "Admin")))
        self.assertEqual(self.refused("ValidationError", 400, by_role.list_access_keys),
                         "Must specify userName when calling with non-User credentials")
        self.assertEqual(len(by_role.list_access_keys(UserName="admin")["AccessKeyMetadata"]), 2)

    def test_when_it_was_used(self):
        def used():
            said = self.iam.get_access_key_last_used(AccessKeyId=self.ann[0])
            self.assertEqual(said["UserName"], "ann")
            return said["AccessKeyLastUsed"]
        self.assertEqual(used(), {"ServiceName": "N/A", "Region": "N/A"})
        self.client("sts", self.ann, region="eu-north-1").get_caller_identity()
        last = used()
        self.assertEqual((last["ServiceName"], last["Region"]), ("sts", "eu-north-1"))
        self.assertAlmostEqual(last["LastUsedDate"].timestamp(), self.aws.now(), delta=5)
        self.gone(self.iam.get_access_key_last_used, AccessKeyId="AKIAQQQQQQQQQQQQQQQQ")

    def test_a_world_says_how_keys_stand(self):
        keys = [{"id": "AKIAOLDOLDOLDOLDOLD2", "secret": "o" * 40, "status": "Inactive",
                 "created": "2025-01-01T00:00:00Z",
                 "last_used": ["2025-02-01T00:00:00Z", "s3", "eu-west-1"]},
                {"id": "AKIANEWNEWNEWNEWNEW2", "secret": "n" * 40}]
        self.people(una={"keys": keys}, pure={"keys": []})
        old, new = self.iam.list_access_keys(UserName="una")["AccessKeyMetadata"]
        self.assertEqual((old["Status"], new["Status"]), ("Inactive", "Active"))
        self.assertEqual(old["CreateDate"].year, 2025)
        last = self.iam.get_access_key_last_used(AccessKeyId=old["AccessKeyId"])
        self.assertEqual(last["AccessKeyLastUsed"]["LastUsedDate"].month, 2)
        self.assertEqual(self.iam.list_access_keys(UserName="pure")["AccessKeyMetadata"], [])

    def test_who_is_described_again_stays_and_keeps_two_keys(self):
        who = self.aws.inventory(self.account)["users"]["ann"]["id"]
        second, third = (self.people(ann={})["ann"] for _ in range(2))
        ann = self.aws.inventory(self.account)["users"]["ann"]
        self.assertEqual((ann["id"], list(ann["keys"])), (who, [second[0], third[0]]))
        self.refused("InvalidClientTokenId", 403,
                     self.client("sts", self.ann).get_caller_identity)


class Users(WithIam):
    def test_who_a_user_is(self):
        boundary = self.managed("Bound")["Arn"]
        self.people(**{"team/ann": {"tags": {"Team": "blue"}, "boundary": boundary,
                                    "created": "2024-05-01T00:00:00Z"}})
        user = self.iam.get_user(UserName="ann")["User"]
        self.assertEqual((user["Path"], user["Arn"]), ("/team/", self.arn("user/team/ann")))
        self.assertRegex(user["UserId"], r"^AIDA[A-Z2-7]{17}$")
        self.assertEqual(user["Tags"], [{"Key": "Team", "Value": "blue"}])
        self.assertEqual(user["PermissionsBoundary"]["PermissionsBoundaryArn"], boundary)
        self.assertEqual(user["CreateDate"].year, 2024)
        self.assertEqual(self.iam.get_user()["User"]["UserName"], "admin")
        self.gone(self.iam.get_user, UserName="nobody")

    def test_made_and_taken_away(self):
        self.iam.create_user(UserName="ann", Path="/team/")
        said = self.refused("EntityAlreadyExists", 409, self.iam.create_user, UserName="ANN")
        self.assertEqual(said, "User with name ANN already exists.")
        key = self.iam.create_access_key(UserName="ann")["AccessKey"]
        self.iam.attach_user_policy(UserName="ann", PolicyArn=READ_ONLY_ACCESS)
        self.assertIn("must delete access keys first",
                      self.refused("DeleteConflict", 409, self.iam.delete_user, UserName="ann"))
        self.iam.delete_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"])
        self.assertIn("must detach all policies first",
                      self.refused("DeleteConflict", 409, self.iam.delete_user, UserName="ann"))
        self.iam.detach_user_policy(UserName="ann", PolicyArn=READ_ONLY_ACCESS)
        self.iam.delete_user(UserName="ann")
        self.gone(self.iam.get_user, UserName="ann")

    def test_groups_and_what_they_hold(self):
        self.describe(groups={"readers": {"attached": [READ_ONLY_ACCESS],
                                          "policies": {"more": policy(allow("s3:Put*"))}}},
                      users={"ann": {"groups": ["readers"]}})
        group, = self.iam.list_groups_for_user(UserName="ann")["Groups"]
        self.assertEqual((group["GroupName"], group["Arn"]),
                         ("readers", self.arn("group/readers")))
        held, = self.iam.list_attached_group_policies(GroupName="readers")["AttachedPolicies"]
        self.assertEqual(held, {"PolicyName": "ReadOnlyAccess", "PolicyArn": READ_ONLY_ACCESS})
        self.assertEqual(self.iam.list_group_policies(GroupName="readers")["PolicyNames"],
                         ["more"])
        more = self.iam.get_group_policy(GroupName="readers", PolicyName="more")
        self.assertEqual(more["PolicyDocument"], policy(allow("s3:Put*")))
        self.gone(self.iam.list_group_policies, GroupName="writers")
        self.gone(self.iam.get_group_policy, GroupName="readers", PolicyName="less")

    def test_the_alias(self):
        self.assertEqual(self.iam.list_account_aliases()["AccountAliases"], [])
        self.describe(alias="acme-prod")
        self.assertEqual(self.iam.list_account_aliases()["AccountAliases"], ["acme-prod"])


class Roles(WithIam):
    def test_made_and_shown(self):
        made = self.role("Deploy", Path="/team/", Description="of tests", MaxSessionDuration=7200,
                         Tags=[{"Key": "xacct", "Value": "1"}])
        self.assertRegex(made["RoleId"], r"^AROA[A-Z2-7]{17}$")
        role = self.iam.get_role(RoleName="Deploy")["Role"]
        self.assertEqual(role["Arn"], self.arn("role/team/Deploy"))
        self.assertEqual((role["Description"], role["MaxSessionDuration"], role["Tags"]),
                         ("of tests", 7200, [{"Key": "xacct", "Value": "1"}]))
        self.assertEqual(role["AssumeRolePolicyDocument"], worlds.trust(self.arn("root")))
        self.assertEqual(role["RoleLastUsed"], {})
        self.enter(self.admin, "team/Deploy")
        self.assertEqual(self.iam.get_role(RoleName="Deploy")["Role"]["RoleLastUsed"]["Region"],
                         "eu-west-1")

    def test_names_differ_in_more_than_case(self):
        self.role("Deploy")
        self.assertEqual(self.refused("EntityAlreadyExists", 409, self.role, "dePloy"),
                         "Role with name dePloy already exists.")
        self.gone(self.iam.get_role, RoleName="Deplo")

    def test_limits_of_parameters(self):
        for parameters in ({"MaxSessionDuration": 43201}, {"Path": "team"},
                           {"Description": "x" * 1001}, {"PermissionsBoundary": "a" * 2049}):
            with self.subTest(parameters):
                self.refused("ValidationError", 400, self.role, **parameters)
        self.refused("InvalidInput", 400, self.role, PermissionsBoundary="arn:" + "a" * 30)
        self.gone(self.role, PermissionsBoundary=self.arn("policy/Nothing"))

    def test_what_is_no_trust_policy(self):
        good = worlds.trust(self.arn("root"))
        for change, words in (
                ({"Action": "s3:*"}, "may only specify STS AssumeRole actions"),
                ({"Resource": "*"}, "Has prohibited field Resource"),
                ({"Principal": None}, "Missing required field Principal"),
                ({"Effect": "Maybe"}, "Syntax errors in policy."),
                ({"Sid": "with space"}, "SID"),
                ({"Condition": {"Equals": {"a:b": "c"}}}, "Invalid Condition type : Equals.")):
            statement = {**good["Statement"][0], **change}
            document = {**good, "Statement": [{key: value for key, value in statement.items()
                                               if value is not None}]}
            with self.subTest(change):
                self.assertIn(words, self.refused("MalformedPolicyDocument", 400, self.role,
                                                  trust=document))
        said = self.refused("MalformedPolicyDocument", 400, self.iam.create_role, RoleName="a",
                            AssumeRolePolicyDocument="{")
        self.assertEqual(said, "This policy contains invalid Json")

    def test_principals_must_be_there(self):
        self.people(ann={})
        for value in (self.arn("user/nobody"), self.arn("role/Nobody"), self.arn("user/*"),
                      self.arn("user/team/ann"), "arn:aws-cn:iam::111111111111:user/alice",
                      "arn:aws:iam::999999999998:root", "AIDAQQQQQQQQQQQQQQQQQ", "ann"):
            with self.subTest(value):
                said = self.refused("MalformedPolicyDocument", 400, self.role,
                                    trust=worlds.trust([self.arn("user/ann"), value]))
                self.assertEqual(said, f'Invalid principal in policy: "AWS":"{value}"')
        self.assertEqual(self.aws.inventory(self.account)["roles"], {})
        for number, value in enumerate((
                self.arn("user/ann"), self.account, "arn:aws:iam::111111111111:user/alice", "*",
                "arn:aws:sts::222222222222:assumed-role/Admin/alice")):
            self.role(f"R{number}", trust=worlds.trust(value))
        shown = self.iam.get_role(RoleName="R1")["Role"]["AssumeRolePolicyDocument"]
        self.assertEqual(shown["Statement"][0]["Principal"], {"AWS": self.arn("root")})

    def test_no_partition_trusts_another(self):
        self.aws.add({"700999999999": {"partition": "aws-cn", "users": {"li": {}}}})
        for value in ("arn:aws-cn:iam::700999999999:user/li", "700999999999"):
            said = self.refused("MalformedPolicyDocument", 400, self.role,
                                trust=worlds.trust(value))
            self.assertEqual(said, f'Invalid principal in policy: "AWS":"{value}"')

    def test_who_is_made_again_is_somebody_else(self):
        self.people(ann={"may_assume": ["*"]})
        self.role(trust=worlds.trust(self.arn("user/ann")))
        old = self.aws.inventory(self.account)["users"]["ann"]["id"]
        self.aws.remove(self.account, user="ann")
        self.iam.create_user(UserName="ann")
        shown = self.iam.get_role(RoleName="Target")["Role"]["AssumeRolePolicyDocument"]
        self.assertEqual(shown["Statement"][0]["Principal"], {"AWS": old})
        new = self.key_in(self.iam.create_access_key(UserName="ann"))
        self.iam.put_user_policy(UserName="ann", PolicyName="go",
                                 PolicyDocument=json.dumps(policy(allow("sts:*"))))
        self.denied(self.enter, new)
        said = self.refused("MalformedPolicyDocument", 400, self.iam.update_assume_role_policy,
                            RoleName="Target", PolicyDocument=json.dumps(shown))
        self.assertIn(old, said)

    def test_the_trust_policy_changes(self):
        ann = self.people(ann={})["ann"]
        self.role(trust=worlds.trust(self.arn("user/admin")))
        self.denied(self.enter, ann)
        self.iam.update_assume_role_policy(
            RoleName="Target", PolicyDocument=json.dumps(worlds.trust(self.arn("user/ann"))))
        self.enter(ann)
        self.gone(self.iam.update_assume_role_policy, RoleName="Nothing", PolicyDocument="{}")

    def test_a_trust_policy_too_long(self):
        names = [f"{'x' * 50}{number}" for number in range(30)]
        self.people(**{name: {"keys": []} for name in names})
        document = worlds.trust([self.arn(f"user/{name}") for name in names])
        self.assertEqual(self.refused("LimitExceeded", 409, self.role, trust=document),
                         "Cannot exceed quota for ACLSizePerRole: 2048")

    def test_updated(self):
        self.role(Description="old", MaxSessionDuration=7200)
        self.iam.update_role(RoleName="Target", Description="new", MaxSessionDuration=10800)
        role = self.iam.get_role(RoleName="Target")["Role"]
        self.assertEqual((role["Description"], role["MaxSessionDuration"]), ("new", 10800))
        self.iam.update_role(RoleName="Target")
        role = self.iam.get_role(RoleName="Target")["Role"]
        self.assertEqual((role["Description"], role["MaxSessionDuration"]), ("new", 3600))

    def test_tags(self):
        self.role(Tags=[{"Key": "Team", "Value": "a"}])
        self.iam.tag_role(RoleName="Target", Tags=[{"Key": "team", "Value": "b"},
                                                   {"Key": "xacct", "Value": ""}])
        self.assertEqual(self.iam.list_role_tags(RoleName="Target")["Tags"],
                         [{"Key": "team", "Value": "b"}, {"Key": "xacct", "Value": ""}])
        self.iam.untag_role(RoleName="Target", TagKeys=["team"])
        self.assertEqual(self.iam.list_role_tags(RoleName="Target")["Tags"],
                         [{"Key": "xacct", "Value": ""}])
        self.refused("InvalidInput", 400, self.iam.tag_role, RoleName="Target",
                     Tags=[{"Key": "A", "Value": "b"}, {"Key": "a", "Value": "b"}])
        self.refused("LimitExceeded", 409, self.iam.tag_role, RoleName="Target",
                     Tags=[{"Key": f"k{number}", "Value": ""} for number in range(50)])

    def test_deleted_once_it_holds_nothing(self):
        self.role()
        self.enter(self.admin)
        self.iam.attach_role_policy(RoleName="Target", PolicyArn=ADMINISTRATOR)
        self.iam.put_role_policy(RoleName="Target", PolicyName="p",
                                 PolicyDocument=json.dumps(policy(allow("s3:*"))))
        session = self.client("sts", self.key_in(self.enter(self.admin)))
        self.assertEqual(self.refused("DeleteConflict", 409, self.iam.delete_role,
                                      RoleName="Target"),
                         "Cannot delete entity, must detach all policies first.")
        self.iam.detach_role_policy(RoleName="Target", PolicyArn=ADMINISTRATOR)
        self.assertEqual(self.refused("DeleteConflict", 409, self.iam.delete_role,
                                      RoleName="Target"),
                         "Cannot delete entity, must delete policies first.")
        self.iam.delete_role_policy(RoleName="Target", PolicyName="p")
        self.iam.delete_role(RoleName="Target")
        self.gone(self.iam.get_role, RoleName="Target")
        self.denied(self.enter, self.admin)
        self.refused("InvalidClientTokenId", 403, session.get_caller_identity)


if __name__ == "__main__":
    unittest.main()
