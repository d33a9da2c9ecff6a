"""The README says what happens: its transcripts are typed into a bash at a terminal, its
configuration is read, its tables are compared."""

import os
import re
import unittest

import processes
from broker_story import BrokerStory
from standin import worlds
from story import Story
from terminal import Terminal
from world import PASSPHRASE

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
with open(os.path.join(TOP, "README.md"), encoding="utf-8") as file:
    README = file.read()
with open(os.path.join(TOP, "contrib", "debian-packages"), encoding="utf-8") as file:
    PACKAGES = file.read()

PROMPT = "<ready>"
QUESTIONS = {"Access key id: ": "key_id", "Secret access key: ": "secret",
             "New passphrase for the xacct vault: ": "passphrase",
             "The same once more: ": "passphrase", "Passphrase of the xacct vault: ": "passphrase",
             "MFA code of arn:aws:iam::111111111111:mfa/carol for ops: ": "code"}

# What is another in each run, or another's in the stand-in's world, and what the README has.
WRITTEN = ((r"\bcarol\b", "alice"), (r"\b59m left", "1h00m left"),
           (r"\b11h59m left", "12h00m left"),
           (r"(12h00m left, until )[-0-9TZ:]+", r"\g<1>2026-01-16T00:34:56Z"),
           (r"http://127\.0\.0\.1:[0-9]+/credentials", "http://127.0.0.1:45678/credentials"),
           (r"( 1h00m left, until )[-0-9TZ:]+", r"\g<1>2026-01-15T13:34:56Z"),
           (r"  STS endpoint     https://127\.0\.0\.1:[0-9]+\r?\n", ""))
OPERATOR = worlds.trust("arn:aws:iam::111111111111:user/carol",
                        Bool={"aws:MultiFactorAuthPresent": "true"})
AUDIT = worlds.trust("arn:aws:iam::222222222222:role/Operator")


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands(block):
    """[(command, the lines that it shows)] of a transcript."""
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


