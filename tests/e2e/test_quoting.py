"""Quoting: what `env` prints goes through each real shell and comes out byte for byte, with the
most hostile values that may stand in it; what may not is printed by no form. PowerShell and
nushell are read by their documented rules, by decoders of this file's own."""

import json
import os
import re
import unittest

from story import Story

from standin import worlds

# All that a name and a label may hold besides letters and digits; the label may begin with any.
NAME, LABEL = "_.@:+/%-a%n%%20b//c@@d::e++f--_", "%-.@:+/%n%d%s%%a-_/../"
PATHS = {                                     # of roles that no file names: '!' to '~' in IAM
    "plain": "a,b;c&d=e%f@g:h+i-j.k_l/;;/&&/=ls/-x/,",
    "$": "a$(touch${IFS}obeyed)", "`": "a`touch${IFS}obeyed`", "'": "a';touch${IFS}obeyed;'",
    '"': 'a"b', "\\": "a\\b", "*": "a*", "?": "a?", "[": "[a]", "{": "{a,b}", "(": "(a)",
    "<": "<a", ">": "a>obeyed", "|": "a|touch", "^": "a^b", "~": "~root", "#": "#a", "!": "a!!b",
}
CONFIG = f"""
[source main]
[dest {NAME}]
account = 222222222222
role = Admin
region = ap-northeast-2
label = {LABEL}
level = {LABEL}
"""
QUIET = {"sh": ["-e"], "dash": ["-e"], "bash": ["--norc", "--noprofile"], "zsh": ["-f"],
         "fish": ["--no-config"], "tcsh": ["-f"]}
EVAL = {"fish": "eval (xacct-client env {})", "tcsh": "eval `xacct-client env {}`"}
# What makes a shell obey more of what passes unquoted.
GREEDY = {"bash": "shopt -s extglob dotglob nullglob globstar histverify; set -H; ",
          "zsh": "setopt extended_glob glob_subst null_glob brace_ccl magic_equal_subst "
                 "sh_word_split ksh_glob glob_dots bang_hist rc_quotes csh_null_glob; "}
# What a token holds at most, by AWS's word any text; these are what a shell may be told.
SECRET = "a/b+c=d,e;f&g%h:i@j-k_l.m=="
OF_THE_SHELL = {"_", "SHLVL", "PWD", "OLDPWD", "XACCT_SHELL", "HOSTTYPE", "VENDOR", "OSTYPE",
                "MACHTYPE", "HOST", "GROUP", "LOGNAME", "USER", "NLSPATH"}


# --- decoders, from the shells' own documents -----------------------------------------------------

def powershell(text):
    """about_Quoting_Rules: between single quotes all is literal, and two of them are one; the
    curly ones (U+2018 to U+201B) count as they do. about_Environment_Variables: $Env:NAME = ….
    {name: value}, None for what is taken away."""
    quotes, found, at = "'\u2018\u2019\u201a\u201b", {}, 0
    while at < len(text):
        head = re.compile(r"\$Env:([A-Za-z0-9_]+) = ").match(text, at)
        assert head, text[at:]
        at = head.end()
        if text.startswith("$null", at):
            value, at = None, at + len("$null")
        else:
            assert text[at] in quotes, text[at:]
            at, value = at + 1, ""
            while text[at] not in quotes or text[at + 1:at + 2] in tuple(quotes):
                at += text[at] in quotes
                value, at = value + text[at], at + 1
            at += 1
        assert text[at] == ";", text[at:]
        found[head.group(1)], at = value, at + 1
    return found


def nu(text):
    """The book, "Single-quoted strings": all between two quotes is literal, there is no escape,
    and no quote can stand there. "Environment": $env.NAME = …, hide-env NAME."""
    found, at = {}, 0
    while at < len(text):
        match = re.compile(r"\$env\.(\w+) = '([^']*)';|hide-env -i (\w+);").match(text, at)
        assert match, text[at:]
        found[match.group(1) or match.group(3)] = match.group(2)
        at = match.end()
    return found


