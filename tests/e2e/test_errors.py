"""What can be wrong on this machine - command line, configuration, vault, directories: the exit
status, the words, and what to try. What AWS and the way there can do is in test_refusals.py."""

import os
import unittest

import processes
from story import FAILURE, Story
from world import PASSPHRASE, Fd

CONFIG = """
[source main]
[dest prod]
account = 222222222222
role = Admin
[dest ro]
account = 222222222222
role = ReadOnly
[dest strict]
account = 222222222222
role = Strict
"""


class OnTheCommandLine(Story):
    world_options = {"aws": False}

    def setUp(self):
        super().setUp()
        self.world.configure(CONFIG)

    def test_commands(self):
        for words, text in ((["evn", "prod"], "no command 'evn'; did you mean 'env'?"),
                            (["stauts"], "no command 'stauts'; did you mean 'status'?"),
                            (["credential-proces"], "did you mean 'credential-process'?"),
                            (["dest", "ad"], "no command 'dest ad'; did you mean 'dest add'?"),
                            (["agent"], "'agent' is the first word of several commands"),
                            (["frobnicate"], "no command 'frobnicate'"),
                            ([], "no command was given"),
                            (["env", "a", "b"], "'b' is one word too many"),
                            (["add"], "add: it takes NAME"),
                            (["dest", "add", "x"], "dest add: it takes NAME ACCOUNT/ROLE|ARN"),
                            (["help", "evn"], "did you mean 'env'?")):
            self.assertIn(text, self.refused(2, *words), words)
        self.assertEqual(self.world.agents(), set())

    def test_options(self):
        for words, text in ((["--regoin", "x"], "no option --regoin; did you mean --region?"),
                            (["-x"], "no option -x"), (["--shell", "xonsh"], "--shell: 'xonsh'"),
                            (["--region"], "--region needs a value: REGION"),
                            (["--refresh=1"], "--refresh takes no value"),
                            (["--all"], "env has no option --all"),
                            (["--region", "a\x1bb"], "cannot be printed"),
                            (["-d", "soon"], "--duration soon: not a time such as 1h"),
                            (["-d", "37h"], "--duration 37h: outside 15m to 1d12h"),
                            (["--passphrase-fd", "x"], "not the number of a file descriptor"),
                            (["--passphrase-fd", "99"], "not open"),
                            (["--min-ttl", "2h", "-d", "1h"], "is not less than --duration"),
                            (["--expect", "x"], "--expect x: not ACCOUNT")):
            self.assertIn(text, self.refused(2, "env", "prod", *words), words)

    def test_what_comes_later_is_refused_by_name(self):
        for command in ("log", "socket"):
            said = self.refused(3, command, "prod")
            self.assertIn(f"'{command}' is not served by this release", said)

    def test_nothing_it_quotes_moves_a_terminal(self):
        for word in ("\x1b[2J", "a\nb", "\u202eevil", "\x9b31m"):
            for words in ([word], ["env", word], ["env", "prod", "--" + word], ["env", "-" + word],
                          ["dest", word], ["dest", "add", word, "222222222222/x"],
                          ["dest", "add", "x", word], ["remove", word, "--yes"],
                          ["add", word, "--no-verify"], ["help", word]):
                said = self.world.xacct(*words)
                self.assertNotEqual(said.status, 0, words)
                self.assertNotRegex(said.err, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", words)
                self.assertRegex(said.err, FAILURE, words)


class InTheConfiguration(Story):
    def file(self, text, mode=0o600):
        self.world.write(self.world.config_file, text, mode=mode)

    def test_there_is_none(self):
        said = self.refused(3, "env", "prod")
        self.assertIn("there is no destination 'prod'", said)
        self.assertIn("nothing is configured yet", said)
        self.assertIn("try: xacct add main", said)
        self.assertIn("nothing is stored yet; a key is stored by: xacct add NAME",
                      self.works("list").err)
        self.works("config", "check")

    def test_no_key_is_stored(self):
        self.world.configure("[dest prod]\naccount = 222222222222\nrole = Admin\n")
        self.assertIn("  try: xacct add main\n", self.refused(3, "env", "prod"))
        self.world.configure(CONFIG)
        self.assertIn("  try: xacct add main\n", self.refused(3, "env", "prod"))
        self.assertIn("  try: xacct add NAME\n", self.refused(3, "unlock"))

    def test_an_unknown_destination_suggests_the_nearest(self):
        self.given(CONFIG)
        for name, nearest in (("prdo", "prod"), ("prodd", "prod"), ("Prod", "prod"), ("r", None),
                              ("stritc", "strict"), ("elsewhere", None), ("mian", "main")):
            for command in ("env", "credential-process", "whoami"):
                said = self.refused(3, command, name)
                self.assertIn(f"there is no destination '{name}'", said)
                self.assertEqual(f"did you mean '{nearest}'?" in said, nearest is not None, said)
                self.assertIn("  try: xacct list", said)

    def test_an_unknown_source_suggests_the_nearest(self):
        self.given(CONFIG)
        for name, nearest in (("mian", "main"), ("elsewhere", None)):
            for words in (("rotate", name), ("revoke", "--source", name),
                          ("list", "--discover", name), ("remove", name), ("remove", "-y", name),
                          ("whoami", name), ("doctor", "strict", "--dest-admin", name),
                          ("doctor", "strict", "--source-admin", name),
                          ("revoke", "prod", "--dest-admin", name)):
                with self.subTest(words):
                    said = self.refused(3, *words)
                    self.assertEqual(f"\n  why: did you mean '{nearest}'?\n" in said,
                                     nearest is not None, said)
        self.world.configure()                   # its key is stored all the same
        self.assertIn("did you mean 'main'?", self.refused(3, "rotate", "mian"))

    MALFORMED = (
        ("nonsense", 1, "neither [section] nor key = value: 'nonsense'"),
        ("region = x", 1, "a key before any [section]"),
        ("[agent]\n[dest x", 2, "a section without ]: '[dest x'"),
        ("[agent] text", 1, "text after a section's ]: 'text'"),
        ("[wat x]", 1, "no such section: 'wat'"),
        ("[dest]\n", 1, "not a name"),
        ("[dest a b]\n", 1, "not a name: 1 to 64 of A-Z a-z 0-9 _ . @ : + / % -: 'a b'"),
        ("[agent x]\n", 1, "[agent] has no name: 'x'"),
        ("[agent]\nregin = x", 2, "no such key in this section: 'regin'"),
        ("[agent]\nregion = eu_west", 2, "not a region: 'eu_west'"),
        ("[agent]\nregion =", 2, "empty"),
        ("[agent]\n= x", 2, "a value without a key"),
        ("[agent]\nregion = a\nregion = a", 3, "this key is there twice: 'region'"),
        ("[agent]\n[agent]", 2, "this section is there twice"),
        ("[source a]\n\n# x\n[source a]", 4, "this section is there twice: 'a'"),
        ("[source a]\n[dest a]", 2, "a source and a destination of one name: 'a'"),
        ("[agent]\n region = x", 2, "a line that starts with a blank: 'region = x'"),
        ("[dest a]\naccount = 22222222222", 2, "not an account id: 12 digits: '22222222222'"),
        ("[dest a]\naccount = 222222222222", 1, "[dest a] has no role"),
        ("[dest a]\nrole = Admin", 1, "[dest a] has no account"),
        ("[dest a]\n", 1, "[dest a] has no account and role, nor role_arn"),
        ("[dest a]\nrole_arn = arn:aws:iam::22:role/x", 2, "not a role's ARN"),
        ("[dest a]\nrole_arn = arn:aws:iam::222222222222:user/x", 2, "not a role's ARN"),
        ("[dest a]\nduration = 13h", 2, "not from 15m to 12h, which is what STS gives: '13h'"),
        ("[dest a]\nduration = soon", 2, "not a duration, such as 90m, 1h30m or 3600: 'soon'"),
        ("[dest a]\nmfa = perhaps", 2, "not one of the words this key takes: 'perhaps'"),
        ("[agent]\nlock_idle = 5s", 2, "not from 1m to 7d: '5s'"),
        ("[agent]\nallow_root = maybe", 2, "neither yes nor no: 'maybe'"),
        ("[agent]\nendpoint_url = http://sts.example.com", 2, "not an endpoint: https://"),
        ("[agent]\nendpoint_url = ftp://127.0.0.1", 2, "not an endpoint: https://"),
        ("[agent]\nca_bundle = ca.pem", 2, "not an absolute path: 'ca.pem'"),
        ("[agent]\nproxy = http://me:secret@proxy:3128", 2, "a proxy's password has no place"),
        ("[agent]\npassphrase_command = \"open", 2, "not a command"),
        ("[agent]\nissues_per_minute = 0", 2, "not a number from 1 to 10000: '0'"),
        ("[agent]\nregion = \x1b[31m", 2, "not printable UTF-8 text"),
    )

    def test_a_line_that_is_wrong_is_named(self):
        """File, line and value; the whole file is refused, by each command that needs it."""
        self.file(self.MALFORMED[0][0])      # none that came before is in force
        self.works("agent", "start")
        for text, line, words in self.MALFORMED:
            with self.subTest(text):
                self.file(text)
                said = self.refused(3, "env", "prod")
                self.assertIn(f"{self.world.config_file}:{line}: {words}", said)
                self.assertIn("  try: xacct config check", said)
                found = self.world.xacct("config", "check")
                self.assertEqual((found.status, found.err), (3, ""), found)
                self.assertIn(f"{self.world.config_file}:{line}: error: {words}", found.out)
        self.assertIn("config check", self.refused(3, "list"))
        self.assertIn("refused: ", self.world.xacct("status").out)

    def test_no_part_of_it_is_taken_and_the_old_one_stays(self):
        self.given(CONFIG)
        good = self.works("list").out
        with open(self.world.config_file, encoding="utf-8") as file:
            text = file.read()
        self.file("[dest new]\naccount = 222222222222\nrole = Admin\n" + text + "[dest broken]\n")
        self.assertIn("has no account", self.refused(3, "env", "new"))
        self.assertEqual(self.works("list").out, good)
        self.works("env", "prod")
        self.refused(3, "dest", "add", "x", "222222222222/Admin")
        self.file(text)
        self.assertIn("there is no destination 'new'", self.refused(3, "env", "new"))

    def test_a_file_that_others_may_write(self):
        self.file(CONFIG, mode=0o666)
        said = self.refused(3, "env", "prod")
        self.assertIn(f"{self.world.config_file} may be written by others (mode 0666)", said)
        self.assertIn(f"  try: chmod go-w {self.world.config_file}", said)

    def test_a_file_of_another_user(self):
        if os.geteuid() != 0:
            self.skipTest("only root can give a file away")
        self.file(CONFIG, mode=0o644)
        os.chown(self.world.config_file, processes.spare_uid(1), -1)
        self.assertIn("belongs to uid", self.refused(3, "env", "prod"))

    def test_a_file_that_cannot_be_read_or_is_none(self):
        self.file(CONFIG, mode=0o000)
        self.assertIn("cannot read", self.refused(3, "env", "prod"))
        os.unlink(self.world.config_file)
        os.mkdir(self.world.config_file)
        os.chown(self.world.config_file, self.world.uid, -1)
        self.assertIn("is not a file", self.refused(3, "env", "prod"))

    def test_what_the_release_does_not_serve_is_said_when_it_is_needed(self):
        self.given(CONFIG)
        for line in ("confirm = always", "confirm = first", "grant = terminal",
                     "issues_per_minute = 5"):
            self.world.configure(f"{CONFIG}[dest later]\naccount = 222222222222\nrole = Admin\n"
                                 f"{line}\n")
            said = self.refused(3, "env", "later")
            self.assertIn("not served by this release", said, line)
            self.works("env", "prod")
            found = self.world.xacct("config", "check")
            self.assertEqual(found.status, 1, found)
            self.assertIn(f"'{line.split(' =')[0]}", found.out)
        self.assertEqual(len(self.world.aws.calls("AssumeRole")), 1)

    def test_what_would_restrict_every_destination_and_is_not_served_refuses_all(self):
        self.given(CONFIG)
        for agent, more in (("foreign_namespace = deny\n", ""), ("issues_per_minute = 9\n", ""),
                            ("", "[caller ci]\nexe = /usr/bin/ci\n")):
            self.world.configure(CONFIG + more, agent=agent)
            for name in ("prod", "main", "222222222222/Admin"):
                self.assertIn("not served by this release", self.refused(3, "env", name))
        self.assertEqual(self.world.aws.calls("AssumeRole"), [])

    def test_which_source_is_meant(self):
        x = "[dest x]\naccount = 222222222222\nrole = Admin\n"
        self.given("[source main]\n[source other]\n" + x)
        self.works("env", "x")
        self.world.configure("[source a]\n[source b]\n" + x)
        said = self.refused(3, "env", "x")
        self.assertIn("[dest x] does not say which of the 2 sources it is for", said)
        self.world.configure("[source main]\n" + x + "source = mian\n")
        said = self.refused(3, "env", "x")
        self.assertIn("there is no source 'mian'", said)
        self.assertIn("did you mean 'main'?", said)


class InTheVault(Story):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)
        self.works("lock")
        with open(self.world.vault_file, "rb") as file:
            self.good = file.read()

    def put(self, data):
        with open(self.world.vault_file, "wb") as file:
            file.write(data)

    def test_a_damaged_file(self):
        for data, words in ((self.good[:-100], "cut off in its body"),
                            (self.good[:100], "cut off in its header"),
                            (b"", "no xacct vault"), (b"X" + self.good[1:], "no xacct vault"),
                            (self.good + b"\0", "bytes behind its end")):
            self.put(data)
            for command in (["unlock"], ["env", "prod"]):
                said = self.refused(1, *command, "--passphrase-fd", Fd(PASSPHRASE))
                self.assertIn(words, said)
                self.assertIn(self.world.vault_file, said)
        self.put(self.good)
        self.works("env", "prod", "--passphrase-fd", Fd(PASSPHRASE))

    def test_a_wrong_passphrase_and_a_damaged_content_look_alike(self):
        wrong = self.refused(4, "unlock", "--passphrase-fd", Fd("a guess"))
        at = len(self.good) - 200
        self.put(self.good[:at] + bytes([self.good[at] ^ 1]) + self.good[at + 1:])
        self.assertEqual(self.refused(4, "unlock", "--passphrase-fd", Fd(PASSPHRASE)), wrong)

    def test_an_older_one(self):
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        id_2, secret_2 = self.world.aws.key_of("bob")
        self.works("add", "second", "--access-key-id", id_2, "--secret-fd", Fd(secret_2))
        self.works("lock")
        self.put(self.good)
        said = self.refused(1, "unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.assertIn("the vault is older than the one seen last", said)
        self.assertIn("  try: xacct unlock --accept-rollback", said)
        self.works("unlock", "--accept-rollback", "--passphrase-fd", Fd(PASSPHRASE))

    def test_one_that_others_may_read(self):
        os.chmod(self.world.vault_file, 0o644)
        said = self.refused(1, "unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.assertIn(f"  try: chmod 600 {self.world.vault_file}", said)


class InTheDirectories(Story):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)
        self.works("agent", "stop")
        self.directory = os.path.dirname(self.world.socket)

    def everywhere(self, words):
        for command in (["list"], ["status"], ["env", "prod"], ["lock"], ["agent", "start"]):
            self.assertIn(words, self.refused(5, *command))
        self.assertEqual(self.world.agents(), set())

    def test_a_wrong_mode(self):
        for mode in (0o755, 0o777, 0o710):
            os.chmod(self.directory, mode)
            self.everywhere(f"has mode {mode:04o}, not 0700")
        self.assertIn(f"  try: chmod 700 {self.directory}", self.refused(5, "list"))
        os.chmod(self.directory, 0o700)
        self.works("list")

    def test_a_wrong_owner(self):
        if os.geteuid() != 0:
            self.skipTest("only root can give a directory away")
        os.chown(self.directory, processes.spare_uid(1), -1)
        self.everywhere(self.directory)
        os.chmod(self.directory, 0o755)
        self.everywhere("belongs to uid")
        os.chown(self.directory, self.world.uid, -1)
        os.chmod(self.directory, 0o700)

    def test_no_real_directory(self):
        os.rename(self.directory, self.directory + ".aside")
        os.symlink(self.directory + ".aside", self.directory)
        self.everywhere("it is not a real directory")
        os.unlink(self.directory)

    def test_a_path_of_the_persons(self):
        said = self.refused(5, "list", env={"XACCT_SOCK": "relative.sock"})
        self.assertIn("XACCT_SOCK is not the absolute path of a socket: 'relative.sock'", said)
        said = self.refused(5, "list", env={"XACCT_SOCK": "/tmp/agent.sock"})
        self.assertIn("/tmp belongs to uid 0, not to you", said)

    def test_no_agent_where_none_may_be_started(self):
        said = self.refused(5, "env", "prod", "--no-spawn")
        self.assertIn("no agent is running", said)
        self.assertIn("  try: xacct agent start", said)

    def test_an_agent_that_serves_another_configuration(self):
        self.works("agent", "start")
        other = os.path.join(self.world.home, "other")
        said = self.refused(5, "list", env={"XDG_CONFIG_HOME": other})
        self.assertIn(self.world.config_file, said)
        self.assertIn(os.path.join(other, "xacct", "config"), said)


if __name__ == "__main__":
    unittest.main()
