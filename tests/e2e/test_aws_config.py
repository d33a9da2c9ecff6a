"""aws-config: destinations as profiles, and every other byte of the file as it was."""

import configparser
import fcntl
import os
import signal
import stat
import time
import unittest

from story import Story

CONFIG = """
[source main]
[dest prod]
account = 222222222222
role = Admin
region = eu-west-1
[dest read]
account = 222222222222
role = ReadOnly
[dest odd_.@:+/%-x]
account = 222222222222
role = ReadOnly
"""
BEGIN = "# xacct: begin (xacct aws-config writes these lines, up to the end)\n"
END = "# xacct: end\n"
ARN = "arn:aws:sts::222222222222:assumed-role/{}/alice"


class AwsConfig(Story):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)
        self.path = os.path.join(self.world.home, ".aws", "config")

    def text(self):
        with open(self.path, newline="", encoding="utf-8") as file:
            return file.read()

    def write(self, text):
        self.world.write(".aws/config", text)

    def profile(self, name, region=None):
        head = "[default]" if name == "default" else f"[profile {name}]"
        return (f"{head}\ncredential_process = {self.world.client} credential-process {name}\n"
                + (f"region = {region}\n" if region else ""))

    def block(self, *profiles):
        return BEGIN + "".join(profiles) + END

    def arn(self, profile):
        said = self.world.run("/usr/bin/aws", "--profile", profile, "--endpoint-url",
                              self.world.aws.endpoint, "sts", "get-caller-identity", "--query",
                              "Arn", "--output", "text",
                              env={"AWS_CA_BUNDLE": self.world.aws.ca_pem,
                                   "AWS_REGION": "eu-west-1"})
        self.assertEqual(said.status, 0, said)
        return said.out.strip()


