"""setup without --apply: the plan for people and in the forms of other tools, each judged by that
tool's rules."""

import json
import re
import unittest

from setup_story import ADMINISTRATOR, DEST, PLAN, POLICY, ROLE, SOURCE, TRUST, USER, SetupStory

ALL = ("--external-id", "auto", "--require-mfa", "--max-duration", "12h", "--tags",
       "team=x,project=y", "--source-identity", "bob", "--permissions",
       "ReadOnlyAccess,AdministratorAccess", "--path", "/team/")
FORMS = ("text", "json", "aws-cli", "cloudformation", "terraform")


class Shown(SetupStory):
    def test_nothing_is_asked_of_aws(self):
        for form in FORMS:
            self.works(*PLAN, *ALL, "--format", form)
        self.assertEqual(self.actions(), [])

    def test_both_sides_each_with_its_reason(self):
        out = self.works(*PLAN).out
        first, second = out.split(f"In the account {SOURCE} (source main):")
        self.assertTrue(first.startswith(f"In the account {DEST} (destination):\n\n  role {ROLE}\n"))
        self.assertIn(f'        "Principal": {{\n            "AWS": "{USER}"'.replace(
            "        \"Principal", "          \"Principal"), first)
        self.assertIn(f"XacctAssume: {USER} may assume the role, and nobody else", first)
        self.assertIn("    ! AdministratorAccess: whoever has the role may do everything", first)
        self.assertIn(f"  policy {POLICY}\n", second)
        self.assertIn("this one role", second)
        self.assertIn(f"  attached to {USER}\n", second)
        self.assertIn("--apply --dest-admin NAME", second)

    def test_least_privilege_first(self):
        plan = json.loads(self.works(*PLAN, "--json").out)
        self.assertEqual(plan["role"]["trust_policy"], TRUST)
        self.assertEqual(plan["source"]["policy"]["Statement"][0]["Resource"], [ROLE])
        self.assertEqual([one["Action"] for one in plan["source"]["policy"]["Statement"]],
                         ["sts:AssumeRole"])

    def test_a_wide_trust_is_said_to_be_one(self):
        out = self.works(*PLAN, "--trust", "account").out
        self.assertIn(f"! XacctAssume: everybody in the account {SOURCE}", out)
        self.assertIn(f"arn:aws:iam::{SOURCE}:root", out)
        out = self.works(*PLAN, "--trust", "org", "--org", "o-abcdefghij").out
        self.assertIn("! XacctAssume: everybody in the organization o-abcdefghij", out)
        self.assertIn('"aws:PrincipalOrgID": "o-abcdefghij"', out)

    def test_the_external_id_is_the_same_each_time(self):
        ids = {json.loads(self.works(*PLAN, "--json", "--external-id", "auto").out)["external_id"]
               for _ in range(3)}
        self.assertEqual(len(ids), 1)
        other = json.loads(self.works(*PLAN[:5], "Other", "--source", "main", "--json",
                                      "--external-id", "auto").out)["external_id"]
        self.assertNotIn(other, ids)

    def test_json_has_the_shape_of_the_manual(self):
        plan = json.loads(self.works(*PLAN, *ALL, "--json").out)
        self.assertEqual(list(plan), ["name", "role", "source", "external_id", "region", "reasons"])
        self.assertEqual(list(plan["role"]), ["arn", "account", "path", "name", "trust_policy",
                                              "permissions", "max_duration_s"])
        self.assertEqual(list(plan["source"]), ["name", "user_arn", "user_name", "policy_arn",
                                                "policy_name", "policy"])
        self.assertEqual(set(plan["reasons"][0]), {"about", "text", "caution"})


