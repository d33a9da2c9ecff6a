"""The integration of bash, zsh and fish: xa, renewal before a prompt, completion, the picker and
the prompt, in the real shells."""

import json
import os
import signal
import time
import unittest

from screen import Screen
from story import Story

CONFIG = """
[source main]
[dest prod]
account = 222222222222
role = Admin
region = eu-west-1
level = prod
[dest read]
account = 222222222222
role = ReadOnly
[dest odd:name@x/y]
account = 222222222222
role = ReadOnly
"""
INIT = {
    "bash": 'eval "$(xacct init bash)"; ',
    "zsh": 'eval "$(xacct init zsh)"; ',
    "fish": "xacct init fish | source; ",
}
SHELLS = tuple(INIT)


class Integrated(Story):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)

    def run_in(self, shell, script, env=None, status=0):
        said = self.world.shell(shell, INIT[shell] + script, env=env)
        self.assertEqual(said.status, status, said)
        return said

    def variables(self, shell, script, env=None):
        said = self.run_in(shell, script + "; /usr/bin/env -0", env=env)
        self.assertEqual(said.err, "", said)
        return {name: value for name, value in
                (entry.split("=", 1) for entry in said.out.split("\0") if "=" in entry)
                if name.startswith(("AWS_", "XACCT_"))}


class Init(Integrated):
    def test_nothing_is_printed_and_nothing_fails(self):
        for shell in SHELLS:
            for before in ("", INIT[shell]):         # once more, as a nested rc file would
                said = self.run_in(shell, before + "true")
                self.assertEqual((said.out, said.err), ("", ""), shell)
        for shell, strict in (("bash", "set -eu; "), ("zsh", "setopt err_exit no_unset; ")):
            said = self.world.shell(shell, strict + INIT[shell] + "xa prod; echo $XACCT_DEST")
            self.assertEqual((said.out, said.err), ("prod\n", ""), said)

    def test_it_starts_nothing(self):
        self.works("agent", "stop")
        for shell in SHELLS:
            self.run_in(shell, "true")
        self.assertFalse(self.world.agents())

    def test_other_shells(self):
        for command in ("init", "completion"):
            said = self.fails(2, command, "tcsh")
            self.assertIn("none of bash, zsh, fish", said.err)

    def test_the_program_is_the_one_that_made_it(self):
        for shell in SHELLS:
            self.assertIn("__xacct_program", self.works("init", shell).out.splitlines()[0])
            self.assertIn(f"'{os.path.realpath(self.world.client)}'",
                          self.works("init", shell).out.splitlines()[0])

    def test_an_earlier_prompt_command_stays(self):
        for before in ("PROMPT_COMMAND='echo mine'", "PROMPT_COMMAND=('echo mine')"):
            said = self.world.shell("bash", f'{before}; {INIT["bash"]}{INIT["bash"]}'
                                            'printf "%s|" "${PROMPT_COMMAND[@]}"')
            self.assertEqual(said.out.replace("; ", "|"), "__xacct_renew|echo mine|", said)