class Written(AwsConfig):
    def test_the_real_aws_takes_them(self):
        self.write("[profile mine]\nregion = us-east-1\n")
        self.works("aws-config", "--write", "--all")
        self.assertEqual(self.arn("prod"), ARN.format("Admin"))
        self.assertEqual(self.arn("read"), ARN.format("ReadOnly"))
        self.assertEqual(self.arn("odd_.@:+/%-x"), ARN.format("ReadOnly"))
        said = self.world.run("/usr/bin/aws", "--profile", "mine", "configure", "get", "region")
        self.assertEqual(said.out.strip(), "us-east-1")

    def test_boto3_takes_them(self):
        self.works("aws-config", "--write", "--all")
        code = ("import boto3, sys; s = boto3.Session(profile_name='prod'); "
                "print(s.region_name, s.client('sts', endpoint_url=sys.argv[1])"
                ".get_caller_identity()['Arn'])")
        said = self.world.run("/usr/bin/python3", "-c", code, self.world.aws.endpoint,
                              env={"AWS_CA_BUNDLE": self.world.aws.ca_pem})
        self.assertEqual(said.out.split(), ["eu-west-1", ARN.format("Admin")], said)

    def test_what_it_looks_like(self):
        said = self.works("aws-config", "--write", "--all")
        self.assertEqual(self.text(), self.block(self.profile("prod", "eu-west-1"),
                                                 self.profile("read"),
                                                 self.profile("odd_.@:+/%-x")))
        self.assertEqual(said.err, f"xacct: {self.path}: 3 profiles of xacct's\n")
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(self.path)).st_mode), 0o700)

    def test_a_second_time_nothing_happens(self):
        self.write("[profile mine]\nregion = us-east-1\n")
        self.works("aws-config", "--write", "--all")
        os.unlink(self.path + ".bak-xacct")
        before = os.stat(self.path)
        said = self.works("aws-config", "--write", "--all")
        after = os.stat(self.path)
        self.assertEqual((said.out, said.err), ("", ""))
        self.assertEqual((before.st_ino, before.st_mtime_ns), (after.st_ino, after.st_mtime_ns))
        self.assertFalse(os.path.exists(self.path + ".bak-xacct"))
        self.assertEqual(self.works("aws-config", "--diff", "--all").out, "")

    def test_names_are_added_and_all_says_which_they_are(self):
        self.works("aws-config", "--write", "read")
        self.works("aws-config", "--write", "prod")
        self.assertEqual(self.text(), self.block(self.profile("read"),
                                                 self.profile("prod", "eu-west-1")))
        self.works("dest", "remove", "read")
        said = self.works("aws-config", "--write")
        self.assertIn("'read' goes: it is no destination", said.err)
        self.assertEqual(self.text(), self.block(self.profile("prod", "eu-west-1")))
        self.works("aws-config", "--write", "--all")
        self.assertEqual(self.text(), self.block(self.profile("prod", "eu-west-1"),
                                                 self.profile("odd_.@:+/%-x")))

    def test_every_other_byte_stays(self):
        for text in ("[profile mine]\nregion = x\n", "[profile mine]\r\nregion = x\r\n",
                     "\n\n# a comment\n[profile mine]\nregion = x", "#\n;\n",
                     "[profile mine]\ns3 =\n  addressing_style = path\n\n", ""):
            self.write(text)
            self.works("aws-config", "--write", "prod")
            self.assertEqual(self.text(), self.block(self.profile("prod", "eu-west-1")) + text)
            self.works("aws-config", "--remove")
            self.assertEqual(self.text(), text)
            self.works("aws-config", "--remove")
            self.assertEqual(self.text(), text)

    def test_a_block_that_was_moved_is_renewed_where_it_stands(self):
        head, tail = "[profile a]\nregion = x\n", "[profile b]\nregion = y\n"
        self.write(head + self.block(self.profile("read")) + tail)
        self.works("aws-config", "--write", "prod")
        self.assertEqual(self.text(), head + self.block(self.profile("read"), self.profile(
            "prod", "eu-west-1")) + tail)

    def test_the_backup_holds_no_secret(self):
        self.write("[profile mine]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
                   "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n")
        said = self.works("aws-config", "--write", "prod")
        self.assertIn("what it was, without secrets: ", said.err)
        with open(self.path + ".bak-xacct", encoding="utf-8") as file:
            self.assertEqual(file.read(),
                             "[profile mine]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n")

    def test_a_link_stays_a_link(self):
        real = self.world.write("dotfiles/aws", "[profile mine]\nregion = x\n", mode=0o644)
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        os.chown(os.path.dirname(self.path), self.world.uid, -1)
        os.symlink(real, self.path)
        self.works("aws-config", "--write", "prod")
        self.assertTrue(os.path.islink(self.path))
        self.assertIn("[profile prod]", self.text())
        self.assertEqual(stat.S_IMODE(os.stat(real).st_mode), 0o644)

    def test_a_link_that_leads_nowhere(self):
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        os.symlink("nowhere", self.path)
        said = self.fails(1, "aws-config", "--write", "prod")
        self.assertIn("is a link that leads nowhere", said.err)
        self.assertTrue(os.path.islink(self.path))

    def test_the_path_by_which_it_is_found(self):
        """Not the one that a link leads to, which may hold a version."""
        stable = self.world.write("opt/README", "")
        os.symlink(self.world.client, os.path.join(os.path.dirname(stable), "xacct-client"))
        path = os.path.dirname(stable)
        said = self.works("aws-config", "--print", "prod", env={"PATH": f"relative:{path}:/bin"})
        self.assertIn(f"credential_process = {path}/xacct-client credential-process", said.out)

    def test_the_file_that_the_environment_names(self):
        other = os.path.join(self.world.home, "elsewhere")
        self.works("aws-config", "--write", "prod", env={"AWS_CONFIG_FILE": other})
        self.assertTrue(os.path.exists(other))
        self.assertFalse(os.path.exists(self.path))

    def test_a_default_only_by_its_name(self):
        self.works("dest", "add", "default", "222222222222/ReadOnly")
        self.works("aws-config", "--write", "--all")
        self.assertNotIn("[default]", self.text())
        self.works("aws-config", "--write", "default")
        self.assertIn(self.profile("default"), self.text())
        self.assertEqual(self.arn("default"), ARN.format("ReadOnly"))

    def test_list_does_not_call_them_hidden(self):
        self.works("aws-config", "--write", "--all")
        self.assertNotIn("hides", self.works("list").out)


