"""setup: from two accounts to a switched role, made, found again, and taken back."""

import json
import unittest

from setup_story import (ADMINISTRATOR, ADMINS, APPLY, DEST, PLAN, POLICY, ROLE, SOURCE, TRUST,
                         UNDO, USER, SetupStory, grants)
from world import Fd
from standin import mfa, worlds

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def role(account=DEST, name="Admin"):
    return f"arn:aws:iam::{account}:role/{name}"


class Made(SetupStory):
    def test_one_command_makes_both_sides_and_proves_it(self):
        said = self.works(*APPLY)
        self.assert_all_is_made()
        self.assertIn("prod: arn:aws:sts::444444444444:assumed-role/Admin/bob", said.out)
        self.assertIn("https://signin.aws.amazon.com/switchrole?account=444444444444"
                      "&roleName=Admin", said.out)
        for way in ("eval $(xacct env prod)", "xacct exec prod -- …",
                    "xacct aws-config --write prod"):
            self.assertIn(way, said.out)
        self.assertIn("nobody else", said.err)
        self.assertIn(f"made: the role {ROLE}, with the trust policy as shown", said.err)
        self.assertEqual(self.works("whoami", "prod").out.strip(),
                         "arn:aws:sts::444444444444:assumed-role/Admin/bob")
        self.assertIn("[dest prod]\naccount = 444444444444\nrole = Admin\nsource = main\n",
                      self.config())

    def test_a_second_run_changes_nothing_and_says_so(self):
        self.works(*APPLY)
        before = self.config()
        self.aws.reset()
        said = self.works(*APPLY)
        self.assertEqual(self.changes(), [])
        self.assertIn("xacct: nothing to change\n", said.err)
        self.assertNotIn("made:", said.err)
        self.assertEqual(self.config(), before)

    def test_quiet_and_json(self):
        quiet = self.works(*APPLY, "-q")
        self.assertEqual((quiet.out, quiet.err), ("", ""))
        told = json.loads(self.works(*APPLY, "--json", "-q").out)
        self.assertEqual((told["name"], told["account"], told["role_arn"], told["changed"]),
                         ("prod", DEST, ROLE, False))
        self.assertEqual({item["result"] for item in told["items"]}, {"same"})
        self.assertEqual(told["arn"], "arn:aws:sts::444444444444:assumed-role/Admin/bob")
        self.assertIn("switchrole", told["url"])

    def test_all_that_can_be_wished(self):
        said = self.works(*PLAN, "--format", "json", "--external-id", "auto")
        auto = json.loads(said.out)["external_id"]
        self.assertRegex(auto, r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.works(*APPLY, "--external-id", "auto", "--permissions", "ReadOnlyAccess",
                   "--max-duration", "12h", "--tags", "team=x,project=y", "--source-identity",
                   "bob", "--policy-name", "own", "-d", "2h", "-r", "eu-west-3")
        made = self.role()
        self.assertEqual(made["max_session_s"], 43200)
        self.assertEqual(made["attached"], [READ_ONLY])
        by_sid = {one["Sid"]: one for one in made["trust"]["Statement"]}
        self.assertEqual(by_sid["XacctAssume"]["Condition"],
                         {"StringEquals": {"sts:ExternalId": auto}})
        self.assertEqual(by_sid["XacctTags"]["Condition"],
                         {"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "project"]}})
        self.assertEqual(by_sid["XacctSourceIdentity"]["Condition"],
                         {"StringEquals": {"sts:SourceIdentity": "bob"}})
        self.assertEqual({one["Principal"]["AWS"] for one in by_sid.values()}, {USER})
        self.assertEqual([one["Sid"] for one in self.in_force("own")["Statement"]],
                         ["XacctAssume", "XacctTags", "XacctSourceIdentity"])
        for line in (f"external_id = {auto}", "region = eu-west-3", "duration = 7200",
                     "tags = team=x,project=y", "source_identity = bob"):
            self.assertIn(line + "\n", self.config())
        self.aws.reset()
        self.works(*APPLY, "--policy-name", "own", "--permissions", "ReadOnlyAccess")
        self.assertEqual(self.changes(), [], "what is configured counts as if it were said")

    def test_a_role_with_a_path(self):
        self.works(*APPLY, "--path", "/team/ops/")
        self.assertEqual(self.in_force(), grants(f"arn:aws:iam::{DEST}:role/team/ops/Admin"))
        self.assertIn("role = team/ops/Admin\n", self.config())
        said = self.refused(1, "setup", "other", *PLAN[2:], "--apply", *ADMINS, "-q")
        self.assertIn("role/team/ops/Admin", said)
        self.aws.reset()
        self.works("setup", "prod", "--apply", *ADMINS)      # account and role: as configured
        self.assertEqual(self.changes(), [])

    def test_one_policy_holds_all_destinations_of_a_user(self):
        self.aws.add({"555555555555": {"users": {"boss": {"attached": [ADMINISTRATOR]}}}})
        self.works(*APPLY)
        self.works("setup", "b", "--account", DEST, "--role", "B", "--source", "main", "--apply",
                   *ADMINS)
        self.works("setup", "a", "--account", DEST, "--role", "A", "--source", "main", "--apply",
                   *ADMINS)
        self.assertEqual(self.in_force(), grants(role(name="A"), ROLE, role(name="B")))
        self.assertEqual(self.attached(), [POLICY])

    def test_more_versions_than_aws_keeps(self):
        for name in "ABCDEFG":
            self.works("setup", name, "--account", DEST, "--role", name, "--source", "main",
                       "--apply", *ADMINS)
        self.assertEqual(self.in_force(), grants(*(role(name=name) for name in "ABCDEFG")))
        self.assertEqual(len(self.policy()["versions"]), 5)

    def test_a_policy_that_is_full(self):
        long = [f"arn:aws:iam::{DEST}:role/{'x' * 480}{i:02}/R" for i in range(11)]
        self.aws.boto("iam", "frank").create_policy(
            PolicyName="xacct-bob", PolicyDocument=json.dumps(grants(*long)))
        said = self.refused(2, *APPLY, "-q", "--path", f"/{'y' * 500}/")
        self.assertIn("longer than the 6144 characters", said)
        self.assertIn("--policy-name", said)
        self.assertEqual(self.in_force(), grants(*long))

    def test_a_whole_account_is_trusted_where_that_is_wished(self):
        self.works(*APPLY, "--trust", "account")
        self.assertEqual(self.role()["trust"]["Statement"][0]["Principal"],
                         {"AWS": f"arn:aws:iam::{SOURCE}:root"})
        with self.world.terminal(*APPLY) as person:      # less is another trust policy
            person.sees("as shown?")
            person.types("y\n")
            person.leaves(0)
        self.assertEqual(self.role()["trust"], TRUST)

    def test_lists_that_come_in_pages(self):
        self.works(*APPLY, "--permissions", "ReadOnlyAccess,AdministratorAccess")
        self.aws.reset()
        self.aws.page(1)
        said = self.works(*APPLY, "--permissions", "AdministratorAccess")
        self.assertEqual(self.changes(), [])
        self.assertIn(f"warning: {READ_ONLY} is attached to the role as well, and stays", said.err)

    def test_aws_needs_a_while(self):
        self.aws.consistency(5)
        with self.world.terminal(*APPLY, env={"TERM": "xterm"}) as person:
            person.sees("waiting until AWS knows")
            person.sees("xacct exec prod")
            person.leaves(0)
        self.aws.consistency(0)
        self.assert_all_is_made()

    def test_the_source_may_be_its_own_administrator(self):
        self.works("setup", "prod", "--account", DEST, "--role", "Admin", "--source", "frank",
                   "--apply", "--dest-admin", "owner")
        self.assertIn(f"arn:aws:iam::{SOURCE}:policy/xacct-frank", self.attached("frank"))

    def test_a_destination_may_be_the_administrator(self):
        self.works(*APPLY)
        self.works("setup", "second", "--account", DEST, "--role", "Second", "--source", "main",
                   "--apply", "--dest-admin", "prod", "--source-admin", "frank")
        self.assertEqual(self.role("Second")["trust"], TRUST)


class Refused(SetupStory):
    def test_an_administrator_of_another_account(self):
        said = self.refused(9, *PLAN, "--apply", "--dest-admin", "frank", "-q")
        self.assertIn(f"'frank' acts in the account {SOURCE}, and the role is to be in {DEST}",
                      said)
        said = self.refused(9, *PLAN, "--apply", "--dest-admin", "owner", "--source-admin",
                            "owner", "-q")
        self.assertIn(f"'owner' acts in the account {DEST}, and the source's is {SOURCE}", said)

        self.assertEqual(self.actions(), [], "the vault knows whose keys they are")

    def test_a_permission_that_there_is_not(self):
        for name, meant in (("AdminstratorAccess", "AdministratorAccess"),
                            ("ViewOnlyAccess", "arn:aws:iam::aws:policy/job-function/ViewOnlyAcc")):
            self.aws.reset()
            said = self.refused(6, *APPLY, "-q", "--permissions", f"ReadOnlyAccess,{name}")
            self.assertIn(f"there is no policy arn:aws:iam::aws:policy/{name}", said)
            self.assertIn(f"why: did you mean {meant}", said)
            self.assertIn("--permissions", said)
            self.assertEqual(self.changes(), [])
        said = self.refused(6, *APPLY, "-q", "--permissions", "Whatever")
        self.assertNotIn("did you mean", said)

    def test_sessions_longer_than_the_role_s(self):
        said = self.refused(2, *APPLY, "-q", "-d", "2h")
        self.assertIn("sessions of 120m, and the role gives 60m at most", said)
        self.assertIn("try: the same command with --max-duration 120m", said)
        self.assertEqual(self.changes(), [])
        self.assertIn("--max-duration makes it more", self.works(*PLAN, "-d", "2h").out)
        self.works(*APPLY, "-q", "-d", "2h", "--max-duration", "120m")
        self.assertIn("duration = 7200", self.config())

    def test_nobody_is_named_who_may(self):
        for way in ("--apply", "--undo"):
            said = self.refused(2, *PLAN, way)
            self.assertIn("OrganizationAccountAccessRole", said)
            self.assertIn("--dest-admin owner", said)
        self.assertEqual(self.actions(), [])

    def test_who_may_not_is_told_who_might(self):
        said = self.refused(6, *PLAN, "--apply", "--dest-admin", "owner", "-q")
        self.assertIn("--source-admin NAME: who may write policies in 111111111111", said)

    def test_a_name_that_is_another_role_s(self):
        self.works("dest", "add", "prod", "222222222222/Admin", "--source", "main")
        said = self.refused(1, *APPLY, "-q")
        self.assertIn("'prod' is another role: 222222222222/Admin", said)
        self.assertIn("xacct dest remove prod", said)
        self.assertIn("a source is called 'main' already",
                      self.refused(1, "setup", "main", *PLAN[2:]))
        self.assertEqual(self.actions(), [])

    def test_another_external_id_than_is_configured(self):
        self.works("dest", "add", "prod", f"{DEST}/Admin", "--source", "main", "--external-id",
                   "tenant")
        self.assertIn("another external_id: tenant", self.refused(1, *APPLY, "--external-id", "x1"))

    def test_root_and_keys_that_nobody_proved(self):
        key_id, secret = self.aws.key_of("alice")
        self.works("add", "unproven", "--access-key-id", key_id, "--secret-fd", Fd(secret),
                   "--no-verify")
        said = self.refused(2, "setup", "x", *PLAN[2:6], "--source", "unproven")
        self.assertIn("xacct whoami unproven", said)
        self.assertIn("no key for the source 'nobody'",
                      self.refused(3, "setup", "x", *PLAN[2:6], "--source", "nobody"))

    def test_what_cannot_be(self):
        for words, *more in (
                ("--trust org: which organization", "--trust", "org"),
                ("--org goes with --trust org", "--org", "o-abcdefghij"),
                ("user, account or org", "--trust", "everybody"),
                ("is no organization", "--trust", "org", "--org", "o-ABCDEFGHIJ"),
                ("neither the name of one of AWS's policies", "--permissions", "Read Only"),
                ("neither the name of one of AWS's policies", "--permissions",
                 "arn:aws-cn:iam::aws:policy/ReadOnlyAccess"),
                ("neither the name of one of AWS's policies", "--permissions",
                 "arn:aws:iam::999999999999:policy/Own"),
                ("more than the 10", "--permissions", ",".join(f"P{i}" for i in range(11))),
                ("it begins and ends with /", "--path", "team"),
                ("is no role", "--path", "/a*b/"),
                ("is no role", "--path", "//"),
                ("is no policy's name", "--policy-name", "a b"),
                ("not KEY=VALUE without blanks", "--tags", "team=a b"),
                ("of A-Z a-z 0-9 _ . : / = + - @", "--tags", "grün=x"),
                ("outside 1h00m to 12h00m", "--max-duration", "30m"),
                ("--format yaml", "--format", "yaml"),
                ("one of the two", "--json", "--format", "terraform")):
            with self.subTest(words):
                self.assertIn(words, self.refused(2, *PLAN, *more))
        for words, *command in (
                ("it takes DEST, or --from FILE", "setup"),
                ("which account and role", "setup", "x"),
                ("--role is missing", "setup", "x", "--account", DEST),
                ("--account is missing", "setup", "x", "--role", "Admin"),
                ("is no role", "setup", "x", "--account", DEST, "--role", "A:B", "--source",
                 "main"),
                ("is no account", "setup", "x", "--account", "44444444444x", "--role", "A",
                 "--source", "main"),
                ("one of the two", *PLAN, "--apply", "--undo"),
                ("--format is for what is printed", *APPLY, "--format", "json")):
            with self.subTest(words):
                self.assertIn(words, self.refused(2, *command))
        self.assertEqual(self.actions(), [])


class NotOurs(SetupStory):
    """A role of the name that somebody else made."""

    def given_role(self, trust=None, **more):
        self.aws.add({DEST: {"roles": {"Admin": {"trust": trust or TRUST, **more}}}})

    def test_a_foreign_role_is_asked_about(self):
        self.given_role()
        with self.world.terminal(*APPLY) as person:
            person.sees(f"the role {ROLE} was not made by xacct for 'prod'; "
                        f"attach {ADMINISTRATOR} to it")
            person.types("n\n")
            person.leaves(8)
        self.assertEqual(self.changes(), [])
        self.assertIn("--yes", self.refused(4, *APPLY, "--no-input", "-q"))
        with self.world.terminal(*APPLY) as person:
            person.sees("attach")
            person.types("y\n")
            person.leaves(0)
        self.assertEqual(self.role()["attached"], [ADMINISTRATOR])
        self.assertEqual(self.role()["tags"], {})

    def test_one_that_is_as_wished_needs_no_question(self):
        self.given_role(attached=[ADMINISTRATOR])
        self.works(*APPLY, "--no-input")
        self.assertEqual(self.changes(), ["CreatePolicy", "AttachUserPolicy"])

    def test_its_longest_session_is_asked_about(self):
        self.given_role(attached=[ADMINISTRATOR], description="theirs")
        with self.world.terminal(*APPLY, "--max-duration", "2h") as person:
            person.sees("make its longest session 7200 seconds")
            person.types("y\n")
            person.leaves(0)
        self.assertEqual(self.role()["max_session_s"], 7200)
        self.assertEqual(self.role()["description"], "theirs")

    def test_undo_leaves_it(self):
        self.given_role(attached=[ADMINISTRATOR])
        self.works(*APPLY)
        with self.world.terminal(*UNDO) as person:
            person.sees("unless somebody else made it")
            self.assertNotIn("Delete the role", person.screen)
            person.types("n\n")
            person.leaves(8)
        said = self.works(*UNDO, "--yes", "-q")
        self.assertIn(f"left: the role {ROLE} was not made by xacct, and stays, with its trust "
                      "policy", said.err)
        self.assertIn("`aws iam detach-role-policy --role-name=Admin "
                      f"--policy-arn={ADMINISTRATOR}`", said.err)
        self.assertNotIn("delete-role", said.err)
        self.assertEqual(self.role()["attached"], [ADMINISTRATOR])
        self.assertIsNone(self.policy())
        self.assertNotIn("[dest prod]", self.config())

    def test_undo_names_what_stays_on_every_page(self):
        asked = ("--permissions", "ReadOnlyAccess,AdministratorAccess")
        self.given_role()
        self.works(*APPLY, *asked, "--yes")
        self.aws.page(1)
        told = json.loads(self.works(*UNDO, *asked, "--yes", "--json").out)
        self.assertEqual([item["subject"] for item in told["items"] if item["result"] == "left"],
                         [ROLE, READ_ONLY, ADMINISTRATOR])
        self.assertEqual(self.role()["attached"], [READ_ONLY, ADMINISTRATOR])
        self.aws.page(100)
        self.aws.fault(action="ListAttachedRolePolicies", times=0, error={
            "code": "AccessDenied", "status": 403, "message": "no"})
        said = self.works(*UNDO, *asked, "--yes")
        self.assertIn("left: the role", said.err)

    def test_a_policy_that_says_other_things(self):
        iam = self.aws.boto("iam", "frank")
        other = grants(ROLE)
        other["Statement"].append({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
        iam.create_policy(PolicyName="xacct-bob", PolicyDocument=json.dumps(other))
        said = self.refused(1, *APPLY, "-q")
        self.assertIn("says other things than setup writes", said)
        self.assertIn("--policy-name", said)
        self.assertEqual(self.in_force(), other)
        self.works(*APPLY, "--policy-name", "another")
        self.works(*UNDO, "--yes")
        self.assertEqual(self.in_force(), other)


class TrustThatDiffers(SetupStory):
    OTHER = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{SOURCE}:root"},
         "Action": "sts:AssumeRole"}]}

    def setUp(self):
        super().setUp()
        self.works(*APPLY)
        self.owner = self.aws.boto("iam", "owner")
        self.differ(self.OTHER)
        self.aws.reset()

    def differ(self, trust):
        self.owner.update_assume_role_policy(RoleName="Admin", PolicyDocument=json.dumps(trust))

    def test_both_are_shown_and_a_yes_changes_it(self):
        with self.world.terminal(*APPLY) as person:
            person.sees("--- the role's trust policy as it stands")
            person.sees(r"\+\+\+ the one that would stand in its place")
            person.sees(r"\n       \"Principal\": {")
            person.sees(f'\\n-        "AWS": "arn:aws:iam::{SOURCE}:root"')
            person.sees(f'\\n\\+        "AWS": "{USER}"')
            person.sees("XacctAssume")
            person.sees("change its trust policy as shown?")
            person.types("y\n")
            person.leaves(0)
        self.assertEqual(self.changes(), ["UpdateAssumeRolePolicy"])
        self.assert_all_is_made()

    def test_a_no_leaves_it(self):
        with self.world.terminal(*APPLY) as person:
            person.sees("as shown?")
            person.types("n\n")
            person.leaves(8)
        self.assertEqual(self.changes(), [])
        self.assertEqual(self.role()["trust"], self.OTHER)

    def test_nobody_there_to_ask(self):
        said = self.fails(4, *APPLY, "--no-input")
        self.assertIn("--yes", said.err)
        self.assertEqual(self.changes(), [])
        self.works(*APPLY, "--no-input", "--yes")
        self.assert_all_is_made()

    def test_what_changed_while_the_person_read_is_shown_again(self):
        third = json.loads(json.dumps(self.OTHER).replace(":root", ":user/alice"))
        with self.world.terminal(*APPLY) as person:
            person.sees("as shown?")
            self.differ(third)
            self.aws.reset()
            person.types("y\n")
            person.sees(f"arn:aws:iam::{SOURCE}:user/alice")
            person.sees("as shown?")
            self.assertEqual(self.changes(), [])
            person.types("y\n")
            person.leaves(0)
        self.assert_all_is_made()


class Undone(SetupStory):
    def test_all_that_was_made_goes(self):
        self.works(*APPLY)
        with self.world.terminal(*UNDO) as person:
            person.sees("Take back what xacct setup made for prod")
            person.types("n\n")
            person.leaves(8)
        self.assert_all_is_made()
        said = self.works(*UNDO, "--yes")
        self.assert_nothing_is_there()
        self.assertNotIn("[dest prod]", self.config())
        self.assertIn(f"taken back: the role {ROLE} is deleted", said.err)
        again = self.works(*UNDO, "--yes")
        self.assertIn("xacct: nothing to take back\n", again.err)

    def test_by_the_name_alone(self):
        self.works(*APPLY)
        self.works("setup", "prod", "--undo", "--yes", *ADMINS)
        self.assert_nothing_is_there()

    def test_what_others_have_is_kept(self):
        self.works(*APPLY)
        self.works("setup", "b", "--account", DEST, "--role", "B", "--source", "main", "--apply",
                   *ADMINS)
        self.works(*UNDO, "--yes")
        self.assertEqual(self.in_force(), grants(role(name="B")))
        self.assertEqual(self.attached(), [POLICY])
        self.assertIsNotNone(self.role("B"))

    def test_old_versions_of_the_policy_go_too(self):
        for name in "ABC":
            self.works("setup", name, "--account", DEST, "--role", name, "--source", "main",
                       "--apply", *ADMINS)
        for name in "ABC":
            self.works("setup", name, "--undo", "--yes", *ADMINS)
        self.assertIsNone(self.policy())

    def test_a_policy_of_the_name_without_the_tag_stays(self):
        self.works(*APPLY)
        frank = self.aws.boto("iam", "frank")
        frank.untag_policy(PolicyArn=POLICY, TagKeys=["xacct"])
        said = self.works(*UNDO, "--yes")
        self.assertIn(f"{POLICY} was not made by xacct", said.err)
        self.assertEqual(self.attached(), [POLICY])
        self.assertIsNone(self.role())


class WithMfa(SetupStory):
    user = "carol"

    def code(self):
        return mfa.code_at(worlds.SEED, int(self.aws.now()))

    def test_a_role_that_wants_a_code_is_proven_with_one(self):
        self.aws.consistency({"roles": 4, "policies": 4})
        with self.world.terminal(*APPLY, "--require-mfa") as person:
            person.sees("MFA code of ")
            person.types(self.code() + "\n")
            person.sees("xacct exec prod")
            person.leaves(0)
        self.aws.consistency(0)
        self.assertEqual(self.role()["trust"]["Statement"][0]["Condition"],
                         {"Bool": {"aws:MultiFactorAuthPresent": "true"}})
        self.aws.reset()
        self.works(*APPLY, "--require-mfa")
        self.assertEqual(self.changes(), [])

    def test_an_administrator_who_needs_a_code(self):
        only = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*",
             "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]}
        made = self.aws.add({SOURCE: {"users": {"mona": {
            "policies": {"all": only}, "mfa": {"mona": worlds.SECOND_SEED}}}}})["mona"]
        self.works("add", "mona", "--access-key-id", made["id"], "--secret-fd", Fd(made["secret"]))
        self.world.write(self.world.config_file, self.config().replace(
            "[source mona]\n", f"[source mona]\nmfa_serial = arn:aws:iam::{SOURCE}:mfa/mona\n"))
        with self.world.terminal(*PLAN, "--apply", "--dest-admin", "owner", "--source-admin",
                                 "mona") as person:
            person.sees(f"MFA code of arn:aws:iam::{SOURCE}:mfa/mona")
            person.types(mfa.code_at(worlds.SECOND_SEED, int(self.aws.now())) + "\n")
            person.sees("xacct exec prod")
            person.leaves(0)
        self.assertEqual(self.attached("carol"), [f"arn:aws:iam::{SOURCE}:policy/xacct-carol"])

    def test_nobody_is_asked_for_a_code_that_no_one_wants(self):
        self.aws.consistency({"roles": 3})
        with self.world.terminal(*APPLY) as person:
            person.sees("xacct exec prod")
            self.assertNotIn("MFA code", person.leaves(0))


class Screen(SetupStory):
    def test_notes_keep_to_the_terminal(self):
        with self.world.terminal(*APPLY, columns=70) as person:
            person.sees("xacct exec prod")
            person.leaves(0)
        lines = person.screen.replace("\r", "").splitlines()
        notes = lines[:next(i for i, line in enumerate(lines) if line.startswith("prod: "))]
        self.assertTrue([line for line in notes if line.startswith(" " * 9)], notes)
        for line in notes:                     # but for a word that is longer than a line
            self.assertTrue(len(line) <= 70 or len(line.split()) <= 3, line)


class Many(SetupStory):
    def table(self, text):
        return self.world.write("accounts.csv", text)

    def test_a_table_of_outcomes(self):
        path = self.table("dest,account,role,permissions,require-mfa\r\n"
                          f'one,{DEST},One,"ReadOnlyAccess,AdministratorAccess",no\r\n'
                          "\r\n"
                          f"other,{DEST},Other,OtherAccess,no\r\n"
                          f"two,{DEST},Two,,no\r\n")
        said = self.world.xacct("setup", "--from", path, "--source", "main", "--apply", *ADMINS)
        self.assertEqual(said.status, 6, said)       # one kind of failure: its own status
        lines = [line.split(None, 3) for line in said.out.splitlines()]
        self.assertEqual(lines[0], ["DESTINATION", "ACCOUNT", "ROLE", "OUTCOME"])
        self.assertEqual(lines[1], ["one", DEST, "One", "made"])
        self.assertEqual(lines[2][:3], ["other", DEST, "Other"])
        self.assertIn("there is no policy arn:aws:iam::aws:policy/OtherAccess", lines[2][3])
        self.assertEqual(lines[3], ["two", DEST, "Two", "made"])
        self.assertEqual(self.role("One")["attached"], [READ_ONLY, ADMINISTRATOR])
        self.assertEqual(self.in_force(), grants(role(name="One"), role(name="Two")))
        again = self.world.xacct("setup", "--from", path, "--source", "main", "--apply", *ADMINS)
        self.assertEqual(again.out.count("nothing to change"), 2)
        told = json.loads(self.world.xacct("setup", "--from", path, "--source", "main", "--apply",
                                           *ADMINS, "--json", "-q").out)["destinations"]
        self.assertEqual([(one["name"], one["status"]) for one in told],
                         [("one", 0), ("other", 6), ("two", 0)])
        self.works("setup", "--from", self.table(
            f'dest,account,role,permissions\none,{DEST},One,"ReadOnlyAccess,AdministratorAccess"\n'),
                   "--source", "main", "--undo", "--yes", *ADMINS)
        self.assertIsNone(self.role("One"))

    def outcomes(self, text):
        return {line.split()[0]: line.split(None, 3)[3].strip() for line in text.splitlines()
                if line.startswith(("one ", "two ", "three "))}

    def test_a_no_is_for_one_row_and_control_c_for_all(self):
        for name in ("One", "Two", "Three"):
            self.aws.add({DEST: {"roles": {name: {"trust": TRUST}}}})
        command = ("setup", "--from", self.table("dest,account,role\n" + "".join(
            f"{name.lower()},{DEST},{name}\n" for name in ("One", "Two", "Three"))),
            "--source", "main", "--apply", *ADMINS)
        with self.world.terminal(*command) as person:
            for answer in ("n\n", "\n", "y\n"):
                person.sees("attach .* to it")
                person.types(answer)
            person.sees("DESTINATION")
            person.leaves(8)
            self.assertEqual(self.outcomes(person.screen),
                             {"one": "the role is left as it was",
                              "two": "the role is left as it was", "three": "made"})
        self.works("setup", "three", "--account", DEST, "--role", "Three", "--undo", "--yes",
                   *ADMINS)
        with self.world.terminal(*command) as person:
            person.sees("attach .* to it")
            person.types("\x03")
            person.sees("DESTINATION")
            person.leaves(8)
            self.assertEqual(self.outcomes(person.screen),
                             {"one": "cancelled", "two": "not tried", "three": "not tried"})

    def test_what_befalls_all_ends_it(self):
        path = self.table(f"dest,account,role\none,{DEST},One\ntwo,{DEST},Two\n")
        command = ("setup", "--from", path, "--source", "main", "--apply", *ADMINS)
        self.aws.fault(skip=1, reset=True, times=0)
        said = self.world.xacct(*command)
        self.assertEqual(said.status, 7, said)
        self.assertEqual(self.outcomes(said.out)["two"], "not tried")
        told = json.loads(self.world.xacct(*command, "--json").out)["destinations"]
        self.assertEqual([one["status"] for one in told], [7, None])

    def test_what_would_be_made_of_each(self):
        path = self.table(f"\ufeffdest,account,role\none,{DEST},One\ntwo,{DEST},Two\n")
        out = self.works("setup", "--from", path, "--source", "main", "--json").out
        self.assertEqual([json.loads(line)["name"] for line in out.splitlines()], ["one", "two"])
        self.assertIn("one destination at a time",
                      self.refused(2, "setup", "--from", path, "--format", "terraform"))

    def test_tables_as_spreadsheets_have_them(self):
        path = self.table(f"\ufeff Dest ,ACCOUNT,role , Require-MFA\none,{DEST},One,TRUE\n,,,\n"
                          f"two,{DEST},Two,False\nthree,{DEST},Three,1\nfour,{DEST},Four,\n")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        plans = [json.loads(line) for line in self.works(
            "setup", "--from", "-", "--source", "main", "--json", given=text).out.splitlines()]
        self.assertEqual([("Condition" in one["role"]["trust_policy"]["Statement"][0])
                          for one in plans], [True, False, True, False])
        said = self.refused(2, "setup", "--from", self.table("dest,acount,role\n"))
        self.assertIn("line 1: no column 'acount'", said)
        self.assertIn("try: did you mean account?", said)
        path = self.world.write("utf16.csv", "")
        with open(path, "wb") as file:
            file.write(text.encode("utf-16"))
        said = self.refused(2, "setup", "--from", path)
        self.assertIn("it is UTF-16", said)
        self.assertIn("iconv", said)

    def test_a_row_keeps_its_own_hint(self):
        said = self.refused(2, "setup", "--from", self.table(f"dest,account,role\nx,{DEST},X\n"),
                            "--source", "main", "--apply")
        self.assertIn("line 2: who may write roles", said)
        self.assertIn("try: the same command with --dest-admin owner", said)

    def test_a_bad_row_stops_all_before_anything_is_made(self):
        good = f"dest,account,role,require-mfa\nfine,{DEST},Fine,yes\n"
        for words, text in (
                ("line 1: no column 'colour'", "dest,colour\nx,red\n"),
                ("line 1: a second column 'role'", "dest,role,role\n"),
                ("line 1: there is no column 'dest'", f"account,role\n{DEST},X\n"),
                ("line 3: 3 cells, and the head has 4", good + f"x,{DEST},X\n"),
                ("line 3: --account: 3 characters", good + "x,123,X,\n"),
                ("line 3: --require-mfa: 'perhaps'", good + f"x,{DEST},X,perhaps\n"),
                ("line 3: 'fine' stands in line 2 already", good + f"fine,{DEST},X,\n"),
                ("line 3: a source is called 'main'", good + f"main,{DEST},X,\n"),
                ("line 3: 'a b' is no name", good + f"a b,{DEST},X,\n"),
                ("line 3: 'owner' acts in the account", good + "x,222222222222,X,\n"),
                ("line 3: a quote is open", good + f"x,{DEST},\"X,\n"),
                ("is empty", ""),
                ("no destination", "dest,account,role\n")):
            with self.subTest(words):
                said = self.world.xacct("setup", "--from", self.table(text), "--source", "main",
                                        "--apply", *ADMINS)
                self.assertIn(said.status, (1, 2, 9), said)
                self.assertEqual(said.out, "")
                self.assertIn(words, said.err)
        self.assertEqual(self.actions(), [])
        self.assertIn("--from FILE names the destinations",
                      self.refused(2, "setup", "x", "--from", self.table(good)))


if __name__ == "__main__":
    unittest.main()