class Switching(Integrated):
    def test_to_a_destination_and_the_real_aws_follows(self):
        for shell in SHELLS:
            said = self.run_in(
                shell, f"xa prod; /usr/bin/aws --endpoint-url {self.world.aws.endpoint} "
                       "sts get-caller-identity --query Arn --output text",
                env={"AWS_CA_BUNDLE": self.world.aws.ca_pem})
            self.assertEqual(said.out.strip(), "arn:aws:sts::222222222222:assumed-role/Admin/alice")

    def test_what_is_set(self):
        for shell in SHELLS:
            found = self.variables(shell, "xa prod")
            self.assertEqual((found["XACCT_DEST"], found["AWS_VAULT"], found["XACCT_LEVEL"],
                              found["AWS_REGION"]), ("prod", "prod", "prod", "eu-west-1"))
            self.assertNotIn("AWS_PROFILE", found)

    def test_back_with_the_same_wishes(self):
        """To go back to a destination must not give more than there was."""
        for shell in SHELLS:
            before = len(self.world.aws.calls("AssumeRole"))
            script = "xa prod --readonly; xa read; xa -; echo $XACCT_DEST; xa -; echo $XACCT_DEST"
            said = self.run_in(shell, script)
            self.assertEqual(said.out, "prod\nread\n", shell)
            for call in self.world.aws.calls("AssumeRole")[before:]:
                role = call["parameters"]["RoleArn"].rpartition("/")[2]
                self.assertEqual("PolicyArns.member.1.arn" in call["parameters"], role == "Admin")

    def test_back_where_there_was_none(self):
        for shell in SHELLS:
            said = self.run_in(shell, "xa -", status=2)
            self.assertIn("no destination to go back to", said.err)

    def test_clear_and_back(self):
        for shell in SHELLS:
            self.assertEqual(self.variables(shell, "xa prod; xa --clear"), {})
            found = self.variables(shell, "xa prod; xa --clear; xa -")
            self.assertEqual(found["XACCT_DEST"], "prod")

    def test_a_failure_changes_nothing(self):
        for shell in SHELLS:
            said = self.run_in(shell, "xa prod; xa nosuch; echo $XACCT_DEST; xa read; xa -; "
                                      "echo $XACCT_DEST")
            self.assertEqual(said.out, "prod\nprod\n", shell)
            self.assertIn("there is no destination 'nosuch'", said.err)
            said = self.run_in(shell, "xa nosuch", status=3)

    def test_help_is_shown_and_not_obeyed(self):
        for shell in SHELLS:
            for words in ("--help", "prod -h"):
                said = self.run_in(shell, f"xa {words}")
                self.assertTrue(said.out.startswith("usage: xacct switch"), said)
                self.assertEqual(said.err, "")

    def test_wishes_of_any_kind_pass_whole(self):
        policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*",' \
                 '"Resource":"*"}]}'
        for shell in SHELLS:
            said = self.run_in(shell, f"xa prod --policy '{policy}' --refresh; xa read; xa -")
            self.assertEqual(said.err, "")
            self.assertEqual(self.world.aws.calls("AssumeRole")[-1]["parameters"]["Policy"], policy)


class ByProfile(Integrated):
    """Where aws-config wrote the profile, programs get them by credential_process."""

    def setUp(self):
        super().setUp()
        self.works("aws-config", "--write", "prod")

    def test_the_profile_in_place_of_the_keys(self):
        for shell in SHELLS:
            found = self.variables(shell, "xa read; xa prod")
            self.assertEqual((found["AWS_PROFILE"], found["XACCT_DEST"]), ("prod", "prod"))
            for name in ("AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "XACCT_EXPIRES",
                         "AWS_ACCOUNT_ID"):
                self.assertNotIn(name, found)
            self.assertEqual(self.variables(shell, "xa prod; xa --clear"), {})
            found = self.variables(shell, "xa prod; xa read")
            self.assertNotIn("AWS_PROFILE", found)
            self.assertIn("AWS_ACCESS_KEY_ID", found)

    def test_a_wish_that_the_profile_does_not_have(self):
        for shell in SHELLS:
            self.assertIn("AWS_ACCESS_KEY_ID", self.variables(shell, "xa prod --readonly"))

    def test_the_real_aws_follows(self):
        for shell in SHELLS:
            said = self.run_in(
                shell, f"xa prod; /usr/bin/aws --endpoint-url {self.world.aws.endpoint} "
                       "sts get-caller-identity --query Arn --output text",
                env={"AWS_CA_BUNDLE": self.world.aws.ca_pem})
            self.assertEqual(said.out.strip(), "arn:aws:sts::222222222222:assumed-role/Admin/alice")


