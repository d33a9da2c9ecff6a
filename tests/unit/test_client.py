#!/usr/bin/python3
"""The client as a program, against a stand-in for the agent: what it prints, where, with
which exit status; prompts on a real terminal; the start of the agent; real shells.

    test_client.py /path/to/xacct-client"""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import fake_agent
from fake_agent import (ADD, CANCEL, CREDENTIALS, DEST_ADD, FORGET, GOOD, HELLO, LOCK, PASSWD,
                        STATUS, STOP, UNLOCK, Agent, frame, listen)

CLIENT = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "xacct-client"
HERE = os.path.dirname(os.path.abspath(__file__))


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="xa-client-")
        os.chmod(self.dir, 0o700)
        self.bin = os.path.join(self.dir, "bin")
        self.client = os.path.join(self.bin, "xacct-client")
        os.mkdir(self.bin)
        shutil.copy(CLIENT, self.client)
        os.symlink("xacct-client", os.path.join(self.bin, "xacct"))
        self.sock = os.path.join(self.dir, "run", "agent.sock")
        os.mkdir(os.path.dirname(self.sock), 0o700)
        self.config = os.path.join(self.dir, "config")
        os.makedirs(os.path.join(self.config, "xacct"))
        self.env = dict(PATH=self.bin + ":/usr/bin:/bin", HOME=self.dir, XACCT_SOCK=self.sock,
                        XDG_CONFIG_HOME=self.config, XDG_STATE_HOME=self.dir, LANG="C.UTF-8",
                        XACCT_SHELL="sh")
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.agent = None

    def tearDown(self):
        if self.agent:
            self.agent.listener.close()
        else:
            subprocess.run([self.client, "agent", "stop"], env=self.env, capture_output=True)
        shutil.rmtree(self.dir)

    def serve(self, **play):
        self.agent = Agent(listen(self.sock), **play)
        return self.agent

    def spawnable(self, **play):
        with open(os.path.join(self.dir, "play.json"), "w") as f:
            json.dump(play, f)
        shutil.copy(os.path.join(HERE, "fake_agent.py"), os.path.join(self.bin, "xacct-agent"))
        os.chmod(os.path.join(self.bin, "xacct-agent"), 0o755)

    def starts(self):
        path = os.path.join(self.dir, "starts")
        if not os.path.exists(path):
            return []
        with open(path) as f:
            return [json.loads(line) for line in f]

    def run_client(self, *args, env=None, stdin=b"", pass_fds=(), timeout=30):
        """Without a controlling terminal: nobody can be asked."""
        r = subprocess.run([self.client, *args], env=dict(self.env, **(env or {})), input=stdin,
                           capture_output=True, pass_fds=pass_fds, timeout=timeout,
                           start_new_session=True)
        return r.returncode, r.stdout.decode(), r.stderr.decode()

    def types(self):
        return [kind for kind, _ in self.agent.seen]

    def last(self, kind):
        return [fields for k, fields in self.agent.seen if k == kind][-1]


class Terminal:
    """The client on a terminal of its own; talk() is (wait for this, type that)."""

    def __init__(self, case, *args, env=None, argv=None):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(argv[0] if argv else case.client, argv or [case.client, *args],
                      dict(case.env, **(env or {})))
        self.text = ""

    def wait(self, pattern, timeout=10):
        end = time.time() + timeout
        while not re.search(pattern, self.text):
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.time()))
            if not ready:
                raise AssertionError("no %r in %r" % (pattern, self.text))
            try:
                part = os.read(self.fd, 65536)
            except OSError:
                part = b""
            if not part:
                raise AssertionError("ended without %r in %r" % (pattern, self.text))
            self.text += part.decode(errors="replace").replace("\r\n", "\n")
        self.text = self.text[re.search(pattern, self.text).end():]

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self, timeout=10):
        end = time.time() + timeout
        while True:
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.time()))
            if not ready:
                raise AssertionError("still there: %r" % self.text)
            try:
                part = os.read(self.fd, 65536)
            except OSError:
                part = b""
            if not part:
                break
            self.text += part.decode(errors="replace").replace("\r\n", "\n")
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return (os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status),
                self.text)


