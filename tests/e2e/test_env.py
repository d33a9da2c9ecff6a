"""env: what a shell is told, and what the tools that run in it then see (facts, section 7)."""

import json
import os
import re
import unittest

from story import Story

CONFIG = """
[source main]
[dest prod]
account = 222222222222
role = Admin
[dest seoul]
account = 222222222222
role = ReadOnly
region = ap-northeast-2
label = s3.oul
[dest ext]
account = 222222222222
role = Ext
"""
SHELLS = ("sh", "bash", "dash", "zsh", "fish", "tcsh")
EVAL = {"fish": "eval (xacct-client env %s)", "tcsh": "eval `xacct-client env %s`"}

# All that facts 7.2 names, and what `env` sets itself, each with something that would win.
IN_THE_WAY = (
    "AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CREDENTIAL_SCOPE",
    "AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AMAZON_ACCESS_KEY_ID", "AMAZON_SECRET_ACCESS_KEY",
    "AMAZON_SESSION_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
)
SET = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
       "AWS_CREDENTIAL_EXPIRATION", "AWS_ACCOUNT_ID", "AWS_VAULT", "XACCT_DEST", "XACCT_EXPIRES")
POLLUTED = {name: "polluted" for name in IN_THE_WAY + SET}


class Env(Story):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)

    def variables(self, shell, script, env=None):
        """What is exported at the end of the script, of what could matter."""
        said = self.world.shell(shell, script + "; /usr/bin/env -0", env=env)
        self.assertEqual((said.status, said.err), (0, ""), said)
        found = dict(entry.split("=", 1) for entry in said.out.split("\0") if "=" in entry)
        return {name: value for name, value in found.items()
                if name.startswith(("AWS_", "AMAZON_", "XACCT_"))}

    def after_eval(self, shell, words="prod", env=None):
        return self.variables(shell, EVAL.get(shell, "eval $(xacct-client env %s)") % words, env)

    def said_by_aws(self, shell, words):
        """The identity that the real command line shows in such a shell."""
        line = EVAL.get(shell, "eval $(xacct-client env %s)") % words
        said = self.world.shell(
            shell, f"{line}; /usr/bin/aws --endpoint-url {self.world.aws.endpoint} "
                   "sts get-caller-identity --query Arn --output text",
            env={**POLLUTED, "AWS_CA_BUNDLE": self.world.aws.ca_pem, "AWS_REGION": "eu-west-1"})
        self.assertEqual((said.status, said.err), (0, ""), said)
        return said.out.strip()


class Formats(Env):
    """--format: the same credentials in other clothes."""

    def lines(self, form, *words):
        said = self.works("env", "seoul", "--format", form, *words)
        self.assertEqual(said.err, "")
        return said.out

    def variables_set(self):
        found = self.after_eval("bash", "seoul")
        return {name: value for name, value in found.items() if value}

    def test_json_is_what_a_shell_gets(self):
        self.assertEqual(json.loads(self.lines("json")), self.variables_set())

    def test_dotenv_is_what_a_shell_gets(self):
        text = self.lines("dotenv")
        self.assertEqual(dict(line.split("=", 1) for line in text.splitlines()),
                         self.variables_set())
        said = self.world.shell("bash", "set -a; . ./file; /usr/bin/env -0", cwd=os.path.dirname(
            self.world.write("file", text)))
        found = dict(entry.split("=", 1) for entry in said.out.split("\0") if "=" in entry)
        for name, value in self.variables_set().items():
            self.assertEqual(found[name], value)

    def test_process_is_that_of_credential_process(self):
        self.assertEqual(self.lines("process"), self.works("credential-process", "seoul").out)

    def test_env_is_the_statements(self):
        self.assertEqual(self.lines("env", "--shell", "fish"),
                         self.works("env", "seoul", "--shell", "fish").out)

    def test_the_real_aws_reads_ini(self):
        path = self.world.write("keys", self.lines("ini"))
        said = self.world.run("/usr/bin/aws", "--profile", "seoul", "--endpoint-url",
                              self.world.aws.endpoint, "sts", "get-caller-identity", "--query",
                              "Arn", "--output", "text",
                              env={"AWS_SHARED_CREDENTIALS_FILE": path,
                                   "AWS_CA_BUNDLE": self.world.aws.ca_pem})
        self.assertEqual(said.out.strip(),
                         "arn:aws:sts::222222222222:assumed-role/ReadOnly/alice", said)

    def test_a_failure_prints_none_of_it(self):
        self.works("lock")
        for form in ("json", "dotenv", "process", "ini", "env"):
            self.refused(4, "env", "seoul", "--format", form)