class Transcript(BrokerStory):
    """The README's alice has an MFA device, as carol has; bob's key stands in a file."""

    def setUp(self):
        super().setUp()
        self.world.configure()
        self.add_roles("222222222222", Operator={"trust": OPERATOR, "may_assume": ["*"]})
        self.add_roles("333333333333", Audit={"trust": AUDIT})
        key_id, secret = self.world.aws.key_of("carol")
        self.answers = {"key_id": key_id, "secret": secret, "passphrase": PASSPHRASE,
                        "code": self.fob.fresh()}
        owner_id, owner_secret = self.world.aws.key_of("owner")
        self.owner = {**self.answers, "key_id": owner_id, "secret": owner_secret}
        self.world.aws.boto("iam", "frank").attach_user_policy(
            UserName="carol", PolicyArn="arn:aws:iam::aws:policy/IAMFullAccess")
        self.other_id, other_secret = self.world.aws.key_of("bob")
        self.world.write(".aws/credentials", f"[old]\naws_access_key_id = {self.other_id}\n"
                         f"aws_secret_access_key = {other_secret}\n")
        self.world.write("bin/aws", "#!/bin/sh\nexec /usr/bin/aws --endpoint-url "
                         f"{self.world.aws.endpoint} \"$@\"\n", mode=0o755)

    def shell(self):
        env = {**self.world.env, "PATH": f"{self.world.home}/bin:{self.world.env['PATH']}",
               "AWS_CA_BUNDLE": self.world.aws.ca_pem, "PS1": PROMPT, "COLUMNS": "500",
               "AWS_PAGER": ""}
        command = processes.become(self.world.uid) + ["bash", "--norc", "--noprofile",
                                                      "--noediting", "-i"]
        shell = Terminal(command, env, self.world.uid, self.world.home)
        self.addCleanup(shell.hang_up)
        return shell.sees(PROMPT)

    def type(self, shell, command):
        """Types the line, answers what is asked, and returns what the terminal shows."""
        begin = len(shell.screen)
        shell.types(command + "\n")
        asked = "|".join(map(re.escape, (PROMPT, *QUESTIONS)))
        while True:
            at = len(shell.screen)
            shell.sees(asked)
            last = max(QUESTIONS, key=lambda question: shell.screen.rfind(question))
            if shell.screen.endswith(PROMPT):
                break
            self.assertTrue(shell.screen.endswith(last), shell.screen[at:])
            answers = self.owner if command == "xacct add owner" else self.answers
            shell.types(answers[QUESTIONS[last]] + "\n")
        return shell.screen[begin:-len(PROMPT)]

    def as_written(self, text):
        key_id = self.answers["key_id"]
        for real, written in ((self.world.home, "/home/alice"), (key_id, "AKIAIOSFODNN7EXAMPLE"),
                              ("****" + key_id[-4:], "****MPLE"), (self.answers["code"], "123456"),
                              (self.owner["key_id"], "AKIAI44QH8DHBEXAMPLE"),
                              ("****" + self.other_id[-4:], "****PLE2")):
            text = text.replace(real, written)
        for real, written in WRITTEN:
            text = re.sub(real, written, text)
        return [line.rstrip() for line in text.split("\n")[:-1]]

    def test_each_line_does_what_it_shows(self):
        shell = self.shell()
        n_commands = 0
        for block in blocks("console"):
            for command, shown in commands(block):
                said = self.as_written(self.type(shell, command))
                self.assertEqual(said, [command, *(line.rstrip() for line in shown)])
                n_commands += 1
        self.assertGreaterEqual(n_commands, 15)
        with open(os.path.join(self.world.home, ".aws", "config"), encoding="utf-8") as config:
            self.assertIn(blocks("ini")[0], config.read().replace(
                self.world.client, "/usr/local/bin/xacct-client"))
        self.assertNotIn(self.answers["secret"], shell.screen)
        self.assertNotIn(PASSPHRASE, shell.screen)
        self.type(shell, "eval $(xacct env --unset)")
        self.assertIn("\nnone\n", self.type(shell, "env | grep ^AWS_SESSION_TOKEN= || echo none"))


class Facts(Story):
    world_options = {"aws": False}

    def test_the_configuration_is_one(self):
        example = blocks("ini")[1]
        self.assertIn("[agent]", example)
        self.world.write(self.world.config_file, example)
        said = self.works("config", "check")
        self.assertIn("2 sources, 2 destinations, no errors, no warnings", said.out)

    def test_every_command_is_in_the_table(self):
        table = README[README.index("## Commands"):README.index("## Configuration")]
        for line in self.works("help").out.split("\neveryday\n")[1].splitlines():
            command = re.match(r"  ([a-z]+(?:-[a-z]+)*(?: [a-z]+)?) ", line)
            if command:
                self.assertRegex(table, rf"`{command.group(1)}[ `]", line)

    def test_what_is_said_to_be_refused_is_refused_by_name(self):
        status = README[README.index("## Status"):]
        names = re.findall(r"`([a-z]+)`", status)
        self.assertGreater(len(names), 0)
        for name in names:
            said = self.fails(3, name)
            self.assertIn(f"'{name}' is not served by this release", said.err)

    def test_the_packages_are_those_of_the_list(self):
        wanted = {name for line in PACKAGES.splitlines() if line.startswith("build ")
                  for name in line.split()[1:]}
        install = re.search(r"sudo apt install ((?:.*\\\n)*.*)\n", README).group(1)
        self.assertEqual(set(install.replace("\\", " ").split()), wanted)

    def test_what_it_points_to_is_there(self):
        for target in re.findall(r"\]\(([^)#]+)\)", README):
            self.assertTrue(os.path.exists(os.path.join(TOP, target)), target)
        for program in ("contrib/demo", "tests/run"):
            self.assertIn(f"`{program}`", README)
            self.assertTrue(os.access(os.path.join(TOP, program), os.X_OK), program)


if __name__ == "__main__":
    unittest.main()