class Usage(Case):
    def refused(self, *args, says, status=2, tries=None):
        code, out, err = self.run_client(*args)
        self.assertEqual((code, out), (status, ""), err)
        self.assertIn(says, err)
        if tries:
            self.assertIn("  try: %s\n" % tries, err)
        self.assertTrue(err.startswith("xacct: ") and err.endswith("\n"), err)

    def test_refused(self):
        self.refused(says="no command was given", tries="xacct help")
        self.refused("lsit", says="did you mean 'list'?")
        self.refused("credential-proces", says="did you mean 'credential-process'?")
        self.refused("exec", says="no command 'exec'")
        self.refused("dest", says="first word of several", tries="xacct help dest")
        self.refused("dest", "rmove", says="did you mean 'dest remove'?")
        self.refused("env", "p", "--regoin", "x", says="did you mean --region?",
                     tries="xacct help env")
        self.refused("env", "p", "--duration", says="--duration needs a value: TIME")
        self.refused("env", "p", "-d", "10m", says="--duration 10m: outside 15m to 12h00m")
        self.refused("env", "p", "-d13h", says="outside")
        self.refused("env", "p", "-dsoon", says="not a time such as")
        self.refused("env", "p", "-d", "1h", "--min-ttl=1h", says="not less than")
        self.refused("env", "p", "--refresh=yes", says="--refresh takes no value")
        self.refused("env", "a", "b", says="'b' is one word too many")
        self.refused("whoami", says="whoami: it takes NAME")
        self.refused("lock", "--region", "x", says="lock has no option --region")
        self.refused("unlock", "--passphrase-fd", "77", says="not open")
        self.refused("unlock", "--passphrase-fd", "x", says="not the number")
        self.refused("forget", says="DEST or --all")
        self.refused("forget", "a", "--all", says="DEST or --all")
        self.refused("add", "bad name", says="is no name")
        self.refused("dest", "add", "p", "222222222222", says="neither ACCOUNT/ROLE")
        self.refused("env", "p", "--expect", "22/Admin", says="12 digits")
        self.refused("env", "p", "--shell", "tcsh", says="none of sh, bash, zsh, fish")
        self.refused("env", says="DEST, or --unset")
        self.refused("-Z", says="no option -Z")

    def test_later(self):
        for option in (["-t", "123456"], ["--policy", "x"], ["--tags=a=b"], ["--readonly"],
                       ["--role", "R"], ["--dry-run"], ["--policy-arns", "x"]):
            self.refused("env", "prod", *option, says="is not served by this release", status=3)

    def test_key_id_is_never_echoed(self):
        secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
        code, out, err = self.run_client("add", "main", "--access-key-id", secret)
        self.assertEqual(code, 2)
        self.assertNotIn(secret, out + err)
        self.refused("add", "main", "--access-key-id", "ASIAQQQQQQQQQQQQQQQQ",
                     says="temporary key")

    def test_help(self):
        code, out, err = self.run_client("help")
        self.assertEqual((code, err), (0, ""))
        for name in ("env DEST", "dest add NAME", "agent restart", "config check", "version"):
            self.assertIn(name, out)
            self.assertEqual(self.run_client("help", *name.split()[:2 if name.split()[1].islower()
                                             else 1])[0] if " " in name else 0, 0)
        for args in (["env", "--help"], ["-h", "env"], ["help", "env"], ["env", "p", "-h"],
                     ["env", "--nonsense", "-h"]):
            code, out, _ = self.run_client(*args)
            self.assertEqual(code, 0)
            self.assertTrue(out.startswith("usage: xacct env DEST [options]\n"), out)
        self.assertIn("dest add NAME", self.run_client("dest", "-h")[1])
        self.assertTrue(self.run_client("--help")[1].startswith("xacct: "))
        self.assertEqual(self.run_client("version"), (0, "xacct 0.1.0\n", ""))
        self.assertEqual(self.run_client("help", "nonsense")[0], 2)

    def test_every_line_fits_a_terminal(self):
        for line in self.run_client("help")[1].splitlines():
            self.assertLess(len(line), 100, line)