class Renewal(Integrated):
    """What ends soon is renewed before a prompt, and only what xa has set."""

    def key_before_and_after(self, shell, switch, between=""):
        self.world.aws.fault(action="AssumeRole", life_s=120, times=1)
        script = (f"{switch}; echo $AWS_ACCESS_KEY_ID; {between or 'true'}; __xacct_renew; "
                  "sleep 0.7; __xacct_next=0; ".replace(
                      "__xacct_next=0", "set -g __xacct_next 0" if shell == "fish"
                      else "__xacct_next=0")
                  + "__xacct_renew; echo $AWS_ACCESS_KEY_ID; echo $XACCT_EXPIRES")
        said = self.run_in(shell, script)
        before, after, end = said.out.split()
        return before, after, int(end) - time.time()

    def test_what_ends_soon(self):
        for shell in SHELLS:
            self.works("forget", "--all")
            before, after, left = self.key_before_and_after(shell, "xa prod")
            self.assertNotEqual(before, after, shell)
            self.assertGreater(left, 3000)

    def test_with_the_same_wishes(self):
        for shell in SHELLS:
            self.works("forget", "--all")
            self.key_before_and_after(shell, "xa prod --readonly")
        for call in self.world.aws.calls("AssumeRole"):
            self.assertIn("PolicyArns.member.1.arn", call["parameters"])

    def test_what_another_set_is_left_alone(self):
        for shell in SHELLS:
            self.works("forget", "--all")
            between = "eval (xacct env read)" if shell == "fish" else "eval $(xacct env read)"
            self.world.aws.fault(action="AssumeRole", life_s=120, times=2)
            said = self.run_in(shell, f"xa prod; {between}; __xacct_renew; echo $XACCT_DEST")
            self.assertEqual(said.out, "read\n")
            switch = "eval (xacct env prod)" if shell == "fish" else "eval $(xacct env prod)"
            self.works("forget", "--all")
            before, after, _ = self.key_before_and_after(shell, switch)
            self.assertEqual(before, after, shell)

    def test_while_fresh_nothing_is_run(self):
        for shell in SHELLS:
            program = "set -g __xacct_program false" if shell == "fish" else "__xacct_program=false"
            said = self.run_in(shell, f"xa prod; {program}; __xacct_renew; echo fine")
            self.assertEqual((said.out, said.err), ("fine\n", ""))

    def test_the_network_is_gone(self):
        """Not a word, and not a noticeable wait."""
        for shell in SHELLS:
            self.works("forget", "--all")
            self.world.aws.fault(action="AssumeRole", life_s=120, times=1)
            self.works("env", "prod")
            self.world.aws.fault(action="AssumeRole", delay_s=3, times=1)
            begin = time.monotonic()
            said = self.run_in(shell, "xa prod; __xacct_renew; echo $XACCT_DEST")
            self.assertEqual((said.out, said.err), ("prod\n", ""))
            self.assertLess(time.monotonic() - begin, 2.5)

    def test_locked(self):
        for shell in SHELLS:
            self.works("forget", "--all")
            self.world.aws.fault(action="AssumeRole", life_s=120, times=1)
            said = self.run_in(shell, "xa prod; xacct lock; __xacct_renew; echo $XACCT_DEST")
            self.assertEqual((said.out, said.err), ("prod\n", ""))
            self.unlock()

    def unlock(self):
        from world import Fd, PASSPHRASE
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))

    def test_the_status_of_the_last_command_stays(self):
        said = self.run_in("bash", "xa prod; (exit 7); __xacct_renew; echo $?")
        self.assertEqual(said.out, "7\n")
        said = self.run_in("bash", "IFS=07; (exit 7); __xacct_renew; echo \"$?\"")
        self.assertEqual((said.out, said.err), ("7\n", ""))

    def test_a_shell_that_ends_with_what_fails(self):
        """Whatever the hook finds, it has not failed."""
        look = "__xacct_next=0; __xacct_renew; "
        for shell in ("bash", "zsh"):
            self.works("forget", "--all")
            self.world.aws.fault(action="AssumeRole", life_s=120, times=1)
            said = self.run_in(shell, f"set -eu; {look} xa prod; {look} __xacct_program=false; {look}"
                                      f"XACCT_EXPIRES=1; {look} unset XACCT_EXPIRES; {look} echo fine")
            self.assertEqual((said.out, said.err), ("fine\n", ""), shell)

    def test_without_a_clock_of_the_shell(self):
        self.works("forget", "--all")
        self.world.aws.fault(action="AssumeRole", life_s=120, times=1)
        said = self.run_in("bash", "set -u; unset EPOCHSECONDS; xa prod; a=$AWS_ACCESS_KEY_ID; __xacct_renew; "
                                   "sleep 0.7; __xacct_next=0; __xacct_renew; "
                                   "[ \"$a\" = \"$AWS_ACCESS_KEY_ID\" ] || echo renewed")
        self.assertEqual((said.out, said.err), ("renewed\n", ""))


