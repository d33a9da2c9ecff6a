"""The commands that are not about credentials, and what is common to all: help, flags, quiet,
the configuration that is edited, the agent that is started and stopped."""

import json
import os
import re
import time
import unittest

from story import Story
from world import PASSPHRASE, Fd

DEST = "[source main]\n[dest prod]\naccount = 222222222222\nrole = Admin\n"
COMMANDS = ("env", "credential-process", "whoami", "list", "status", "forget", "add", "remove",
            "unlock", "lock", "passwd", "dest add", "dest remove", "config check", "agent start",
            "agent stop", "agent restart", "agent path", "help", "version")


class Words(Story):
    world_options = {"aws": False}

    def test_help_names_every_command(self):
        said = self.works("help")
        self.assertEqual(said.err, "")
        for command in COMMANDS:
            self.assertRegex(said.out, rf"\n  {command} .*\S")
        self.assertLess(max(map(len, said.out.splitlines())), 101)
        for words in (["--help"], ["-h"]):
            self.assertEqual(self.works(*words).out, said.out)
        self.assertEqual(self.world.agents(), set())

    def test_help_of_each_command(self):
        for command in COMMANDS:
            words = command.split()
            said = self.works("help", *words)
            self.assertRegex(said.out, rf"^usage: xacct {command}( .*)?\n")
            self.assertIn("\noptions\n", said.out)
            self.assertRegex(said.out,
                             rf"^.*\n(alias: .*\n)?\n.*\n\nexamples\n.*(\n.+)*{words[-1]}")
            self.assertLess(max(map(len, said.out.splitlines())), 101, command)
            for more in (["--help"], ["-h"], ["--json", "-h", "--nonsense"]):
                self.assertEqual(self.works(*words, *more).out, said.out)
            self.assertEqual(self.works("--help", *words).out, said.out)
        self.assertIn("alias: process", self.works("help", "process").out)

    def test_help_of_a_family(self):
        for family in ("dest", "config", "agent"):
            said = self.works("help", family)
            for command in COMMANDS:
                self.assertEqual(f"  {command} " in said.out, command.startswith(family + " "))
            self.assertEqual(self.works(family, "--help").out, said.out)

    def test_examples_are_right(self):
        """Each example's command and options are among those that exist."""
        for command in COMMANDS:
            said = self.works("help", *command.split())
            examples = said.out.split("\nexamples\n")[1].split("\n\n")[0]
            options = said.out.split("\noptions\n")[1].split()
            for option in re.findall(r" (--[a-z-]+)", examples):
                self.assertIn(option, options)

    def test_version(self):
        self.assertRegex(self.works("version").out, r"^xacct \d+\.\d+\.\d+\n$")

    def test_as_json(self):
        version = json.loads(self.works("version", "--json").out)["version"]
        self.assertEqual(self.works("version").out, f"xacct {version}\n")
        path = json.loads(self.works("agent", "path", "--json").out)
        self.assertEqual(path["socket"] + "\n", self.works("agent", "path").out)
        self.assertIn(path["from"], self.works("agent", "path", "-v").err)

    def test_the_link_is_the_same_program(self):
        link = os.path.join(self.world.prefix, "bin", "xacct")
        self.assertEqual(self.world.run(link, "version").out, self.works("version").out)

    def test_output_that_nobody_takes_is_a_failure(self):
        said = self.world.shell("bash", "xacct-client help > /dev/full")
        self.assertEqual(said.status, 1)
        self.assertIn("standard output", said.err)
        said = self.world.shell("bash", "xacct-client help >&-")
        self.assertEqual(said.status, 1)