class Quoting(Story):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)
        for name in ("export", "a", "b", "AWS_VAULT=x", "-x", "unset"):      # for patterns to find
            self.world.write(name, "")

    def obeyed(self):
        return os.path.exists(os.path.join(self.world.home, "obeyed"))

    def variables(self, shell, script, env=None):
        said = self.world.run(shell, *QUIET[shell], "-c",
                              GREEDY.get(shell, "") + script + "; /usr/bin/env -0", env=env)
        self.assertEqual((said.status, said.err), (0, ""), said)
        found = dict(entry.split("=", 1) for entry in said.out.split("\0") if "=" in entry)
        return {name: value for name, value in found.items() if name not in OF_THE_SHELL}

    def eval(self, shell, words):
        return EVAL.get(shell, "eval $(xacct-client env {})").format(words)

    def wanted(self, name):
        """What a program gets by `exec`, past all shells, and what it gets in none."""
        said = self.works("exec", name, "--", "/usr/bin/env", "-0")
        found = dict(entry.split("=", 1) for entry in said.out.split("\0") if "=" in entry)
        return {name: value for name, value in found.items() if name not in OF_THE_SHELL}

    def comes_through(self, name):
        """In each shell; by its quotes for the person who types the name."""
        wanted = self.wanted(name)
        for shell in QUIET:
            for how in ({"LANG": "C.UTF-8"}, {"LANG": "C"}):
                with self.subTest((shell, how["LANG"])):
                    got = self.variables(shell, self.eval(shell, f"'{name}'"), how)
                    self.assertEqual(got, {**wanted, **how})
        for shell in ("sh", "dash", "bash", "zsh"):
            got = self.variables(shell, f"eval \"$(xacct-client env '{name}')\"")
            self.assertEqual(got, wanted, shell)
        told = {name: value for name, value in wanted.items() if name not in self.world.env}
        for form, read in (("powershell", powershell), ("nu", nu)):
            got = read(self.works("env", name, "--shell", form).out)
            self.assertEqual({name: value for name, value in got.items() if value}, told, form)
        self.assertEqual(json.loads(self.works("env", name, "--format", "json").out), told)
        self.assertFalse(self.obeyed())
        return told


class ThroughEachShell(Quoting):
    def test_names_labels_and_levels(self):
        told = self.comes_through(NAME)
        self.assertEqual((told["XACCT_DEST"], told["AWS_VAULT"], told["XACCT_LEVEL"]),
                         (NAME, LABEL, LABEL))
        self.assertEqual(set(re.findall(r"[^A-Za-z0-9]", NAME)), set("_.@:+/%-"), "all of them")

    def test_a_role_that_no_file_names(self):
        role = f"222222222222/{PATHS['plain']}/R"
        self.world.aws.add({"222222222222": {"roles": {f"{PATHS['plain']}/R": {
            "trust": worlds.trust("arn:aws:iam::111111111111:user/alice")}}}})
        told = self.comes_through(role)
        self.assertEqual((told["XACCT_DEST"], told["AWS_VAULT"]), (role, role))

    def test_what_aws_answers(self):
        self.world.aws.fault(action="AssumeRole", times=0, edit={
            "Credentials/SecretAccessKey": SECRET, "Credentials/SessionToken": SECRET * 3})
        told = self.comes_through(NAME)
        self.assertEqual((told["AWS_SECRET_ACCESS_KEY"], told["AWS_SESSION_TOKEN"]),
                         (SECRET, SECRET * 3))

    def test_the_integration_s_words(self):
        """xa keeps what was typed, and says it again."""
        role = f"222222222222/{PATHS['plain']}/R"
        self.world.aws.add({"222222222222": {"roles": {f"{PATHS['plain']}/R": {
            "trust": worlds.trust("arn:aws:iam::111111111111:user/alice")}}}})
        for shell, init in (("bash", 'eval "$(xacct init bash)"'),
                            ("zsh", 'eval "$(xacct init zsh)"'),
                            ("fish", "xacct init fish | source")):
            for name in (NAME, role):
                got = self.variables(shell, f"{init}; xa '{name}'; xa --clear; xa -")
                self.assertEqual(got["XACCT_DEST"], name, shell)