class Completing(Integrated):
    def offers(self, *words):
        return [line.split("\t")[0] for line in
                self.works("complete", "--", *words).out.splitlines()]

    def test_commands_and_names(self):
        self.assertEqual(self.offers("unl"), ["unlock"])
        self.assertEqual(set(self.offers("dest", "")), {"add", "remove"})
        self.assertEqual(set(self.offers("env", "")), {"main", "prod", "read", "odd:name@x/y"})
        self.assertEqual(self.offers("env", "pr"), ["prod"])
        self.assertEqual(self.offers("env", "prod", ""), [])
        self.assertEqual(self.offers("env", "-r", "eu-west-1", "pr"), ["prod"])
        self.assertEqual(self.offers("dest", "remove", "re"), ["read"])
        self.assertEqual(self.offers("remove", ""), ["main"])
        self.assertIn("switch-url", self.offers("help", "sw"))
        self.assertNotIn("complete", self.offers(""))

    def test_options_and_values(self):
        self.assertIn("--readonly", self.offers("env", "prod", "--r"))
        self.assertNotIn("--readonly", self.offers("env", "--readonly", "prod", "--r"))
        self.assertEqual(self.offers("env", "--shell", "f"), ["fish"])
        self.assertEqual(self.offers("env", "--format=do"), ["--format=dotenv"])
        self.assertEqual(self.offers("env", "--source", ""), ["main"])
        self.assertEqual(self.offers("env", "--", "-"), [])
        self.assertEqual(set(self.offers("setup", "x", "--permissions", "")),
                         {"AdministratorAccess", "ReadOnlyAccess", "PowerUserAccess"})
        self.assertEqual(self.offers("setup", "x", "--external-id", ""), ["auto"])
        self.assertEqual(self.offers("env", "prod", "--external-id", ""), [])
        self.assertEqual(self.offers("rotate", "main", "--delete", ""), [])
        self.assertEqual(self.offers("rotate", "--delete=A"), [])

    def test_what_form_is_the_command_s_own(self):
        self.assertEqual(self.offers("env", "--format", ""),
                         ["process", "env", "dotenv", "json", "ini"])
        self.assertEqual(self.offers("prompt", "--format", ""), [])
        self.assertEqual(self.offers("--format", ""), [])
        self.assertIn("process, env, dotenv, json or ini", self.works("help", "env").out)
        self.assertNotIn("process, env, dotenv", self.works("help", "prompt").out)

    def test_a_program_is_another_s_business(self):
        self.assertEqual(self.offers("exec", "prod", "aws", "s3"), [":program 2"])
        self.assertEqual(self.offers("exec", "--server", "prod", "--", "aws", ""), [":program 4"])
        self.assertEqual(self.offers("exec", "pr"), ["prod"])

    def test_each_command_s_options_are_those_of_its_help(self):
        """Completion, help and the parser have one table."""
        names = [line.split("  ")[1].strip() for line in self.works("help").out.splitlines()
                 if line.startswith("  ") and not line.startswith("   ") and "--" not in line[:8]]
        commands = {" ".join(word for word in name.split() if word.islower() and word.replace(
            "-", "").isalpha()) for name in names} & {
            " ".join(name.split()[:n]) for name in names for n in (1, 2)}
        self.assertIn("env", commands)
        self.assertIn("dest add", commands)
        for command in commands:
            told = {word.strip(",") for line in
                    self.works("help", *command.split()).out.partition("options\n")[2]
                    .partition("\nexamples")[0].splitlines()
                    for word in line[:32].split() if word.startswith("--")}
            self.assertEqual(set(self.offers(*command.split(), "--")), told, command)

    def test_bash(self):
        for line, wanted in (("xacct env pr", ["prod"]), ("xa re", ["read"]),
                             ("xacct env odd:n", ["name@x/y"]), ("xacct unl", ["unlock"]),
                             ("xacct env --format=d", ["dotenv"])):
            said = self.run_in("bash", f"COMP_LINE='{line}'; COMP_POINT={len(line)}; "
                                       "__xacct_complete; printf '%s\\n' \"${COMPREPLY[@]}\"")
            self.assertEqual(said.out.splitlines(), wanted, line)

    def test_installed_for_the_whole_system(self):
        """Where each shell looks by itself, without a line in an rc file."""
        share = os.path.join(self.world.prefix, "share")
        for name in ("xacct", "xacct-client"):
            said = self.world.shell(
                "bash", f". {share}/bash-completion/completions/{name}; COMP_LINE='{name} env pr'; "
                        f"COMP_POINT={len(name) + 7}; __xacct_complete; echo $COMPREPLY; "
                        f"complete -p {name}")
            self.assertRegex(said.out, rf"^prod\ncomplete .* {name}\n$")
        said = self.world.shell(
            "zsh", f"fpath=({share}/zsh/site-functions $fpath); autoload -Uz compinit; "
                   "compinit -u -D; print $_comps[xacct] $_comps[xa]; "
                   "_describe() { print -l -- $described }; words=(xacct env pr) CURRENT=3; _xacct")
        self.assertRegex(said.out, r"^_xacct _xacct\nprod:")
        said = self.world.run("fish", "-c", "complete -C 'xacct env pr'",
                              env={"XDG_DATA_DIRS": f"{share}:/usr/share"})
        self.assertEqual(said.out.split("\t")[0].strip(), "prod", said)

    def test_fish(self):
        for line, wanted in (("xacct env pr", "prod"), ("xa re", "read"),
                             ("xacct unl", "unlock"), ("xacct env --format=dot",
                                                       "--format=dotenv")):
            said = self.run_in("fish", f"complete -C '{line}'")
            self.assertEqual(said.out.split("\t")[0].strip(), wanted, said)

    def test_zsh(self):
        """At its own prompt, as a person types."""
        with self.world.terminal("-f", program="zsh") as person:
            person.types("PS1='> '; autoload -Uz compinit; compinit -u; "
                         "eval \"$(xacct init zsh)\"\n").sees("> ")
            person.types("echo done-with-that\n").sees("\ndone-with-that")
            person.types("xacct env pr\t").sees("xacct env prod")
            person.types("\x15").types("xa re\t").sees("xa read")


