#!/usr/bin/python3
"""What can be wished on the command line, what is refused before anything is started, the
plan of --dry-run, the agent's notes, and how the agent is stopped."""

import json
import os
import signal
import subprocess
import sys
import time
import unittest

from client_kit import Case, Terminal
from fake_agent import CREDENTIALS, HELLO, PLAN, STATUS, STOP, WHOAMI

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"

OPTIONS = ["-d", "1h", "-r", "eu-west-1", "--source", "main", "--role", "Audit",
           "--session-name", "alice@x", "--external-id", "a:b/c", "--policy", '{"a":\n1}',
           "--policy-arns", READ_ONLY, "--tags", "team=blue,cost center=1",
           "--transitive-tags", "team", "--source-identity", "alice", "-t", "123456",
           "--min-ttl", "20m", "--refresh"]
WISH = dict(name="prod", duration_s=3600, region="eu-west-1", source="main", role="Audit",
            session_name="alice@x", external_id="a:b/c", policy='{"a": 1}',
            policy_arns=READ_ONLY, tags="team=blue,cost center=1", transitive_tags="team",
            source_identity="alice", mfa_code="123456", min_left_s=1200, refresh=True)


class Wishes(Case):
    def test_all_of_it(self):
        self.serve()
        for command, kind in (("env", CREDENTIALS), ("process", CREDENTIALS), ("whoami", WHOAMI)):
            code, _, err = self.run_client(command, "prod", *OPTIONS)
            self.assertEqual((code, err), (0, ""))
            self.assertEqual(self.last(kind), dict(WISH, patience_ms=self.last(kind)["patience_ms"],
                                                   **(dict(asking_ms=55000) if command == "process"
                                                      else {})))

    def test_nothing_of_it(self):
        self.serve()
        self.assertEqual(self.run_client("whoami", "prod")[0], 0)
        self.assertEqual(self.last(WHOAMI), dict(name="prod", patience_ms=30000))
        self.assertEqual(self.run_client("whoami", "prod", "--readonly")[0], 0)
        self.assertEqual(self.last(WHOAMI), dict(name="prod", patience_ms=30000, readonly=True))

    def test_longer_than_a_secret_may_be(self):
        self.serve()
        policy = "{" + "x" * 8190 + "}"
        tags = ",".join("k%d=%s" % (i, "v" * 150) for i in range(50))
        keys = ",".join("k" * 125 + "%02d" % i for i in range(50))
        arns = ",".join(READ_ONLY + "x" * 300 for _ in range(10))
        code, _, err = self.run_client("whoami", "prod", "--policy", policy, "--tags", tags,
                                       "--policy-arns", arns,
                                       "--transitive-tags", keys, "--external-id", "e" * 1224)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(self.last(WHOAMI)["policy"], policy)
        self.assertEqual(self.last(WHOAMI)["tags"], tags)
        self.assertEqual(self.last(WHOAMI)["transitive_tags"], keys)

    def test_refused_before_the_agent_is_started(self):
        self.spawnable()
        secret = "wJalrXUtnFEMI"
        for option, says in (
                (["-t", "12345"], "six digits|6 digits"), (["-t", secret], "6 digits"),
                (["-t", "1234567"], "6 digits"), (["--mfa-token="], "characters"),
                (["--policy", "p.json"], "file://PATH"), (["--policy", "@p.json"], "file://PATH"),
                (["--policy", "file:///nowhere/p"], "No such file"),
                (["--tags", "team"], "'team' is not KEY=VALUE"),
                (["--tags", "a=1,A=2"], "a second 'A'"),
                (["--transitive-tags", "a;b"], "'a;b'"),
                (["--policy-arns", "x"], "'x' is no ARN"),
                (["--source-identity", "aws:x"], "must not begin"),
                (["--source-identity", "a/b"], "a/b"), (["--session-name", "a b"], "a b"),
                (["--external-id", "a b"], "a b"), (["--role", "a b"], "a b"),
                (["--readonly", "--policy", "{}"], "not together with --policy"),
                (["--readonly", "--policy-arns", READ_ONLY], "not together with --policy-arns")):
            for command in ("env", "process", "whoami"):
                code, out, err = self.run_client(command, "prod", *option)
                self.assertEqual((code, out), (2, ""), err)
                self.assertRegex(err, says)
                self.assertNotIn(secret, err)
        self.assertEqual(self.starts(), [])

    def test_a_code_from_standard_input(self):
        self.serve()
        for text in (b"123456\n", b" 123 456 \r\n", b"123456"):
            self.assertEqual(self.run_client("process", "prod", "-t", "-", stdin=text)[0], 0)
            self.assertEqual(self.last(CREDENTIALS)["mfa_code"], "123456")
        for text in (b"", b"12345\n", b"s3cret\n"):
            code, out, err = self.run_client("process", "prod", "-t", "-", stdin=text)
            self.assertEqual((code, out), (2, ""))
            self.assertNotIn("s3cret", err)

    def test_a_policy_from_a_file(self):
        self.serve()
        path = self.script("policy", '{\n\t"Version": "2012-10-17"\n}\n')
        self.assertEqual(self.run_client("env", "prod", "--policy", "file://" + path)[0], 0)
        self.assertEqual(self.last(CREDENTIALS)["policy"], '{  "Version": "2012-10-17" }')
        r, w = os.pipe()
        os.write(w, b"{}\n")
        os.close(w)
        code, _, err = self.run_client("env", "prod", "--policy", "file:///dev/fd/%d" % r,
                                       pass_fds=[r])
        os.close(r)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(self.last(CREDENTIALS)["policy"], "{}")

    def test_files_that_the_environment_names(self):
        self.serve()
        path = self.script("aws-config", "[profile prod]\nrole_arn = arn:aws:iam::222222222222:"
                           "role/Admin\nsource_profile = main\nregion = eu-west-1\n"
                           "[profile main]\n")
        os.chmod(path, 0o600)
        for command, kind in (("process", CREDENTIALS), ("whoami", WHOAMI)):
            code, _, err = self.run_client(command, "prod", env=dict(AWS_CONFIG_FILE=path))
            self.assertEqual((code, err), (0, ""))
            chain = self.last(kind)["profile"]
            self.assertEqual([part["name"] for part in chain], ["prod", "main"])
            self.assertEqual(chain[0]["arn"], "arn:aws:iam::222222222222:role/Admin")
            self.assertEqual(self.run_client(command, "prod")[0], 0)
            self.assertNotIn("profile", self.last(kind))

    def test_notes(self):
        self.serve(credentials=dict(note="one hour: a chained role"))
        self.assertEqual(self.run_client("env", "prod")[2], "xacct: one hour: a chained role\n")
        for args in (["env", "prod", "-q"], ["process", "prod"], ["process", "prod", "-v"]):
            self.assertEqual(self.run_client(*args)[0::2], (0, ""))