class Answers(Case):
    def test_credential_process(self):
        self.serve()
        code, out, err = self.run_client("process", "prod", "-d", "1h30m", "--session-name", "me",
                                         "--external-id=ab", "--refresh", "--min-ttl", "20m")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(json.loads(out), {
            "Version": 1, "AccessKeyId": GOOD["access_key_id"], "SecretAccessKey": GOOD["secret"],
            "SessionToken": GOOD["token"], "Token": GOOD["token"],
            "Expiration": "2100-01-01T00:00:00Z", "AccountId": "222222222222"})
        self.assertTrue(out.endswith("}\n") and out.count("\n") == 1)
        self.assertEqual(self.types(), [HELLO, CREDENTIALS])
        self.assertEqual(self.last(CREDENTIALS), dict(
            name="prod", patience_ms=5000, asking_ms=55000, duration_s=5400, session_name="me",
            external_id="ab", refresh=True, min_left_s=1200))
        self.assertEqual(self.last(HELLO), dict(
            protocol=1, config_path=self.config + "/xacct/config",
            vault_path=self.dir + "/.local/share/xacct/vault"))

    def test_options_anywhere(self):
        self.serve()
        self.run_client("-r", "eu-west-1", "env", "-d2h", "--", "prod")
        self.assertEqual(self.last(CREDENTIALS)["region"], "eu-west-1")
        self.assertEqual(self.last(CREDENTIALS)["duration_s"], 7200)

    def test_expect(self):
        self.serve()
        for wish in ("222222222222", "222222222222/Admin", "222222222222/path/Admin"):
            self.assertEqual(self.run_client("env", "prod", "--expect", wish)[0], 0)
            self.assertEqual(self.run_client("whoami", "prod", "--expect", wish)[0], 0)
        for wish in ("222222222223", "222222222222/Adm", "222222222222/Adminx"):
            for command in ("env", "process", "whoami"):
                code, out, err = self.run_client(command, "prod", "--expect", wish)
                self.assertEqual((code, out), (9, ""))
                self.assertIn("expected", err)

    def test_hostile_values(self):
        for field in ("secret", "token", "access_key_id"):
            for value in ("a'b", 'a"b', "a\\b", "a*b", "a?b", "a[b", "a`b", "a b"):
                self.serve(credentials={field: value})
                for command in ("env", "process"):
                    code, out, err = self.run_client(command, "prod")
                    self.assertEqual((code, out), (7, ""), value)
                    self.assertNotIn(value, err)
        self.serve(credentials=dict(token=b"a\nb"))
        self.assertEqual(self.run_client("env", "prod")[:2], (7, ""))
        self.serve(credentials=dict(region="a;touch /tmp/x\x1b"))
        self.assertEqual(self.run_client("env", "prod")[:2], (1, ""))
        self.serve(credentials=dict(name="arn:aws:iam::222222222222:role/a*'b"))
        self.assertEqual(self.run_client("env", "prod")[:2], (2, ""))

    def test_large_token(self):
        self.serve(credentials=dict(token="A" * 16384))
        for command in ("env", "process"):
            code, out, err = self.run_client(command, "prod")
            self.assertEqual((code, err), (0, ""))
            self.assertIn("A" * 16384, out)
        self.serve(credentials=dict(token="A" * 16385))
        self.assertEqual(self.run_client("process", "prod")[:2], (1, ""))

    def test_label(self):
        for label, shown in (("production 1", "production 1"), ("a'b", "prod"), ("a*", "prod"),
                             ("", "prod"), ("größe", "größe"), ("a  b", "prod")):
            self.serve(credentials=dict(label=label))
            self.assertIn("export AWS_VAULT='%s';" % shown, self.run_client("env", "prod")[1])

    def test_errors(self):
        self.serve(errors={"48": dict(
            code=48, message="AWS refused AssumeRole of arn:aws:iam::222222222222:role/Admin",
            why="the role's trust policy does not name the caller", hint="xacct doctor prod",
            aws_code="AccessDenied", request_id="01234567-89ab")})
        self.assertEqual(self.run_client("process", "prod"), (
            6, "",
            "xacct: credential-process failed for prod: AWS refused AssumeRole of "
            "arn:aws:iam::222222222222:role/Admin\n"
            "  why: the role's trust policy does not name the caller\n"
            "  aws: AccessDenied (request id 01234567-89ab)\n"
            "  try: xacct doctor prod\n"))

    def test_hello_refused(self):
        self.serve(hello=dict(code=11, message="this agent serves other files", hint=""))
        code, out, err = self.run_client("list")
        self.assertEqual((code, out), (5, ""))
        self.assertIn("this agent serves other files", err)

    def test_broken_answers(self):
        ok = frame(fake_agent.RESULT, 2, **GOOD)
        for raw, status in (
                (ok[:5], 5), (b"", 5), (ok[:40], 5), (ok + b"x", 1),
                (frame(fake_agent.RESULT, 3, **GOOD), 1), (frame(99, 2), 1),
                (b"\xff" + ok[1:], 1), (b"\0\0\0\1" + ok[4:], 1), (ok[:4] + b"\2" + ok[5:], 5),
                (frame(fake_agent.ERROR, 2), 1), (frame(fake_agent.NEED, 2, need=5), 3)):
            self.serve(raw=[raw, None])
            code, out, err = self.run_client("process", "prod")
            self.assertEqual((code, out), (status, ""), (raw[:12], err))
            self.assertIn("credential-process failed for prod: ", err)

    def test_answer_in_pieces(self):
        ok = frame(fake_agent.RESULT, 2, **GOOD)
        self.serve(raw=[part for b in ok[:30] for part in (bytes([b]), 0.002)] + [ok[30:]])
        self.assertEqual(self.run_client("process", "prod")[0], 0)

    def test_whoami(self):
        self.serve()
        self.assertEqual(self.run_client("whoami", "prod"),
                         (0, "arn:aws:sts::222222222222:assumed-role/Admin/alice\n", ""))
        self.assertEqual(json.loads(self.run_client("whoami", "prod", "--json")[1]), dict(
            account="222222222222", user_id="AROAX:alice", expires_at=None,
            arn="arn:aws:sts::222222222222:assumed-role/Admin/alice"))

    PAGES = [
        [dict(entry_kind=2, name="prod", account="222222222222", role="Admin", source="main",
              region="eu-west-1", expires_at=int(time.time()) + 3501),
         dict(entry_kind=1, name="main", account="111111111111", key_tail="WXYZ",
              arn="arn:aws:iam::111111111111:user/alice")],
        [dict(entry_kind=2, name="production-eu", account="333333333333", role="ops/ReadOnly",
              source="main", note="hides the profile of that name")],
    ]

    def test_list(self):
        self.serve(pages=self.PAGES)
        code, out, err = self.run_client("list")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out, (
            "SOURCE  ACCOUNT       KEY       IDENTITY\n"
            "main    111111111111  ****WXYZ  arn:aws:iam::111111111111:user/alice\n"
            "\n"
            "DESTINATION    ROLE                       SOURCE  REGION     CACHED\n"
            "prod           222222222222/Admin         main    eu-west-1  58m left\n"
            "production-eu  333333333333/ops/ReadOnly  main    -          -         "
            "hides the profile of that name\n"))

    def test_list_json(self):
        self.serve(pages=self.PAGES)
        shape = json.loads(self.run_client("list", "--json")[1])
        self.assertEqual([s["name"] for s in shape["sources"]], ["main"])
        self.assertEqual([d["name"] for d in shape["destinations"]], ["prod", "production-eu"])
        self.assertEqual(set(shape["destinations"][0]), set(shape["destinations"][1]))
        self.assertIsNone(shape["destinations"][1]["region"])

    def test_long_list(self):
        pages = [[dict(entry_kind=2, name="d%05d" % (p * 100 + i), account="222222222222",
                       role="Admin", source="main") for i in range(100)] for p in range(100)]
        self.serve(pages=pages)
        self.assertEqual(len(self.run_client("list")[1].splitlines()), 10001)
        self.assertEqual(len(json.loads(self.run_client("list", "--json")[1])["destinations"]),
                         10000)

    def test_empty_list(self):
        self.serve()
        code, out, err = self.run_client("list")
        self.assertEqual((code, out), (0, ""))
        self.assertIn("xacct add NAME", err)

    def test_status(self):
        for vault, status in (("unlocked", 0), ("locked", 4), ("none", 3)):
            self.serve(vault=vault)
            code, out, err = self.run_client("status")
            self.assertEqual((code, err), (status, ""))
            self.assertIn("vault    %s" % vault, out)
            self.assertNotIn("undumpable", out)
            code, out, _ = self.run_client("status", "--json", "--security")
            self.assertEqual(code, status)
            self.assertEqual(json.loads(out)["vault"], vault)
            self.assertIs(json.loads(out)["security"]["undumpable"], True)
        self.assertIn("secret memory locked  yes", self.run_client("status", "--security")[1])
        self.serve(status=dict(config_error="config:3: unknown key 'regoin'"))
        self.assertIn("refused: config:3", self.run_client("status")[1])

    def test_config_check(self):
        self.serve()
        self.assertEqual(self.run_client("config", "check"), (
            0, "/home/u/.config/xacct/config: 1 source, 2 destinations, no errors, no warnings\n",
            ""))
        finding = dict(severity=2, file="/c", line=3, message="unknown key 'regoin'", hint="region")
        self.serve(findings=[finding])
        code, out, _ = self.run_client("config", "check")
        self.assertEqual(code, 3)
        self.assertIn("/c:3: error: unknown key 'regoin'\n  try: region\n", out)
        self.serve(findings=[dict(finding, severity=1)])
        code, out, _ = self.run_client("config", "check", "--json")
        self.assertEqual(code, 1)
        self.assertEqual(json.loads(out)["findings"][0]["severity"], "warning")

    def test_quiet_commands(self):
        self.serve()
        self.assertEqual(self.run_client("forget", "prod"), (0, "", ""))
        self.assertEqual(self.run_client("forget", "--all", "-v"), (0, "", "xacct: forgot 2\n"))
        self.assertEqual(self.last(FORGET), dict(all=True))
        self.assertEqual(self.run_client("lock", "--keep-sessions"), (0, "", ""))
        self.assertEqual(self.last(LOCK), dict(keep_sessions=True))

    def test_dest(self):
        self.serve()
        code, out, err = self.run_client("dest", "add", "p", "222222222222/Admin", "-r", "eu-west-1",
                                         "-d", "2h", "--source", "main")
        self.assertEqual((code, out), (0, ""))
        self.assertEqual(self.last(DEST_ADD), dict(
            name="p", target="222222222222/Admin", region="eu-west-1", duration_s=7200,
            source="main"))
        self.assertIn("added 'p'", err)
        self.assertEqual(self.run_client("-q", "dest", "remove", "p"), (0, "", ""))

    def test_output_that_fails(self):
        self.serve()
        with open("/dev/full", "w") as full:
            r = subprocess.run([self.client, "env", "prod"], env=self.env, stdout=full,
                               stderr=subprocess.PIPE)
        self.assertEqual(r.returncode, 1)
        self.assertIn(b"No space left", r.stderr)
        r, w = os.pipe()
        os.close(r)
        p = subprocess.run([self.client, "list"], env=self.env, stdout=w, stderr=subprocess.PIPE,
                           restore_signals=False)     # SIGPIPE ignored, as under a manager
        os.close(w)
        self.serve(pages=self.PAGES)