class Picking(Integrated):
    LIST = {"XACCT_PICKER": ""}          # in place of an fzf that is installed

    def test_by_fzf(self):
        for key, wanted in (("Enter", ":assumed-role/Admin/alice"), ("Escape", "status 8")):
            screen = Screen(self.world, f"screen-{key}")
            self.addCleanup(screen.close)
            screen.runs("sh", "-c", "xacct-client whoami; echo status $?; exec cat")
            screen.shows("ReadOnly").presses("A", "d", "m").lacks("ReadOnly").presses(key)
            screen.shows(wanted)

    def test_by_its_number(self):
        with self.world.terminal("env", "--format", "json", env=self.LIST) as person:
            person.sees(r"1 +prod .*222222222222/Admin").sees("by its number or name: ")
            person.types("1\n")
            self.assertIn('"XACCT_DEST":"prod"', person.leaves(0))

    def test_what_was_chosen_last_stands_first(self):
        for name in ("read", "prod", "read"):
            self.works("switch", name, "--shell", "bash")
        with self.world.terminal("whoami", env=self.LIST) as person:
            person.sees(r"1 +read ").sees(r"2 +prod ").sees(": ").types("prod\n")
            person.sees("assumed-role/Admin").leaves(0)
        path = os.path.join(self.world.home, ".local/state/xacct/recent")
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "prod\nread\n")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)

    def test_by_a_program(self):
        self.world.write("pick", "#!/bin/sh\ngrep read\n", mode=0o755)
        with self.world.terminal("whoami", env={"XACCT_PICKER": "~/pick".replace(
                "~", self.world.home)}) as person:
            person.sees("assumed-role/ReadOnly").leaves(0)
        for script, status in (("exit 130", 8), ("echo nosuch", 3), ("cat >/dev/null", 8)):
            self.world.write("pick", f"#!/bin/sh\n{script}\n", mode=0o755)
            with self.world.terminal("whoami", env={"XACCT_PICKER":
                                                    self.world.home + "/pick"}) as person:
                person.leaves(status)

    def test_nobody_is_asked_where_nobody_is(self):
        self.assertIn("it takes", self.fails(2, "whoami").err)
        with self.world.terminal("whoami", "--no-input") as person:
            person.leaves(2)

    def test_xa_goes_back_to_what_was_picked(self):
        self.world.write("pick", "#!/bin/sh\ngrep prod\n", mode=0o755)
        with self.world.terminal("--norc", program="bash", env={
                "XACCT_PICKER": self.world.home + "/pick", "PS1": "> "}) as person:
            person.types('eval "$(xacct init bash)"; xa --readonly; echo "1 $XACCT_DEST"\n')
            person.sees("\n1 prod").types('xa read; xa -; echo "2 $XACCT_DEST"\n')
            person.sees("\n2 prod")