class InEachShell(Env):
    def test_the_real_aws_is_the_destination(self):
        for shell in SHELLS[1:]:
            with self.subTest(shell):
                self.assertEqual(self.said_by_aws(shell, "prod"),
                                 "arn:aws:sts::222222222222:assumed-role/Admin/alice")
        self.assertEqual(len(self.world.aws.calls("AssumeRole")), 1)

    def test_what_is_set_and_what_is_gone(self):
        for shell in SHELLS:
            with self.subTest(shell):
                found = self.after_eval(shell, env=POLLUTED)
                self.assertEqual(set(found), set(SET), found)
                self.assertNotIn("polluted", found.values())
                self.assertRegex(found["AWS_ACCESS_KEY_ID"], "^ASIA[A-Z2-7]{16}$")
                self.assertRegex(found["AWS_CREDENTIAL_EXPIRATION"],
                                 r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
                self.assertEqual(found["AWS_ACCOUNT_ID"], "222222222222")
                self.assertEqual((found["AWS_VAULT"], found["XACCT_DEST"]), ("prod", "prod"))
                left = int(found["XACCT_EXPIRES"]) - self.world.aws.now()
                self.assertTrue(3500 < left <= 3600, left)

    def test_in_an_empty_environment_too(self):
        for shell in SHELLS:
            with self.subTest(shell):
                self.assertEqual(set(self.after_eval(shell)), set(SET))

    def test_a_shell_that_stops_at_any_failure_goes_on(self):
        for shell, strict in (("sh", "set -eu"), ("bash", "set -euo pipefail"), ("dash", "set -eu"),
                              ("zsh", "setopt err_exit no_unset")):
            with self.subTest(shell):
                found = self.variables(shell, strict + "; eval $(xacct-client env prod)")
                self.assertEqual(set(found), set(SET))

    def test_quoted_it_works_as_well(self):
        for shell in ("sh", "bash", "dash", "zsh"):
            with self.subTest(shell):
                found = self.variables(shell, 'eval "$(xacct-client env prod)"')
                self.assertEqual(set(found), set(SET))

    def test_files_named_like_words_of_it_do_not_matter(self):
        """Unquoted, a shell tries each word as a pattern for names of files."""
        for name in ("export", "unset", "AWS_ACCESS_KEY_ID=x;"):
            self.world.write(name, "")
        for shell in ("bash", "dash"):
            self.assertEqual(set(self.after_eval(shell)), set(SET))

    def test_unset_takes_all_of_it_away(self):
        for shell in SHELLS:
            with self.subTest(shell):
                line = EVAL.get(shell, "eval $(xacct-client env %s)")
                script = f"{line % 'seoul'}; {line % '--unset'}"
                self.assertEqual(self.variables(shell, script, env=POLLUTED), {})

    def test_unset_where_nothing_was_set(self):
        for shell in SHELLS:
            with self.subTest(shell):
                self.assertEqual(self.after_eval(shell, "--unset"), {})

    def test_the_status_of_the_eval_is_that_of_success(self):
        for shell in SHELLS:
            for words in ("prod", "seoul", "--unset"):
                ok = "; and echo fine" if shell == "fish" else " && echo fine"
                line = EVAL.get(shell, "eval $(xacct-client env %s)") % words
                said = self.world.shell(shell, line + ok)
                self.assertEqual((said.out, said.err), ("fine\n", ""), (shell, words))

    def test_a_failure_sets_nothing(self):
        for shell in SHELLS:
            said = self.world.shell(
                shell, EVAL.get(shell, "eval $(xacct-client env %s)") % "nosuch"
                       + "; /usr/bin/env | grep -c AWS")
            self.assertEqual(said.out, "0\n", said)
            self.assertIn("there is no destination 'nosuch'", said.err)


class Statements(Env):
    """The text itself."""

    def test_closed_descriptors_get_no_credentials(self):
        """What is opened first would get the number, and then the credentials."""
        self.works("env", "prod")
        files = {}, {"AWS_CONFIG_FILE": "/dev/null"}, {"AWS_CONFIG_FILE": f"{self.world.home}/none"}
        for env in files:
            for command in ("env prod", "credential-process prod", "env prod --format json"):
                for closed, goes in (("<&- >&-", False), ("<&- >&- 2>&-", False), (">&-", False),
                                     ("<&- 2>&-", True), ("<&-", True)):
                    said = self.world.run("sh", "-c", f"exec {self.world.client} {command} {closed}", env=env)
                    self.assertEqual(said.status, 0 if goes else 1, (env, command, closed, said))
                    self.assertEqual("ASIA" in said.out, goes, (env, command, closed, said))

    def test_it_is_one_line_that_survives_an_unquoted_eval(self):
        for shell in SHELLS[:4]:
            out = self.works("env", "prod", "--shell", shell).out
            self.assertNotIn("\n", out)
            self.assertNotIn("#", out)
            self.assertRegex(out, r"^unset( [A-Z0-9_]+)+;(export [A-Z0-9_]+='[^' ]+';)+$")
        out = self.works("env", "prod", "--shell", "fish").out
        self.assertRegex(out, r"^(set -e -g ([A-Z0-9_]+);(set -q -U \2; and set -gx \2;)?)+"
                              r"(set -q -U \w+; and echo '[^']+' >&2;){2}true;"
                              r"(set -gx [A-Z0-9_]+ '[^' ]+';)+$")
        for shell, unset, set_ in (("csh", r"unsetenv NAME;", r"setenv NAME 'VALUE';"),
                                   ("powershell", r"\$Env:NAME = \$null;", r"\$Env:NAME = 'VALUE';"),
                                   ("nu", r"hide-env -i NAME;", r"\$env\.NAME = 'VALUE';")):
            out = self.works("env", "prod", "--shell", shell).out
            form = f"^({unset})+({set_})+$".replace("NAME", "[A-Z0-9_]+")
            self.assertRegex(out, form.replace("VALUE", "[^' ]+"))

    def test_which_shell(self):
        fish, other = r"^set -e ", r"^unset "
        script = "xacct-client env prod; true"
        for shell, wanted in (("fish", fish), ("bash", other), ("zsh", other), ("dash", other),
                              ("tcsh", r"^unsetenv ")):
            said = self.world.shell(shell, script, env={"SHELL": "/usr/bin/fish"})
            self.assertRegex(said.out, wanted, shell)
        for words, env, wanted in ((["--shell", "fish"], {"XACCT_SHELL": "bash"}, fish),
                                   ([], {"XACCT_SHELL": "fish", "SHELL": "/bin/bash"}, fish),
                                   ([], {"XACCT_SHELL": "/usr/bin/fish"}, fish),
                                   ([], {"SHELL": "/usr/bin/fish"}, fish),
                                   ([], {"SHELL": "/usr/bin/pwsh"}, r"^\$Env:"),
                                   ([], {"SHELL": "/usr/bin/nu"}, r"^hide-env "),
                                   ([], {"SHELL": "/usr/bin/xonsh"}, other),
                                   ([], {}, other)):
            self.assertRegex(self.works("env", "prod", *words, env=env).out, wanted, (words, env))

    def test_a_shell_that_is_not_known(self):
        for words, env in ((["--shell", "xonsh"], {}), ([], {"XACCT_SHELL": "elvish"})):
            said = self.fails(2, "env", "prod", *words, env=env)
            self.assertIn("is none of sh, bash, zsh, fish, csh, powershell, nu", said.err)

    def test_at_a_terminal_it_says_how_it_is_used(self):
        with self.world.terminal("env", "prod", "--shell", "bash") as person:
            person.sees(r"to use them in this shell: eval \$\(xacct env prod\)").leaves(0)
        with self.world.terminal("env", "prod", "--shell", "fish", "-q") as person:
            self.assertNotIn("to use them", person.leaves(0))

    def test_verbose_says_for_whom_and_how_long(self):
        said = self.works("env", "prod", "-v")
        self.assertRegex(said.err, r"assumed-role/Admin/alice, (59m|1h00m) left")
        self.assertEqual(self.works("env", "prod").err, "")

    def test_a_name_is_wanted(self):
        said = self.fails(2, "env")
        self.assertIn("it takes DEST, or --unset", said.err)


class Regions(Env):
    def region(self, *arguments, **how):
        found = self.after_eval(*arguments, **how)
        self.assertEqual(found.get("AWS_REGION"), found.get("AWS_DEFAULT_REGION"))
        return found.get("AWS_REGION")

    def test_the_destinations_own(self):
        self.assertEqual(self.region("bash", "seoul"), "ap-northeast-2")
        others = {"AWS_REGION": "x", "AWS_DEFAULT_REGION": "y"}
        self.assertEqual(self.region("bash", "seoul", env=others), "ap-northeast-2")

    def test_the_wished_one_comes_first(self):
        self.assertEqual(self.region("bash", "seoul -r us-west-2"), "us-west-2")
        self.assertEqual(self.region("fish", "prod --region=us-west-2"), "us-west-2")

    def test_without_one_those_of_the_person_stay(self):
        found = self.after_eval("bash", "prod", env={"AWS_REGION": "sa-east-1",
                                                     "AWS_DEFAULT_REGION": "me-south-1"})
        self.assertEqual((found["AWS_REGION"], found["AWS_DEFAULT_REGION"]),
                         ("sa-east-1", "me-south-1"))

    def test_ours_does_not_survive_to_the_next_destination(self):
        script = "eval $(xacct-client env seoul); eval $(xacct-client env prod)"
        self.assertEqual(set(self.variables("bash", script)), set(SET))

    def test_what_the_person_changed_since_is_left_alone(self):
        script = "eval $(xacct-client env seoul); export AWS_REGION=sa-east-1; " \
                 "eval $(xacct-client env --unset)"
        self.assertEqual(self.variables("bash", script), {"AWS_REGION": "sa-east-1"})

    def test_sts_is_asked_where_the_configuration_says(self):
        self.works("env", "seoul", "-r", "us-west-2")
        self.assertEqual(self.world.aws.calls("AssumeRole")[0]["region"], "eu-west-1")
        self.works("env", "seoul", "-r", "us-east-1")
        self.works("env", "seoul")
        self.assertEqual(len(self.world.aws.calls("AssumeRole")), 1)

    def test_what_is_no_region(self):
        for region in ("bad_region", "eu west", "-x", "a" * 64, "$(id)", "eu-west-1;id"):
            said = self.fails(2, "env", "prod", f"--region={region}")
            self.assertNotIn("export", said.err)


class Wishes(Env):
    def last(self):
        return self.world.aws.calls("AssumeRole")[-1]["parameters"]

    def test_the_session_is_named_after_the_user(self):
        self.works("env", "prod")
        self.assertEqual(self.last()["RoleSessionName"], "alice")
        self.works("env", "prod", "--session-name", "deploy-42@ci")
        self.assertEqual(self.last()["RoleSessionName"], "deploy-42@ci")
        self.fails(2, "env", "prod", "--session-name", "x")
        self.fails(2, "env", "prod", "--session-name", "with blank")

    def test_the_external_id(self):
        said = self.fails(6, "env", "ext")
        self.assertIn("the external id is another", said.err)
        self.assertNotIn("ExternalId", self.last())
        self.works("env", "ext", "--external-id", "tenant-42")
        self.world.configure(CONFIG + "external_id = tenant-42\n")
        self.works("env", "ext")
        self.assertEqual(self.last()["ExternalId"], "tenant-42")

    def test_the_duration(self):
        self.works("env", "prod")
        self.assertEqual(self.last()["DurationSeconds"], "3600")
        for wish, seconds in (("15m", "900"), ("12h", "43200"), ("1h30m", "5400"),
                              ("7200", "7200")):
            self.works("env", "prod", "-d", wish)
            self.assertEqual(self.last()["DurationSeconds"], seconds)
        before = len(self.world.aws.calls())
        for wish in ("14m59s", "36h1s", "0", "1", "x", "1h30", "-1h", "1.5h", "99999999999h", ""):
            said = self.fails(2, "env", "prod", "-d", wish)
            self.assertIn("--duration", said.err)
        for wish, said_so in (("12h1s", "43201s"), ("36h", "36h")):      # a source may have that
            said = self.fails(2, "env", "prod", "-d", wish)
            self.assertIn(f"a duration of {said_so} is not from 15m to 12h", said.err)
        self.assertEqual(len(self.world.aws.calls()), before)

    def test_a_duration_that_the_role_does_not_give(self):
        """Then an hour, with a line that says so; AWS is not asked for more again."""
        for _ in range(2):
            said = self.works("env", "seoul", "-d", "2h", "--refresh")
            self.assertEqual(said.err, "xacct: the credentials of 'seoul' last 1h at most, not 2h: "
                                       "the role's own maximum\n")
        asked = [call["parameters"]["DurationSeconds"]
                 for call in self.world.aws.calls("AssumeRole")]
        self.assertEqual(asked, ["7200", "3600", "3600"])

    def test_how_long_they_must_last(self):
        self.world.aws.fault(action="AssumeRole", life_s=1200)
        self.works("env", "prod")
        self.works("env", "prod", "--min-ttl", "15m")
        self.assertEqual(len(self.world.aws.calls("AssumeRole")), 1)
        self.works("env", "prod", "--min-ttl", "30m")
        self.works("env", "prod", "--min-ttl", "50m")
        self.assertEqual(len(self.world.aws.calls("AssumeRole")), 2)
        self.fails(2, "env", "prod", "--min-ttl", "1h")
        self.fails(2, "env", "prod", "-d", "15m", "--min-ttl", "20m")

    def test_refresh_asks_in_any_case(self):
        first = self.works("env", "prod").out
        self.assertEqual(self.works("env", "prod").out, first)
        self.assertNotEqual(self.works("env", "prod", "--refresh").out, first)

    def test_another_source(self):
        id_2, secret_2 = self.world.aws.key_of("bob")
        self.works("add", "bobs", "--access-key-id", id_2, "--secret-fd", "0", given=secret_2)
        self.works("env", "prod", "--source", "main")
        said = self.fails(6, "env", "prod", "--source", "bobs")
        self.assertIn("user/bob is not authorized", said.err)
        said = self.fails(3, "env", "prod", "--source", "bosb")
        self.assertIn("did you mean 'bobs'?", said.err)

    def test_what_is_expected_must_come(self):
        for wish in ("222222222222", "222222222222/Admin"):
            self.works("env", "prod", "--expect", wish)
        for wish in ("333333333333", "222222222222/ReadOnly", "222222222222/Admi"):
            said = self.fails(9, "env", "prod", "--expect", wish)
            self.assertIn("expected", said.err)
        for wish in ("prod", "22", "222222222222/", "/Admin"):
            self.fails(2, "env", "prod", "--expect", wish)

    def test_the_label(self):
        found = self.after_eval("bash", "seoul")
        self.assertEqual((found["AWS_VAULT"], found["XACCT_DEST"]), ("s3.oul", "seoul"))

    def test_the_variables_that_prompts_read(self):
        labels = {"AWS_VAULT", "AWSUME_PROFILE", "AWSU_PROFILE", "AWS_SSO_PROFILE",
                  "AWS_OKTA_PROFILE", "SAML2AWS_PROFILE", "ASSUMED_ROLE"}
        script = "eval $(xacct-client env seoul); env -0"
        stale = {name: "stale" for name in labels}
        for wish, wanted in (("", {"AWS_VAULT"}), ("none", set()),
                             ("AWSUME_PROFILE, ASSUMED_ROLE", {"AWSUME_PROFILE", "ASSUMED_ROLE"})):
            self.world.configure(CONFIG, agent=f"label_variables = {wish}\n" if wish else "")
            said = self.world.shell("bash", script, env=stale)
            found = dict(entry.split("=", 1) for entry in said.out.split("\0") if "=" in entry)
            self.assertEqual({name: found[name] for name in labels if name in found},
                             {name: "s3.oul" for name in wanted})
            said = self.world.shell("bash", script.replace("env -0", "eval $(xacct-client env "
                                                           "--unset); env"), env=stale)
            self.assertNotIn("s3.oul", said.out)
            self.assertNotIn("stale", said.out)
        self.world.configure(CONFIG, agent="label_variables = BASH_ENV\n")
        self.assertIn("not variables that prompts read", self.works("env", "prod").err)

    def test_the_level(self):
        self.world.configure(CONFIG.replace("role = Admin", "role = Admin\nlevel = prod"))
        self.assertEqual(self.after_eval("bash", "prod")["XACCT_LEVEL"], "prod")
        line = "eval $(xacct-client env prod); eval $(xacct-client env seoul)"
        self.assertNotIn("XACCT_LEVEL", self.variables("bash", line))


class Hostile(Env):
    """An endpoint that answers with what a shell would obey."""

    def proof(self):
        return os.path.join(self.world.home, "obeyed")

    def test_nothing_of_it_reaches_a_shell(self):
        touch = f"touch${{IFS}}{self.proof()}"
        values = (f"x';{touch};'", f"$({touch})", f"`{touch}`", f"x\n{touch}", f"x;{touch};#",
                  f"\u202e{touch}", "x\x1b]0;title\x07", "*", "'", "x y", "\\'")
        for field in ("AccessKeyId", "SecretAccessKey", "SessionToken"):
            for value in values:
                self.world.aws.reset()
                self.world.aws.fault(action="AssumeRole", edit={f"Credentials/{field}": value})
                for shell in ("bash", "fish"):
                    said = self.world.shell(shell, EVAL.get(shell, "eval $(xacct-client env %s)")
                                            % "prod --refresh")
                    self.assertFalse(os.path.exists(self.proof()), (field, value))
                    self.assertNotRegex(said.err, "[\x00-\x09\x0b-\x1f\x7f\u202e]")
                self.works("forget", "--all")

    def test_what_may_not_be_printed_is_not_even_begun(self):
        for field, value in (("AccessKeyId", "ASIA';id;'AAAAAAAAAAA"), ("SecretAccessKey", "a'b"),
                             ("SessionToken", "tok`id`")):
            self.world.aws.fault(action="AssumeRole", edit={f"Credentials/{field}": value}, times=0)
            for command in ("env", "credential-process"):
                said = self.fails(7, command, "prod", "--refresh")
                self.assertIn("  try: ", said.err)
                self.works("forget", "--all")
            self.world.aws.reset()
        self.works("env", "prod")

    def test_a_line_of_the_configuration_cannot_do_it_either(self):
        for line in ("region = $(id)", "region = eu;id", "label = a b", "label = 'x'",
                     "label = $(id)", "session_name = a;b"):
            self.world.configure("[source main]\n[dest x]\naccount = 222222222222\nrole = Admin\n"
                                 f"{line}\n")
            said = self.world.xacct("env", "x")
            self.assertEqual((said.status, said.out), (3, ""), said)


if __name__ == "__main__":
    unittest.main()