class Secrets(Case):
    def pipe(self, text):
        r, w = os.pipe()
        os.write(w, text)
        os.close(w)
        self.addCleanup(os.close, r)
        return r

    def test_locked_and_nobody_to_ask(self):
        self.serve(vault="locked")
        for command in ("env", "process", "whoami"):
            code, out, err = self.run_client(command, "prod")
            self.assertEqual((code, out), (4, ""))
            self.assertIn("  try: xacct unlock\n", err)
        self.assertEqual(self.types().count(UNLOCK), 0)
        code, _, err = self.run_client("unlock")
        self.assertEqual(code, 4)
        self.assertIn("nobody can be asked", err)

    def test_passphrase_fd(self):
        for text in (b"correct horse", b"correct horse\n", b"correct horse\nmore\n"):
            self.serve(vault="locked")
            fd = self.pipe(text)
            code, out, err = self.run_client("process", "prod", "--passphrase-fd", str(fd),
                                             pass_fds=[fd])
            self.assertEqual((code, err), (0, ""))
            self.assertIn("SessionToken", out)
            self.assertEqual(self.types(), [HELLO, CREDENTIALS, UNLOCK, CREDENTIALS])
            self.assertEqual(self.last(CREDENTIALS)["can_ask"], True)
        self.serve(vault="locked")
        self.assertEqual(self.run_client("unlock", "--passphrase-fd", "-",
                                         stdin=b"correct horse\n")[0], 0)

    def test_bytes_of_a_passphrase_are_kept(self):
        for text in (b" two blanks  ", "größe ☃".encode(), b"x" * 1024, b"tab\there", b"cr\r"):
            self.serve(vault="locked", passphrase="-")
            self.agent.play["passphrase"] = text.decode()
            self.assertEqual(self.run_client("unlock", "--passphrase-fd", "0",
                                             stdin=text + b"\nrest")[0], 0)

    def test_bad_passphrase_fd(self):
        self.serve(vault="locked")
        code, _, err = self.run_client("env", "prod", "--passphrase-fd", "-", stdin=b"wrong\n")
        self.assertEqual(code, 4)
        self.assertIn("wrong passphrase", err)
        self.assertEqual(self.types().count(UNLOCK), 1)
        for text in (b"", b"\n", b"y" * 1025):
            self.assertEqual(self.run_client("env", "prod", "--passphrase-fd", "-", stdin=text)[0],
                             2)

    def test_add(self):
        secret = b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
        self.serve(vault="none", add=dict(created=True))
        fd = self.pipe(secret + b"\nmy phrase\n")
        code, out, err = self.run_client("add", "main", "--access-key-id", "AKIAQQQQQQQQQQQQQQQQ",
                                         "--secret-fd", str(fd), "--passphrase-fd", str(fd),
                                         pass_fds=[fd])
        self.assertEqual((code, out), (0, ""))
        self.assertIn("xacct: stored 'main': arn:aws:iam::111111111111:user/alice\n", err)
        self.assertNotIn("note:", err)
        self.assertEqual(self.types(), [HELLO, ADD, UNLOCK, ADD])
        self.assertEqual(self.last(UNLOCK), dict(create=True, passphrase=b"my phrase"))
        self.assertEqual(self.last(ADD)["secret"], secret)

    def test_add_warns(self):
        self.serve(add=dict(warning="AWS cannot be reached"))
        code, _, err = self.run_client("add", "main", "--access-key-id", "AKIAQQQQQQQQQQQQQQQQ",
                                       "--secret-fd", "0", stdin=b" short \r\n")
        self.assertEqual(code, 0)
        self.assertIn("this one has 5", err)
        self.assertIn("not verified: AWS cannot be reached", err)
        self.assertEqual(self.last(ADD)["secret"], b"short")

    def test_add_nobody_to_ask(self):
        self.serve()
        code, _, err = self.run_client("add", "main")
        self.assertEqual(code, 4)
        self.assertIn("  try: xacct add main --access-key-id ID --secret-fd 0\n", err)

    def test_passwd(self):
        self.serve()
        fd = self.pipe(b"new one\n")
        code, out, err = self.run_client("passwd", "--passphrase-fd", "-", "--new-passphrase-fd",
                                         str(fd), pass_fds=[fd], stdin=b"correct horse\n")
        self.assertEqual((code, out), (0, ""))
        self.assertEqual(self.last(PASSWD), dict(passphrase=b"correct horse",
                                                 new_passphrase=b"new one"))
        self.serve(vault="none")
        code, _, err = self.run_client("passwd")
        self.assertEqual(code, 3)
        self.assertIn("xacct add NAME", err)

    def test_remove(self):
        self.serve()
        code, _, err = self.run_client("remove", "main")
        self.assertEqual(code, 4)
        self.assertIn("  try: xacct remove main --yes\n", err)
        self.assertEqual(self.run_client("remove", "main", "-yq"), (0, "", ""))

    def command(self, line, mode=0o600):
        path = os.path.join(self.config, "xacct", "config")
        with open(path, "w") as f:
            f.write("[agent]\nlock_idle = 4h\npassphrase_command = %s\n" % line)
        os.chmod(path, mode)

    def test_passphrase_command(self):
        self.command('printf "%s\\nmore\\n" "correct horse"')
        self.serve(vault="locked")
        code, out, err = self.run_client("process", "prod")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(self.types(), [HELLO, CREDENTIALS, CREDENTIALS, UNLOCK, CREDENTIALS])
        self.serve(vault="locked")
        self.assertEqual(self.run_client("unlock", "--no-input")[0], 0)

    def test_bad_passphrase_command(self):
        for line, mode, status, says in (
                ("/nowhere/x", 0o600, 4, "cannot be executed"), ("false", 0o600, 4, "status 1"),
                ("true", 0o600, 4, "printed nothing"), ("echo wrong", 0o600, 4, "wrong passphrase"),
                ("echo x", 0o622, 4, "locked")):
            self.command(line, mode)
            self.serve(vault="locked")
            code, out, err = self.run_client("process", "prod")
            self.assertEqual((code, out), (status, ""), err)
            self.assertIn(says, err)

    def script(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, 0o755)
        return path

    def test_askpass(self):
        program = self.script("ask", '#!/bin/sh\nprintf "%s" "$1" >"$HOME/asked"\n'
                              'echo "correct horse"\n')
        self.serve(vault="locked")
        for env in (dict(XACCT_ASKPASS=program), dict(SSH_ASKPASS=program, WAYLAND_DISPLAY="w")):
            self.agent.play["vault"] = "locked"
            self.assertEqual(self.run_client("process", "prod", env=env)[0], 0)
        with open(os.path.join(self.dir, "asked")) as f:
            self.assertEqual(f.read(), "Passphrase of the xacct vault: ")
        self.agent.play["vault"] = "locked"
        self.assertEqual(self.run_client("process", "prod", env=dict(SSH_ASKPASS=program))[0], 4)
        self.assertEqual(self.run_client("process", "prod", "--no-input",
                                         env=dict(XACCT_ASKPASS=program))[0], 4)
        refusing = self.script("no", "#!/bin/sh\nexit 1\n")
        self.assertEqual(self.run_client("process", "prod", env=dict(XACCT_ASKPASS=refusing))[0], 8)
        self.assertEqual(self.types()[-1], CANCEL)

    PINENTRY = """#!/usr/bin/python3
import sys
log = open(sys.path[0] + "/pinentry.log", "a")
print("OK Pleased to meet you", flush=True)
for line in sys.stdin:
    log.write(line); log.flush()
    if line.startswith("GETPIN"):
        %s
    else:
        print("S status\\n# comment\\nOK", flush=True)
"""

    def test_pinentry(self):
        answers = 'print("D correct%20\\nD ho%72se\\nOK", flush=True)'
        program = self.script("pinentry", self.PINENTRY % answers)
        self.serve(vault="locked")
        code, _, err = self.run_client("process", "prod", env=dict(XACCT_PINENTRY=program))
        self.assertEqual((code, err), (0, ""))
        wrong = self.script("pinentry", self.PINENTRY % 'print("D wrong\\nOK", flush=True)')
        self.serve(vault="locked")
        self.assertEqual(self.run_client("process", "prod", env=dict(XACCT_PINENTRY=wrong))[0], 4)
        self.assertEqual(self.types().count(UNLOCK), 3)
        with open(os.path.join(self.dir, "pinentry.log")) as f:
            self.assertIn("SETERROR Wrong passphrase.", f.read())
        for answer, status in (('print("ERR 83886179 cancelled <P>", flush=True)', 8),
                               ('print("ERR 1 no display", flush=True)', 4),
                               ('print("D %0\\nOK", flush=True)', 4),
                               ('print("D " + "x" * 3000, flush=True)', 4),
                               ("sys.exit(0)", 4)):
            program = self.script("pinentry", self.PINENTRY % answer)
            self.serve(vault="locked")
            self.assertEqual(self.run_client("process", "prod",
                                             env=dict(XACCT_PINENTRY=program))[0], status)
            self.assertEqual(self.types()[-1] == CANCEL, status == 8)