class NotAtAll(Quoting):
    """What a shell could obey, in any of the places where it could stand."""

    def test_a_role_s_path(self):
        for sign, path in PATHS.items():
            if sign == "plain":
                continue
            self.world.aws.add({"222222222222": {"roles": {f"{path}/R": {
                "trust": worlds.trust("arn:aws:iam::111111111111:user/alice")}}}})
            for form in (*QUIET, "powershell", "nu"):
                said = self.fails(2, "env", f"222222222222/{path}/R", "--shell",
                                  "csh" if form == "tcsh" else form)
                self.assertIn("cannot be told to a shell", said.err)
            for form in ("dotenv", "json"):
                self.fails(2, "env", f"222222222222/{path}/R", "--format", form)
            self.fails(2, "switch", f"222222222222/{path}/R", "--shell", "bash")
            self.world.write("role", f"222222222222/{path}/R")
            for shell in QUIET:
                word = {"fish": '"(cat role)"'.replace('"', ""), "tcsh": "`cat role`:q"}.get(
                    shell, '"$(cat role)"')
                said = self.world.run(shell, *[o for o in QUIET[shell] if o != "-e"], "-c",
                                      self.eval(shell, word) + "; /usr/bin/env")
                self.assertNotIn("XACCT_DEST", said.out)
            self.assertFalse(self.obeyed(), path)

    def test_what_aws_answers(self):
        """Each sign that is not a letter or one of SECRET's, in each of the credentials. A blank
        is no part of what AWS answers: the reader of its XML passes over it."""
        signs = [chr(c) for c in range(0x21, 0x7f)
                 if not chr(c).isalnum() and chr(c) not in SECRET] + ["\u2019", "\u201d", "\u00e9"]
        self.assertEqual(set("'\"\\`*?[](){}<>|^~#$!"), set(signs[:-3]))
        for sign in signs:
            for field in ("SecretAccessKey", "SessionToken"):
                self.world.aws.fault(action="AssumeRole",
                                     edit={f"Credentials/{field}": f"a{sign}b" * 5})
                said = self.world.xacct("env", NAME, "--shell", "sh", "--refresh")
                self.assertEqual((said.status, said.out), (7, ""), (sign, field, said))
                self.works("forget", "--all")
            self.world.aws.reset()

    def test_the_configuration(self):
        """Names, labels, levels and regions with anything else are refused with their line."""
        signs = [chr(c) for c in range(0x21, 0x7f)
                 if not chr(c).isalnum() and chr(c) not in "_.@:+/%-;#,"] + [
                     ",", "a b", "a;b", "a #b", "é", "\u2019"]
        for sign in signs:
            for line in (f"label = x{sign}y", f"level = x{sign}y", f"region = x{sign}y"):
                self.world.configure("[source main]\n[dest x]\naccount = 222222222222\n"
                                     f"role = Admin\n{line}\n")
                if "#" in sign:                  # a comment, and no part of the value
                    continue
                said = self.world.xacct("env", "x", "--shell", "sh")
                self.assertEqual((said.status, said.out), (3, ""), (line, said))
            self.world.configure(f"[source main]\n[dest x{sign}y]\naccount = 222222222222\n"
                                 "role = Admin\n")
            self.assertEqual(self.world.xacct("config", "check").status, 3, sign)


class AndBack(Quoting):
    BEFORE = {"KEEP": "$(touch obeyed)'\"\\!*\n`x`", "AWS_PAGER": "a b", "AWS_REGION": "me-south-1"}

    def test_unset_leaves_what_was_there(self):
        for shell in QUIET:
            with self.subTest(shell):
                before = self.variables(shell, "true", self.BEFORE)
                script = f"{self.eval(shell, NAME)}; {self.eval(shell, '--unset')}"
                after = self.variables(shell, script, self.BEFORE)
                # A region of the person's that was replaced by the destination's is not kept.
                self.assertEqual(before.pop("AWS_REGION"), "me-south-1")
                self.assertEqual(after, before)
        self.assertFalse(self.obeyed())

    def test_powershell_and_nu_take_away_what_sh_does(self):
        env = {**json.loads(self.works("env", NAME, "--format", "json").out), **self.BEFORE,
               "AWS_REGION": "ap-northeast-2"}
        said = self.works("env", "--unset", "--shell", "sh", env=env).out
        wanted = set(re.fullmatch(r"unset ([\w ]+);", said)[1].split())
        self.assertLessEqual({"AWS_SESSION_TOKEN", "AWS_VAULT", "XACCT_DEST", "XACCT_LEVEL",
                              "XACCT_EXPIRES", "AWS_REGION", "XACCT_REGION"}, wanted)
        for form, read in (("powershell", powershell), ("nu", nu)):
            got = read(self.works("env", "--unset", "--shell", form, env=env).out)
            self.assertEqual(got, dict.fromkeys(wanted), form)

    def test_the_decoders_see_what_is_wrong(self):
        self.assertEqual(powershell("$Env:A = 'x''y\u2019\u2019z';$Env:B = $null;"),
                         {"A": "x'y\u2019z", "B": None})
        for text in ("$Env:A = 'x'y';", "$Env:A = x;", "$Env:A = 'x", "A = 'x';"):
            with self.assertRaises((AssertionError, IndexError)):
                powershell(text)
        for text in ("$env.A = 'x'y';", '$env.A = "x";', "$env.A = 'x'", "A='x';"):
            with self.assertRaises(AssertionError):
                nu(text)


if __name__ == "__main__":
    unittest.main()
