#!/usr/bin/python3
"""The client as a program: usage, what it prints, where, with which exit status."""

import json
import os
import subprocess
import time
import unittest

import fake_agent
from client_kit import PAGES, Case
from fake_agent import CREDENTIALS, DEST_ADD, FORGET, GOOD, HELLO, LOCK, frame


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
        self.refused("socket", says="is not served by this release", status=3)
        self.refused("exec", says="exec: it takes DEST", status=125, tries="xacct help exec")
        self.refused("exec", "--", "true", says="exec: it takes DEST", status=125)
        self.refused("exec", "-x", "p", "true", says="no option -x (exit 2 elsewhere)", status=125)
        self.refused("env", "p", "--format", "xml",
                     says="none of process, env, dotenv, json, ini")
        self.refused("env", "p", "--format", "ini", "--shell", "fish", says="do not go together")
        self.refused("env", "--unset", "--format", "json", says="do not go together")
        self.refused("rds-token", "p", "--port", "0", says="--port 0: not a number from 1 to 65535")
        self.refused("rds-token", "p", "--port", "65536", says="not a number from 1 to 65535")
        self.refused("rds-token", "p", "--host", "h", "--user", "u", says="which --port?")
        self.refused("rds-token", "p", says="it takes --host, --port and --user")
        self.refused("eks-token", "p", says="it takes --cluster")
        self.refused("git-credential", "p", "fill", says="none of get, store, erase")
        self.refused("docker-credential", "push", says="none of get, store, erase, list")
        self.refused("dest", says="first word of several", tries="xacct help dest")
        self.refused("dest", "rmove", says="did you mean 'dest remove'?")
        self.refused("env", "p", "--regoin", "x", says="did you mean --region?",
                     tries="xacct help env")
        self.refused("env", "p", "--duration", says="--duration needs a value: TIME")
        self.refused("env", "p", "-d", "10m", says="--duration 10m: outside 15m to 1d12h")
        self.refused("env", "p", "-d37h", says="outside")
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
        self.refused("env", "p", "--shell", "xonsh", says="none of sh, bash, zsh, fish")
        self.refused("env", says="DEST, or --unset")
        self.refused("env", "--unset", "prod", says="'prod' is one word too many")
        self.refused("env", "--version", says="env has no option --version")
        self.refused("-Z", says="no option -Z")

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
        for word in "version", "--version", "-V":
            self.assertEqual(self.run_client(word), (0, "xacct 0.1.0\n", ""))
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
                (frame(fake_agent.ERROR, 2), 1), (frame(fake_agent.NEED, 2, need=4), 3),
                (frame(fake_agent.NEED, 2, need=5), 1)):
            self.serve(raw=[raw, None])
            code, out, err = self.run_client("process", "prod")
            self.assertEqual((code, out), (status, ""), (raw[:12], err))
            self.assertIn("credential-process failed for prod: ", err)

    def test_an_agent_that_ends_as_we_come_is_asked_once_more(self):
        for args in (["env", "prod"], ["status"], ["list"], ["whoami", "prod"]):
            self.serve(closes=1)
            self.assertEqual(self.run_client(*args)[0], 0, args)
            self.serve(closes=2)
            self.assertEqual(self.run_client(*args)[0], 5, args)
        for args in (["env", "prod", "-t", "123456"], ["forget", "--all"], ["lock"]):
            agent = self.serve(closes=1)
            self.assertEqual(self.run_client(*args)[0], 5, args)
            self.assertEqual(len([kind for kind, _ in agent.seen if kind != fake_agent.HELLO]), 1,
                             "what may have been done is not done again")

    def test_no_answer_is_not_no_agent(self):
        for args in (["lock"], ["forget", "--all"], ["status"], ["status", "--json"]):
            self.serve(raw=[None])
            code, out, err = self.run_client(*args)
            self.assertEqual((code, out), (5, ""), args)
            self.assertIn("closed the connection without an answer", err)

    def test_closed_standard_descriptors(self):
        for closed, status, said in (((0, 1), 1, b""), ((0, 1, 2), 1, b""), ((1,), 1, b""),
                                     ((0, 2), 0, b"export AWS_")):
            self.serve()
            r = subprocess.run([self.client, "env", "prod"], env=self.env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               start_new_session=True,
                               preexec_fn=lambda: [os.close(fd) for fd in closed])
            self.assertEqual(r.returncode, status, (closed, r.stderr))
            self.assertEqual((said in r.stdout, bool(r.stdout)), (True, bool(said)), closed)
            self.assertEqual(self.types(), [HELLO, CREDENTIALS])

    def test_what_is_at_hand(self):
        """Then nobody looks whether a person is there; what is to be new is never asked for so."""
        agent = self.serve(at_hand=True)
        for args in (["env", "prod"], ["process", "prod"], ["env", "prod", "--region", "eu-west-1"]):
            agent.seen.clear()
            self.assertEqual(self.run_client(*args)[0], 0)
            self.assertEqual(self.types(), [HELLO, CREDENTIALS], args)
            self.assertEqual(set(self.last(CREDENTIALS)) - {"region"}, {"at_hand", "name"})
        for args in (["--refresh"], ["-t", "123456"]):
            self.assertEqual(self.run_client("env", "prod", *args)[0], 0)
            self.assertNotIn("at_hand", self.last(CREDENTIALS))
        self.serve()
        self.assertEqual(self.run_client("env", "prod")[0], 0)
        self.assertEqual(set(self.last(CREDENTIALS)), {"patience_ms", "name"})

    def test_whatever_an_agent_does_with_it_the_request_is_made_in_full(self):
        for play in (dict(at_hand_code=4), dict(at_hand_code=32), dict(at_hand_closes=True)):
            agent = self.serve(**play)
            self.assertEqual(self.run_client("env", "prod")[0], 0, play)
            self.assertEqual([fields for kind, fields in agent.seen if kind == CREDENTIALS],
                             [dict(name="prod", patience_ms=30000)], play)

    def test_who_has_no_time_waits_once(self):
        """The prompt's hook: 80 ms, whether or not the agent says a word."""
        agent = self.serve(raw=[3.0, None])
        begin = time.monotonic()
        code, out, _ = self.run_client("renew", "prod", "--shell", "bash")
        self.assertLess(time.monotonic() - begin, 0.8)
        self.assertEqual((code, out, self.types()), (7, "", [HELLO, CREDENTIALS]))
        self.assertTrue(agent.seen[-1][1]["at_hand"])

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

    def test_list(self):
        self.serve(pages=PAGES)
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
        self.serve(pages=PAGES)
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
        code, out, err = self.run_client("dest", "add", "p", "222222222222/Admin", "-d", "2h",
                                         "-r", "eu-west-1", "--source", "main")
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
        # A reader that left: a quiet end by SIGPIPE, or (where a manager ignores the
        # signal) by status; no words in either case.
        for default, status in ((True, -13), (False, 1)):
            self.serve(pages=PAGES)
            r, w = os.pipe()
            os.close(r)
            p = subprocess.run([self.client, "list"], env=self.env, stdout=w,
                               stderr=subprocess.PIPE, restore_signals=default)
            os.close(w)
            self.assertEqual((p.returncode, p.stderr), (status, b""))


if __name__ == "__main__":
    unittest.main()