class Prompts(Case):
    def test_unlocks_and_goes_on(self):
        self.serve(vault="locked")
        t = Terminal(self, "whoami", "prod")
        t.wait("Passphrase of the xacct vault: ")
        t.type("correct horse\n")
        status, text = t.end()
        self.assertEqual(status, 0)
        self.assertNotIn("horse", text)
        self.assertIn("assumed-role/Admin", text)
        self.assertEqual(self.last(UNLOCK)["passphrase"], b"correct horse")

    def test_wrong_twice(self):
        self.serve(vault="locked")
        t = Terminal(self, "whoami", "prod")
        t.wait("vault: ")
        t.type("wrong\n")
        t.wait("Wrong passphrase.\n.*vault: ")
        t.type("wrong\n")
        t.wait("vault: ")
        t.type("correct horse\n")
        self.assertEqual(t.end()[0], 0)

    def test_wrong_three_times(self):
        for command in (["whoami", "prod"], ["unlock"]):
            self.serve(vault="locked")
            t = Terminal(self, *command)
            for _ in range(3):
                t.wait("vault: ")
                t.type("wrong\n")
            status, text = t.end()
            self.assertEqual(status, 4)
            self.assertIn("wrong passphrase", text)
            self.assertEqual(self.types().count(UNLOCK), 3)

    def test_cancelled(self):
        for keys in ("\x03", "\x04", "\n", "half\x03"):
            self.serve(vault="locked")
            t = Terminal(self, "whoami", "prod")
            t.wait("vault: ")
            t.type(keys)
            status, text = t.end()
            self.assertEqual(status, 8, keys)
            self.assertIn("cancelled", text)
            self.assertEqual(self.types()[-1], CANCEL)

    def test_too_long(self):
        self.serve(vault="locked")
        t = Terminal(self, "unlock")
        t.wait("vault: ")
        t.type("x" * 1500 + "\n")
        status, text = t.end()
        self.assertEqual(status, 2)
        self.assertIn("longer than 1024", text)
        self.assertEqual(self.types().count(UNLOCK), 0)

    def test_longest(self):
        self.serve(vault="locked", passphrase="z")
        self.agent.play["passphrase"] = "x" * 1024
        t = Terminal(self, "unlock")
        t.wait("vault: ")
        t.type("x" * 1024 + "\n")
        self.assertEqual(t.end()[0], 0)

    def test_new_passphrase(self):
        self.serve(vault="none")
        t = Terminal(self, "add", "main")
        t.wait("Access key id: ")
        t.type(" AKIAQQQQQQQQQQQQQQQQ \n")
        t.wait("AKIAQ")
        t.wait("Secret access key: ")
        t.type("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n")
        t.wait("New passphrase for the xacct vault: ")
        t.type("\n")
        t.wait("An empty passphrase protects nothing.\nNew passphrase for the xacct vault: ")
        t.type("one\n")
        t.wait("The same once more: ")
        t.type("two\n")
        t.wait("The two differ.\nNew passphrase for the xacct vault: ")
        t.type("three words here\n")
        t.wait("once more: ")
        t.type("three words here\n")
        status, text = t.end()
        self.assertEqual(status, 0)
        self.assertIn("stored 'main'", text)
        self.assertEqual(self.last(UNLOCK), dict(create=True, passphrase=b"three words here"))
        self.assertEqual(self.last(ADD)["access_key_id"], "AKIAQQQQQQQQQQQQQQQQ")

    def test_name_taken(self):
        self.serve(pages=Answers.PAGES)
        status, text = Terminal(self, "add", "main").end()
        self.assertEqual(status, 1)
        self.assertIn("with key ****WXYZ", text)

    def test_remove(self):
        for answer, status in (("y", 0), ("yes", 0), ("n", 8), ("", 8)):
            self.serve(pages=Answers.PAGES)
            t = Terminal(self, "remove", "main")
            t.wait(r"Delete 'main', key \*\*\*\*WXYZ and its key .*\[y/N\] ")
            t.type(answer + "\n")
            self.assertEqual(t.end()[0], status)

    def test_passwd(self):
        self.serve()
        t = Terminal(self, "passwd")
        t.wait("Passphrase of the xacct vault: ")
        t.type("wrong\n")
        for _ in range(2):
            t.wait("(New passphrase|once more).*: ")
            t.type("new one\n")
        t.wait("Wrong passphrase .*\n.*vault: ")
        t.type("correct horse\n")
        status, text = t.end()
        self.assertEqual(status, 0)
        self.assertIn("the passphrase is changed", text)
        self.assertEqual(self.agent.play["passphrase"], "new one")

    def shell(self):
        """A real shell with job control, the client as its job."""
        t = Terminal(self, argv=["/bin/bash", "--norc", "--noprofile", "-i"],
                     env=dict(PS1="$ ", PS2="", TERM="dumb"))
        t.wait(r"\$ ")
        return t

    def test_stop_and_continue(self):
        self.serve(vault="locked")
        t = self.shell()
        t.type("xacct whoami prod\n")
        t.wait("vault: ")
        t.type("half\x1a")
        t.wait("Stopped.*\n(.|\n)*\\$ ")
        t.type("stty -a | tr ' ;' '\\n\\n' | grep -x -e echo -e -echo\n")
        t.wait("\necho\n")
        t.type("fg\n")
        t.wait("vault: ")
        t.type("correct horse\n")
        t.wait("assumed-role/Admin")
        t.type("exit\n")
        t.end()
        self.assertEqual(self.last(UNLOCK)["passphrase"], b"correct horse")

    def test_background_cannot_ask(self):
        self.serve(vault="locked")
        t = self.shell()
        t.type("xacct whoami prod & wait $!; echo status $?\n")
        t.wait("status 4")
        t.type("exit\n")
        t.end()

    def test_signals_restore_the_terminal(self):
        for name in ("TERM", "HUP", "QUIT"):
            self.serve(vault="locked")
            t = self.shell()
            t.type("xacct whoami prod\n")
            t.wait("vault: ")
            child = int(subprocess.run(["pgrep", "-P", str(t.pid)], capture_output=True)
                        .stdout.split()[0])
            os.kill(child, getattr(signal, "SIG" + name))
            t.wait(r"\$ ")
            t.type("echo is $?; stty -a | tr ' ;' '\\n\\n' | grep -x -e echo -e -echo\n")
            t.wait("is %d\n" % (128 + getattr(signal, "SIG" + name)))
            t.wait("echo\n")
            self.assertNotIn("-echo", t.text)
            t.type("exit\n")
            t.end()

    def test_progress_only_when_slow(self):
        self.serve(delay=0.8)
        status, text = Terminal(self, "whoami", "prod").end()
        self.assertEqual(status, 0)
        self.assertIn("asking AWS for prod …\r\x1b[K", text)
        status, text = Terminal(self, "-q", "whoami", "prod").end()
        self.assertNotIn("asking", text)
        self.serve()
        self.assertNotIn("asking", Terminal(self, "whoami", "prod").end()[1])
        self.serve(delay=0.8)
        self.assertEqual(self.run_client("whoami", "prod")[2], "")

    def test_env_on_a_terminal_says_how(self):
        self.serve()
        status, text = Terminal(self, "env", "prod").end()
        self.assertEqual(status, 0)
        self.assertIn("eval $(xacct env prod)", text)
        self.assertIn("\n", text)

    def test_secret_room_refused(self):
        with open(CLIENT, "rb") as f:
            if b"__asan_init" in f.read():
                self.skipTest("AddressSanitizer replaces mlock")
        self.serve(vault="locked")
        script = "ulimit -l 4; exec %s unlock" % self.client
        t = Terminal(self, argv=["/usr/bin/setpriv", "--bounding-set=-ipc_lock", "--inh-caps=-all",
                                 "/bin/sh", "-c", script] if os.geteuid() == 0
                     else ["/bin/sh", "-c", script])
        status, text = t.end()
        self.assertEqual(status, 5, text)
        self.assertIn("cannot be locked", text)
        self.assertIn("--allow-unlocked-memory", text)