class Prompting(Integrated):
    def prompt(self, *words, env=None):
        said = self.works("prompt", *words, env=env)
        self.assertEqual(said.err, "")
        return said.out

    HERE = {"XACCT_DEST": "prod", "AWS_VAULT": "Prod", "XACCT_LEVEL": "prod",
            "AWS_ACCOUNT_ID": "222222222222", "XACCT_REGION": "eu-west-1"}

    def test_nothing_where_there_is_none(self):
        self.assertEqual(self.prompt(), "")
        self.assertEqual(self.prompt(env={"AWS_VAULT": "of-another"}), "")

    def test_what_it_shows(self):
        here = {**self.HERE, "XACCT_EXPIRES": str(int(time.time()) + 2530)}
        self.assertEqual(self.prompt(env=here), "\x1b[31mProd\x1b[m 42m")
        self.assertEqual(self.prompt(env={**here, "NO_COLOR": "1"}), "Prod 42m")
        self.assertEqual(self.prompt("--color", "never", env=here), "Prod 42m")
        self.assertEqual(self.prompt("--shell", "bash", env=self.HERE),
                         "\x01\x1b[31m\x02Prod\x01\x1b[m\x02")
        self.assertEqual(self.prompt("--shell", "zsh", env={**self.HERE, "AWS_VAULT": "a%b"}),
                         "%{\x1b[31m%}a%%b%{\x1b[m%}")
        self.assertEqual(self.prompt("--format", "%n %a %r %L%[ (%t)%] 5%%", env=self.HERE),
                         "prod 222222222222 eu-west-1 prod 5%")
        self.assertEqual(self.prompt("--format", "%t", env={**self.HERE, "XACCT_EXPIRES": "1"}),
                         "expired")
        self.assertEqual(json.loads(self.prompt("--json", env=self.HERE))["level"], "prod")

    def test_the_label_is_in_whichever_variable_has_it(self):
        """label_variables may name another one than AWS_VAULT."""
        self.world.configure(CONFIG.replace("level = prod", "level = prod\nlabel = P"),
                             agent="label_variables = AWSUME_PROFILE\n")
        for shell in SHELLS:
            said = self.run_in(shell, "xa prod; xacct prompt --format %l; xa read; echo; "
                                      "xacct prompt --format %l; xa --clear; xacct prompt")
            self.assertEqual(said.out, "P\nread", shell)

    def test_an_end_that_is_none(self):
        for end in ("-5", "+9999999999", " 9", "12x", "99999999999", "0", ""):
            here = {**self.HERE, "XACCT_EXPIRES": end}
            self.assertEqual(self.prompt("--format", "%n%[ %t%]", env=here), "prod", end)
            self.assertIsNone(json.loads(self.prompt("--json", env=here)).get("expires_at"), end)

    def test_hostile_values(self):
        for value in ("a\x1b[31mb", "\u202eevil", "a\nb"):
            self.assertEqual(self.prompt("--color", "never", env={"XACCT_DEST": value}), "")

    def test_it_starts_and_unlocks_nothing(self):
        self.assertEqual(self.prompt("--format", "%v", env=self.HERE), "open")
        self.works("lock")
        self.assertEqual(self.prompt("--format", "%v", env=self.HERE), "locked")
        self.works("agent", "stop")
        self.assertEqual(self.prompt("--format", "%n%[ %v%]", env=self.HERE), "prod")
        self.assertFalse(self.world.agents())

    def test_an_agent_that_hangs(self):
        pid = json.loads(self.works("status", "--json").out)["pid"]
        os.kill(pid, signal.SIGSTOP)
        try:
            begin = time.monotonic()
            self.assertEqual(self.prompt("--format", "%n%[ %v%]", env=self.HERE), "prod")
            self.assertLess(time.monotonic() - begin, 0.5, "it does not wait for an answer")
        finally:
            os.kill(pid, signal.SIGCONT)


if __name__ == "__main__":
    unittest.main()
