"""contrib/direnv: `use xacct DEST` in the .envrc of a directory, by the real direnv."""

import os
import unittest

from story import Story

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT = os.path.join(HERE, "..", "..", "contrib", "direnv", "xacct.sh")
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
"""
# As the hook of `direnv hook bash` does before each prompt.
PROMPT = 'eval "$(direnv export bash 2>> ~/words)"; '
RELOAD = "sleep 1.1; direnv reload; "            # it tells one second from another, no less
SHOW = 'echo "$XACCT_DEST $AWS_VAULT $AWS_REGION $AWS_PROFILE ${AWS_ACCESS_KEY_ID:+key}"; '


class Direnv(Story):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)
        with open(SCRIPT, encoding="utf-8") as file:
            self.world.write(".config/direnv/lib/xacct.sh", file.read())
        self.envrc("use xacct prod\n")

    def envrc(self, text):
        self.world.write("project/.envrc", text)
        allowed = self.world.run("direnv", "allow", f"{self.world.home}/project")
        self.assertEqual(allowed.status, 0, allowed)

    def shows(self, script, env=None):
        """What a shell prints, line by line; what direnv says is in words()."""
        said = self.world.shell("bash", script, env=env)
        self.assertEqual((said.status, said.err), (0, ""), said)
        return [line.strip() for line in said.out.splitlines()]

    def words(self):
        with open(f"{self.world.home}/words", encoding="utf-8") as file:
            return file.read()

    def test_inside_and_outside(self):
        self.assertEqual(self.shows(f"cd project; {PROMPT}{SHOW} cd ..; {PROMPT}{SHOW}"),
                         ["prod prod eu-west-1  key", ""])

    def test_what_the_shell_was_before_is_what_it_is_again(self):
        self.assertEqual(
            self.shows('eval "$(xacct init bash)"; xa read; '
                       f"cd project; {PROMPT}{SHOW} cd ..; {PROMPT}{SHOW}"),
            ["prod prod eu-west-1  key", "read read   key"])

    def test_the_profile_where_there_is_one(self):
        """Then programs renew by themselves, and nothing in the directory runs out."""
        self.works("aws-config", "--write", "prod")
        self.assertEqual(self.shows(f"cd project; {PROMPT}{SHOW} echo ${{XACCT_EXPIRES-none}}; "
                                    f"cd ..; {PROMPT}{SHOW}"),
                         ["prod prod eu-west-1 prod", "none", ""])

    def test_locked(self):
        """A clear word, and not the credentials of the directory before; unlocked, a reload."""
        self.works("lock", "--keep-sessions")
        self.assertEqual(self.shows(f"export AWS_ACCESS_KEY_ID=before AWS_VAULT=before; "
                                    f"cd project; {PROMPT}{SHOW}"), [""])
        self.assertIn("xacct: switch failed for prod: the vault is locked", self.words())
        self.assertIn("try: xacct unlock", self.words())
        self.assertIn("there are no credentials here (use xacct prod); after what xacct tries: "
                      "direnv reload", self.words())
        unlock = "xacct unlock --passphrase-fd 3 3<<< 'correct horse battery staple'; "
        self.assertEqual(
            self.shows(f"cd project; xacct lock; {PROMPT}{SHOW}{unlock}{RELOAD}{PROMPT}"
                       f"{SHOW}"), ["", "prod prod eu-west-1  key"])

    def test_locked_beside_another_tool(self):
        """What another tool has set would be taken in its place."""
        self.works("lock")
        others = {"AWS_PROFILE": "corp", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://[::1]/x"}
        export = "export " + " ".join(f"{name}={value}" for name, value in others.items())
        shown = "".join(f'echo "${{{name}-}}"; ' for name in others)
        self.assertEqual(self.shows(f"{export} AWS_CA_BUNDLE=x; cd project; {PROMPT}{shown}"
                                    'echo "$AWS_CA_BUNDLE"'), ["", "", "x"])

    def test_help_is_not_obeyed(self):
        self.envrc("use xacct prod --help\n")
        self.assertEqual(self.shows(f"cd project; {PROMPT}{SHOW}"), [""])
        self.assertIn("it takes DEST and options", self.words())

    def test_nobody_is_asked(self):
        """A person at this terminal waits for a prompt, and not for a question."""
        self.works("lock")
        with self.world.terminal("--norc", program="bash", env={"PS1": "> "}) as person:
            person.sees("> ").types(f"cd project; {PROMPT}echo done; exit\n")
            self.assertNotIn("Passphrase", person.sees("\ndone").leaves(0))

    def test_expired_until_a_reload(self):
        self.world.aws.fault(action="AssumeRole", life_s=1000)
        end = 'echo "$XACCT_EXPIRES"; '
        before, still, after = self.shows(
            f"cd project; {PROMPT}{end} xacct forget --all; {PROMPT}{end}"
            f"{RELOAD}{PROMPT}{end}")
        self.assertEqual(before, still, "direnv has no clock")
        self.assertGreater(int(after), int(before))

    def test_a_changed_configuration_is_seen_at_the_next_prompt(self):
        changed = "sed -i s/eu-west-1/eu-west-3/ ~/.config/xacct/config; "
        self.assertEqual(self.shows(f"cd project; {PROMPT} sleep 1.1; {changed}{PROMPT}{SHOW}"),
                         ["prod prod eu-west-3  key"])

    def test_options_and_what_is_missing(self):
        self.envrc("use xacct prod --readonly -r us-east-1\n")
        self.assertEqual(self.shows(f"cd project; {PROMPT}{SHOW}"), ["prod prod us-east-1  key"])
        self.assertIn("PolicyArns.member.1.arn",
                      self.world.aws.calls("AssumeRole")[-1]["parameters"])
        for line, word in (("use xacct", "use xacct: it takes DEST"),
                           ("use xacct nosuch", "there is no destination 'nosuch'")):
            self.envrc(line + "\n")
            self.assertEqual(self.shows(f"cd project; {PROMPT}{SHOW}"), [""])
            self.assertIn(word, self.words())

    def test_nothing_happens_before_it_is_allowed(self):
        self.world.write("project/.envrc", "use xacct read\n")
        self.assertEqual(self.shows(f"cd project; {PROMPT}{SHOW}"), [""])


if __name__ == "__main__":
    unittest.main()