class Starting(Case):
    def test_start(self):
        self.spawnable()
        code, out, err = self.run_client("process", "prod", env=dict(
            LD_PRELOAD="", SSL_CERT_FILE="/x", AWS_PROFILE="y", LISTEN_FDS="1", NOTIFY_SOCKET="/z"))
        self.assertEqual((code, err), (0, ""))
        start, = self.starts()
        self.assertEqual(set(start["env"]) - {"LC_CTYPE"}, {
            "HOME", "LANG", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XACCT_SOCK", "PATH"})
        self.assertEqual(start["env"]["PATH"], "/usr/bin:/bin")
        self.assertEqual(start["cwd"], "/")
        self.assertEqual(self.run_client("agent", "stop"), (0, "", ""))
        self.assertFalse(os.path.exists(self.sock))

    def test_makes_its_directory(self):
        os.rmdir(os.path.dirname(self.sock))
        self.spawnable()
        self.assertEqual(self.run_client("agent", "start"), (0, "", ""))
        self.assertEqual(os.stat(os.path.dirname(self.sock)).st_mode & 0o777, 0o700)
        self.assertEqual(self.run_client("agent", "start"), (0, "", ""))
        self.assertEqual(len(self.starts()), 1)
        self.assertEqual(self.run_client("agent", "restart"), (0, "", ""))
        self.assertEqual(len(self.starts()), 2)

    def test_by_the_link(self):
        self.spawnable()
        r = subprocess.run([os.path.join(self.bin, "xacct"), "list"], env=self.env,
                           capture_output=True)
        self.assertEqual(r.returncode, 0, r.stderr)

    def test_fifty_at_once(self):
        self.spawnable(start_delay=0.3)
        clients = [subprocess.Popen([self.client, "process", "prod"], env=self.env,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                   for _ in range(50)]
        for p in clients:
            out, err = p.communicate(timeout=30)
            self.assertEqual((p.returncode, err), (0, b""))
        self.assertEqual(len(self.starts()), 1)

    def test_descriptors_and_pipes_are_not_kept(self):
        self.spawnable()
        r, w = os.pipe()
        os.set_inheritable(w, True)
        p = subprocess.run([self.client, "list", "-q"], env=self.env, capture_output=True,
                           close_fds=False, timeout=10)
        os.close(w)
        self.assertEqual(p.returncode, 0)
        ready, _, _ = select.select([r], [], [], 5)
        self.assertTrue(ready, "the agent holds a descriptor of ours")
        os.close(r)

    def test_failures(self):
        for how, says in (("die", "ended before it was ready"), ("fail", "agent.lock cannot be")):
            self.spawnable(start=how)
            code, out, err = self.run_client("list")
            self.assertEqual((code, out), (5, ""))
            self.assertIn(says, err)
        os.chmod(os.path.join(self.bin, "xacct-agent"), 0o644)
        self.assertEqual(self.run_client("list")[0], 5)
        self.spawnable()
        with open(os.path.join(self.bin, "xacct-agent"), "w") as f:
            f.write("#!/nowhere/interpreter\n")
        code, out, err = self.run_client("list")
        self.assertEqual(code, 5)
        self.assertIn("cannot be executed", err)

    def test_those_that_never_start(self):
        self.spawnable()
        for missing in (False, True):
            if missing:
                shutil.rmtree(os.path.dirname(self.sock))
            for args in (["lock"], ["forget", "--all"], ["agent", "stop"]):
                self.assertEqual(self.run_client(*args), (0, "", ""))
            code, out, err = self.run_client("status")
            self.assertEqual((code, out), (5, ""))
            self.assertIn("no agent is running", err)
            self.assertIn("  try: xacct agent start\n", err)
            self.assertEqual(self.run_client("status", "--json"), (5, '{"running":false}\n', ""))
            self.assertEqual(self.run_client("agent", "path"), (0, self.sock + "\n", ""))
            self.assertEqual(self.run_client("list", "--no-spawn")[0], 5)
        self.assertEqual(self.starts(), [])

    def test_path_verbose(self):
        self.assertEqual(self.run_client("agent", "path", "-v")[2],
                         "xacct: the path comes from XACCT_SOCK\n")

    def test_stale_socket(self):
        listen(self.sock).close()
        self.spawnable()
        self.assertEqual(self.run_client("list", "-q"), (0, "", ""))

    def test_long_path(self):
        deep = os.path.join(self.dir, "d" * 120)
        os.mkdir(deep, 0o700)
        self.sock = self.env["XACCT_SOCK"] = os.path.join(deep, "agent.sock")
        self.serve()
        self.assertEqual(self.run_client("whoami", "prod")[0], 0)

    def test_wrong_directory(self):
        self.serve()
        run = os.path.dirname(self.sock)
        os.chmod(run, 0o755)
        for command in ("list", "status", "lock"):
            code, out, err = self.run_client(command)
            self.assertEqual((code, out), (5, ""))
            self.assertIn("mode 0755", err)
        os.chmod(run, 0o700)
        os.rename(run, run + "2")
        os.symlink(run + "2", run)
        self.assertEqual(self.run_client("list")[0], 5)
        self.assertEqual(self.agent.seen, [])

    def test_squatter(self):
        """P2: a server of another uid gets not one byte."""
        if os.geteuid() != 0:
            self.skipTest("needs a second uid")
        ready, tell = os.pipe()
        pid = os.fork()
        if pid == 0:
            listener = listen(self.sock)
            os.setuid(65534)
            listener.listen(8)      # SO_PEERCRED is that of the one who listens
            os.write(tell, b"x")
            conn, _ = listener.accept()
            os._exit(0 if conn.recv(1) == b"" else 7)
        os.read(ready, 1)
        code, out, err = self.run_client("unlock", "--passphrase-fd", "0", stdin=b"secret\n")
        self.assertEqual((code, out), (5, ""))
        self.assertIn("is served by uid 65534", err)
        self.assertEqual(os.WEXITSTATUS(os.waitpid(pid, 0)[1]), 0)
        os.close(ready)
        os.close(tell)


class Shells(Case):
    """G3, facts 7: eval in real shells."""

    BEFORE = dict(AWS_PROFILE="old", AWS_SECURITY_TOKEN="old", AWS_ROLE_ARN="old",
                  AWS_CONTAINER_CREDENTIALS_FULL_URI="old", AMAZON_SESSION_TOKEN="old",
                  AWS_ACCESS_KEY="old")

    def shell_env(self, shell, script, **env):
        base = dict(self.env, **self.BEFORE, **env)
        del base["XACCT_SHELL"]
        work = os.path.join(self.dir, "work")
        os.makedirs(work, exist_ok=True)
        for name in ("a", "AWS_SECRET_ACCESS_KEY", "export", "-x"):
            open(os.path.join(work, name), "w").close()
        r = subprocess.run([shell, "-c", script + "\nenv -0"], env=base, capture_output=True,
                           cwd=work, start_new_session=True)
        self.assertEqual((r.returncode, r.stderr), (0, b""), (shell, r.stdout))
        return dict(item.split("=", 1) for item in r.stdout.decode().split("\0") if "=" in item)

    def shells(self):
        for shell, form in (("/bin/bash", "eval $(xacct env %s)"),
                            ("/usr/bin/dash", "eval $(xacct env %s)"),
                            ("/usr/bin/zsh", "eval $(xacct env %s)"),
                            ("/bin/bash", 'eval "$(xacct env %s)"'),
                            ("/usr/bin/zsh", 'setopt glob_subst sh_word_split; '
                                             'eval $(xacct env %s)'),
                            ("/bin/bash", "shopt -s extglob failglob; eval $(xacct env %s)"),
                            ("/usr/bin/fish", "eval (xacct env %s)"),
                            ("/usr/bin/fish", "xacct env %s | source")):
            if os.path.exists(shell):
                yield shell, form

    def test_set(self):
        for shell, form in self.shells():
            self.serve(credentials=dict(region="eu-west-1", label="Prod main; R&D, 1 %a=b"))
            after = self.shell_env(shell, form % "prod", SHELL=shell)
            for name, value in dict(
                    AWS_ACCESS_KEY_ID=GOOD["access_key_id"], AWS_SECRET_ACCESS_KEY=GOOD["secret"],
                    AWS_SESSION_TOKEN=GOOD["token"], AWS_REGION="eu-west-1",
                    AWS_DEFAULT_REGION="eu-west-1", AWS_ACCOUNT_ID="222222222222",
                    AWS_CREDENTIAL_EXPIRATION="2100-01-01T00:00:00Z",
                    AWS_VAULT="Prod main; R&D, 1 %a=b",
                    XACCT_DEST="prod", XACCT_EXPIRES="4102444800").items():
                self.assertEqual(after.get(name), value, (shell, form, name))
            for name in self.BEFORE:
                self.assertNotIn(name, after, (shell, form))

    def test_unset(self):
        for shell, form in self.shells():
            self.serve(credentials=dict(region="eu-west-1"))
            after = self.shell_env(shell, form % "prod" + "\n" + form % "--unset", SHELL=shell)
            for name in after:
                self.assertFalse(name.startswith(("AWS_", "XACCT_")) and name != "XACCT_SOCK",
                                 (shell, name))

    def test_status_is_0(self):
        self.serve()
        for script in ("eval (xacct env prod); or exit 9", "eval (xacct env --unset); or exit 9"):
            self.shell_env("/usr/bin/fish", script, SHELL="/usr/bin/fish")

    def test_region_of_the_person(self):
        self.serve()
        after = self.shell_env("/bin/bash", "eval $(xacct env prod); eval $(xacct env --unset)",
                               AWS_REGION="us-east-2", SHELL="/bin/bash")
        self.assertEqual(after["AWS_REGION"], "us-east-2")
        self.serve(credentials=dict(region="eu-west-1"))
        after = self.shell_env("/bin/bash", "eval $(xacct env prod); export AWS_REGION=mine;"
                               "eval $(xacct env --unset)", SHELL="/bin/bash")
        self.assertEqual(after.get("AWS_REGION"), "mine")
        self.assertNotIn("AWS_DEFAULT_REGION", after)

    def test_region_does_not_survive(self):
        self.serve()
        out = self.run_client("env", "prod", env=dict(AWS_REGION="eu-west-1", AWS_DEFAULT_REGION="x",
                                                      XACCT_REGION="eu-west-1"))[1]
        self.assertIn("unset AWS_REGION;unset XACCT_REGION;", out)
        self.assertNotIn("AWS_DEFAULT_REGION", out)

    def test_form(self):
        self.serve()
        out = self.run_client("env", "prod")[1]
        self.assertNotIn("\n", out)
        self.assertTrue(out.endswith(";"))
        self.assertNotIn("#", out)
        fish = self.run_client("env", "prod", "--shell", "fish")[1]
        self.assertIn("set -gx AWS_ACCESS_KEY_ID 'ASIA", fish)
        self.assertIn("set -e AWS_PROFILE;", fish)

    def test_failure_leaves_the_shell_alone(self):
        self.serve(vault="locked")
        r = subprocess.run(["/bin/bash", "-c", "eval $(xacct env prod 2>/dev/null); env"],
                           env=self.env, capture_output=True, start_new_session=True)
        self.assertNotIn(b"AWS_", r.stdout)


if __name__ == "__main__":
    unittest.main()