class Widths(Story):
    """What a terminal shows keeps to its width; what a program reads is whole."""

    def screen(self, columns, *words):
        with self.world.terminal(*words, columns=columns) as person:
            return person.leaves(0)

    def test_help(self):
        for columns in (40, 60, 80, 100):
            for words in (["help"], ["help", "list"], ["help", "dest", "add"]):
                lines = self.screen(columns, *words).splitlines()
                examples = self.works(*words).out.splitlines()
                wide = [line for line in lines if len(line) > columns and line not in examples]
                self.assertEqual(wide, [])
        self.assertEqual(self.screen(40, "help", "status").split(),
                         self.works("help", "status").out.split())

    def test_list(self):
        self.given(DEST + "[dest production-of-the-far-away-company]\naccount = 333333333333\n"
                   "role = AdministratorOfEverythingThereIs\nregion = eu-west-1\n")
        whole = self.works("list").out
        self.assertGreater(max(map(len, whole.splitlines())), 80)
        self.assertNotIn("…", whole)
        for columns in (60, 70, 80):
            shown = self.screen(columns, "list")
            self.assertLessEqual(max(map(len, shown.splitlines())), columns, shown)
            self.assertIn("…", shown)
            self.assertIn("prod ", shown)
        self.assertEqual(self.screen(200, "list"), whole)


class Flags(Story):
    def setUp(self):
        super().setUp()
        self.given(DEST)

    def test_they_stand_before_or_after_the_names(self):
        key = self.works("env", "prod", "-r", "us-west-2", "-d", "2h").out
        for words in (["-r", "us-west-2", "-d", "2h", "env", "prod"],
                      ["env", "-rus-west-2", "-d2h", "prod"],
                      ["env", "--region=us-west-2", "--duration=2h", "prod"],
                      ["--region", "us-west-2", "env", "-qvd", "2h", "--", "prod"],
                      ["env", "-d", "1h", "prod", "-r", "x", "-d", "2h", "-r", "us-west-2"]):
            self.assertEqual(self.works(*words).out, key)
        self.assertEqual(len(self.world.aws.calls("AssumeRole")), 1)

    def test_two_dashes_end_them(self):
        said = self.fails(3, "env", "--", "--help")
        self.assertIn("there is no destination '--help'", said.err)
        self.works("env", "--", "prod")

    def test_a_long_wait_at_a_terminal_is_explained_and_a_short_one_is_not(self):
        for term, delay_s, words, shown in (("xterm", 1, [], True), ("xterm", 0, [], False),
                                            ("dumb", 1, [], False), ("xterm", 1, ["-q"], False)):
            self.world.aws.fault(action="AssumeRole", delay_s=delay_s)
            with self.world.terminal("env", "prod", "--refresh", *words,
                                     env={"TERM": term}) as person:
                screen = person.leaves(0)
            self.assertEqual("xacct: asking AWS for prod \u2026\r\x1b[K" in screen, shown, screen)
            self.assertEqual("asking" in screen, shown)

    def test_success_is_quiet(self):
        for words in (["env", "prod"], ["credential-process", "prod"], ["whoami", "prod"], ["list"],
                      ["status"], ["config", "check"], ["forget", "prod"], ["lock"],
                      ["unlock", "--passphrase-fd", Fd(PASSPHRASE)], ["agent", "start"],
                      ["agent", "path"], ["agent", "restart"], ["agent", "stop"],
                      ["agent", "stop"]):
            self.assertEqual(self.works(*words).err, "", words)

    def test_the_environment_of_aws_means_nothing_to_the_agent(self):
        hostile = {"AWS_ENDPOINT_URL": "https://127.0.0.1:1",
                   "AWS_ENDPOINT_URL_STS": "https://127.0.0.1:1",
                   "AWS_CA_BUNDLE": "/nonexistent", "SSL_CERT_FILE": "/nonexistent",
                   "SSL_CERT_DIR": "/nonexistent", "CURL_CA_BUNDLE": "/nonexistent",
                   "https_proxy": "http://127.0.0.1:1", "HTTPS_PROXY": "http://127.0.0.1:1",
                   "ALL_PROXY": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1",
                   "AWS_REGION": "cn-north-1", "AWS_DEFAULT_REGION": "cn-north-1",
                   "AWS_ACCESS_KEY_ID": "AKIAXXXXXXXXXXXXXXXX", "AWS_SECRET_ACCESS_KEY": "x" * 40,
                   "AWS_SESSION_TOKEN": "x", "AWS_PROFILE": "nonesuch",
                   "AWS_CONFIG_FILE": "/nonexistent", "AWS_ROLE_ARN": "x",
                   "AWS_ROLE_SESSION_NAME": "x", "OPENSSL_CONF": "/nonexistent"}
        self.works("agent", "stop")
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE), env=hostile)
        self.works("env", "prod", env=hostile)
        call, = self.world.aws.calls("AssumeRole")
        self.assertEqual(call["region"], "eu-west-1")
        self.assertEqual(call["access_key_id"], self.world.aws.key_of("alice")[0])