class Shown(AwsConfig):
    def test_print_writes_nothing(self):
        said = self.works("aws-config", "--print", "prod")
        self.assertEqual(said.out, self.block(self.profile("prod", "eu-west-1")))
        self.assertFalse(os.path.exists(self.path))

    def test_patch_takes_the_diff(self):
        for text in ("[profile a]\nregion = x\n", "", "#1\n#2\n#3\n#4\n[profile a]\n",
                     "[profile a]\nregion = x"):
            self.write(text)
            diff = self.works("aws-config", "--diff", "--all").out
            self.assertEqual(self.text(), text)
            copy = self.world.write("copy", text)
            said = self.world.run("patch", "-s", copy, given=diff)
            self.assertEqual(said.status, 0, (said, diff))
            self.works("aws-config", "--write", "--all")
            with open(copy, encoding="utf-8") as file:
                self.assertEqual(file.read(), self.text())
            self.works("aws-config", "--write", "--all")
            back = self.works("aws-config", "--diff", "--remove").out
            self.assertEqual(self.world.run("patch", "-s", copy, given=back).status, 0, back)
            with open(copy, encoding="utf-8") as file:
                self.assertEqual(file.read(), text)


    def test_the_diff_holds_no_line_of_the_person_s(self):
        """A key may stand beside the block, and a diff is shown to others."""
        mine = ("[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
                "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n")
        for text in (mine, mine + self.block(self.profile("read")) + mine.replace("default",
                                                                                "profile x")):
            self.write(text)
            for words in (("prod",), ("--all",), ("--remove",)):
                out = self.works("aws-config", "--diff", *words).out
                self.assertNotIn("EXAMPLE", out)