HOPS = [
    dict(hop_kind=1, name="main", arn="arn:aws:iam::111111111111:user/alice", hop_need=1),
    dict(hop_kind=3, name="main", region="eu-west-1", endpoint_url="https://sts.x",
         duration_s=43200, mfa_serial="arn:aws:iam::111111111111:mfa/alice", hop_need=3),
    dict(hop_kind=4, name="prod", arn="arn:aws:iam::222222222222:role/Admin",
         duration_s=3600, note="a chained role gets one hour", session_name="alice",
         external_id="ext", source_identity="al", tags="a=b", transitive_tags="a",
         policy='{"a":1}', policy_arns=READ_ONLY, expires_at=int(time.time()) + 3000),
    dict(hop_kind=2, name="corp", hop_need=5),
]


class Plans(Case):
    def test_words(self):
        self.serve(hops=HOPS, plan_note="the vault is locked")
        for command in ("env", "process"):
            code, out, err = self.run_client(command, "prod", "--dry-run", "-d", "2h")
            self.assertEqual((code, err), (0, ""))
            blocks = out.split("\n\n")
            self.assertEqual([b.split("\n")[0] for b in blocks],
                             ["source main", "session main", "role prod", "foreign source corp",
                              "note: the vault is locked"])
            self.assertIn("\n  would ask for    passphrase", blocks[0])
            for line in ("duration         12h00m", "STS region       eu-west-1",
                         "STS endpoint     https://sts.x", "would ask for    MFA code",
                         "MFA device       arn:aws:iam::111111111111:mfa/alice"):
                self.assertIn("\n  " + line, blocks[1])
            for line in ("ARN              arn:aws:iam::222222222222:role/Admin",
                         "because          a chained role gets one hour",
                         "session name     alice", "external id      ext",
                         "source identity  al", "tags             a=b", "transitive tags  a",
                         'policy           {"a":1}', "policy ARNs      " + READ_ONLY):
                self.assertIn("\n  " + line + "\n", blocks[2] + "\n")
            self.assertRegex(blocks[2], r"\n  held             (50m|49m) left, until 20..-")
            self.assertIn("\n  would run        credential_process", blocks[3])
            self.assertEqual(self.last(PLAN)["duration_s"], 7200)
        self.assertEqual(self.types(), [HELLO, PLAN] * 2)

    def test_json(self):
        self.serve(hops=HOPS)
        code, out, err = self.run_client("process", "prod", "--dry-run", "--json")
        self.assertEqual((code, err), (0, ""))
        plan = json.loads(out)
        self.assertEqual([h["kind"] for h in plan["hops"]],
                         ["source", "session", "role", "foreign source"])
        self.assertEqual(plan["hops"][2]["duration_s"], 3600)
        self.assertEqual(plan["hops"][2]["policy"], '{"a":1}')
        self.assertEqual(plan["hops"][1]["needs"], "MFA code")
        self.assertEqual((plan["hops"][2]["needs"], plan["note"]), (None, None))

    def test_json_is_for_the_plan(self):
        self.serve()
        for command in ("env", "process"):
            code, out, err = self.run_client(command, "prod", "--json")
            self.assertEqual((code, out), (2, ""), err)
            self.assertIn("--dry-run", err)

    def test_nobody_is_asked(self):
        self.serve(vault="locked", hops=HOPS)
        t = Terminal(self, "env", "prod", "--dry-run")
        status, text = t.end()
        self.assertEqual(status, 0)
        self.assertIn("role prod", text)
        self.assertEqual(self.last(PLAN), dict(name="prod", patience_ms=30000))

    def test_a_plan_that_fails(self):
        self.serve(errors={str(PLAN): dict(code=32, message="no destination 'prod'")})
        code, out, err = self.run_client("env", "prod", "--dry-run")
        self.assertEqual((code, out), (3, ""))
        self.assertIn("no destination 'prod'", err)