class CloudFormation(SetupStory):
    """By the resource types' own lists of properties."""
    PROPERTIES = {
        "AWS::IAM::Role": {"AssumeRolePolicyDocument", "Description", "ManagedPolicyArns",
                           "MaxSessionDuration", "Path", "PermissionsBoundary", "Policies",
                           "RoleName", "Tags"},
        "AWS::IAM::ManagedPolicy": {"Description", "Groups", "ManagedPolicyName", "Path",
                                    "PolicyDocument", "Roles", "Users"},
    }
    REQUIRED = {"AWS::IAM::Role": {"AssumeRolePolicyDocument"},
                "AWS::IAM::ManagedPolicy": {"PolicyDocument"}}

    def test_a_template_that_is_deployed_in_both_accounts(self):
        plan = json.loads(self.works(*PLAN, *ALL, "--json").out)
        template = json.loads(self.works(*PLAN, *ALL, "--format", "cloudformation").out)
        self.assertEqual(set(template), {"AWSTemplateFormatVersion", "Description", "Conditions",
                                         "Resources"})
        self.assertEqual(template["Conditions"]["IsDestination"],
                         {"Fn::Equals": [{"Ref": "AWS::AccountId"}, DEST]})
        self.assertEqual(template["Conditions"]["IsSource"],
                         {"Fn::Equals": [{"Ref": "AWS::AccountId"}, SOURCE]})
        for name, resource in template["Resources"].items():
            self.assertRegex(name, r"^[A-Za-z0-9]+$")
            self.assertEqual(set(resource), {"Type", "Condition", "Properties"})
            self.assertIn(resource["Condition"], template["Conditions"])
            self.assertLessEqual(set(resource["Properties"]), self.PROPERTIES[resource["Type"]])
            self.assertGreaterEqual(set(resource["Properties"]), self.REQUIRED[resource["Type"]])
        role, policy = (template["Resources"][name]["Properties"] for name in
                        ("Role", "UserPolicy"))
        self.assertEqual(role["AssumeRolePolicyDocument"], plan["role"]["trust_policy"])
        self.assertEqual(role["MaxSessionDuration"], 43200)
        self.assertEqual(role["Path"], "/team/")
        self.assertEqual(role["ManagedPolicyArns"], plan["role"]["permissions"])
        self.assertEqual(policy["PolicyDocument"], plan["source"]["policy"])
        self.assertEqual(policy["Users"], ["bob"])


ATTRIBUTE = re.compile(r'^( *)("(?:[^"\\]|\\.)*"|[A-Za-z_][\w-]*)( *)= (.*)$')


def formatted(text):
    """Lines as `terraform fmt` leaves them: two blanks for each bracket that is open, nothing at
    the end of a line, and one column for the equals signs of neighbouring attributes whose
    values end on their own line."""
    depth, lines, chain = 0, [], []

    def close_chain():
        width = max((len(name) for _, name, _ in chain), default=0)
        lines.extend(f"{margin}{name.ljust(width)} = {value}" for margin, name, value in chain)
        chain.clear()

    for line in text.splitlines():
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', line.split("#")[0])
        change = sum(bare.count(c) for c in "({[") - sum(bare.count(c) for c in ")}]")
        closes = re.match(r"\s*[\])}]", line) is not None
        margin = "  " * (depth - closes if closes else depth)
        if closes and change < -1:
            margin = "  " * (depth + change)
        found = ATTRIBUTE.match(line)
        if "({" in bare or "([" in bare:
            change -= 1                     # both brackets open one level
        if re.match(r"\s*[\]}]\)", line):
            change += 1
            margin = "  " * (depth - 1)
        if found and change == 0:
            chain.append((margin, found.group(2), found.group(4).rstrip()))
        else:
            close_chain()
            if found:
                lines.append(f"{margin}{found.group(2)} = {found.group(4).rstrip()}")
            else:
                lines.append((margin + line.strip()).rstrip())
        depth += change
    close_chain()
    return "\n".join(lines) + "\n"