class Status(Story):
    def json(self, *words):
        said = self.world.xacct("status", "--json", *words)
        self.assertEqual(said.err, "", said)
        return said.status, json.loads(said.out)

    def test_its_exit_status_is_the_answer(self):
        self.world.configure(DEST)
        said = self.fails(5, "status")
        self.assertIn("no agent is running", said.err)
        self.assertEqual(self.json(), (5, {"running": False}))
        self.works("agent", "start")
        self.assertEqual(self.world.xacct("status").status, 3)
        self.world.add_source()
        self.assertEqual(self.works("status").err, "")
        self.works("lock")
        said = self.world.xacct("status")
        self.assertEqual((said.status, said.err), (4, ""))
        self.assertIn("\nvault    locked; ", said.out)

    def test_words(self):
        self.given(DEST)
        self.works("env", "prod")
        out = self.works("status").out
        for pattern in (r"^agent    \d+\.\d+\.\d+, pid \d+, up \d+s; supervisor pid \d+, "
                        r"courier pid \d+\n",
                        rf"\nsocket   {self.world.socket}\n",
                        rf"\nvault    unlocked, locks in (4h00m|3h59m); {self.world.vault_file}\n",
                        rf"\nconfig   1 source, 1 destination; {self.world.config_file}\n",
                        r"\ncache    1 session\n$"):
            self.assertRegex(out, pattern)

    def test_json(self):
        self.given(DEST)
        self.works("env", "prod")
        status, found = self.json()
        self.assertEqual(status, 0)
        supervisor, = self.world.agents()
        for name, value in (("running", True), ("vault", "unlocked"), ("sources", 1),
                            ("destinations", 1), ("cached", 1), ("config_error", None),
                            ("supervisor_pid", supervisor), ("socket", self.world.socket),
                            ("config_path", self.world.config_file)):
            self.assertEqual(found[name], value, name)
        self.assertNotIn("security", found)

    def test_security(self):
        self.given(DEST)
        status, found = self.json("--security")
        self.assertEqual(status, 0)
        security = found["security"]
        for name in ("memory_locked", "undumpable", "core_limit_zero", "no_new_privs"):
            self.assertIs(security[name], True, name)
        self.assertIs(security["traced"], False)
        self.assertGreater(security["arena_kib"], 0)
        words = self.works("status", "--security").out
        self.assertRegex(words, r"\n  secret memory locked  yes \(\d+ KiB locked")
        self.assertRegex(words, r"\n  system call filter    NO\n")