class Stops(Case):
    """The agent is a child of a supervisor that takes its time to go."""

    SUPERVISOR = """
import os, signal, sys, time
pid = os.fork()
if pid == 0:
    signal.pause()
print(pid, flush=True)
sys.stdin.readline()
time.sleep(float(sys.argv[1]))
"""

    def tree(self, seconds):
        p = subprocess.Popen([sys.executable, "-c", self.SUPERVISOR, str(seconds)],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        child = int(p.stdout.readline())

        def end():
            os.kill(child, signal.SIGKILL)
            p.kill()
            p.wait()
            p.stdin.close()
            p.stdout.close()
        self.addCleanup(end)
        return p, child

    def test_waits_for_the_whole_tree(self):
        p, child = self.tree(0.7)
        agent = self.serve(status=dict(pid=child, supervisor_pid=p.pid))
        agent.on_stop = lambda: (agent.listener.close(), os.unlink(self.sock),
                                 os.write(p.stdin.fileno(), b"\n"))
        start = time.monotonic()
        self.assertEqual(self.run_client("agent", "stop"), (0, "", ""))
        self.assertGreater(time.monotonic() - start, 0.6)
        self.assertEqual(self.types(), [HELLO, STATUS, STOP])
        # It has ended, whether or not its own parent has looked.
        with open("/proc/%d/stat" % p.pid) as f:
            self.assertEqual(f.read().rsplit(")", 1)[1].split()[0], "Z")

    def test_one_that_does_not_go(self):
        p, child = self.tree(60)
        agent = self.serve(status=dict(pid=child, supervisor_pid=p.pid))
        agent.on_stop = lambda: (agent.listener.close(), os.unlink(self.sock))
        code, _, err = self.run_client("agent", "stop")
        self.assertEqual(code, 5)
        self.assertIn("did not stop within 5 s", err)

    def test_numbers_of_another_namespace(self):
        p, child = self.tree(60)
        other = os.getpid()
        for status in (dict(pid=other, supervisor_pid=p.pid), dict(pid=2 ** 22, supervisor_pid=1),
                       dict(pid=0, supervisor_pid=0)):
            agent = self.serve(status=status)
            agent.on_stop = lambda: (agent.listener.close(), os.unlink(self.sock))
            start = time.monotonic()
            self.assertEqual(self.run_client("agent", "stop"), (0, "", ""))
            self.assertLess(time.monotonic() - start, 2)

    def test_an_agent_that_tells_nothing(self):
        agent = self.serve(errors={str(STATUS): dict(code=4, message="what?")})
        agent.on_stop = lambda: (agent.listener.close(), os.unlink(self.sock))
        self.assertEqual(self.run_client("agent", "stop"), (0, "", ""))


if __name__ == "__main__":
    unittest.main()