class Terraform(SetupStory):
    def test_the_check_itself(self):
        self.assertEqual(formatted('a {\nbb = 1\n  c   =  2\n}\n'), 'a {\n  bb = 1\n  c  =  2\n}\n')
        self.assertEqual(formatted('a {\n  bb = 1\n  c = [\n    2,\n  ]\n}\n'),
                         'a {\n  bb = 1\n  c = [\n    2,\n  ]\n}\n')

    def test_it_has_the_shape_of_terraform_fmt(self):
        for more in ((), ALL, ("--trust", "org", "--org", "o-abcdefghij")):
            with self.subTest(more):
                text = self.works(*PLAN, *more, "--format", "terraform").out
                self.assertEqual(text, formatted(text))
                for one, other in ("()", "[]", "{}"):
                    self.assertEqual(text.count(one), text.count(other))

    def test_what_it_says(self):
        text = self.works(*PLAN, *ALL, "--format", "terraform").out
        blocks = re.findall(r'^resource "(\w+)" "(\w+)" \{$', text, re.M)
        self.assertEqual(blocks, [("aws_iam_role", "prod"),
                                  ("aws_iam_role_policy_attachment", "prod"),
                                  ("aws_iam_policy", "prod"),
                                  ("aws_iam_user_policy_attachment", "prod")])
        self.assertIn(f'allowed_account_ids = ["{DEST}"]', text)
        self.assertIn(f'allowed_account_ids = ["{SOURCE}"]', text)
        self.assertEqual(self.documents(text), self.planned())

    def planned(self):
        plan = json.loads(self.works(*PLAN, *ALL, "--json").out)
        return [plan["role"]["trust_policy"], plan["source"]["policy"]]

    @staticmethod
    def documents(text):
        """The arguments of jsonencode, read as JSON once their signs are JSON's."""
        found = []
        for part in re.findall(r"jsonencode\((\{.*?^  \})\)$", text, re.S | re.M):
            part = re.sub(r'^( *)([A-Za-z_]\w*) *= ', r'\1"\2": ', part, flags=re.M)
            part = re.sub(r'^( *"[^"]*") *= ', r"\1: ", part, flags=re.M)
            part = re.sub(r'(["\]}])\n( *")', r"\1,\n\2", part)
            part = re.sub(r",(\s*[\]}])", r"\1", part)
            found.append(json.loads(part))
        return found

    def test_a_name_that_is_no_label(self):
        text = self.works("setup", "9a@b.c", *PLAN[2:], "--format", "terraform").out
        self.assertIn('resource "aws_iam_role" "_9a_b_c" {', text)


class AwsCli(SetupStory):
    """The script, run by the real CLI against the stand-in."""

    def setUp(self):
        super().setUp()
        profiles = "".join(
            "[{0}]\naws_access_key_id = {1}\naws_secret_access_key = {2}\n".format(
                user, *self.aws.key_of(user)) for user in ("owner", "frank"))
        self.world.write(".aws/credentials", profiles)
        self.cli = self.world.write("bin/aws", "#!/bin/sh\nexec /usr/bin/aws --endpoint-url "
                                    f"{self.aws.endpoint} \"$@\"\n", 0o755)
        self.env = {"PATH": f"{self.world.home}/bin:/usr/bin:/bin", "AWS_PAGER": "",
                    "AWS_CA_BUNDLE": self.aws.ca_pem, "AWS_REGION": "us-east-1",
                    "AWS_DEFAULT_REGION": "us-east-1", "DEST_PROFILE": "owner",
                    "SOURCE_PROFILE": "frank"}

    def script(self, *more):
        text = self.works(*PLAN, *more, "--format", "aws-cli").out
        return self.world.write("setup.sh", text)

    def test_it_runs_and_makes_what_apply_would(self):
        said = self.world.run("sh", self.script(), env=self.env)
        self.assertEqual(said.status, 0, said)
        self.assert_all_is_made()
        self.aws.reset()
        self.works(*PLAN, "--apply", "--dest-admin", "owner", "--source-admin", "frank")
        self.assertEqual(self.changes(), [])
        self.works("setup", "prod", "--undo", "--yes", "--dest-admin", "owner", "--source-admin",
                   "frank")
        self.assert_nothing_is_there()

    def test_with_all_that_can_be_wished(self):
        said = self.world.run("sh", self.script(*ALL), env=self.env)
        self.assertEqual(said.status, 0, said)
        role = self.role()
        self.assertEqual(role["max_session_s"], 43200)
        self.assertEqual(set(role["attached"]),
                         {ADMINISTRATOR, "arn:aws:iam::aws:policy/ReadOnlyAccess"})

    def test_it_does_nothing_in_another_account(self):
        said = self.world.run("sh", self.script(), env={**self.env, "DEST_PROFILE": "frank"})
        self.assertEqual(said.status, 1, said)
        self.assertIn(f"not of {DEST}", said.err)
        self.assertEqual(self.changes(), [])

    def test_shells_and_their_linter_take_it(self):
        path = self.script(*ALL)
        for shell in ("dash", "bash", "busybox sh"):
            words = shell.split()
            if self.world.run("sh", "-c", f"command -v {words[0]}").status == 0:
                self.assertEqual(self.world.run(*words, "-n", path).status, 0, shell)


if __name__ == "__main__":
    unittest.main()