class Refused(AwsConfig):
    def test_a_name_that_stands_elsewhere(self):
        for header in ("[profile prod]", "[profile  prod]", '[profile "prod"]', "[ profile prod ]",
                       "  [profile prod]", "[profile\tprod] # mine", "[profile 'prod']"):
            text = f"# first\n[profile a]\nregion = x\n{header}\nregion = y\n"
            self.write(text)
            said = self.world.xacct("aws-config", "--write", "--all")
            if said.status == 3 and header.startswith(("  ", "[ ")):
                continue                  # the file's own grammar refuses it already
            self.assertEqual(said.status, 1, (header, said))
            self.assertIn(f"{self.path}:4: a profile 'prod' stands there already", said.err)
            self.assertEqual(self.text(), text)
        self.write("[profile prod-x]\n[sso-session prod]\n[prod]\n[services prod]\n")
        self.works("aws-config", "--write", "--all")

    def test_python_would_not_even_read_such_a_file(self):
        """What is refused would break every profile of the AWS command line."""
        with self.assertRaises(configparser.DuplicateSectionError):
            configparser.RawConfigParser().read_string("[profile a]\n[profile a]\n")

    def test_keys_that_would_win(self):
        self.world.write(".aws/credentials",
                         "[prod]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
                         "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n")
        said = self.refused(1, "aws-config", "--write", "--all")
        self.assertIn("has keys there, which SDKs take first", said)
        self.assertIn("try: xacct import prod --clean", said)

    def test_a_block_that_is_not_ours_any_more(self):
        good = self.block(self.profile("read"))
        for text, line in ((BEGIN + self.profile("read"), 1), (good + END, 5),
                           (good + good, 5), (END, 1),
                           (good.replace(END, "output = json\n" + END), 4),
                           (good.replace(END, "# a note\n" + END), 4)):
            self.write(text)
            said = self.refused(3, "aws-config", "--write", "--all")
            self.assertIn(f"{self.path}:{line}: ", said, text)
            self.assertEqual(self.text(), text)
            self.refused(3, "aws-config", "--remove")

    def test_a_first_line_that_would_be_swallowed(self):
        self.write("# one\n  [profile a]\n  region = x\n")
        said = self.world.xacct("aws-config", "--write", "--all")
        self.assertEqual(said.status, 3, said)
        self.assertNotIn("xacct: begin", self.text())

    def test_a_path_that_needs_quotes(self):
        odd = os.path.join(self.world.root, "my tools")
        os.mkdir(odd)
        os.chmod(odd, 0o755)
        program = os.path.join(odd, "xacct-client")
        with open(self.world.client, "rb") as source, open(program, "wb") as copy:
            copy.write(source.read())
        os.chmod(program, 0o755)
        said = self.world.run(program, "aws-config", "--print", "--all")
        self.assertEqual((said.status, said.out), (2, ""))
        self.assertIn("would need quotes", said.err)

    def test_words(self):
        for words in ((), ("--print", "--write"), ("--write", "--remove"), ("--remove", "prod"),
                      ("--write", "--all", "prod"), ("--write",), ("--print",)):
            self.refused(2, "aws-config", *words)
        self.assertIn("did you mean 'prod'", self.refused(3, "aws-config", "--write", "prd"))
        self.refused(3, "aws-config", "--write", "x" * 100)
        self.refused(3, "aws-config", "--write", "main")

    def test_a_file_of_another_size(self):
        self.write("# " + "x" * (1024 * 1024 - 100) + "\n")
        said = self.world.xacct("aws-config", "--write", "--all")
        self.assertEqual(said.status, 2, said)
        self.assertIn("longer than 1 MiB", said.err)


class Killed(AwsConfig):
    def test_at_any_instant_nothing_is_lost(self):
        text = "[profile mine]\nregion = us-east-1\n"
        whole = self.block(self.profile("prod", "eu-west-1")) + text
        delay, seen = 0.0, set()
        for tries in range(400):
            if tries > 60 and len(seen) == 2:
                break
            self.write(text)
            program = self.world.start(self.world.client, "aws-config", "--write", "prod")
            time.sleep(delay)
            delay += 0.0002
            os.kill(program.pid, signal.SIGKILL)
            program.end()
            self.assertIn(self.text(), (text, whole))
            seen.add(self.text())
        self.assertEqual(len(seen), 2, "it was never killed before, or never after, the change")

    def test_what_a_killed_run_left_goes(self):
        """A copy of the file, with the keys that may stand in it."""
        text = "[profile mine]\nregion = us-east-1\n"
        for call in (1, 2):
            self.write(text)
            self.world.run("strace", "-qq", "-o", "/dev/null", "-e", "trace=rename,renameat,"
                           "renameat2", "-e", f"inject=rename,renameat,renameat2:signal=KILL:"
                           f"when={call}", self.world.client, "aws-config", "--write", "prod")
            left = [name for name in os.listdir(os.path.dirname(self.path)) if ".xacct-" in name]
            self.assertEqual(len(left), 1, left)
            self.assertEqual(self.text(), text)
        held = self.world.write(".aws/config.xacct-abcdef", "of another run, at work")
        other = self.world.write(".aws/config.xacct-abc", "no name of xacct's")
        with open(held, encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.works("aws-config", "--write", "prod")
        self.assertEqual(sorted(os.listdir(os.path.dirname(self.path))),
                         ["config", "config.bak-xacct", os.path.basename(other),
                          os.path.basename(held)])
        self.works("aws-config", "--write", "--all")
        self.assertFalse(os.path.exists(held))


if __name__ == "__main__":
    unittest.main()