class Listing(Story):
    def test_columns(self):
        self.given(DEST + "[dest seoul]\nrole_arn = arn:aws:iam::333333333333:role/ops/Audit\n"
                          "source = main\nregion = ap-northeast-2\n")
        tail = self.world.aws.key_of("alice")[0][-4:]
        self.assertEqual(self.works("list").out, (
            "SOURCE  ACCOUNT       KEY       IDENTITY\n"
            f"main    111111111111  ****{tail}  arn:aws:iam::111111111111:user/alice\n"
            "\n"
            "DESTINATION  ROLE                SOURCE  REGION          CACHED\n"
            "prod         222222222222/Admin  main    -               -\n"
            "seoul        333333333333/Audit  main    ap-northeast-2  -\n"))

    def test_json(self):
        self.given(DEST)
        self.works("env", "prod")
        found = json.loads(self.works("list", "--json").out)
        source, = found["sources"]
        dest, = found["destinations"]
        self.assertEqual((source["name"], source["account"]), ("main", "111111111111"))
        self.assertEqual((dest["name"], dest["account"], dest["role"], dest["source"]),
                         ("prod", "222222222222", "Admin", "main"))
        self.assertRegex(dest["expires_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_a_long_list_comes_whole_and_in_order(self):
        names = [f"dest-{number:04}" for number in range(2000)]
        self.given("[source main]\n" + "".join(
            f"[dest {name}]\naccount = 222222222222\nrole = Admin\n" for name in names))
        begun = time.monotonic()
        found = json.loads(self.works("list", "--json").out)
        self.assertEqual([dest["name"] for dest in found["destinations"]], names)
        rows = self.works("list").out.splitlines()[4:]
        self.assertEqual([row.split()[0] for row in rows], names)
        self.assertLess(time.monotonic() - begun, 2)
        self.works("env", "dest-1999")
        said = self.fails(3, "env", "dest-20000")
        self.assertIn("did you mean 'dest-2", said.err.replace("dest-1", "dest-2")
                      .replace("dest-0", "dest-2"))

    def test_who_reads_no_further_is_no_failure(self):
        self.given("[source main]\n" + "".join(
            f"[dest d{n}]\naccount = 222222222222\nrole = Admin\n" for n in range(2000)))
        said = self.world.shell("bash", "xacct-client list | head -1")
        self.assertEqual((said.out.split()[0], said.err), ("SOURCE", ""))


class Destinations(Story):
    ODD = ("# Mine.\r\n\n[agent]   # of this machine\nregion=eu-west-1\n\n; old\n[source main]\n"
           "  # indented\nregion =\teu-west-1 # here\n\n\n[dest a]\naccount = 222222222222\n"
           "role = Admin\n# about the next one\n[dest b]\n"
           "role_arn = arn:aws:iam::222222222222:role/x")

    def text(self):
        with open(self.world.config_file, encoding="utf-8", newline="") as file:
            return file.read()

    def test_added_and_removed_the_file_is_what_it_was(self):
        for text in ("", "\n", "[source main]\n", "[source main]", self.ODD, self.ODD + "\n",
                     self.ODD + "\n\n\n"):
            with self.subTest(text[:20]):
                self.world.write(self.world.config_file, "")
                with open(self.world.config_file, "w", encoding="utf-8", newline="") as file:
                    file.write(text)
                self.works("dest", "add", "new", "222222222222/Admin")
                self.assertIn("new", self.works("list").out)
                self.works("dest", "remove", "new")
                whole = text == "" or text.endswith("\n")
                self.assertEqual(self.text(), text if whole else text + "\n")

    def test_what_it_writes(self):
        self.given("[source main]\n")
        self.works("dest", "add", "prod", "222222222222/Admin")
        said = self.works("dest", "add", "all", "arn:aws:iam::222222222222:role/team/Deploy",
                          "--source", "main", "-r", "eu-west-1", "-d", "2h",
                          "--external-id", "tenant-42", "--session-name", "me")
        self.assertEqual(said.err, f"xacct: added 'all': {self.world.config_file}\n")
        self.assertIn("[dest prod]\naccount = 222222222222\nrole = Admin\n", self.text())
        self.assertIn("[dest all]\nrole_arn = arn:aws:iam::222222222222:role/team/Deploy\n"
                      "source = main\nregion = eu-west-1\nduration = 7200\nsession_name = me\n"
                      "external_id = tenant-42\n", self.text())
        self.works("config", "check")
        self.assertTrue(self.works("whoami", "prod").out.endswith("assumed-role/Admin/alice\n"))

    def test_a_role_with_a_path(self):
        self.given("[source main]\n")
        self.works("dest", "add", "d", "222222222222/team/Deploy")
        self.assertIn("assumed-role/Deploy/", self.works("whoami", "d").out)

    def test_what_is_refused(self):
        self.given(DEST)
        before = self.text()
        for words, status, text in (
                (["prod", "222222222222/Admin"], 1, "'prod' stands in"),
                (["main", "222222222222/Admin"], 1, "'main' stands in"),
                (["x", "22/Admin"], 2, "'22/Admin' is not ACCOUNT/ROLE"),
                (["x", "Admin"], 2, "'Admin' is neither ACCOUNT/ROLE nor the ARN of a role"),
                (["x", "222222222222/"], 2, "'222222222222/' is not"),
                (["x", "222222222222/a b"], 2, "is not ACCOUNT/ROLE"),
                (["x", "arn:aws:iam::222222222222:user/x"], 2, "is not a role's ARN"),
                (["a b", "222222222222/Admin"], 2, "'a b' is no name"),
                (["x", "222222222222/Admin", "--source", "mian"], 3, "did you mean 'main'?"),
                (["x", "222222222222/Admin", "-r", "bad_region"], 2, "not a region: 'bad_region'"),
                (["x", "222222222222/Admin", "--session-name", "a b"], 2, "a blank")):
            said = self.fails(status, "dest", "add", *words)
            self.assertIn(text, said.err)
            self.assertEqual(self.world.config_file in said.err, status == 1, said)
            self.assertIn("  try: ", said.err)
        said = self.fails(3, "dest", "remove", "prdo")
        self.assertIn("did you mean 'prod'?", said.err)
        self.assertIn("  try: xacct remove main", self.fails(3, "dest", "remove", "main").err)
        self.assertEqual(self.text(), before)

    def test_a_destination_that_goes_takes_its_sessions_along(self):
        self.given(DEST)
        self.works("env", "prod")
        self.works("dest", "remove", "prod")
        self.assertEqual(json.loads(self.works("status", "--json").out)["cached"], 0)
        self.fails(3, "env", "prod")

    def test_a_link_stays_a_link_and_a_mode_a_mode(self):
        self.given(DEST)
        real = self.world.write("dotfiles/xacct", self.text(), mode=0o640)
        os.unlink(self.world.config_file)
        os.symlink(real, self.world.config_file)
        self.works("dest", "add", "x", "222222222222/Admin")
        self.assertTrue(os.path.islink(self.world.config_file))
        self.assertIn("[dest x]", self.text())
        self.assertEqual(os.stat(real).st_mode & 0o777, 0o640)

    def test_the_first_one_makes_the_file(self):
        said = self.works("dest", "add", "x", "222222222222/Admin")
        self.assertIn(self.world.config_file, said.err)
        self.assertEqual(os.stat(self.world.config_file).st_mode & 0o777, 0o600)
        self.assertEqual(os.stat(os.path.dirname(self.world.config_file)).st_mode & 0o777, 0o700)


class Check(Story):
    def check(self, text, agent=""):
        self.world.configure(text, agent=agent)
        said = self.world.xacct("config", "check")
        self.assertEqual(said.err, "", said)
        return said

    def test_nothing_wrong(self):
        said = self.check(DEST)
        self.assertEqual((said.status, said.out),
                         (0, f"{self.world.config_file}: 1 source, 1 destination, no errors, "
                             "no warnings\n"))

    def test_findings_have_place_words_and_remedy(self):
        for text, line, words in (
                (DEST + "[dest x]\naccount = 222222222222\nrole = R\nsource = mian\n", 10,
                 "[dest x]: there is no source 'mian'"),
                ("[source a]\n[source b]\n[dest x]\naccount = 222222222222\nrole = R\n", 8,
                 "[dest x] does not say which of the 2 sources it is for"),
                (DEST + "[dest x]\naccount = 222222222222\nrole = R\nsource = y\n[dest y]\n"
                 "account = 222222222222\nrole = R\nsource = x\n", 10,
                 "[dest x] the chain of sources comes back to itself: x -> y -> x\n"),
                (DEST + "[caller x]\nexe = /bin/true\n", 10, "[caller x]")):
            said = self.check(text)
            self.assertEqual(said.status, 1, said)
            self.assertIn(f"{self.world.config_file}:{line}: warning: {words}", said.out)

    def test_every_key_of_the_design_loads(self):
        said = self.check(
            "[source main]\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\nmfa = auto\n"
            "session = never\nregion = eu-west-1\nendpoint_url = https://127.0.0.1:1/\n"
            "ca_bundle = /ca.pem\nproxy = http://proxy:3128\nmfa_command = ykman code\n"
            "rotate_after = 90d\n[source foreign]\ncredential_process = /usr/bin/x y\n"
            "[dest a]\naccount = 222222222222\nrole = Admin\nsource = main\nduration = 1h\n"
            "region = eu-west-1\nsts_region = us-east-1\nexternal_id = tenant-42\n"
            "session_name = me\nsource_identity = me\npolicy = /p.json\n"
            "policy_arns = arn:aws:iam::aws:policy/A, arn:aws:iam::aws:policy/B\ntags = a=b,c=d\n"
            "transitive_tags = a\nmfa = never\nmfa_serial = GAHT12345678\nlevel = high\nlabel = a\n"
            "confirm = first\ngrant = terminal\nreadonly = yes\nissues_per_minute = 5\n"
            "endpoint_url = https://x\nca_bundle = /ca.pem\nproxy = https://proxy\n"
            "use_fips_endpoint = no\nuse_dualstack_endpoint = false\n"
            "[dest b]\nrole_arn = arn:aws:iam::333333333333:role/b\nsource = a\n"
            "[caller ci]\nexe = /usr/bin/ci\nreadonly = yes\ndests = a, b\n",
            agent="lock_idle = 4h\nlock_after = 12h\nlock_on_resume = yes\npassphrase_command = x\n"
                  "mfa_command = x\nproxy = http://p:1\nlabel = l\ncache = sealed\n"
                  "allow_root = no\nadhoc = no\nforeign_namespace = deny\nissues_per_minute = 9\n")
        self.assertEqual(said.status, 1, said)
        self.assertIn("2 sources, 2 destinations, no errors", said.out)
        self.assertEqual(re.findall(r"warning: (.*) is not served by this release", said.out), [
            "[agent]: 'foreign_namespace = deny'", "[agent]: 'issues_per_minute'",
            "[dest a]: 'confirm'", "[caller ci]"])
        self.assertIn("[dest a] readonly and another session policy do not go together", said.out)

    def test_json(self):
        said = self.check("[dest x]\naccount = 22\n")
        self.assertEqual(said.status, 3)
        found = json.loads(self.world.xacct("config", "check", "--json").out)
        finding, = found["findings"]
        self.assertEqual((finding["severity"], finding["file"], finding["line"]),
                         ("error", self.world.config_file, 7))

    def test_an_empty_agent_section_and_an_empty_file(self):
        for text in ("", "[agent]\n", "# nothing\n"):
            self.world.write(self.world.config_file, text)
            self.works("config", "check")


class TheAgent(Story):
    def test_start_stop_restart(self):
        self.world.configure(DEST)
        self.works("agent", "start")
        first = self.world.agents()
        self.works("agent", "start")
        self.assertEqual(self.world.agents(), first)
        self.works("agent", "restart")
        self.assertTrue(self.world.agents() - first)
        self.works("agent", "stop")
        deadline = time.monotonic() + 5
        while self.world.agents():
            self.assertLess(time.monotonic(), deadline)
        self.works("agent", "stop")
        self.works("agent", "restart")
        self.assertEqual(len(self.world.agents()), 1)

    def test_a_restart_locks(self):
        self.given(DEST)
        self.works("agent", "restart")
        self.assertEqual(self.world.xacct("status").status, 4)

    def test_the_path_and_why(self):
        said = self.works("agent", "path")
        self.assertEqual((said.out, said.err), (self.world.socket + "\n", ""))
        self.assertIn("XDG_RUNTIME_DIR", self.works("agent", "path", "-v").err)
        sock = os.path.join(self.world.home, "s", "x.sock")
        said = self.works("agent", "path", "-v", env={"XACCT_SOCK": sock})
        self.assertEqual(said.out, sock + "\n")
        self.assertIn("XACCT_SOCK", said.err)
        said = self.works("agent", "path", env={"XDG_RUNTIME_DIR": "/nonexistent"})
        self.assertRegex(said.out, r"/(run/user/\d+|\.local/state)/xacct/")
        self.assertEqual(self.world.agents(), set())


if __name__ == "__main__":
    unittest.main()
