#!/usr/bin/python3
"""The client and a foreign credential_process: which one is run, how, what of its answer
is sent on, and what is refused."""

import json
import os
import time
import unittest

from client_kit import Case, Terminal
from fake_agent import CANCEL, CREDENTIALS, FOREIGN, HELLO, NEED_FOREIGN, WHOAMI

NEED = dict(need=NEED_FOREIGN, name="prod", source="corp")
ANSWER = dict(Version=1, AccessKeyId="ASIAQQQQQQQQQQQQQQQQ", SecretAccessKey="s/e+cret",
              SessionToken="T0ken/+=" * 100, Expiration="2100-01-01T01:00:00.5+01:00", Else=[{}])
SENT = dict(access_key_id="ASIAQQQQQQQQQQQQQQQQ", secret=b"s/e+cret", token=b"T0ken/+=" * 100,
            expires_at=4102444800)


class Processes(Case):
    def answering(self, name="corp.sh", answer=None, before=""):
        return self.script(name, "#!/bin/sh\n%s\ncat <<'E'\n%s\nE\n"
                           % (before, json.dumps(answer or ANSWER)))

    def of_xacct(self, line, source="corp"):
        self.configure("[source %s]\ncredential_process = %s\n" % (source, line))

    def test_of_the_configuration(self):
        self.of_xacct("%s one \"two three\"" % self.answering(
            before='printf "%s|" "$#" "$1" "$2" >"$HOME/args"; cat >"$HOME/stdin"'))
        for command, kind in (("env", CREDENTIALS), ("process", CREDENTIALS), ("whoami", WHOAMI)):
            self.serve(needs=[NEED])
            code, _, err = self.run_client(command, "prod", stdin=b"not for it")
            self.assertEqual((code, err), (0, ""))
            self.assertEqual(self.types(), [HELLO, kind, kind, FOREIGN, kind])
            self.assertEqual(self.last(FOREIGN), SENT)
        with open(os.path.join(self.dir, "args")) as f:
            self.assertEqual(f.read(), "2|one|two three|")
        self.assertEqual(os.path.getsize(os.path.join(self.dir, "stdin")), 0)

    def test_of_a_profile(self):
        os.mkdir(os.path.join(self.dir, ".aws"))
        path = os.path.join(self.dir, ".aws", "config")
        with open(path, "w") as f:
            f.write("[profile corp]\ncredential_process = %s x\n" % self.answering())
        os.chmod(path, 0o600)
        self.serve(needs=[NEED])
        code, _, err = self.run_client("process", "prod")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(self.last(FOREIGN), SENT)
        other = self.answering("other.sh", dict(ANSWER, SecretAccessKey="other"))
        self.of_xacct(other)
        self.serve(needs=[NEED])
        self.assertEqual(self.run_client("process", "prod")[0], 0)
        self.assertEqual(self.last(FOREIGN)["secret"], b"other")

    def test_at_a_terminal(self):
        self.of_xacct(self.answering())
        self.serve(needs=[NEED])
        self.assertEqual(Terminal(self, "env", "prod").end()[0], 0)
        self.assertEqual(self.types(), [HELLO, CREDENTIALS, FOREIGN, CREDENTIALS])

    def test_gets_no_descriptor_of_our_caller(self):
        self.of_xacct(self.answering(before='ls /proc/$$/fd >"$HOME/fds"'))
        self.serve(needs=[NEED])
        r, w = os.pipe()
        self.assertEqual(self.run_client("process", "prod", pass_fds=[r])[0], 0)
        os.close(r)
        os.close(w)
        with open(os.path.join(self.dir, "fds")) as f:
            self.assertNotIn(str(r), f.read().split())

    def test_a_lasting_key(self):
        self.of_xacct(self.answering(answer=dict(Version=1, AccessKeyId="AKIAQQQQQQQQQQQQQQQQ",
                                                 SecretAccessKey="s")))
        self.serve(needs=[NEED])
        self.assertEqual(self.run_client("process", "prod")[0], 0)
        self.assertEqual(self.last(FOREIGN), dict(access_key_id="AKIAQQQQQQQQQQQQQQQQ",
                                                  secret=b"s"))

    def test_the_longest_token(self):
        self.of_xacct(self.answering(answer=dict(ANSWER, SessionToken="T" * 16384)))
        self.serve(needs=[NEED])
        self.assertEqual(self.run_client("process", "prod")[0], 0)
        self.assertEqual(self.last(FOREIGN)["token"], b"T" * 16384)

    def failing(self, status, says, **more):
        self.serve(needs=[NEED], **more)
        code, out, err = self.run_client("process", "prod")
        self.assertEqual((code, out), (status, ""), err)
        self.assertIn(says, err)
        self.assertNotIn("cret", err.replace("SecretAccessKey", ""))
        return err

    def test_none_to_run(self):
        self.failing(4, "nobody to run its command")
        self.assertEqual(self.types(), [HELLO, CREDENTIALS])
        self.of_xacct("true", source="other")
        self.failing(3, "the source 'corp' has no credential_process")
        self.assertNotIn(CANCEL, self.types())

    def test_not_executed(self):
        self.of_xacct("/nowhere/corp x")
        self.failing(3, "/nowhere/corp cannot be executed: No such file")
        self.of_xacct(self.script("plain", "no program").replace("plain", "") + "plain")
        os.chmod(os.path.join(self.dir, "plain"), 0o600)
        self.failing(3, "Permission denied")

    def test_what_it_says_is_shown_only_if_it_fails(self):
        self.of_xacct(self.answering(before="echo loud >&2"))
        self.serve(needs=[NEED])
        self.assertEqual(self.run_client("env", "prod")[0::2], (0, ""))
        self.of_xacct(self.script("corp.sh", "#!/bin/sh\nprintf 'x%.0s' $(seq 1000) >&2\n"
                                  "printf 'no session\\n\\033[2Jtry: corp login\\n' >&2\nexit 7\n"))
        err = self.failing(1, "ended with status 7")
        self.assertIn("xxx", err)
        self.assertRegex(err, r"no session.*try: corp login\n")
        self.assertNotIn("\033", err)
        self.assertLess(len(err), 600)

    def test_answers_that_are_none(self):
        for answer, says in ((dict(ANSWER, Version=2), "another Version"),
                             (dict(ANSWER, Expiration="2001-01-01T00:00:00Z"), "expired at 2001"),
                             (dict(ANSWER, SessionToken=None), "without its SessionToken"),
                             ("text", "does not begin with '{'")):
            self.of_xacct(self.answering(answer=answer))
            self.failing(1, says)
            self.assertEqual(self.types().count(FOREIGN), 0)
        self.of_xacct("true")
        self.failing(1, "does not begin with '{'")
        self.of_xacct(self.script("corp.sh", "#!/bin/sh\nhead -c 65537 /dev/zero\nsleep 60\n"))
        self.failing(1, "printed more than 65536 bytes")

    def test_the_agent_refuses_it(self):
        self.of_xacct(self.answering())
        self.failing(2, "the key is another one",
                     refusals=[dict(code=7, message="the key is another one")])

    def test_a_child_that_keeps_the_pipes(self):
        self.of_xacct(self.answering(before="sleep 20 &"))
        self.serve(needs=[NEED])
        start = time.monotonic()
        self.assertEqual(self.run_client("process", "prod", timeout=15)[0], 0)
        self.assertLess(time.monotonic() - start, 10)

    def test_of_a_file_that_others_may_write(self):
        self.configure("[source corp]\ncredential_process = %s\n" % self.answering(), mode=0o622)
        self.serve(needs=[NEED])
        code, out, err = self.run_client("process", "prod")
        self.assertEqual((code, out), (4, ""))
        self.assertEqual(self.types().count(FOREIGN), 0)
        self.serve(needs=[NEED])
        status, text = Terminal(self, "process", "prod").end()
        self.assertEqual(status, 3)
        self.assertIn("may be written by others", text)

    def test_no_circle(self):
        self.of_xacct(self.script("corp.sh", "#!/bin/sh\nxacct process corp\n"))
        err = self.failing(1, "ended with status 9")
        self.assertIn("started by the credential_process of the source 'corp'", err)
        for command in ("env", "process", "whoami"):
            code, out, err = self.run_client(command, "x", env=dict(XACCT_FOREIGN="corp"))
            self.assertEqual((code, out), (9, ""))
            self.assertIn("corp -> xacct -> corp", err)
        self.assertEqual(self.run_client("list", env=dict(XACCT_FOREIGN="corp"))[0], 0)

    def test_somebody_else_is_asked(self):
        """A mute client may be refused for want of a person: it waits no longer for one than
        for the network when it comes again."""
        self.of_xacct(self.answering())
        for command, patience in (("env", 30000), ("process", 5000)):
            self.serve(errors={str(CREDENTIALS): dict(code=18, message="somebody is asked")})
            self.assertEqual(self.run_client(command, "prod")[0], 4)
            self.assertEqual(self.types().count(CREDENTIALS), 2)
            self.assertEqual(self.last(CREDENTIALS)["asking_ms"], patience)


if __name__ == "__main__":
    unittest.main()
