"""setup without --apply: the plan for people and in the forms of other tools, each judged by that
tool's rules."""

import json
import os
import re
import shutil
import unittest

from setup_story import (ADMINISTRATOR, APPLY, DEST, PLAN, POLICY, ROLE, SOURCE, TRUST, UNDO, USER,
                         SetupStory, grants)
from world import Fd

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

    def test_the_section_of_the_configuration(self):
        """What is shown is what is written then."""
        without_code = tuple(word for word in ALL if word != "--require-mfa")
        for more in ((), (*without_code, "--region", "eu-west-3", "-d", "2h")):
            out = self.works(*PLAN, *more).out
            shown = out.split("In the configuration:\n\n")[1].split("\n\n")[0]
            lines = [line.strip() for line in shown.splitlines()]
            self.works(*APPLY, *more)
            with open(self.world.config_file, encoding="utf-8") as file:
                written = file.read().split("[dest prod]\n")[1].split("\n\n")[0].splitlines()
            self.assertEqual(lines, ["[dest prod]", *written])
            self.assertIn("[dest prod], which is there", self.works(*PLAN, *more).out)
            self.works(*UNDO, *more, "--yes")

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

    def test_a_user_s_name_may_hold_a_comma(self):
        made = self.aws.add({SOURCE: {"users": {"b,o": {}}}})["b,o"]
        self.works("add", "comma", "--access-key-id", made["id"], "--secret-fd",
                   Fd(made["secret"]))
        template = json.loads(self.works(*PLAN[:6], "--source", "comma", "--format",
                                         "cloudformation").out)
        self.assertEqual(template["Resources"]["UserPolicy"]["Properties"]["Users"], ["b,o"])


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
        self.profiles(**{user: self.aws.key_of(user) for user in ("owner", "frank")})
        self.cli = self.world.write("bin/aws", "#!/bin/sh\nexec /usr/bin/aws --endpoint-url "
                                    f"{self.aws.endpoint} \"$@\"\n", 0o755)
        self.env = {"PATH": f"{self.world.home}/bin:/usr/bin:/bin", "AWS_CA_BUNDLE": self.aws.ca_pem,
                    "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
                    f"PROFILE_{DEST}": "owner", f"PROFILE_{SOURCE}": "frank"}

    def profiles(self, **keys):
        self.world.write(".aws/credentials", "".join(
            f"[{user}]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n"
            for user, (key_id, secret) in keys.items()))

    def script(self, *more, plan=PLAN):
        text = self.works(*plan, *more, "--format", "aws-cli").out
        return self.world.write("setup.sh", text)

    def runs(self, path, status=0, **more):
        said = self.world.run("sh", path, env={**self.env, **more})
        self.assertEqual(said.status, status, said)
        return said

    def test_it_runs_and_makes_what_apply_would(self):
        self.runs(self.script("--policy-name", "xacct-bob"))
        self.assert_all_is_made()
        self.aws.reset()
        self.works(*APPLY)
        self.assertEqual(self.changes(), [])
        self.works(*UNDO, "--yes")
        self.assert_nothing_is_there()

    def test_beside_what_apply_has_made(self):
        """A second destination of the same user: the policy of the first is not touched."""
        self.works(*APPLY)
        self.runs(self.script(plan=("setup", "two", *PLAN[2:5], "Two", *PLAN[6:])))
        self.assertEqual(self.in_force(), grants(ROLE))
        self.assertEqual(self.in_force("xacct-bob-two"), grants(f"arn:aws:iam::{DEST}:role/Two"))
        self.assertEqual(self.attached(), [POLICY, POLICY + "-two"])

    def test_it_is_run_again(self):
        """Cut at any of its calls, whole before: the same script completes it."""
        path = self.script()
        self.runs(path)
        first = self.role(), self.policy("xacct-bob-prod")
        self.runs(path)
        self.assertEqual((self.role(), self.policy("xacct-bob-prod")), first)
        for n in (6, 8):               # the policy stands alone; the role may do nothing yet
            with self.subTest(call=n):
                self.works(*UNDO, "--yes", "--policy-name", "xacct-bob-prod")
                self.assertIsNone(self.role())
                self.aws.reset()
                self.aws.fault(skip=n, times=1, error={"code": "ServiceFailure", "status": 400,
                                                       "message": "not now"})
                said = self.world.run("sh", path, env=self.env)
                self.assertNotEqual(said.status, 0, said)
                self.aws.reset()
                self.runs(path)
                self.assertEqual(self.role()["trust"], TRUST)
                self.assertEqual(self.in_force("xacct-bob-prod"), grants(ROLE))

    def test_what_it_makes_follows_the_wish(self):
        self.runs(self.script())
        self.runs(self.script("--require-mfa", "--max-duration", "2h", "--tags", "team=x"))
        self.assertEqual(self.role()["trust"]["Statement"][0]["Condition"],
                         {"Bool": {"aws:MultiFactorAuthPresent": "true"}})
        self.assertEqual(self.role()["max_session_s"], 7200)
        self.assertEqual([one["Sid"] for one in self.in_force("xacct-bob-prod")["Statement"]],
                         ["XacctAssume", "XacctTags"])

    def test_it_touches_nothing_of_others(self):
        self.aws.add({DEST: {"roles": {"Admin": {"trust": TRUST}}}})
        said = self.runs(self.script(), 1)
        self.assertIn(f"{ROLE} was not made by xacct setup", said.err)
        self.assertEqual(self.changes(), [])
        said = self.runs(self.script("--path", "/other/"), 1)
        self.assertIn(f"{ROLE} in place of arn:aws:iam::{DEST}:role/other/Admin", said.err)
        path = self.script(plan=("setup", "two", *PLAN[2:5], "Two", *PLAN[6:]))
        self.aws.boto("iam", "frank").create_policy(
            PolicyName="xacct-bob-two", PolicyDocument=json.dumps(grants(ROLE)))
        self.aws.reset()
        said = self.runs(path, 1)
        self.assertIn("xacct-bob-two was not made by xacct setup", said.err)
        self.assertEqual(self.changes(), [])
        self.aws.fault(action="GetRole", times=0, error={"code": "AccessDenied", "status": 403,
                                                          "message": "not authorized"})
        said = self.runs(self.script("--role", "Third"), 1)
        self.assertIn("AccessDenied", said.err)
        self.assertEqual(self.changes(), [])

    def test_with_all_that_can_be_wished(self):
        self.runs(self.script(*ALL))
        role = self.role()
        self.assertEqual(role["max_session_s"], 43200)
        self.assertEqual(set(role["attached"]),
                         {ADMINISTRATOR, "arn:aws:iam::aws:policy/ReadOnlyAccess"})

    def test_names_that_begin_with_a_dash(self):
        self.runs(self.script("--path", "/-y/", "--policy-name=-z",
                              plan=(*PLAN[:4], "--role=-x", *PLAN[6:])))
        self.assertEqual(self.role("-x")["trust"], TRUST)
        self.assertEqual(self.in_force("-z"), grants(f"arn:aws:iam::{DEST}:role/-y/-x"))

    def test_it_does_nothing_in_another_account(self):
        said = self.runs(self.script(), 1, **{f"PROFILE_{DEST}": "frank"})
        self.assertIn(f"not of {DEST}", said.err)
        self.assertEqual(self.changes(), [])

    def test_many_are_one_script(self):
        """Two of one user, and two accounts, each with a profile of its own."""
        boss = self.aws.add({"555555555555": {"users": {"boss": {
            "attached": [ADMINISTRATOR]}}}})["boss"]
        self.profiles(owner=self.aws.key_of("owner"), frank=self.aws.key_of("frank"),
                      boss=(boss["id"], boss["secret"]))
        table = self.world.write("accounts.csv", "dest,account,role\n"
                                 f"one,{DEST},One\ntwo,{DEST},Two\nfar,555555555555,Far\n")
        path = self.script(plan=("setup", "--from", table, "--source", "main"))
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read().count("#!/bin/sh"), 1)
        self.runs(path, PROFILE_555555555555="boss")
        self.assertEqual(self.role("One")["trust"], TRUST)
        self.assertEqual(self.role("Two")["trust"], TRUST)
        self.assertEqual(self.role("Far", "555555555555")["trust"], TRUST)
        self.assertEqual(self.attached(), [f"{POLICY}-{name}" for name in ("one", "two", "far")])
        self.runs(path, PROFILE_555555555555="boss")

    def test_shells_and_their_linter_take_it(self):
        path = self.script(*ALL)
        for shell in ("dash", "bash", "busybox sh"):
            words = shell.split()
            if self.world.run("sh", "-c", f"command -v {words[0]}").status == 0:
                self.assertEqual(self.world.run(*words, "-n", path).status, 0, shell)

    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_shellcheck_has_nothing_to_say(self):
        for more in ((), ALL, ("--max-duration", "2h")):
            said = self.world.run("shellcheck", "--shell=sh", self.script(*more),
                                  env={"PATH": os.environ["PATH"]})
            self.assertEqual(said.status, 0, said.out)


if __name__ == "__main__":
    unittest.main()
